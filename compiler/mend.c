/* Mends of mistakes in names, types and calls. Looks at tables and at the text; reports nothing by itself but swapped arguments. */
#include "compiler/mend.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compiler/text.h"

enum { SHORT = 120 };	/* what is longer is not quoted in a mend */

static const char *text_of(struct compilation *c, struct span at)
{
	const char *p = at.at && at.len <= SHORT ? source_bytes(c->sources, at.at) : NULL;
	return p ? arena_strndup(&c->arena, p, at.len) : "";
}

static struct span point(uint32_t at) { return (struct span){ at, 0 }; }

bool mend_foreign_type(struct compilation *c, const struct node *n)
{
	static const struct { const char *word, *type; } foreign[] = {
#define FOREIGN(word, type) { #word, #type },
#include "compiler/foreign_types.def"
#undef FOREIGN
	};
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		if (strcasecmp(foreign[i].word, name_of(c, n->sym)))
			continue;
		diag_fix(c->diags, n->span, foreign[i].type, "the type is called `%s`", foreign[i].type);
		return true;
	}
	return false;
}

bool mend_unknown_name(struct compilation *c, const struct node *n)
{
	static const char *const absent[] = { "null", "nil", "none", "undefined", "absent" }, *const truth[] = { "true", "false" };
	const char *name = name_of(c, n->sym);
	for (size_t i = 0; i < sizeof truth / sizeof *truth; i++) {
		if (strcasecmp(name, truth[i]) == 0) {
			diag_fix(c->diags, n->span, truth[i], "it is written `%s`", truth[i]);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		if (strcasecmp(name, absent[i]) == 0) {
			diag_help(c->diags, "an absent value has no literal: leave the argument or the field out");
			return true;
		}
	}
	if (!program_callable(&c->program, n->sym))
		return false;
	diag_help(c->diags, "`%s` is a function or a flow: call it, `%s(…)`", name, name);
	return true;
}

/* "3" where 3 is meant, "good" where the member is. */
static bool unquote(struct compilation *c, struct span at, type_t want)
{
	const char *text = text_of(c, at);
	size_t len = strlen(text);
	word_t w;
	if (len < 3 || (*text != '"' && *text != '\'') || text[len - 1] != *text)
		return false;
	const char *inner = arena_strndup(&c->arena, text + 1, len - 2);
	bool number = type_is_number(want) && text_number(inner, len - 2, want, &w) == TEXT_OK;
	bool member = type_of(&c->types, want)->kind == TYPE_ENUM && type_field_find(&c->types, want, sym_intern(c->syms, inner, len - 2)) != UINT32_MAX;
	bool truth = want == TYPE_BOOL && (!strcmp(inner, "true") || !strcmp(inner, "false"));
	if (!number && !member && !truth)
		return false;
	diag_fix(c->diags, at, inner, "without quotes it is a %s: `%s`", number ? "number" : member ? "member" : "bool", inner);
	return true;
}

static bool is_literal_text(const char *text)
{
	size_t digits = strspn(text, "0123456789.-");
	return *text && !text[digits];
}

void mend_misfit(struct compilation *c, struct span at, type_t want, type_t found)
{
	const struct type *w = type_of(&c->types, want), *f = type_of(&c->types, found);
	const char *text = text_of(c, at);
	if (w->kind == TYPE_OPTIONAL) {
		want = w->elem;
		w = type_of(&c->types, want);
	}
	if (found == TYPE_STRING && unquote(c, at, want))
		return;
	if (want == TYPE_STRING && type_is_number(found) && is_literal_text(text)) {
		diag_fix(c->diags, at, arena_printf(&c->arena, "\"%s\"", text), "a string stands in quotes: \"%s\"", text);
	} else if (w->kind == TYPE_LIST && (w->elem == found || (type_is_number(w->elem) && is_literal_text(text))) && *text && !strchr(text, '(')) {
		diag_fix(c->diags, at, arena_printf(&c->arena, "[%s]", text), "a list of one is `[%s]`", text);
	} else if (f->kind == TYPE_LIST && f->elem == want && *text) {
		diag_help(c->diags, "for every item: `each x in %s { … }`; for one: `%s[0]`", text, text);
	} else if (w->kind == TYPE_LIST && f->kind == TYPE_LIST && type_of(&c->types, f->elem)->kind == TYPE_OPTIONAL && type_of(&c->types, f->elem)->elem == w->elem) {
		diag_help(c->diags, "its items may be absent: take them as %s, or leave `partial` out where they are made", type_text(&c->types, found));
	} else if (type_is_number(want) && type_is_number(found)) {
		diag_help(c->diags, "nothing is converted implicitly: declare both as one type");
	}
}

/* The declaration that imports the name, or NULL. */
static const struct node *import_of(const struct compilation *c, sym_t name)
{
	const struct node *items = c->module ? kid(c->module, 0) : NULL;
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		if (n->kind == N_IMPORT_DATA && n->sym == name)
			return n;
	}
	return NULL;
}

