/*
 * YAML as the events of JSON, for the data reader: libyaml parses, the declared type says what a bare word is (so `no` is a text
 * where a text is wanted), aliases are written out, within limits. What data cannot have is refused: merge keys, further documents,
 * keys that are no words, tags that YAML does not define. It knows no types beyond their kinds.
 */
#include "compiler/data.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/sym.h"
#include "base/utf8.h"
#include "compiler/data_yaml_word.h"

enum { ITEM_COST = 16 };	/* of LIMIT_YAML_REPEATED, beside its text */

/* A node of the text, as it is kept for the aliases that repeat it. */
struct item {
	uint8_t kind;		/* JSON_OBJECT, JSON_ARRAY and their ends; JSON_STRING: any scalar; JSON_NULL: an alias */
	bool plain, in_place;
	uint32_t anchor;	/* an alias: of what */
	size_t at, width;
	const char *text;
	size_t len;
};
struct anchor { size_t first, end; bool closed; };	/* places in `tape` */
struct level { bool map, value_next; uint32_t anchor; };	/* anchor + 1; 0: none */

struct yaml {
	yaml_parser_t parser;
	yaml_event_t event;	/* the one that is looked at */
	const struct source *src;
	struct data_reader *to;
	struct diags *d;
	size_t chars, bytes;	/* one place of the text in both: libyaml counts characters */
	struct level level[LIMIT_NESTING + 1];
	unsigned depth, open;	/* open: anchored nodes around, so that the tape records */
	struct symtab *names;	/* of anchors */
	uint32_t *by_name;	size_t by_name_cap;	/* name → anchor + 1, the last of that name */
	struct anchor *anchor;	size_t anchors, anchors_cap;
	struct item *tape;	size_t items, items_cap;
	struct arena texts;
	uint64_t aliases, repeated;
};

/* ---- places ---- */

