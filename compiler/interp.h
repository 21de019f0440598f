/* Braces in strings: "{name.field[2]}" taken apart. Used by commands and by expressions; knows no meaning of the names. */
#ifndef CALC_COMPILER_INTERP_H
#define CALC_COMPILER_INTERP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/source.h"

struct interp_piece {
	bool reference;
	const char *text;	/* plain: the bytes (an escaped brace is one); reference: the name */
	size_t len;
	const char *path;	/* reference: ".field[2]", or empty */
	size_t path_len;
};
/*
 * The next piece of a decoded string literal (in which 0x01 stands before a brace that is text). *at moves on. false at the end, or with
 * *error set to what is wrong with the braces.
 */
bool interp_next(const char *s, size_t len, size_t *at, struct interp_piece *out, const char **error);
/*
 * Where in the program the braces of a decoded string literal stand, one after another as interp_next comes to them: of a reference with
 * what it encloses, and of a mistake. The whole string where it is not written so in a program's text. Linear in the string.
 */
struct interp_places { struct span string; const char *text; size_t at; };
struct interp_places interp_places(const struct sources *sources, struct span string, const char *s, size_t len);
struct span interp_place(struct interp_places *p);
bool interp_has_reference(const char *s, size_t len);

#endif
