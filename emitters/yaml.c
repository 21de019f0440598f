/*
 * The YAML writer: straight into a buffer, as the block style of libyaml's emitter has it (a test holds each text of ours against
 * libyaml's of the same events), at a tenth of its cost: no events, no copies, no analysis of scalars that are known to be plain.
 */
#include "emitters/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "base/utf8.h"

enum kind { DOCUMENT, MAP, LIST, LINE };	/* LINE: a list on one line */
enum { INDENT = 2 };

struct level {
	enum kind kind;
	unsigned indent;	/* of its entries */
	bool any, value;	/* an entry was written; MAP: its key is written, its value not */
};
struct yaml_writer {
	struct buf *out;
	struct level *level;
	size_t depth, cap;	/* level[depth - 1] is open */
	bool joined;		/* behind "-": what follows stands on this line */
	bool fresh;		/* at the start of a line */
	size_t json;		/* bytes of this document, as JSON */
	yaml_drain drain;
	void *ctx;
};

static struct level *top(struct yaml_writer *w)
{
	return &w->level[w->depth - 1];
}

static void push(struct yaml_writer *w, enum kind kind, unsigned indent)
{
	w->level = mem_grow(w->level, &w->cap, w->depth + 1, sizeof *w->level);
	w->level[w->depth++] = (struct level){ .kind = kind, .indent = indent };
	w->json += 3;		/* brackets and a comma */
}

static void put_indent(struct yaml_writer *w, unsigned indent)
{
	static const char spaces[] = "                                ";

	if (!w->fresh)
		buf_addch(w->out, '\n');
	w->fresh = false;
	for (; indent >= sizeof spaces; indent -= (unsigned)sizeof spaces - 1)
		buf_add(w->out, spaces, sizeof spaces - 1);
	buf_add(w->out, spaces, indent);
}

/* A new entry of a map or list begins. */
static void begin_entry(struct yaml_writer *w, struct level *l)
{
	if (w->joined)
		buf_addch(w->out, ' ');
	else
		put_indent(w, l->indent);
	w->joined = false;
	l->any = true;
}

/* What comes is a value of the open level (a key is written by put_key). `block`: its own entries write the space or line between. */
static void begin_value(struct yaml_writer *w, bool block)
{
	struct level *l = top(w);

	switch (l->kind) {
	case DOCUMENT: break;
	case MAP:
		l->value = false;
		if (!block)
			buf_addch(w->out, ' ');
		break;
	case LIST:
		begin_entry(w, l);
		buf_addch(w->out, '-');
		if (block)
			w->joined = true;
		else
			buf_addch(w->out, ' ');
		break;
	case LINE:
		buf_add(w->out, ", ", l->any ? 2 : 0);
		l->any = true;
		break;
	}
	w->fresh &= l->kind == DOCUMENT && block;
}

static bool key_is_next(struct yaml_writer *w)
{
	return top(w)->kind == MAP && !top(w)->value;
}

static void begin_block(struct yaml_writer *w, enum kind kind)
{
	const struct level *l = top(w);
	unsigned indent = l->kind == DOCUMENT || (l->kind == MAP && kind == LIST) ? l->indent : l->indent + INDENT;

	begin_value(w, true);
	push(w, kind, indent);
}

static void end_block(struct yaml_writer *w, const char *empty)
{
	bool any = top(w)->any;

	w->depth--;
	if (any)
		return;
	if (!w->fresh)
		buf_addch(w->out, ' ');
	w->joined = w->fresh = false;
	buf_addstr(w->out, empty);
}

/* ---- scalars ---- */

/* Characters that libyaml leaves as they are: printable, no line break, within the basic plane. */
static bool is_shown(uint32_t c)
{
	return (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c < 0xD800 && c != 0x2028 && c != 0x2029) || (c >= 0xE000 && c < 0xFFFE && c != 0xFEFF);
}

