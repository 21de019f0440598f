/*
 * The data reader: events of JSON, or of a format that gives the same, → words of a type. A stack of frames says what is open; finished items wait on a stack of
 * words until their list or record closes and goes to the store in one piece. It knows no syntax and no flows.
 */
#include "compiler/data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/json_ahead.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/text.h"

enum {
	MISFITS_SHOWN = 10,
	COUNT_AFTER = 1 << 16,		/* items, from which on the length of a list is guessed at */
	PEEK = 1 << 18
};

/* What is wanted at a place: a type, T? opened up, with what is asked about it for every event. */
struct want {
	type_t type;
	uint8_t kind;
	bool optional;
	const char *name;	/* of the field, where it is one */
	uint32_t len;
};

struct frame {
	type_t type;		/* LIST or RECORD that is open (never OPTIONAL) */
	bool list, choice;	/* else a record; a choice is read as a record of its arms, of which one comes */
	uint32_t count;			/* RECORD: fields */
	const struct want *want;	/* RECORD: of its fields */
	struct want item;		/* LIST */
	bool optional;		/* it fills a T? */
	bool counted;		/* LIST: its items were counted ahead: not too many */
	bool wrong;		/* CHOICE: a key that is no arm was reported */
	size_t base;		/* of its words on the stack */
	uint32_t at;		/* position of its text */
	uint32_t field;		/* RECORD: place of the field whose value comes next; UINT32_MAX: to pass over */
	uint32_t guess;		/* RECORD: the field that most likely comes next */
	uint64_t seen;		/* RECORD: the first 64 fields that came; the rest by the word UNSEEN */
};

struct data_reader {
	struct data_target *t;
	const struct source *src;
	const sym_t *path;
	uint32_t path_len, path_at;	/* keys matched so far */
	unsigned skip;			/* depth of a value being passed over; 0: none */
	unsigned outside;		/* depth outside the path */
	bool skip_next, found, done, failed;
	struct want top;
	struct want *field;		/* as types.field */
	struct span declared;
	word_t result;
	unsigned misfits;
	size_t behind;			/* what was read so far ends here */
	struct frame frame[LIMIT_NESTING + 1];
	unsigned depth;
	word_t *stack;			size_t words, cap;
};

static const char *found_text(const struct json_event *ev)
{
	static const char *const text[] = {
		[JSON_NULL] = "null", [JSON_BOOL] = "a bool", [JSON_NUMBER] = "a number", [JSON_STRING] = "a string",
		[JSON_KEY] = "a key", [JSON_OBJECT] = "an object", [JSON_OBJECT_END] = "the end of an object",
		[JSON_ARRAY] = "an array", [JSON_ARRAY_END] = "the end of an array",
	};
	return text[ev->kind];
}

static struct span event_span(const struct data_reader *r, const struct json_event *ev)
{
	return (struct span){ r->src->base + (uint32_t)ev->at, (uint32_t)(ev->width < 100 ? ev->width : 100) };
}

/* The field that a value was read for, as ", field `x` of `Task`"; "" at the top. */
static const char *where(const struct data_reader *r, struct buf *b)
{
	const struct frame *f = r->depth ? &r->frame[r->depth - 1] : NULL;
	struct types *t = r->t->types;
	while (f && f > r->frame && type_of(t, f->type)->kind == TYPE_LIST)
		f--;
	if (f && (type_of(t, f->type)->kind == TYPE_RECORD || f->choice) && f->field != UINT32_MAX)
		buf_printf(b, f->choice ? " for arm `%s` of `%s`" : " for field `%s` of `%s`", sym_text(t->syms, type_field_at(t, f->type, f->field)->name), type_text(t, f->type));
	return buf_str(b);
}

static bool misfit(struct data_reader *r, struct span at, const char *expected, const char *found)
{
	struct buf b = BUF_INIT;
	diag_report(r->t->diags, CF021, at, "expected %s%s, found %s", expected, where(r, &b), found);
	diag_note(r->t->diags, r->declared, "read against the type declared here");
	buf_release(&b);
	r->failed = true;
	return ++r->misfits < MISFITS_SHOWN;
}

