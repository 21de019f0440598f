/* Interned strings: one 32-bit id for each distinct byte string. Id 0 is the empty string. Ids are dense. */
#ifndef CALC_BASE_SYM_H
#define CALC_BASE_SYM_H

#include <stddef.h>
#include <stdint.h>

struct symtab;
typedef uint32_t sym_t;

struct symtab *symtab_new(void);
void symtab_free(struct symtab *t);
sym_t sym_intern(struct symtab *t, const char *s, size_t len);
/* The same for a word of a text (len > 0): at least 8 bytes can be read that end where it ends. */
sym_t sym_intern_word(struct symtab *t, const char *s, size_t len);
sym_t sym_cstr(struct symtab *t, const char *s);
sym_t sym_find(const struct symtab *t, const char *s, size_t len);	/* 0 when it was never interned */
const char *sym_text(const struct symtab *t, sym_t s);			/* NUL-terminated; lives as long as t */
size_t sym_len(const struct symtab *t, sym_t s);
uint32_t sym_count(const struct symtab *t);

#endif
