/* Braces in strings. */
#include "compiler/interp.h"

#include <string.h>

static bool word_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static size_t word_end(const char *s, size_t len, size_t i)
{
	size_t from = i;
	while (i < len && word_char(s[i], i == from))
		i++;
	return i;
}

/* End of ".field[2]…" from i, or `len`+1 when it is malformed. */
static size_t path_end(const char *s, size_t len, size_t i)
{
	while (i < len && (s[i] == '.' || s[i] == '[')) {
		size_t from = i + 1, to = from;
		if (s[i] == '.') {
			to = word_end(s, len, from);
		} else {
			while (to < len && s[to] >= '0' && s[to] <= '9')
				to++;
		}
		if (to == from)
			return len + 1;
		if (s[i] == '[' && (to >= len || s[to++] != ']'))
			return len + 1;
		i = to;
	}
	return i;
}

static bool reference(const char *s, size_t len, size_t *at, struct interp_piece *out, const char **error)
{
	size_t name = *at + 1, end = word_end(s, len, name), path = path_end(s, len, end);

	if (end == name)
		*error = "a name is wanted after `{` (write `\\{` for a brace)";
	else if (path > len)
		*error = "after a name in braces only `.field` and `[n]` may follow";
	else if (path == len || s[path] != '}')
		*error = "`}` is missing, or something other than a name, `.field` or `[n]` stands in the braces";
	if (*error)
		return false;
	*out = (struct interp_piece){ true, s + name, end - name, s + end, path - end };
	*at = path + 1;
	return true;
}

bool interp_next(const char *s, size_t len, size_t *at, struct interp_piece *out, const char **error)
{
	size_t i = *at;
	*error = NULL;
	if (i >= len)
		return false;
	if (s[i] == '{')
		return reference(s, len, at, out, error);
	if (s[i] == '}') {
		*error = "`}` without `{` (write `\\}` for a brace)";
		return false;
	}
	if (s[i] == 1 && i + 1 < len) {	/* an escaped brace, a piece by itself */
		*out = (struct interp_piece){ false, s + i + 1, 1, "", 0 };
		*at = i + 2;
		return true;
	}
	size_t from = i++;
	while (i < len && s[i] != '{' && s[i] != '}' && s[i] != 1)
		i++;
	*out = (struct interp_piece){ false, s + from, i - from, "", 0 };
	*at = i;
	return true;
}

bool interp_has_reference(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == 1)
			i++;
		else if (s[i] == '{' || s[i] == '}')
			return true;
	}
	return false;
}

/* Past a character of a string; `*brace`: one that means something. As decoded 0x01 escapes, in the program's text a backslash. */
static size_t step(const char *s, size_t len, size_t i, char escape, bool *brace)
{
	*brace = s[i] == '{' || s[i] == '}';
	if (s[i] != escape)
		return i + 1;
	if (escape == '\\' && i + 2 < len && s[i + 1] == 'u' && s[i + 2] == '{') {
		const char *close = memchr(s + i, '}', len - i);

		return close ? (size_t)(close - s) + 1 : len;
	}
	return i + 2;
}

/* How many braces there are that mean something. */
static size_t braces(const char *s, size_t len, char escape)
{
	size_t n = 0;
	bool brace;

	for (size_t i = 0; i < len;) {
		i = step(s, len, i, escape, &brace);
		n += brace;
	}
	return n;
}

struct interp_places interp_places(const struct sources *sources, struct span string, const char *s, size_t len)
{
	struct interp_places p = { .string = string, .at = 1 };

	if (string.at && source_origin(sources, string).at == string.at)
		p.text = source_bytes(sources, string.at);
	if (p.text && (string.len < 3 || p.text[0] != '"' || p.text[string.len - 1] != '"' || braces(p.text, string.len, '\\') != braces(s, len, 1)))
		p.text = NULL;
	return p;
}

struct span interp_place(struct interp_places *p)
{
	size_t most = p->string.len, to;
	bool brace = false;

	for (size_t next; p->text && p->at < most; p->at = next) {
		next = step(p->text, most, p->at, '\\', &brace);
		if (brace)
			break;
	}
	if (!brace)
		return p->string;
	struct span found = { p->string.at + (uint32_t)p->at, 1 };
	/* to its other half, where that stands in the same line */
	to = p->at + strcspn(p->text + p->at, "}\n\"");
	if (p->text[p->at] == '{' && to < most && p->text[to] == '}')
		found.len = (uint32_t)(to + 1 - p->at);
	p->at += found.len;
	return found;
}
