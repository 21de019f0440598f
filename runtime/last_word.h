/*
 * The last word of a run in a pod: one line of JSON in a file that the quarterback commits and the verdict waits for.
 *
 *	{"calcflow_last_word":1,"plan":"HASH","verdict":"done","message":"…"}
 *
 * There is one form and no other: what differs in a byte of it is not a last word.
 */
#ifndef CALC_RUNTIME_LAST_WORD_H
#define CALC_RUNTIME_LAST_WORD_H

#include <stdbool.h>
#include <stddef.h>

enum last_word {
#define LAST_WORD(name, text, status) LAST_WORD_##name,
#include "runtime/last_word.def"
#undef LAST_WORD
	LAST_WORDS
};

enum { LAST_WORD_MOST = 16384 };	/* bytes of the file; a longer message is cut */

int last_word_status(enum last_word w);
/* Whole or not at all, readable by the group. false with errno. plan: 64 hex digits. */
bool last_word_commit(const char *path, enum last_word w, const char *plan, const char *message);
/* Is this (with a NUL behind it) the content of a last word? *message (may be NULL) points at the JSON string without its quotes. */
bool last_word_parse(const char *text, size_t len, enum last_word *w, const char **message, size_t *message_len);
bool last_word_read(const char *path, enum last_word *w);

#endif
