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

static sym_t add_word(struct words *w, size_t caps[2], struct symtab *syms, const char *word)
{
	sym_t s = sym_cstr(syms, word);

	while (w->count <= s) {
		w->kinds = mem_grow(w->kinds, &caps[0], (size_t)w->count + 1, 1);
		w->attributes = mem_grow(w->attributes, &caps[1], (size_t)w->count + 1, 1);
		w->kinds[w->count] = w->attributes[w->count] = 0;
		w->count++;
	}
	return s;
}

struct words words_make(struct symtab *syms)
{
	struct words w = { 0 };
	size_t caps[2] = { 0, 0 };

	for (size_t i = 0; i < sizeof attribute_words / sizeof *attribute_words; i++) {
		sym_t s = add_word(&w, caps, syms, attribute_words[i].word);

		w.attributes[s] = (uint8_t)(i + 1);
		w.kinds[s] = (uint8_t)attribute_words[i].kind;
	}
	for (int kind = 1; kind < parser_token_kinds(); kind++) {
		if (parser_token_is_word(kind) && !strchr(parser_token_alias(kind), ' ')) {
			sym_t s = add_word(&w, caps, syms, parser_token_alias(kind));

			w.kinds[s] = (uint8_t)kind;
		}
	}
	return w;
}

void words_release(struct words *w)
{
	mem_free(w->kinds);
	mem_free(w->attributes);
}
