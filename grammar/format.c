/*
 * Canonical form that is sure to be the same program. The proof is mostly cheap: both texts are the same but for white
 * space between tokens. Where they are not (commas, semicolons and parentheses that say nothing are dropped, comments
 * within a statement move), the text is parsed again and the trees with their comments are compared.
 */
#include "grammar/parser_internal.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

/* What may be one token when nothing parts it: letters and digits, or marks. Brackets and the like are always alone. */
enum joint { ALONE, WORD, MARK };

static enum joint joint_of(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.')
		return WORD;
	return c && strchr("-=<>|&!/*", c) ? MARK : ALONE;
}

static bool could_join(char before, char behind)
{
	enum joint j = joint_of(before);

	return (j != ALONE && j == joint_of(behind)) || before == '.' || behind == '.';
}

/* The end of a string or a comment that begins at s; s when none does. A text that was parsed ends each of them. */
static const char *end_of_opaque(const char *s)
{
	const char *end = s;

	if (s[0] == '"') {
		for (end++; *end && *end != '"'; end++)
			end += *end == '\\' && end[1];
	} else if (s[0] == '\'') {
		end += 1 + strcspn(s + 1, "'");
	} else if (s[0] == '/' && s[1] == '*') {
		end = strstr(s + 2, "*/");
		end = end ? end + 1 : s + strlen(s);
	} else if (s[0] == '/' && s[1] == '/') {
		end += strcspn(s, "\n");
		while (is_space(end[-1]))
			end--;
		return end;
	} else {
		return s;
	}
	return *end ? end + 1 : end;
}

bool same_but_layout(const char *a, const char *b)
{
	char before = '\0';

	for (;;) {
		const char *ta = skip_space(a), *tb = skip_space(b), *end;

		if (*ta != *tb || ((ta == a) != (tb == b) && could_join(before, *ta)))
			return false;
		if (*ta == '\0')
			return true;
		end = end_of_opaque(ta);
		if (end == ta)
			end++;
		else if (end != ta + (end_of_opaque(tb) - tb) || memcmp(ta, tb, (size_t)(end - ta)) != 0)
			return false;
		before = end[-1];
		b = tb + (end - ta);
		a = end;
	}
}

static bool same_tree(const struct parse_context *c, struct sources *sources, const struct node *module, const char *name, struct buf *out)
{
	struct diags *diags = diags_new(sources);
	struct parse_context again = { c->arena, c->syms, diags, sources };
	const struct source *second = sources_add(sources, name, buf_str(out), out->len);
	const struct node *read = second ? parse_module(&again, second) : NULL;
	bool same = read && diag_errors(diags) == 0 && ast_equal(sources, module, read);

	diags_free(diags);
	return same;
}

enum formatted format_source(struct parse_context *c, struct sources *sources, const struct source *src, struct buf *out)
{
	unsigned errors = diag_errors(c->diags);
	const struct node *module = parse_module(c, src);

	if (!module || diag_errors(c->diags) > errors)
		return FORMATTED_NOT;
	print_module(out, c->syms, sources, module);
	if (same_but_layout(src->text, buf_str(out)) || same_tree(c, sources, module, src->name, out))
		return FORMATTED;
	return FORMATTED_WRONG;
}