/* A string of the data: in the file where it stands, else (it had escapes) decoded beside. */
static word_t string_of(struct data_reader *r, const struct json_event *ev)
{
	if (ev->in_place && ev->len) {
		size_t at = (size_t)(ev->text - r->src->text);
		source_keep(r->src, at, ev->len);
		return word_pair(r->src->base + (uint32_t)at, (uint32_t)ev->len);
	}
	return string_new(&r->t->store[0], ev->text, ev->len, event_span(r, ev));
}

static enum text_result string_scalar(struct data_reader *r, const struct json_event *ev, type_t type, word_t *out)
{
	struct types *t = r->t->types;
	struct buf b = BUF_INIT;
	int64_t ns = 0;
	enum text_result res = TEXT_BAD;
	switch (type_of(t, type)->kind) {
	case TYPE_STRING:
		*out = string_of(r, ev);
		return TEXT_OK;
	case TYPE_SIZED:
		*out = string_of(r, ev);
		return ev->len <= type_of(t, type)->first ? TEXT_OK : TEXT_RANGE;
	case TYPE_TIME:
		res = text_time(ev->text, ev->len, &ns);
		*out = (word_t)ns;
		return res;
	case TYPE_BYTES:
		if (base64_read(ev->text, ev->len, &b)) {
			*out = string_new(r->t->store, buf_str(&b), b.len, event_span(r, ev));
			res = TEXT_OK;
		}
		buf_release(&b);
		return res;
	case TYPE_ENUM: {
		sym_t s = sym_find(t->syms, ev->text, ev->len);
		uint32_t m = s ? type_field_find(t, type, s) : UINT32_MAX;
		*out = m;
		return m == UINT32_MAX ? TEXT_BAD : TEXT_OK;
	}
	default:
		return TEXT_BAD;
	}
}

/* How the text of such a value is written. */
static void help_with_text(const struct data_reader *r, type_t type)
{
	const struct types *t = r->t->types;
	const struct type *ty = type_of(t, type);
	struct buf b = BUF_INIT;
	if (ty->kind == TYPE_TIME) {
		diag_help(r->t->diags, "write it as \"2025-03-01T14:00:00Z\"");
	} else if (ty->kind == TYPE_DURATION) {
		diag_help(r->t->diags, "a duration is a number of seconds");
	} else if (ty->kind == TYPE_BYTES) {
		diag_help(r->t->diags, "bytes are written in base64");
	} else if (ty->kind == TYPE_BOOL) {
		diag_help(r->t->diags, "a bool is `true` or `false`");
	} else if (ty->kind == TYPE_ENUM && ty->count <= 20) {
		for (uint32_t i = 0; i < ty->count; i++)
			buf_printf(&b, "%s%s", i ? ", " : "", sym_text(t->syms, type_field_at(t, type, i)->name));
		diag_help(r->t->diags, "the members are %s", buf_str(&b));
	}
	buf_release(&b);
}

/* Quotes too many or missing, a member that is misspelt: the edit of the data. Only where the token stands there whole. */
static bool mend_scalar(const struct data_reader *r, const struct json_event *ev, type_t type)
{
	enum { SHORT = 60 };
	struct types *t = r->t->types;
	struct span at = event_span(r, ev);
	struct buf b = BUF_INIT;
	bool mended = true;
	word_t w;
	if (at.len != ev->width || ev->len == 0 || ev->len > SHORT || (ev->kind != JSON_STRING && ev->kind != JSON_NUMBER))
		return false;
	char first = r->src->text[ev->at];
	bool quoted = ev->kind == JSON_STRING && (first == '"' || first == '\'');	/* a YAML tag makes a string, too */
	buf_add(&b, ev->text, ev->len);
	if (quoted && type_is_number(type) && text_number(ev->text, ev->len, type, &w) == TEXT_OK) {
		diag_fix(r->t->diags, at, buf_str(&b), "a number stands without quotes: %s", buf_str(&b));
	} else if (quoted && type == TYPE_BOOL && (!strcmp(buf_str(&b), "true") || !strcmp(b.p, "false"))) {
		diag_fix(r->t->diags, at, buf_str(&b), "a bool stands without quotes: %s", buf_str(&b));
	} else if (ev->kind == JSON_NUMBER && type == TYPE_STRING) {
		char *bare = mem_strdup(buf_str(&b));
		buf_clear(&b);
		json_quote(&b, bare, strlen(bare));
		mem_free(bare);
		diag_fix(r->t->diags, at, buf_str(&b), "a string stands in quotes: %s", buf_str(&b));
	} else if (ev->kind == JSON_STRING && type_of(t, type)->kind == TYPE_ENUM) {
		struct suggest s;
		suggest_init(&s, buf_str(&b));
		for (uint32_t i = 0; i < type_of(t, type)->count; i++)
			suggest_offer(&s, sym_text(t->syms, type_field_at(t, type, i)->name));
		mended = suggest_say(&s, r->t->diags, at);
	} else {
		mended = false;
	}
	buf_release(&b);
	return mended;
}

