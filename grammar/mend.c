/* Words and signs that stand where another should: replaced, put in or taken out. Knows tokens, not the tree. */
#include "grammar/mend.h"

#include "grammar/parser.h"

enum mend_place { DECLARATION, RESULT, OPERATOR, ELSE, IN };

static const struct {
	const char *word, *replacement;
	enum mend_place place;
} words[] = {
#define MEND(word, where, replacement) { #word, replacement, where },
#include "grammar/mends.def"
#undef MEND
};

static bool is_at(const struct mend *m, enum mend_place place)
{
	switch (place) {
	case DECLARATION: return m->could[T_IMPORT] && !m->could[T_NAME];
	case RESULT: return m->could[T_ARROW] && m->could[T_LBRACE];
	case OPERATOR: return m->could[T_PLUS] || m->could[T_IMPORT];
	case ELSE: return m->before->kind == T_RBRACE;
	case IN: return m->could[T_IN];
	}
	return false;
}

/* `def f(x):` is more than a word away from a function. */
static bool has_untyped_parameters(const struct mend *m)
{
	const char *line = mend_text(m, m->found->span.at), *open = line + strcspn(line, "(\n");
	size_t len = strcspn(open, ")\n");

	return *open == '(' && len > 1 && !memchr(open, ':', len);
}

static bool replace_word(const struct mend *m)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].word, m->word) || !is_at(m, words[i].place))
			continue;
		if (strcmp(words[i].replacement, "function") == 0 && has_untyped_parameters(m))
			return false;
		diag_fix(m->diags, m->found->span, words[i].replacement, "write `%s` for `%s`", words[i].replacement, m->word);
		return true;
	}
	return false;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(*list, word) == 0)
			return true;
	}
	return false;
}

/* `var x = 3` in a flow; `not true`. The word before what was found is too much, or means a sign. */
static bool replace_before(const struct mend *m)
{
	static const char *const bindings[] = { "var", "val", "const", "auto", "mut", NULL };

	if (m->could[T_ASSIGN] && m->found->kind == T_NAME && is_one_of(m->word_before, bindings))
		diag_fix(m->diags, mend_span(m->before->span.at, m->found->span.at), "", "a value gets a name by `%s = …` alone", m->word);
	else if (strcmp(m->word_before, "not") == 0 && m->found->kind != T_ASSIGN)
		diag_fix(m->diags, mend_span(m->before->span.at, m->found->span.at), "!", "write `!`");
	else
		return false;
	return true;
}

/* What was found, and the blanks before it. */
static struct span sign_of(const struct mend *m)
{
	return mend_span(mend_end(m->before), mend_end(m->found));
}

static void replace_sign(const struct mend *m, const char *text, const char *help)
{
	diag_fix(m->diags, sign_of(m), text, "%s", help);
}

static bool is_in_type(const struct mend *m)
{
	return m->could[T_BAR] && m->could[T_QUESTION];
}

static bool replace_sign_found(const struct mend *m)
{
	bool equals = m->found->kind == T_ASSIGN, colon = m->found->kind == T_COLON;

	if (m->found->kind == T_EQ && m->could[T_ASSIGN])
		replace_sign(m, " =", "a binding is written with one `=`");
	else if (equals && m->before->kind == T_COLON && m->found->span.at == mend_end(m->before) && !mend_line_begins(m, "param"))
		diag_fix(m->diags, mend_span(m->before->span.at, mend_end(m->found)), "=", "a binding is written `name = value`, or `name : Type = value`");
	else if (equals && m->could[T_RPAREN] && m->could[T_COMMA] && *m->word_before)
		diag_fix(m->diags, sign_of(m), ":", "a named argument is written `%s: …`", m->word_before);
	else if (equals && m->could[T_COLON] && !m->could[T_ASSIGN])
		diag_fix(m->diags, sign_of(m), ":", "a name and its type are written `%s: Type`", m->word_before);
	else if (equals && m->could[T_TAKE])
		replace_sign(m, " <-", "results go to sinks with `<-`");
	else if (colon && m->could[T_ASSIGN] && *mend_text(m, mend_end(m->found)) == '=')
		diag_fix(m->diags, mend_span(m->found->span.at, mend_end(m->found) + 1), "=", "write `=`");
	else if (colon && m->could[T_ASSIGN])
		replace_sign(m, " =", "write `=`");
	else if ((colon || m->found->kind == T_FAT_ARROW) && m->could[T_ARROW])
		replace_sign(m, " ->", "a result is written with `->`");
	else if ((m->found->kind == T_ARROW || colon) && m->could[T_FAT_ARROW])
		replace_sign(m, " =>", "an arm is written with `=>`");
	else if ((m->found->kind == T_OR || strcmp(m->word, "or") == 0) && is_in_type(m))
		replace_sign(m, " |", "a choice of types is written with one `|`");
	else
		return false;
	return true;
}

static bool begins_type(const char *word)
{
	static const char *const scalars[] = { "bool", "i32", "i64", "u32", "u64", "f32", "f64", "string", "bytes", "time", "duration", "file",
					       "int", "float", "double", "str", NULL };

	return (*word >= 'A' && *word <= 'Z') || is_one_of(word, scalars);
}

/* `x i32`, `i32 x`, `f() i32`, `calcset s pod`: a sign or a word that is missing between two words. */
static bool put_in(const struct mend *m)
{
	bool name = m->found->kind == T_NAME;

	if (name && m->could[T_COLON] && !m->could[T_ASSIGN] && *m->word_before && begins_type(m->word_before) && !begins_type(m->word)) {
		diag_fix(m->diags, m->before->span, m->word, "the name comes first: `%s: %s`", m->word, m->word_before);
		diag_fix_also(m->diags, mend_span(mend_end(m->before), m->found->span.at), ": ");
		diag_fix_also(m->diags, m->found->span, m->word_before);
	} else if (name && m->could[T_COLON] && !m->could[T_ASSIGN] && begins_type(m->word)) {
		diag_fix(m->diags, mend_span(mend_end(m->before), mend_end(m->before)), ":", "write `%s: %s`", m->word_before, m->word);
	} else if ((name || m->found->kind == T_LBRACKET) && m->could[T_ARROW] && m->could[T_LBRACE] && m->before->kind == T_RPAREN) {
		diag_fix(m->diags, mend_span(m->found->span.at, m->found->span.at), "-> ", "a result is written with `->`");
	} else if (m->could[T_ON] && (strcmp(m->word, "pod") == 0 || strcmp(m->word, "list") == 0)) {
		diag_fix(m->diags, mend_span(m->found->span.at, m->found->span.at), "on ", "a calculation set stands `on %s`", m->word);
	} else {
		return false;
	}
	return true;
}

/* `return if c { … }` and `x = if …`: at run time it is `when`. */
static bool choose_at_run_time(const struct mend *m)
{
	if (m->found->kind != T_IF || !m->could[T_WHEN])
		return false;
	diag_fix(m->diags, m->found->span, "when", "as a value, a branch is `when c { a } else { b }`; `if` chooses what is compiled");
	return true;
}

/* `x = for i in xs { f(i) }`: a step for each item is `each`. */
static bool repeat_at_run_time(const struct mend *m)
{
	if (m->found->kind != T_FOR || !m->could[T_EACH])
		return false;
	diag_fix(m->diags, m->found->span, "each", "a step for each item is `each x in xs { f(x) }`; `for` repeats what is compiled");
	return true;
}

bool mend_in_place(const struct mend *m)
{
	return replace_sign_found(m) || replace_word(m) || replace_before(m) || choose_at_run_time(m) || repeat_at_run_time(m) || put_in(m);
}
