/* Writes and recognises the last word. No JSON reader: the form is fixed to the byte, and the verdict's program is small. */
#include "runtime/last_word.h"

#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"

enum { HASH_DIGITS = 64, MESSAGE_MOST = 2500, FILE_MODE = 0640 };	/* a byte may become six */

static const struct { const char *text; int status; } words[LAST_WORDS] = {
#define LAST_WORD(name, text, status) { text, status },
#include "runtime/last_word.def"
#undef LAST_WORD
};

int last_word_status(enum last_word w)
{
	return words[w].status;
}

/* Cut between characters. */
static size_t cut(const char *s)
{
	size_t len = strlen(s);

	if (len <= MESSAGE_MOST)
		return len;
	len = MESSAGE_MOST;
	while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

bool last_word_commit(const char *path, enum last_word w, const char *plan, const char *message)
{
	struct buf b = BUF_INIT;
	bool ok;

	buf_printf(&b, "{\"calcflow_last_word\":1,\"plan\":\"%s\",\"verdict\":\"%s\",\"message\":", plan, words[w].text);
	json_quote(&b, message, cut(message));
	buf_addstr(&b, "}\n");
	ok = file_replace(path, b.p, b.len, FILE_MODE, NULL);
	buf_release(&b);
	return ok;
}

struct cursor { const char *at, *end; };

static bool skip(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool skip_hash(struct cursor *c)
{
	if (c->end - c->at < HASH_DIGITS || strspn(c->at, "0123456789abcdef") != HASH_DIGITS)
		return false;
	c->at += HASH_DIGITS;
	return true;
}

static bool skip_word(struct cursor *c, enum last_word *w)
{
	for (int i = 0; i < LAST_WORDS; i++) {
		if (skip(c, words[i].text)) {
			*w = (enum last_word)i;
			return true;
		}
	}
	return false;
}

/* Up to its closing quote. */
static bool skip_string(struct cursor *c)
{
	while (c->at < c->end && *c->at != '"' && (unsigned char)*c->at >= ' ')
		c->at += *c->at == '\\' && c->at + 1 < c->end ? 2 : 1;
	return c->at < c->end && *c->at == '"';
}

bool last_word_parse(const char *text, size_t len, enum last_word *w, const char **message, size_t *message_len)
{
	struct cursor c = { text, text + len };
	const char *start;

	if (!skip(&c, "{\"calcflow_last_word\":1,\"plan\":\"") || !skip_hash(&c) || !skip(&c, "\",\"verdict\":\"") ||
	    !skip_word(&c, w) || !skip(&c, "\",\"message\":\""))
		return false;
	start = c.at;
	if (!skip_string(&c))
		return false;
	if (message) {
		*message = start;
		*message_len = (size_t)(c.at - start);
	}
	return skip(&c, "\"}\n") && c.at == c.end;
}

bool last_word_read(const char *path, enum last_word *w)
{
	struct buf b = BUF_INIT;
	bool ok = file_read(path, LAST_WORD_MOST, &b) && last_word_parse(buf_str(&b), b.len, w, NULL, NULL);

	buf_release(&b);
	return ok;
}