/* A scalar event as a word of `type` (not optional). */
static bool scalar(struct data_reader *r, const struct json_event *ev, type_t type, word_t *out)
{
	enum text_result res = TEXT_BAD;
	int64_t ns = 0;
	*out = 0;
	if (ev->kind == JSON_STRING) {
		res = string_scalar(r, ev, type, out);
	} else if (ev->kind == JSON_BOOL && type == TYPE_BOOL) {
		*out = ev->boolean;
		res = TEXT_OK;
	} else if (ev->kind == JSON_NUMBER && type_is_number(type)) {
		res = text_number(ev->text, ev->len, type, out);
	} else if (ev->kind == JSON_NUMBER && type == TYPE_DURATION) {
		res = duration_read(ev->text, ev->len, &ns);
		*out = (word_t)ns;
	}
	if (res == TEXT_OK)
		return true;
	struct buf b = BUF_INIT;
	if (ev->kind == JSON_STRING || ev->kind == JSON_NUMBER)
		buf_printf(&b, "%s %s%.*s%s%s%s", found_text(ev), ev->kind == JSON_STRING ? "\"" : "", (int)(ev->len < 60 ? ev->len : 60), ev->text,
			   ev->len < 60 ? "" : "…", ev->kind == JSON_STRING ? "\"" : "", res != TEXT_RANGE ? "" : type_of(r->t->types, type)->kind == TYPE_SIZED ? " (too long)" : " (out of range)");
	else
		buf_addstr(&b, found_text(ev));
	bool go = misfit(r, event_span(r, ev), type_text(r->t->types, type), buf_str(&b));
	if (!mend_scalar(r, ev, type))
		help_with_text(r, type);
	buf_release(&b);
	return go;
}

/*
 * A list that will have too many items is refused before it was read: where what was read of it so far lets expect so many, the rest is
 * counted.
 */
static bool too_many_ahead(struct data_reader *r, struct frame *f)
{
	size_t items = r->words - f->base + 1, bytes = r->behind - (f->at - r->src->base), n;
	double expected = (double)items * ((double)(r->src->len - r->behind) / (double)(bytes ? bytes : 1) + 1);
	struct json_ahead ahead = { 0 };
	if (r->t->format || f->counted || expected < LIMIT_ROWS / 8 * 7)
		return false;
	char *text = mem_alloc(PEEK);
	for (size_t at = r->behind; !ahead.done && items + ahead.items <= LIMIT_ROWS && (n = source_peek(r->src, at, text, PEEK)); at += n)
		json_ahead_feed(&ahead, text, n);
	mem_free(text);
	f->counted = items + ahead.items <= LIMIT_ROWS;
	return !f->counted;
}

static bool put(struct data_reader *r, struct frame *f, word_t w)
{
	size_t items = r->words - f->base;
	bool look = items >= COUNT_AFTER && !(items & (items - 1));
	if (items == LIMIT_ROWS || (look && too_many_ahead(r, f))) {
		diag_report(r->t->diags, CF008, (struct span){ f->at, 1 }, "this list has more than %d items", LIMIT_ROWS);
		diag_help(r->t->diags, "import a part of it (`at`), or let a step read the file");
		r->failed = true;
		return false;
	}
	r->stack = mem_grow(r->stack, &r->cap, r->words + 1, sizeof *r->stack);
	r->stack[r->words++] = w;
	return true;
}

