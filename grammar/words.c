/* Keywords: the spellings of tokens, and the attribute keywords that share one. */
#include "grammar/parser.h"
#include "grammar/parser_internal.h"

static const struct {
	const char *word;
	int kind;	/* T_END: a token of its own, known by its spelling */
} attribute_words[] = {
#define VALUE T_ATTR_VALUE
#define NAMES T_ATTR_NAMES
#define FLAG T_ATTR_FLAG
#define DECL T_ATTR_DECL
#define OWN T_END
#define ATTR(keyword, class, where, between, shape) { #keyword, class },
#include "grammar/attrs.def"
#undef ATTR
#undef VALUE
#undef NAMES
#undef FLAG
#undef DECL
#undef OWN
};

static void set_kind(struct words *w, size_t *cap, struct symtab *syms, const char *word, int kind)
{
	sym_t s = sym_cstr(syms, word);

	while (w->count <= s) {
		w->kinds = mem_grow(w->kinds, cap, (size_t)w->count + 1, 1);
		w->kinds[w->count++] = 0;
	}
	w->kinds[s] = (uint8_t)kind;
}

struct words words_make(struct symtab *syms)
{
	struct words w = { 0 };
	size_t cap = 0;

	for (size_t i = 0; i < sizeof attribute_words / sizeof *attribute_words; i++) {
		if (attribute_words[i].kind != T_END)
			set_kind(&w, &cap, syms, attribute_words[i].word, attribute_words[i].kind);
	}
	for (int kind = 1; kind < parser_token_kinds(); kind++) {
		if (parser_token_is_word(kind) && !strchr(parser_token_alias(kind), ' '))
			set_kind(&w, &cap, syms, parser_token_alias(kind), kind);
	}
	return w;
}
