/* Names of container images; see image_name.h. The grammar is that of the distribution specification. */
#include "base/image_name.h"

#include <stddef.h>
#include <string.h>
#include "base/buf.h"

enum { PATH_LIMIT = 255, TAG_LIMIT = 128, DIGEST_LEAST = 32 };
#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" SMALL

/* Small letters and digits, and between them `.`, `_`, `__` or any number of `-`. */
static bool is_component(const char *p, size_t len)
{
	for (size_t at = 0, n;; at += n) {
		n = strspn(p + at, SMALL);
		if (!n || at + n >= len)
			return n && at + n == len;
		at += n;
		n = p[at] == '-' ? strspn(p + at, "-") : p[at] == '_' ? strspn(p + at, "_") : p[at] == '.';
		if (!n || (p[at] == '_' && n > 2))
			return false;
	}
}

/* What is before the first `/`: it is a registry where no name could look like that. */
static bool is_registry(const char *p, size_t len)
{
	size_t host = 0, port;

	if (p[0] == '[')	/* an address of IPv6 */
		host = 1 + strspn(p + 1, "0123456789abcdefABCDEF:") + 1;
	else
		host = strspn(p, LETTERS ".-");
	if (host > len || host == 0 || (p[0] == '[' ? p[host - 1] != ']' : !strchr(LETTERS, p[0]) || !strchr(LETTERS, p[host - 1])))
		return false;
	if (host == len)
		return p[0] == '[' || memchr(p, '.', len) || (len == 9 && memcmp(p, "localhost", 9) == 0) || strcspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") < len;
	port = strspn(p + host + 1, "0123456789");
	return p[host] == ':' && port && host + 1 + port == len;
}

static bool is_path(const char *p, size_t len)
{
	size_t first = 0, at = 0;

	while (first < len && p[first] != '/')
		first++;
	if (first < len && is_registry(p, first))
		at = first + 1;
	if (len - at > PATH_LIMIT)
		return false;
	for (;;) {
		size_t n = strcspn(p + at, "/");

		if (at + n >= len)
			return is_component(p + at, len - at);
		if (!is_component(p + at, n))
			return false;
		at += n + 1;
	}
}

static bool is_tag(const char *p, size_t len)
{
	return len > 0 && len <= TAG_LIMIT && p[0] != '.' && p[0] != '-' && strspn(p, LETTERS "_.-") >= len;
}

static bool is_digest(const char *p)
{
	size_t n = strspn(p, LETTERS "+._-");

	return n && p[n] == ':' && strspn(p + n + 1, "0123456789abcdefABCDEF") >= DIGEST_LEAST && p[n + 1 + strspn(p + n + 1, "0123456789abcdefABCDEF")] == '\0';
}

bool image_name_ok(const char *text)
{
	size_t len = strcspn(text, "@"), name = len;

	if (text[len] && !is_digest(text + len + 1))
		return false;
	while (name && text[name - 1] != ':' && text[name - 1] != '/')
		name--;
	if (name == 0 || text[name - 1] == '/')	/* without a tag */
		name = len;
	else if (is_tag(text + name, len - name))
		name--;
	else
		return false;
	return name && is_path(text, name);
}

bool image_prefix_ok(const char *text)
{
	struct buf name = BUF_INIT;
	size_t len = strlen(text);
	bool ok;

	buf_printf(&name, "%s%sx", text, len && text[len - 1] == '/' ? "" : "/");
	ok = image_name_ok(buf_str(&name));
	buf_release(&name);
	return ok;
}