static bool too_large(struct data_reader *r)
{
	diag_report(r->t->diags, CF008, (struct span){ r->src->base, 0 }, "the data have more than %u values", UINT32_MAX - 1);
	r->failed = true;
	return false;
}

/* A finished value goes where it is wanted: into the open record's field, the open list, or it is the result. */
static bool deliver(struct data_reader *r, word_t w, bool boxed)
{
	if (boxed) {
		uint32_t i = data_store_put(r->t->store, &w, 1);
		if (i == UINT32_MAX)
			return too_large(r);
		w = (word_t)i + 1;
	}
	if (!r->depth) {
		r->result = w;
		r->found = r->done = true;
		return true;
	}
	struct frame *f = &r->frame[r->depth - 1];
	if (f->list)
		return put(r, f, w);
	r->stack[f->base + f->field] = w;
	return true;
}

static struct want want_of(const struct types *t, type_t type)
{
	struct want w = { .type = type, .optional = type_of(t, type)->kind == TYPE_OPTIONAL };
	if (w.optional)
		w.type = type_of(t, type)->elem;
	w.kind = type_of(t, w.type)->kind;
	return w;
}

/* What is wanted of the value that comes. */
static const struct want *wanted(const struct data_reader *r)
{
	const struct frame *f = r->depth ? &r->frame[r->depth - 1] : NULL;
	return !f ? &r->top : f->list ? &f->item : &f->want[f->field];
}

static bool open_value(struct data_reader *r, const struct json_event *ev, const struct want *want)
{
	type_t type = want->type;
	const struct type *ty = type_of(r->t->types, type);
	bool record = ty->kind == TYPE_RECORD || ty->kind == TYPE_CHOICE;
	if ((ev->kind == JSON_ARRAY) != (ty->kind == TYPE_LIST) || (ev->kind == JSON_OBJECT) != record) {
		struct buf b = BUF_INIT;
		buf_printf(&b, "%s", record ? "an object (" : ty->kind == TYPE_LIST ? "an array (" : "");
		buf_printf(&b, "%s%s", type_text(r->t->types, type), record || ty->kind == TYPE_LIST ? ")" : "");
		r->skip = 1;
		bool go = misfit(r, event_span(r, ev), buf_str(&b), found_text(ev));
		buf_release(&b);
		return go && deliver(r, 0, false);
	}
	struct frame *f = &r->frame[r->depth++];
	*f = (struct frame){ .type = type, .list = ty->kind == TYPE_LIST, .choice = ty->kind == TYPE_CHOICE, .optional = want->optional, .base = r->words, .field = UINT32_MAX,
			     .at = r->src->base + (uint32_t)ev->at, .count = ty->count };
	if (f->list) {
		f->item = want_of(r->t->types, ty->elem);
	} else {
		f->want = r->field + ty->first;
		r->stack = mem_grow(r->stack, &r->cap, r->words + ty->count + 1, sizeof *r->stack);
		memset(r->stack + r->words, 0, ty->count * sizeof *r->stack);
		r->words += ty->count;
	}
	return true;
}

/* Every field of a closed record came, or may be absent. */
static bool complete(struct data_reader *r, const struct frame *f)
{
	struct types *t = r->t->types;
	uint32_t n = type_of(t, f->type)->count;
	if (f->seen == (n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX))
		return true;
	for (uint32_t i = 0; i < n && i < 64; i++) {
		const struct type_field *tf = type_field_at(t, f->type, i);
		if (f->seen >> i & 1 || type_of(t, tf->type)->kind == TYPE_OPTIONAL)
			continue;
		diag_report(r->t->diags, CF021, (struct span){ f->at, 1 }, "field `%s` of `%s` is missing here", sym_text(t->syms, tf->name),
			    type_text(t, f->type));
		diag_note(r->t->diags, tf->span, "the field is declared here");
		diag_help(r->t->diags, "give it in the data, or declare it as `%s: %s?`", sym_text(t->syms, tf->name), type_text(t, tf->type));
		r->failed = true;
		if (++r->misfits >= MISFITS_SHOWN)
			return false;
	}
	return true;
}

