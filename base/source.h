/*
 * Source texts and positions. Every text that a diagnostic may point into (programs, data files, the command
 * line) is loaded once and gets a range of one 32-bit position space, so that a span is 8 bytes and says by
 * itself which file it is of. Line and column are computed only when printing.
 */
#ifndef CALC_BASE_SOURCE_H
#define CALC_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	uint32_t at;	/* position of the first byte; 0 = nowhere */
	uint32_t len;	/* bytes; 0 points between bytes */
};
#define SPAN_NONE ((struct span){ 0, 0 })

struct sources;
struct source {
	const char *name;	/* as the user wrote it */
	const char *text;	/* NUL-terminated, `len` bytes; never moves */
	size_t len;
	uint32_t base;		/* position of text[0]; >= 1 */
	bool partial;		/* only what source_need() asked for is in the text */
};
struct place {
	const struct source *source;	/* NULL for SPAN_NONE */
	uint32_t line, column;		/* from 1; column in characters (UTF-8), tab counts one */
	const char *line_text;		/* start of that line in the text */
	size_t line_len;		/* without its newline */
};

struct sources *sources_new(void);
void sources_free(struct sources *s);

/* Read a file (or "-" for standard input) of at most `limit` bytes. NULL on failure, with errno set (EFBIG:
 * over the limit or the position space is used up; EISDIR for a folder). */
const struct source *sources_load(struct sources *s, const char *path, size_t limit);
/*
 * The same, for a file that is read once from its beginning to its end, by parts, so that memory holds what is kept of it: source_need()
 * makes [from, upto) readable and lets go what stands before `from` (false, errno: the file has less than it had), source_keep()
 * keeps bytes that are readable, in order. Places work as ever. A file that is short, or none to read by parts, is read at once.
 */
const struct source *sources_open(struct sources *s, const char *path, size_t limit);
bool source_need(const struct source *src, size_t from, size_t upto);
void source_keep(const struct source *src, size_t at, size_t len);
/* A look ahead, which changes nothing of that: at most len bytes from `from` on go to buf. How many; 0 at the end, or on failure. */
size_t source_peek(const struct source *src, size_t from, char *buf, size_t len);

/* The i-th path that sources_load was asked for, loaded or not, without standard input and without repeats; NULL behind the last. */
const char *sources_file(const struct sources *s, size_t i);
/* The text is copied. NULL (EFBIG) when the position space is used up. */
const struct source *sources_add(struct sources *s, const char *name, const char *text, size_t len);

/*
 * A decoded string: bytes that stand in no file as they are (a JSON string with escapes). Returns its position,
 * where source_bytes() finds it; its place is the place of `origin`. 0 when the position space is used up.
 */
uint32_t sources_decoded(struct sources *s, const char *bytes, size_t len, struct span origin);

/*
 * A place that is known by name only: `text` is "file:line:column", or "" for an unknown one, of something that stands at `origin`.
 * Its place is that of the origin; source_made gives the text back, or NULL for any other span.
 */
uint32_t sources_made(struct sources *s, const char *text, size_t len, struct span origin);
const char *source_made(const struct sources *s, struct span sp, size_t *len);

const struct source *source_of(const struct sources *s, uint32_t at);
const char *source_bytes(const struct sources *s, uint32_t at);	/* the byte at a position; NULL if none */
/* A span of a decoded string is its origin's; every other is itself. */
struct span source_origin(const struct sources *s, struct span sp);
struct place source_place(const struct sources *s, struct span sp);
/* Line and column of many spans, each found from the last where it stands behind it. Begin with { 0 }. NULL for no place of a text. */
struct source_walk { const struct source *source; uint32_t at, line, column; };
const struct source *source_walk(const struct sources *s, struct source_walk *w, struct span sp, uint32_t *line, uint32_t *column);
/* The line of the text whose path ends in `file` (its last part, `len` bytes), without the blanks it begins with; else nowhere. */
struct span source_line(const struct sources *s, const char *file, size_t len, uint32_t line);
struct span span_join(struct span a, struct span b);	/* from the first byte of a to the last of b */

#endif
