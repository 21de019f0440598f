/* Braces in strings. */
#include "compiler/interp.h"

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
