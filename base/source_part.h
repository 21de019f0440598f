/*
 * A long text of which only parts are in memory: it is read from its file as a reader comes along, and let go behind it; the bytes that
 * someone keeps are copied, packed, and found by their offset in constant time. Where the whole is wanted after all (a diagnostic
 * shows a line), it is read again. The file may change or shrink meanwhile: then a text is wrong, and nothing worse.
 */
#ifndef CALC_BASE_SOURCE_PART_H
#define CALC_BASE_SOURCE_PART_H

#include <stdbool.h>
#include <stddef.h>

struct source_part;

/* The text of the open file fd, of `len` bytes; takes fd over. NULL (errno) when there is no address space for it: fd stays open. */
struct source_part *source_part_new(int fd, size_t len);
void source_part_free(struct source_part *p);
void source_part_drop(void *part);	/* for mem_hold: all of it that is no allocated memory */
const char *source_part_text(const struct source_part *p);	/* NUL-terminated; never moves */

/* Make [from, upto) readable and let go what stands before `from`; called with growing places. false (errno) when the file has less. */
bool source_part_need(struct source_part *p, size_t from, size_t upto);
size_t source_part_peek(const struct source_part *p, size_t from, char *buf, size_t len);	/* a copy of what may not be readable; 0: none */
void source_part_keep(struct source_part *p, size_t at, size_t len);	/* bytes that are readable now; in order of `at` */
/* The kept bytes from `at` on, or NULL. */
const char *source_part_kept(const struct source_part *p, size_t at);
void source_part_whole(struct source_part *p);	/* everything is readable from now on */

#endif
