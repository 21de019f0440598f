/*
 * Values in a command: the text that stands for `{x}` or `{x.field[2]}`. The JSON is put into canonical form first, so that
 * the way into it can be walked without looking at types again.
 */
#include "runtime/value.h"

#include "base/mem.h"
#include "runtime/value_inner.h"

/* A value inside canonical JSON, by its places. */
struct part {
	const char *start, *end;
	uint32_t type;
	bool absent;
};

/* Behind the value that begins at s: canonical JSON, so every bracket and quote has its partner. */
static const char *behind(const char *s)
{
	unsigned depth = 0;

	do {
		if (*s == '"')
			for (s++; *s != '"'; s++)
				s += *s == '\\';
		else if (*s == '{' || *s == '[')
			depth++;
		else if (*s == '}' || *s == ']')
			depth--;
		s++;
	} while (depth || !strchr(",}]\n", *s));
	return s;
}

static bool step_into_record(const struct plan *p, struct part *v, const struct value_step *step)
{
	uint32_t type = value_present(p, v->type), field = value_find_field(p, type, step->field, step->len, 0);
	const char *s = v->start + 1;

	v->type = p->field[p->type[type].first + field].type;
	v->absent = true;
	while (*s == '"' || *s == ',') {
		const char *name = s += *s == ',', *value;

		do
			s += 1 + (*s == '\\');
		while (*s != '"');
		value = s + 2;
		s = behind(value);
		if ((size_t)(value - name) == step->len + 3 && memcmp(name + 1, step->field, step->len) == 0) {
			v->start = value;
			v->end = s;
			v->absent = *value == 'n';	/* null */
		}
	}
	return true;
}

static bool step_into_list(const struct plan *p, struct part *v, const struct value_step *step, struct buf *error)
{
	const char *s = v->start + 1;
	uint32_t at = 0;

	v->type = p->type[value_present(p, v->type)].elem;
	for (; *s != ']'; at++) {
		const char *item = s;

		s = behind(item);
		if (at == step->index) {
			v->start = item;
			v->end = s;
			v->absent = *item == 'n';
			return true;
		}
		s += *s == ',';
	}
	buf_printf(error, "index %u is beyond the list, which has %u items", step->index, at);
	return false;
}

/* The part of a value that the path leads to. `canonical` keeps its text. */
static bool find_part(const struct plan *p, uint32_t type, const char *path, const char *json, size_t len,
		      struct buf *canonical, struct part *v, struct buf *error)
{
	struct value_reader *r;
	struct value_step step;
	bool ok;

	*v = (struct part){ .type = type, .absent = len == 0 };
	if (value_path_type(p, type, path) == PLAN_NONE) {
		buf_printf(error, "the path `%s` leads nowhere in ", path);
		value_type_name(p, type, error);
		return false;
	}
	if (v->absent)
		return true;
	r = value_reader_new(p);
	ok = value_read_json(r, type, &(struct value_text){ json, len, 1, false }, canonical, error);
	value_reader_free(r);
	if (!ok)
		return false;
	buf_addch(canonical, '\n');
	v->start = canonical->p;
	v->end = canonical->p + canonical->len - 1;
	v->absent = value_is_optional(p, type) && *v->start == 'n';
	while (*path && !v->absent) {
		value_next_step(&path, &step);
		if (!(step.field ? step_into_record(p, v, &step) : step_into_list(p, v, &step, error)))
			return false;
	}
	return true;
}

/* A scalar's text; no argument can carry a NUL. */
static bool add_text(const struct plan *p, const struct part *v, struct buf *out, struct buf *error)
{
	size_t start = out->len;

	if (!value_is_scalar(p, v->type)) {
		value_type_name(p, v->type, error);
		buf_addstr(error, " has no text of its own: only scalars have");
		return false;
	}
	if (!value_plain_text(v->start, (size_t)(v->end - v->start), out, error))
		return false;
	if (out->len == start || !memchr(out->p + start, '\0', out->len - start))
		return true;
	buf_addstr(error, "a string with a NUL byte, which no argument can hold");
	return false;
}

bool value_argument(const struct plan *p, uint32_t type, const char *path, const char *json, size_t len,
		    struct buf *out, bool *absent, struct buf *error)
{
	struct buf canonical = BUF_INIT;
	struct part v;
	bool ok = find_part(p, type, path, json, len, &canonical, &v, error);

	*absent = ok && v.absent;
	if (ok && !v.absent)
		ok = add_text(p, &v, out, error);
	buf_release(&canonical);
	return ok;
}

static bool add_items(const struct plan *p, const struct part *list, struct buf *out, uint32_t *count, struct buf *error)
{
	const char *s = list->start + 1;

	while (*s != ']') {
		struct part item = { .start = s, .end = behind(s), .type = p->type[value_present(p, list->type)].elem };

		if (*s != 'n') {	/* null: an absent item is no argument */
			if (!add_text(p, &item, out, error))
				return false;
			buf_addch(out, '\0');
			++*count;
		}
		s = item.end + (*item.end == ',');
	}
	return true;
}

bool value_arguments(const struct plan *p, uint32_t type, const char *path, const char *json, size_t len,
		     struct buf *out, uint32_t *count, struct buf *error)
{
	struct buf canonical = BUF_INIT;
	struct part v;
	bool ok = find_part(p, type, path, json, len, &canonical, &v, error);

	*count = 0;
	if (ok && !v.absent && p->type[value_present(p, v.type)].kind == PLAN_LIST) {
		ok = add_items(p, &v, out, count, error);
	} else if (ok && !v.absent) {
		ok = add_text(p, &v, out, error);
		buf_addch(out, '\0');
		*count = 1;
	}
	buf_release(&canonical);
	return ok;
}