static void put_escape(struct buf *out, uint32_t c)
{
	static const char named[][2] = { { 0, '0' }, { 7, 'a' }, { 8, 'b' }, { 9, 't' }, { 10, 'n' }, { 11, 'v' }, { 12, 'f' }, { 13, 'r' },
		{ 27, 'e' }, { '"', '"' }, { '\\', '\\' } };

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (c == (uint32_t)named[i][0]) {
			buf_printf(out, "\\%c", named[i][1]);
			return;
		}
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		buf_printf(out, "\\%c", c == 0x85 ? 'N' : c == 0x2028 ? 'L' : 'P');
	else if (c <= 0xFF)
		buf_printf(out, "\\x%02" PRIX32, c);
	else
		buf_printf(out, c <= 0xFFFF ? "\\u%04" PRIX32 : "\\U%08" PRIX32, c);
}

/* Bytes that are no character become U+FFFD: no reader of YAML takes them. */
static uint32_t next_char(const char *s, size_t len, size_t *at)
{
	uint32_t c;
	unsigned used = utf8_decode(s + *at, len - *at, &c);

	*at += used ? used : 1;
	return used ? c : 0xFFFD;
}

/* A string with its quotes and a comma, as Go writes it. */
static size_t json_length(const char *s, size_t len)
{
	size_t length = len + 3;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t')
			length += 1;
		else if (c < 0x20 || c == '<' || c == '>' || c == '&')
			length += 5;
	}
	return length;
}

static void put_quoted(struct buf *out, const char *s, size_t len)
{
	buf_addch(out, '"');
	for (size_t at = 0, from; at < len;) {
		uint32_t c;

		for (from = at; at < len && s[at] >= 0x20 && s[at] < 0x7F && s[at] != '"' && s[at] != '\\';)
			at++;
		buf_add(out, s + from, at - from);
		if (at == len)
			break;
		from = at;
		c = next_char(s, len, &at);
		if (c == '"' || c == '\\' || !is_shown(c))
			put_escape(out, c);
		else if (c == 0xFFFD)
			buf_addstr(out, "\xEF\xBF\xBD");
		else
			buf_add(out, s + from, at - from);
	}
	buf_addch(out, '"');
}

/* As a block of lines? Only what such a block keeps as it is. */
static bool is_block(const char *s, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t from = at;
		uint32_t c = next_char(s, len, &at);

		if ((c != '\n' && !is_shown(c)) || (c == 0xFFFD && at == from + 1) || (c == '\n' && from && s[from - 1] == ' '))
			return false;
	}
	return len && s[len - 1] != ' ';
}

static void put_block(struct yaml_writer *w, const char *s, size_t len)
{
	const struct level *l = top(w);
	unsigned indent = l->kind == DOCUMENT ? 0 : l->indent + INDENT;

	buf_addch(w->out, '|');
	if (*s == ' ' || *s == '\n')
		buf_addch(w->out, '0' + INDENT);
	if (s[len - 1] != '\n')
		buf_addch(w->out, '-');
	else if (len == 1 || s[len - 2] == '\n')
		buf_addch(w->out, '+');
	buf_addch(w->out, '\n');
	w->fresh = true;
	for (size_t at = 0; at < len;) {
		const char *line = s + at, *end = memchr(line, '\n', len - at);
		size_t n = end ? (size_t)(end - line) : len - at;

		if (n) {
			put_indent(w, indent);
			buf_add(w->out, line, n);
		}
		if (end)
			buf_addch(w->out, '\n');
		w->fresh = end != NULL;
		at += n + (end != NULL);
	}
}

