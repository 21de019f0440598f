/* A symbol table, and beside each symbol what has the name. */
#include "emitters/names.h"

#include <string.h>
#include "base/mem.h"
#include "base/sym.h"

struct names {
	struct symtab *syms;
	struct name *of;	/* by symbol */
	size_t cap, made;
};

void names_free(struct names *n)
{
	if (!n)
		return;
	symtab_free(n->syms);
	mem_free(n->of);
	mem_free(n);
}

const char *names_keep(struct names *n, const char *text)
{
	return sym_text(n->syms, sym_cstr(n->syms, text));
}

struct name *names_find(struct names **names, const char *key)
{
	struct names *n = *names;
	sym_t s;

	if (!n) {
		n = *names = mem_zalloc(1, sizeof *n);
		n->syms = symtab_new();
	}
	s = sym_cstr(n->syms, key);
	n->of = mem_grow(n->of, &n->cap, (size_t)s + 1, sizeof *n->of);
	if (n->made < n->cap)
		memset(n->of + n->made, 0, (n->cap - n->made) * sizeof *n->of);
	n->made = n->cap;
	n->of[s].key = sym_text(n->syms, s);
	return &n->of[s];
}
