/* The tape is filled by the events of json.c; parents that are open stand on a stack of their own. */
#include "base/json_tape.h"

#include <string.h>

#include "base/mem.h"

struct filler {
	struct tape *t;
	const struct source *src;
	tape_t *open;
	size_t opens, cap;
	bool full;
};

static void close_parent(struct filler *f, const struct json_event *ev)
{
	struct tape_value *v = &f->t->value[f->open[--f->opens]];
	v->next = (tape_t)f->t->values;
	v->text = f->src->base + (uint32_t)ev->at + 1;
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct filler *f = ctx;
	struct tape *t = f->t;
	struct tape_value v = { .kind = (uint8_t)ev->kind, .boolean = ev->boolean, .at = f->src->base + (uint32_t)ev->at };

	if (ev->kind == JSON_OBJECT_END || ev->kind == JSON_ARRAY_END) {
		close_parent(f, ev);
		return true;
	}
	if (t->values >= TAPE_NONE - 2) {
		f->full = true;
		return false;
	}
	if (f->opens) {
		struct tape_value *parent = &t->value[f->open[f->opens - 1]];
		parent->len += parent->kind == JSON_ARRAY || ev->kind == JSON_KEY;
	}
	v.next = (tape_t)t->values + 1;
	if (ev->kind == JSON_NUMBER || ev->kind == JSON_STRING || ev->kind == JSON_KEY) {
		bool in_place = ev->kind == JSON_NUMBER || ev->in_place;
		v.len = (uint32_t)ev->len;
		if (in_place && ev->len)
			v.text = ev->kind == JSON_NUMBER ? v.at : f->src->base + (uint32_t)(ev->text - f->src->text);
		else if (ev->len)
			v.text = sources_decoded(t->sources, ev->text, ev->len, (struct span){ v.at, (uint32_t)ev->len + 2 });
		else
			v.text = v.at;
		if (!v.text) {
			f->full = true;
			return false;
		}
	}
	t->value = mem_grow(t->value, &t->cap, t->values + 1, sizeof *t->value);
	if (ev->kind == JSON_OBJECT || ev->kind == JSON_ARRAY) {
		f->open = mem_grow(f->open, &f->cap, f->opens + 1, sizeof *f->open);
		f->open[f->opens++] = (tape_t)t->values;
	}
	t->value[t->values++] = v;
	return true;
}

bool tape_read(struct tape *t, struct sources *sources, const struct source *src, unsigned max_depth, struct json_error *err)
{
	struct filler f = { .t = t, .src = src };
	*t = (struct tape){ .sources = sources };
	bool ok = json_read(src->text, src->len, max_depth, on_event, &f, err);
	if (!ok && f.full)
		snprintf(err->message, sizeof err->message, "the text has too many values");
	mem_free(f.open);
	return ok;
}

void tape_release(struct tape *t)
{
	mem_free(t->value);
	*t = (struct tape){ 0 };
}

const char *tape_text(const struct tape *t, tape_t i)
{
	return t->value[i].len ? source_bytes(t->sources, t->value[i].text) : "";
}

bool tape_is(const struct tape *t, tape_t i, const char *text)
{
	const struct tape_value *v = &t->value[i];
	return (v->kind == JSON_STRING || v->kind == JSON_KEY) && v->len == strlen(text) && !memcmp(tape_text(t, i), text, v->len);
}

tape_t tape_member(const struct tape *t, tape_t object, const char *name)
{
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < t->value[object].len; i++, key = tape_next(t, tape_next(t, key)))
		if (tape_is(t, key, name))
			return tape_next(t, key);
	return TAPE_NONE;
}

struct span tape_span(const struct tape *t, tape_t i)
{
	const struct tape_value *v = &t->value[i];
	switch (v->kind) {
	case JSON_OBJECT: case JSON_ARRAY: return (struct span){ v->at, 1 };
	case JSON_STRING: case JSON_KEY: return (struct span){ v->at, v->len + 2 };
	case JSON_NUMBER: return (struct span){ v->at, v->len };
	default: return (struct span){ v->at, v->kind == JSON_NULL || v->boolean ? 4 : 5 };
	}
}

bool tape_u64(const struct tape *t, tape_t i, uint64_t most, uint64_t *out)
{
	const struct tape_value *v = &t->value[i];
	const char *p = v->kind == JSON_NUMBER ? tape_text(t, i) : "";
	uint64_t n = 0;
	if (v->kind != JSON_NUMBER)
		return false;
	for (uint32_t k = 0; k < v->len; k++) {
		if (p[k] < '0' || p[k] > '9')
			return false;
		uint64_t d = (uint64_t)(p[k] - '0');
		if (n > (UINT64_MAX - d) / 10)
			return false;
		n = n * 10 + d;
	}
	*out = n;
	return n <= most;
}

const char *tape_found(const struct tape *t, tape_t i)
{
	switch (t->value[i].kind) {
	case JSON_NULL: return "null";
	case JSON_BOOL: return "a truth value";
	case JSON_NUMBER: return "a number";
	case JSON_STRING: case JSON_KEY: return "a string";
	case JSON_OBJECT: return "an object";
	default: return "an array";
	}
}