static const bool plain_byte[256] = {
	['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1,
	['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
	['y'] = 1, ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
	['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1,
	['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
	['8'] = 1, ['9'] = 1, ['/'] = 1, ['.'] = 1, ['_'] = 1, ['-'] = 1
};

/* A word that some reader resolves to a truth value or to nothing. */
static bool is_reserved(const char *s, size_t len)
{
	static const char *const reserved[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null" };
	static const size_t longest = 5;

	if (len > longest || !strchr("yYnNoOtTfF", *s))
		return false;
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (strcasecmp(s, reserved[i]) == 0)
			return true;
	return false;
}

/* Letters that no reader resolves to anything but a string: begins with a letter or slash, and is no reserved word. */
static bool is_plain(const char *s, size_t len)
{
	if (!len || !plain_byte[(unsigned char)*s] || *s == '.' || *s == '-' || *s == '_' || (*s >= '0' && *s <= '9'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!plain_byte[(unsigned char)s[i]])
			return false;
	return !is_reserved(s, len);
}

static void put_key(struct yaml_writer *w, const char *s, size_t len)
{
	struct level *l = top(w);

	begin_entry(w, l);
	if (is_plain(s, len))
		buf_add(w->out, s, len);
	else
		put_quoted(w->out, s, len);
	buf_addch(w->out, ':');
	w->json += len + 3;
	l->value = true;
}

static void put_plain(struct yaml_writer *w, const char *s, size_t len)
{
	begin_value(w, false);
	w->json += len + 1;
	buf_add(w->out, s, len);
}

/* ---- the calls ---- */

struct yaml_writer *yaml_begin(struct buf *out)
{
	struct yaml_writer *w = mem_zalloc(1, sizeof *w);

	w->out = out;
	w->fresh = true;
	push(w, DOCUMENT, 0);
	w->json = 0;
	return w;
}

void yaml_on_document(struct yaml_writer *w, yaml_drain drain, void *ctx)
{
	w->drain = drain;
	w->ctx = ctx;
}

void *yaml_context(const struct yaml_writer *w)
{
	return w->ctx;
}

size_t yaml_json_size(const struct yaml_writer *w)
{
	return w->json;
}

static void end_document(struct yaml_writer *w)
{
	if (!w->fresh)
		buf_addch(w->out, '\n');
	w->fresh = true;
	if (w->drain)
		w->drain(w->ctx);
}

void yaml_end(struct yaml_writer *w)
{
	end_document(w);
	mem_free(w->level);
	mem_free(w);
}

void yaml_next_document(struct yaml_writer *w)
{
	end_document(w);
	buf_addstr(w->out, "---");
	w->json = 0;
	w->fresh = false;
}

void yaml_map(struct yaml_writer *w)
{
	begin_block(w, MAP);
}

void yaml_map_end(struct yaml_writer *w)
{
	end_block(w, "{}");
}

void yaml_list(struct yaml_writer *w)
{
	begin_block(w, LIST);
}

void yaml_list_end(struct yaml_writer *w)
{
	if (top(w)->kind == LIST) {
		end_block(w, "[]");
		return;
	}
	w->depth--;
	buf_addch(w->out, ']');
}

void yaml_string(struct yaml_writer *w, const char *s)
{
	size_t len = strlen(s);

	if (key_is_next(w)) {
		put_key(w, s, len);
	} else if (is_plain(s, len)) {
		put_plain(w, s, len);
		w->json += 2;
	} else {
		begin_value(w, false);
		put_quoted(w->out, s, len);
		w->json += json_length(s, len);
	}
}

void yaml_text(struct yaml_writer *w, const char *s, size_t len)
{
	begin_value(w, false);
	w->json += json_length(s, len);
	if (top(w)->kind != LINE && is_block(s, len))
		put_block(w, s, len);
	else
		put_quoted(w->out, s, len);
}

void yaml_number(struct yaml_writer *w, uint64_t v)
{
	char text[24];

	put_plain(w, text, (size_t)snprintf(text, sizeof text, "%" PRIu64, v));
}

void yaml_bool(struct yaml_writer *w, bool v)
{
	put_plain(w, v ? "true" : "false", v ? 4 : 5);
}

void yaml_key_map(struct yaml_writer *w, const char *key)
{
	yaml_string(w, key);
	yaml_map(w);
}

void yaml_key_list(struct yaml_writer *w, const char *key)
{
	yaml_string(w, key);
	yaml_list(w);
}

void yaml_pair(struct yaml_writer *w, const char *key, const char *value)
{
	yaml_string(w, key);
	yaml_string(w, value);
}

void yaml_pair_number(struct yaml_writer *w, const char *key, uint64_t v)
{
	yaml_string(w, key);
	yaml_number(w, v);
}

void yaml_pair_bool(struct yaml_writer *w, const char *key, bool v)
{
	yaml_string(w, key);
	yaml_bool(w, v);
}

void yaml_pair_words(struct yaml_writer *w, const char *key, const char *const *words)
{
	yaml_string(w, key);
	begin_value(w, false);
	buf_addch(w->out, '[');
	push(w, LINE, 0);
	for (; *words; words++)
		yaml_string(w, *words);
	yaml_list_end(w);
}