/* The field that is a key by its name, or the only string. */
static const char *likely_key(const struct compilation *c, type_t record)
{
	static const char *const names[] = { "id", "name", "key" };
	const struct type *ty = type_of(&c->types, record);
	const char *only = NULL;
	unsigned strings = 0;
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		for (uint32_t i = 0; i < ty->count; i++) {
			const struct type_field *f = type_field_at(&c->types, record, i);
			if (f->type == TYPE_STRING && !strcmp(name_of(c, f->name), names[k]))
				return names[k];
		}
	}
	for (uint32_t i = 0; i < ty->count; i++) {
		const struct type_field *f = type_field_at(&c->types, record, i);
		if (f->type == TYPE_STRING && ++strings)
			only = name_of(c, f->name);
	}
	return strings == 1 ? only : NULL;
}

void mend_absent(struct compilation *c, struct span at)
{
	const char *text = text_of(c, at);
	diag_help(c->diags, "say what stands for an absent value: `%s else …`", *text ? text : "x");
}

void mend_missing_by(struct compilation *c, const struct node *list, type_t type)
{
	const struct node *import = list && list->kind == N_NAME ? import_of(c, list->sym) : NULL;
	type_t elem = type_of(&c->types, type)->elem;
	if (!import || type_of(&c->types, elem)->kind != TYPE_RECORD || kid(import, 3))
		return;
	const char *key = likely_key(c, elem);
	struct span after = kid(import, 2)->span;
	diag_note(c->diags, import->name_span, "`%s` is imported as a list", name_of(c, list->sym));
	if (key)
		diag_fix(c->diags, point(after.at + after.len), arena_printf(&c->arena, " by %s", key), "a map is imported with `by`: `%s : %s by %s`",
			 name_of(c, list->sym), type_text(&c->types, type), key);
	else
		diag_help(c->diags, "a map is imported with `by` and the field that is its key");
}

/* The blanks that the line of `at` begins with. */
static const char *indent_of(struct compilation *c, uint32_t at)
{
	struct place p = source_place(c->sources, point(at));
	size_t n = 0;
	while (p.source && n < p.line_len && (p.line_text[n] == ' ' || p.line_text[n] == '\t'))
		n++;
	return p.source && n < SHORT ? arena_strndup(&c->arena, p.line_text, n) : "";
}

void mend_missing_return(struct compilation *c, const struct node *items, uint32_t results)
{
	const struct node *last = list_len(items) ? list_at(items, list_len(items) - 1) : NULL;
	if (!last) {
		diag_help(c->diags, "end it in `return …`");
		return;
	}
	if (last->kind != N_BIND) {
		diag_fix(c->diags, point(last->span.at), "return ", "write `return` before what it gives");
		return;
	}
	const char *names = "";
	const struct node *targets = kid(last, 0);
	for (uint32_t i = 0; i < list_len(targets); i++)
		names = arena_printf(&c->arena, "%s%s%s", names, i ? ", " : "", name_of(c, list_at(targets, i)->sym));
	if (list_len(targets) != results || strlen(names) > SHORT)
		diag_help(c->diags, "end it in `return …`");
	else
		diag_fix(c->diags, point(last->span.at + last->span.len), arena_printf(&c->arena, "\n%sreturn %s", indent_of(c, last->span.at), names),
			 "end it in `return %s`", names);
}