static bool continues(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

static size_t offset(struct yaml *y, size_t chars)
{
	const char *text = y->src->text;
	for (; y->chars < chars && y->bytes < y->src->len; y->chars++)
		while (++y->bytes < y->src->len && continues(text[y->bytes]))
			;
	for (; y->chars > chars && y->bytes; y->chars--)
		while (--y->bytes && continues(text[y->bytes]))
			;
	return y->bytes;
}

/* Of a byte order mark: libyaml does not see it, for it would take it for a column of the first line. */
static size_t mark_len(const struct yaml *y) { return strncmp(y->src->text, "\xEF\xBB\xBF", 3) ? 0 : 3; }

static struct span span_at(const struct yaml *y, size_t at, size_t width)
{
	return (struct span){ y->src->base + (uint32_t)at, (uint32_t)(width < 100 ? width : 100) };
}

/* ---- to the reader ---- */

static bool refused(struct yaml *y, const struct item *it, const char *what, const char *help)
{
	diag_report(y->d, CF024, span_at(y, it->at, it->width), "%s", what);
	diag_help(y->d, "%s", help);
	return false;
}

static bool give_key(struct yaml *y, const struct item *it, struct level *in)
{
	if (it->kind != JSON_STRING)
		return refused(y, it, "a list or a map as a key", "a key is one word or one text");
	if (it->plain && !it->len)
		return refused(y, it, "a key is missing", "write `name: value`");
	if (it->plain && it->len == 2 && !memcmp(it->text, "<<", 2))
		return refused(y, it, "a merge key (`<<`)", "write the fields out where they are wanted: data are read against a type, which says all of them");
	in->value_next = true;
	return data_reader_take(y->to, &(struct json_event){ JSON_KEY, false, it->in_place, it->text, it->len, it->at, it->width });
}

static bool give_scalar(struct yaml *y, const struct item *it)
{
	struct json_event ev = { JSON_STRING, false, it->in_place, it->text, it->len, it->at, it->width };
	char number[YAML_NUMBER_TEXT];
	if (it->plain && !yaml_word(&ev, data_reader_wants(y->to), number))
		return refused(y, it, "a number that begins with `0`", "YAML 1.1 reads it in base 8 and YAML 1.2 in base 10: leave the `0` out, or write `0o` for base 8");
	return data_reader_take(y->to, &ev);
}

static bool give(struct yaml *y, const struct item *it)
{
	struct level *in = y->depth ? &y->level[y->depth - 1] : NULL;
	if (it->kind == JSON_OBJECT_END || it->kind == JSON_ARRAY_END) {
		y->depth--;
		return data_reader_take(y->to, &(struct json_event){ .kind = (enum json_kind)it->kind, .at = it->at, .width = it->width });
	}
	if (in && in->map && !in->value_next)
		return give_key(y, it, in);
	if (in)
		in->value_next = false;
	if (it->kind == JSON_STRING)
		return give_scalar(y, it);
	if (y->depth == LIMIT_NESTING) {
		diag_report(y->d, CF020, span_at(y, it->at, it->width), "nested too deeply");
		return false;
	}
	y->level[y->depth++] = (struct level){ .map = it->kind == JSON_OBJECT };
	return data_reader_take(y->to, &(struct json_event){ .kind = (enum json_kind)it->kind, .at = it->at, .width = it->width });
}

/* ---- anchors and aliases ---- */

static void record(struct yaml *y, const struct item *it)
{
	y->tape = mem_grow(y->tape, &y->items_cap, y->items + 1, sizeof *y->tape);
	y->tape[y->items] = *it;
	if (it->text && !it->in_place)
		y->tape[y->items].text = arena_strndup(&y->texts, it->text, it->len);
	y->items++;
}

/* The anchor of a node that begins: place + 1; 0 where it has none. */
static uint32_t open_anchor(struct yaml *y, const yaml_char_t *name)
{
	if (!name)
		return 0;
	sym_t s = sym_cstr(y->names, (const char *)name);
	size_t had = y->by_name_cap;
	y->by_name = mem_grow(y->by_name, &y->by_name_cap, (size_t)s + 1, sizeof *y->by_name);
	memset(y->by_name + had, 0, (y->by_name_cap - had) * sizeof *y->by_name);
	y->anchor = mem_grow(y->anchor, &y->anchors_cap, y->anchors + 1, sizeof *y->anchor);
	y->anchor[y->anchors++] = (struct anchor){ .first = y->items };
	y->open++;
	return y->by_name[s] = (uint32_t)y->anchors;
}

static void close_anchor(struct yaml *y, uint32_t anchor)
{
	if (!anchor)
		return;
	y->anchor[anchor - 1].end = y->items;
	y->anchor[anchor - 1].closed = true;
	y->open--;
}

static bool too_many(struct yaml *y, const struct item *it, const char *what, unsigned long most, const char *unit)
{
	diag_report(y->d, CF008, span_at(y, it->at, it->width), "the aliases of this file %s more than %lu %s", what, most, unit);
	diag_help(y->d, "write out what they stand for, or name it by a key that the program looks up");
	return false;
}

/* Each recursion stands within one more list or map, so that LIMIT_NESTING ends it. */
static bool repeat(struct yaml *y, const struct item *alias)
{
	struct anchor a = y->anchor[alias->anchor];
	if (++y->aliases > LIMIT_YAML_ALIASES)
		return too_many(y, alias, "are written out", LIMIT_YAML_ALIASES, "times");
	for (size_t i = a.first; i < a.end; i++) {
		struct item it = y->tape[i];
		y->repeated += ITEM_COST + it.len;
		if (y->repeated > LIMIT_YAML_REPEATED)
			return too_many(y, alias, "stand for", LIMIT_YAML_REPEATED >> 20, "MiB");
		if (it.kind == JSON_NULL ? !repeat(y, &it) : !give(y, &it))
			return false;
	}
	return true;
}

static bool alias(struct yaml *y, struct item *it, const char *name)
{
	sym_t s = sym_find(y->names, name, strlen(name));
	uint32_t of = s && s < y->by_name_cap ? y->by_name[s] : 0;
	if (!of) {
		struct suggest like;
		suggest_init(&like, name);
		for (sym_t k = 1; k < sym_count(y->names) && !diag_full(y->d); k++)
			suggest_offer(&like, sym_text(y->names, k));
		diag_report(y->d, CF024, span_at(y, it->at, it->width), "nothing above is named `&%s`", name);
		if (like.best)
			diag_help(y->d, "did you mean `*%s`?", like.best);
		return false;
	}
	it->anchor = of - 1;
	if (!y->anchor[it->anchor].closed)
		return refused(y, it, "an alias within what it stands for", "it would have no end: write the value out");
	if (y->open)
		record(y, it);
	return repeat(y, it);
}

/* ---- libyaml's events ---- */

static bool known_tag(struct yaml *y, const struct item *it, const yaml_char_t *tag)
{
	static const char yaml[] = "tag:yaml.org,2002:";
	if (!tag || !strcmp((const char *)tag, "!") || !strncmp((const char *)tag, yaml, sizeof yaml - 1))
		return true;
	return refused(y, it, "a tag that YAML does not define", "leave it out: the declared type says what the value is");
}

/* Where a scalar itself begins: libyaml's mark is that of an anchor or a tag before it. */
static size_t behind_properties(const struct yaml *y, size_t at)
{
	const char *text = y->src->text;
	while (text[at] == '&' || text[at] == '!') {
		at += strcspn(text + at, " \t\r\n");
		at += strspn(text + at, " \t\r\n");
	}
	return at;
}

static bool on_scalar(struct yaml *y, const yaml_event_t *ev, struct item *it)
{
	it->width = offset(y, ev->end_mark.index);
	if (!known_tag(y, it, ev->data.scalar.tag))
		return false;
	if (ev->data.scalar.anchor || ev->data.scalar.tag) {
		size_t at = behind_properties(y, it->at);
		it->at = at < it->width ? at : it->at;
	}
	it->width -= it->at;
	const char *text = (const char *)ev->data.scalar.value, *here = y->src->text + it->at;
	size_t left = y->src->len - it->at;
	bool bare = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	bool quoted = ev->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE || ev->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;

	it->kind = JSON_STRING;
	it->len = ev->data.scalar.length;
	it->plain = bare && ev->data.scalar.plain_implicit;
	it->text = text;
	it->in_place = (bare || quoted) && it->len + 2u * quoted <= left && !memcmp(here + quoted, text, it->len);
	if (it->in_place)
		it->text = here + quoted;
	uint32_t anchor = open_anchor(y, ev->data.scalar.anchor);
	if (y->open)
		record(y, it);
	close_anchor(y, anchor);
	return give(y, it);
}

static bool on_begin(struct yaml *y, struct item *it, const yaml_char_t *name, const yaml_char_t *tag)
{
	if (!known_tag(y, it, tag))
		return false;
	uint32_t anchor = open_anchor(y, name);
	if (y->open)
		record(y, it);
	if (!give(y, it))
		return false;
	y->level[y->depth - 1].anchor = anchor;
	return true;
}

static bool on_end(struct yaml *y, const struct item *it)
{
	uint32_t anchor = y->level[y->depth - 1].anchor;
	if (y->open)
		record(y, it);
	close_anchor(y, anchor);
	return give(y, it);
}

static bool on_event(struct yaml *y, const yaml_event_t *ev, unsigned *documents)
{
	struct item it = { .kind = JSON_NULL, .at = offset(y, ev->start_mark.index), .width = 1 };
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if ((*documents)++)
			return refused(y, &it, "a second document", "one file holds one value: put the documents into one list, or into files");
		return true;
	case YAML_ALIAS_EVENT:
		it.width = strlen((const char *)ev->data.alias.anchor) + 1;
		return alias(y, &it, (const char *)ev->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return on_scalar(y, ev, &it);
	case YAML_SEQUENCE_START_EVENT:
		it.kind = JSON_ARRAY;
		return on_begin(y, &it, ev->data.sequence_start.anchor, ev->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		it.kind = JSON_OBJECT;
		return on_begin(y, &it, ev->data.mapping_start.anchor, ev->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT: case YAML_MAPPING_END_EVENT:
		it.kind = ev->type == YAML_SEQUENCE_END_EVENT ? JSON_ARRAY_END : JSON_OBJECT_END;
		return on_end(y, &it);
	default:
		return true;
	}
}

/* libyaml's words are good; where a tab is the reason, they do not say so. */
static bool ill_formed(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	const char *what = p->problem ? p->problem : "not well-formed";
	if (p->error == YAML_MEMORY_ERROR)
		mem_overflow();
	bool reader = p->error == YAML_READER_ERROR;
	size_t at = reader ? p->problem_offset + mark_len(y) : offset(y, p->problem_mark.index);
	if (at > y->src->len)
		at = y->src->len;
	if (!reader && y->src->text[at] == '\t') {
		diag_report(y->d, CF020, span_at(y, at, 1), "a tab cannot stand here");
		diag_help(y->d, "indent with spaces: YAML takes tabs within values only");
		return false;
	}
	diag_report(y->d, CF020, span_at(y, at, 1), "%s", at == y->src->len ? "the text ends too early" : what);
	if (!reader && p->context)
		diag_note(y->d, span_at(y, offset(y, p->context_mark.index), 1), "%s", p->context);
	return false;
}

static void free_event(void *event)
{
	yaml_event_delete(event);
}

static bool read_events(struct yaml *y)
{
	unsigned documents = 0;
	for (bool more = true; more;) {
		yaml_event_t *ev = &y->event;
		if (!yaml_parser_parse(&y->parser, ev))
			return ill_formed(y);
		more = ev->type != YAML_STREAM_END_EVENT;
		mem_hold(free_event, ev);
		bool ok = on_event(y, ev, &documents);
		mem_let_go(ev);
		yaml_event_delete(ev);
		if (!ok)
			return false;
	}
	if (!documents)
		diag_report(y->d, CF020, span_at(y, y->src->len, 1), "the text holds no value");
	return documents > 0;
}

static void free_parser(void *parser)
{
	yaml_parser_delete(parser);
}

static bool read_yaml(const struct source *src, struct data_reader *to, struct diags *d)
{
	size_t valid = utf8_valid_prefix(src->text, src->len);
	if (valid < src->len) {
		diag_report(d, CF020, (struct span){ src->base + (uint32_t)valid, 1 }, "not UTF-8");
		return false;
	}
	struct yaml *y = mem_zalloc(1, sizeof *y);
	y->src = src;
	y->to = to;
	y->d = d;
	y->names = symtab_new();
	arena_init(&y->texts);
	if (!yaml_parser_initialize(&y->parser))
		mem_overflow();
	mem_hold(free_parser, &y->parser);
	y->bytes = mark_len(y);
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y->parser, (const unsigned char *)src->text + y->bytes, src->len - y->bytes);
	bool ok = read_events(y);
	mem_let_go(&y->parser);
	yaml_parser_delete(&y->parser);
	arena_release(&y->texts);
	symtab_free(y->names);
	mem_free(y->by_name);
	mem_free(y->anchor);
	mem_free(y->tape);
	mem_free(y);
	return ok;
}

const struct data_format data_yaml = { read_yaml };