/* The names of a choice's arms: "`A` or `B`". */
static void help_with_arms(const struct data_reader *r, type_t type)
{
	const struct types *t = r->t->types;
	const struct type *ty = type_of(t, type);
	struct buf b = BUF_INIT;
	for (uint32_t i = 0; i < ty->count && i < 20; i++)
		buf_printf(&b, "%s`%s`", !i ? "" : i + 1 == ty->count ? " or " : ", ", sym_text(t->syms, type_field_at(t, type, i)->name));
	diag_help(r->t->diags, "a choice is an object with one key, the arm that it is: %s", buf_str(&b));
	buf_release(&b);
}

static bool close_choice(struct data_reader *r, const struct frame *f)
{
	bool one = f->seen && !(f->seen & (f->seen - 1));
	if (!one && !f->wrong) {
		diag_report(r->t->diags, CF021, (struct span){ f->at, 1 }, f->seen ? "several arms of `%s` in one object" : "no arm of `%s` in this object",
			    type_text(r->t->types, f->type));
		help_with_arms(r, f->type);
		r->failed = true;
		if (++r->misfits >= MISFITS_SHOWN)
			return false;
	}
	uint32_t arm = 0;
	while (one && !(f->seen >> arm & 1))
		arm++;
	uint32_t at = data_store_put(r->t->store, r->stack + f->base + arm, 1);
	if (at == UINT32_MAX)
		return too_large(r);
	r->words = f->base;
	return deliver(r, word_pair(arm, at), f->optional);
}

static bool close_value(struct data_reader *r)
{
	struct frame f = r->frame[--r->depth];
	bool list = f.list;
	size_t n = r->words - f.base;
	if (f.choice)
		return close_choice(r, &f);
	if (!list && !complete(r, &f))
		return false;
	uint32_t first = data_store_put(r->t->store, n ? r->stack + f.base : NULL, n);
	if (first == UINT32_MAX)
		return too_large(r);
	r->words = f.base;
	return deliver(r, list ? word_pair(first, (uint32_t)n) : word_pair(first, f.at), f.optional);
}

static bool no_arm(struct data_reader *r, struct frame *f, const struct json_event *ev)
{
	f->wrong = true;
	diag_report(r->t->diags, CF021, event_span(r, ev), "`%.*s` is no arm of `%s`", (int)(ev->len < 60 ? ev->len : 60), ev->text, type_text(r->t->types, f->type));
	help_with_arms(r, f->type);
	r->failed = true;
	return ++r->misfits < MISFITS_SHOWN;
}

static bool key_in_record(struct data_reader *r, const struct json_event *ev)
{
	struct frame *f = &r->frame[r->depth - 1];
	uint32_t n = f->count, i = f->guess;

	for (uint32_t tried = 0;; tried++, i++) {
		if (i >= n)
			i = 0;
		if (tried == n) {
			r->skip_next = true;
			return !f->choice || no_arm(r, f, ev);
		}
		if (f->want[i].len == ev->len && !memcmp(f->want[i].name, ev->text, ev->len))
			break;
	}
	if (i < 64 && f->seen >> i & 1) {
		diag_report(r->t->diags, CF023, event_span(r, ev), "key `%.*s` stands twice in this object", (int)ev->len, ev->text);
		diag_note(r->t->diags, (struct span){ f->at, 1 }, "the object begins here");
		r->failed = r->skip_next = true;
		return ++r->misfits < MISFITS_SHOWN;
	}
	if (i < 64)
		f->seen |= (uint64_t)1 << i;
	f->field = i;
	f->guess = i + 1;
	return true;
}