bool mend_command_line(struct compilation *c, const struct node *n)
{
	const char *text = text_of(c, n->span), *words = "";
	unsigned count = 0;
	size_t len = strlen(text);
	char quote = *text;
	if ((n->kind != N_STRING && n->kind != N_RAW_STRING) || len < 3)
		return false;
	if (strpbrk(text, "|&;<>()$`*?[]#~\\\n") || memchr(text + 1, '"', len - 2) || memchr(text + 1, '\'', len - 2)) {
		diag_fix(c->diags, point(n->span.at), "[\"sh\", \"-c\", ", "a shell is called by name: `command [\"sh\", \"-c\", \"…\"]`");
		diag_fix_also(c->diags, point(n->span.at + n->span.len), "]");
		return true;
	}
	for (const char *p = text + 1; p < text + len - 1;) {
		size_t blanks = strspn(p, " \t"), word = strcspn(p + blanks, " \t\"'");
		if (word && ++count)
			words = arena_printf(&c->arena, "%s%s%c%.*s%c", words, *words ? ", " : "", quote, (int)word, p + blanks, quote);
		p += blanks + word;
	}
	if (count < 2)	/* a program alone, that makes nothing of anything, is more than quotes away */
		return false;
	diag_fix(c->diags, n->span, arena_printf(&c->arena, "[%s]", words), "write `command [%s]`, or `command [\"sh\", \"-c\", \"…\"]` for a shell's line", words);
	return true;
}

void mend_position_after_name(struct compilation *c, const struct signature *sig, const struct node *argument, const struct node *const *given)
{
	const struct port *left = NULL;
	for (uint32_t i = 0; i < sig->params; i++) {
		if (given[i])
			continue;
		if (left) {
			diag_help(c->diags, "name it too: `%s: …`, `%s: …`", name_of(c, left->name), name_of(c, sig->param[i].name));
			return;
		}
		left = &sig->param[i];
	}
	if (left)
		diag_fix(c->diags, point(argument->span.at), arena_printf(&c->arena, "%s: ", name_of(c, left->name)), "name it too: `%s: …`", name_of(c, left->name));
}

void report_swapped(struct compilation *c, const struct signature *sig, const struct node *call, uint32_t i, uint32_t j, type_t found)
{
	const struct node *args = kid(call, 0);
	const struct port *p = &sig->param[i], *q = &sig->param[j];
	const char *right = arena_printf(&c->arena, "%s: %s, %s: %s", name_of(c, q->name), text_of(c, list_at(args, i)->span), name_of(c, p->name),
					 text_of(c, list_at(args, j)->span));
	bool first = true;
	diag_report(c->diags, CF201, list_at(args, i)->span, "argument `%s` of `%s`: expected %s, found %s", name_of(c, p->name), name_of(c, call->sym),
		    type_text(&c->types, p->type), type_text(&c->types, found));
	diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
	for (uint32_t k = i; k < list_len(args) && list_at(args, k)->kind != N_ARG; k++) {
		const struct port *meant = k == i ? q : k == j ? p : &sig->param[k];
		const char *put = arena_printf(&c->arena, "%s: ", name_of(c, meant->name));
		struct span at = point(list_at(args, k)->span.at);
		if (first)
			diag_fix(c->diags, at, put, "two arguments are swapped: exchange them, or name them: `%s`", right);
		else
			diag_fix_also(c->diags, at, put);
		first = false;
	}
}