/* Outside the path: walk towards it. true when the value at the path begins with this event. */
static bool reached(struct data_reader *r, const struct json_event *ev, bool *go)
{
	*go = true;
	if (r->path_at == r->path_len)
		return true;
	if (ev->kind == JSON_OBJECT && r->outside == r->path_at) {
		r->outside++;
		return false;
	}
	if (ev->kind == JSON_KEY) {
		sym_t k = r->path[r->path_at];
		const struct symtab *syms = r->t->types->syms;
		if (sym_len(syms, k) == ev->len && !memcmp(sym_text(syms, k), ev->text, ev->len))
			r->path_at++;
		else
			r->skip_next = true;
		return false;
	}
	r->done = true;	/* the path leads into a scalar or an array, or its object ended: not found */
	return false;
}

static bool skipping(struct data_reader *r, const struct json_event *ev)
{
	bool opens = ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY;
	bool closes = ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END;
	if (r->skip) {
		r->skip += opens;
		r->skip -= closes;
		return true;
	}
	if (!r->skip_next)
		return false;
	r->skip_next = false;
	r->skip = opens;
	return true;
}

enum type_kind data_reader_wants(const struct data_reader *r)
{
	if (r->done || r->skip || r->skip_next || (!r->depth && r->path_at < r->path_len))
		return TYPE_VOID;
	return (enum type_kind)wanted(r)->kind;
}

bool data_reader_take(struct data_reader *r, const struct json_event *ev)
{
	bool go;
	word_t w;

	r->behind = ev->at + ev->width;
	if (r->done || skipping(r, ev))
		return true;	/* the rest is still read, so that torn data are noticed */
	if (!r->depth && !reached(r, ev, &go))
		return go;
	switch (ev->kind) {
	case JSON_OBJECT_END: case JSON_ARRAY_END:
		return close_value(r);
	case JSON_KEY:
		return key_in_record(r, ev);
	default:
		break;
	}
	const struct want *want = wanted(r);
	if (ev->kind == JSON_NULL && want->optional)
		return deliver(r, 0, false);
	if (ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY)
		return open_value(r, ev, want);
	if (ev->kind == JSON_STRING && want->kind == TYPE_STRING)	/* most of what comes */
		w = string_of(r, ev);
	else if (!scalar(r, ev, want->type, &w))
		return false;
	return deliver(r, w, want->optional);
}

static bool on_event(void *ctx, const struct json_event *ev) { return data_reader_take(ctx, ev); }

static bool need(void *ctx, size_t from, size_t upto)
{
	struct data_reader *r = ctx;
	if (source_need(r->src, from, upto))
		return true;
	diag_report(r->t->diags, CF001, (struct span){ r->src->base, 0 }, "the file changed while it was read: %s", strerror(errno));
	return false;
}

static bool read_json(struct data_reader *r)
{
	const struct json_input in = { .text = r->src->text, .len = r->src->len, .max_depth = LIMIT_NESTING, .need = need };
	struct json_error err;
	if (json_read_parts(&in, on_event, r, &err))
		return true;
	if (err.message[0])
		diag_report(r->t->diags, CF020, (struct span){ r->src->base + (uint32_t)err.at, 1 }, "%s", err.message);
	return false;
}

static void path_missing(const struct data_reader *r)
{
	const struct symtab *syms = r->t->types->syms;
	struct buf b = BUF_INIT;
	for (uint32_t i = 0; i < r->path_len; i++)
		buf_printf(&b, "%s%s", i ? "." : "", sym_text(syms, r->path[i]));
	diag_report(r->t->diags, CF022, (struct span){ r->src->base, 0 }, "the data have no `%s`: key `%s` is not there", buf_str(&b),
		    r->path_at < r->path_len ? sym_text(syms, r->path[r->path_at]) : "");
	diag_note(r->t->diags, r->declared, "wanted by this import");
	diag_help(r->t->diags, "correct the path after `at`, or the data");
	buf_release(&b);
}

bool data_read(struct data_target *t, const struct source *src, const sym_t *path, uint32_t n, type_t type,
	       struct span declared, word_t *out)
{
	struct data_reader *r = mem_zalloc(1, sizeof *r);
	*r = (struct data_reader){ .t = t, .src = src, .path = path, .path_len = n, .top = want_of(t->types, type), .declared = declared };
	r->field = mem_zalloc(t->types->fields + 1, sizeof *r->field);
	for (size_t i = 0; i < t->types->fields; i++) {
		const struct type_field *f = &t->types->field[i];
		r->field[i] = want_of(t->types, f->type);
		r->field[i].name = sym_text(t->types->syms, f->name);
		r->field[i].len = (uint32_t)sym_len(t->types->syms, f->name);
	}
	if (!(t->format ? t->format->read(src, r, t->diags) : read_json(r))) {
		r->failed = true;
	} else if (!r->found) {
		path_missing(r);
		r->failed = true;
	}
	bool ok = !r->failed;
	*out = r->result;
	mem_free(r->field);
	mem_free(r->stack);
	mem_free(r);
	return ok;
}

bool data_index(struct data_target *t, word_t list, type_t record, uint32_t key_field, word_t *out)
{
	struct data_store *s = t->store;
	struct data_map m = { .list = list };
	bool ok = true;
	(void)record;
	string_index_init(&m.index, list_count(list));
	for (uint32_t i = 0; i < list_count(list); i++) {
		word_t key = record_field(s, list_item(s, list, i), key_field);
		uint32_t first = string_index_put(&m.index, s, key, i);
		if (first == i)
			continue;
		diag_report(t->diags, CF023, string_span(key), "key \"%.*s\" stands twice", (int)(word_lo(key) < 200 ? word_lo(key) : 200),
			    string_bytes(s, key));
		diag_note(t->diags, string_span(m.index.key[first]), "it stands here first");
		ok = false;
		if (diag_full(t->diags))
			break;
	}
	s->map = mem_grow(s->map, &s->maps_cap, s->maps + 1, sizeof *s->map);
	s->map[s->maps] = m;
	*out = s->maps++;
	return ok;
}

bool data_parse_scalar(struct data_target *t, const struct source *src, type_t type, word_t *out)
{
	const struct type *ty = type_of(t->types, type);
	struct span all = { src->base, (uint32_t)src->len };
	int64_t v = 0;
	if (ty->kind == TYPE_STRING || ty->kind == TYPE_SIZED) {
		*out = word_pair(src->base, (uint32_t)src->len);
		if (ty->kind == TYPE_STRING || src->len <= ty->first)
			return true;
		diag_report(t->diags, CF021, all, "expected %s, found a text of %zu bytes", type_text(t->types, type), src->len);
		return false;
	}
	if (ty->kind == TYPE_DURATION && text_quantity(src->text, src->len, QUANTITY_TIME, &v) == TEXT_OK) {
		*out = (word_t)v;
		return true;
	}
	if (type_is_number(type) || type == TYPE_BOOL || ty->kind == TYPE_DURATION) {
		bool yes = !strcmp(src->text, "true");
		enum text_result res = type_is_number(type) ? text_number(src->text, src->len, type, out)
			: type == TYPE_BOOL && (yes || !strcmp(src->text, "false")) ? TEXT_OK : TEXT_BAD;
		if (type == TYPE_BOOL)
			*out = yes;
		if (res == TEXT_OK)
			return true;
		diag_report(t->diags, CF021, all, "expected %s, found \"%s\"%s", type_text(t->types, type), src->text, res == TEXT_RANGE ? " (out of range)" : "");
		if (ty->kind == TYPE_DURATION)
			diag_help(t->diags, "a duration is a number with its unit: %s", quantity_units(QUANTITY_TIME));
		return false;
	}
	if (ty->kind == TYPE_TIME || ty->kind == TYPE_ENUM || ty->kind == TYPE_BYTES) {
		struct data_reader r = { .t = t, .src = src, .declared = SPAN_NONE };
		struct json_event ev = { .kind = JSON_STRING, .text = src->text, .len = src->len, .width = src->len, .in_place = true };
		if (string_scalar(&r, &ev, type, out) == TEXT_OK)
			return true;
		diag_report(t->diags, CF021, all, "expected %s, found \"%s\"", type_text(t->types, type), src->text);
		help_with_text(&r, type);
		return false;
	}
	return data_read(t, src, NULL, 0, type, SPAN_NONE, out);
}
