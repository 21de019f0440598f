/*
 * Values in memory. JSON goes through the value reader first, so that what is taken apart here is canonical and fits: brackets and quotes
 * have their partners, members stand in order, and the depth is that of the type.
 */
#include "runtime/value_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/arith.h"
#include "base/json.h"
#include "base/mem.h"
#include "runtime/value.h"
#include "runtime/value_inner.h"

enum { TEXT_WORK = 16 };	/* bytes of a text that are compared as fast as a value of another type */

struct value_loader {
	const struct plan *p;
	struct value_reader *reader;
	struct buf canonical;
	struct value_node *stack;	/* items of lists whose end was not seen yet */
	size_t top, cap;
};

struct value_loader *value_loader_new(const struct plan *p)
{
	struct value_loader *l = mem_zalloc(1, sizeof *l);

	l->p = p;
	l->reader = value_reader_new(p);
	return l;
}

void value_loader_free(struct value_loader *l)
{
	if (!l)
		return;
	value_reader_free(l->reader);
	buf_release(&l->canonical);
	mem_free(l->stack);
	mem_free(l);
}

/* ---- from canonical JSON ---- */

struct loading {
	struct value_loader *l;
	const struct plan *p;
	struct arena *arena;
	const char *at;
	size_t most;		/* memory that the arena may take; then `full`, and what was loaded is of no use */
	bool full;
};

static struct value_node load(struct loading *g, uint32_t type);

/* Behind a string's closing quote. `raw`: how many bytes stood between the quotes. */
static const char *skip_string(const char *s, size_t *raw)
{
	const char *start = ++s;

	while (*s != '"')
		s += 1 + (*s == '\\');
	*raw = (size_t)(s - start);
	return s + 1;
}

static char unescaped(const char **s)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, **s);
	char hex[3] = "";

	if (**s == 'u') {	/* the writer escapes control characters only */
		memcpy(hex, *s + 3, 2);
		*s += 5;
		return (char)strtoul(hex, NULL, 16);
	}
	(*s)++;
	return letter ? meant[letter - letters] : (*s)[-1];
}

static struct value_node load_string(struct loading *g)
{
	size_t raw, n = 0;
	const char *s = g->at + 1, *end;
	char *text;

	g->at = skip_string(g->at, &raw);
	end = s + raw;
	text = arena_alloc(g->arena, raw + 1);
	while (s < end) {
		const char *plain = memchr(s, '\\', (size_t)(end - s));
		size_t part = (size_t)((plain ? plain : end) - s);

		memcpy(text + n, s, part);
		n += part;
		s += part;
		if (s < end) {
			s++;
			text[n++] = unescaped(&s);
		}
	}
	text[n] = '\0';
	return (struct value_node){ { .text = text }, (uint32_t)n };
}

static struct value_node load_number(struct loading *g, enum plan_type_kind kind)
{
	size_t len = strcspn(g->at, ",}]\n");
	const char *s = g->at;
	struct value_node v = { { 0 }, 0 };
	int64_t ns = 0;

	g->at += len;
	if (kind == PLAN_DURATION) {
		duration_read(s, len, &ns);
		v.word = (uint64_t)ns;
	} else if (kind == PLAN_F32 || kind == PLAN_F64) {
		number_read_float((enum number_kind)(kind - PLAN_I32), s, len, &v.number);
	} else {
		number_read_integer((enum number_kind)(kind - PLAN_I32), s, len, &v.word);
	}
	return v;
}

static struct value_node load_time(struct loading *g)
{
	size_t len;
	const char *s = g->at + 1;
	struct rfc3339 t = { 0, 0 };

	g->at = skip_string(g->at, &len);
	rfc3339_read(s, len, &t);
	return value_node_time(t);
}

static struct value_node load_enum(struct loading *g, uint32_t type)
{
	struct value_node name = load_string(g);

	return value_node_word(value_find_field(g->p, type, name.text, name.count, 0));
}

static struct value_node load_list(struct loading *g, uint32_t elem)
{
	struct value_loader *l = g->l;
	size_t first = l->top, count;
	struct value_node *part;

	for (g->at++; *g->at != ']' && !g->full; g->at += *g->at == ',') {
		struct value_node item = load(g, elem);

		l->stack = mem_grow(l->stack, &l->cap, l->top + 1, sizeof *l->stack);
		l->stack[l->top++] = item;
	}
	g->at++;
	count = l->top - first;
	part = arena_alloc(g->arena, (count ? count : 1) * sizeof *part);
	if (count)
		memcpy(part, l->stack + first, count * sizeof *part);
	l->top = first;
	return (struct value_node){ { .part = part }, (uint32_t)count };
}

static bool needs_escape(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == '"' || *name == '\\')
			return true;
	return false;
}

/* Is the next member the one of this name? Then `at` moves to its value. */
static bool is_member(struct loading *g, const char *name)
{
	struct buf quoted = BUF_INIT;
	const char *s = g->at + (*g->at == ',');
	size_t len = strlen(name);
	bool same;

	if (*s != '"')
		return false;
	same = strncmp(s + 1, name, len) == 0 && s[len + 1] == '"';
	if (!same && needs_escape(name)) {
		json_quote(&quoted, name, len);
		len = quoted.len - 2;
		same = strncmp(s, quoted.p, quoted.len) == 0;
		buf_release(&quoted);
	}
	if (same)
		g->at = s + len + 3;
	return same;
}

static struct value_node load_record(struct loading *g, const struct plan_type *t)
{
	struct value_node *part = arena_alloc(g->arena, (t->count ? t->count : 1) * sizeof *part);

	g->at++;
	for (uint32_t i = 0; i < t->count; i++)
		if (is_member(g, g->p->field[t->first + i].name))
			part[i] = load(g, g->p->field[t->first + i].type);
		else
			part[i] = value_node_word(0);	/* absent */
	g->at++;
	return (struct value_node){ { .part = part }, t->count };
}

static struct value_node load_choice(struct loading *g, const struct plan_type *t)
{
	struct value_node *part = arena_alloc(g->arena, sizeof *part);
	uint32_t arm = 0;

	for (g->at++; arm < t->count && !is_member(g, g->p->field[t->first + arm].name);)
		arm++;
	*part = load(g, g->p->field[t->first + arm].type);
	g->at++;
	return (struct value_node){ { .part = part }, arm };
}

static struct value_node load_flow(struct loading *g)
{
	const char *s = g->at;
	unsigned depth = 0;
	size_t ignored;

	do {
		if (*s == '"') {
			s = skip_string(s, &ignored);
			continue;
		}
		depth += *s == '{' || *s == '[';
		depth -= *s == '}' || *s == ']';
		s++;
	} while (depth);
	ignored = (size_t)(s - g->at);
	s = arena_strndup(g->arena, g->at, ignored);
	g->at += ignored;
	return (struct value_node){ { .text = s }, (uint32_t)ignored };
}

static struct value_node load_optional(struct loading *g, uint32_t elem)
{
	struct value_node *part;

	if (*g->at == 'n') {
		g->at += 4;
		return value_node_word(0);
	}
	part = arena_alloc(g->arena, sizeof *part);
	*part = load(g, elem);
	return (struct value_node){ { .part = part }, 1 };
}

static struct value_node load(struct loading *g, uint32_t type)
{
	const struct plan_type *t = &g->p->type[type];
	bool truth;

	g->full |= g->arena->total > g->most;
	if (g->full)
		return value_node_word(0);
	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL:
		truth = *g->at == 't';
		g->at += truth ? 4 : 5;
		return value_node_word(truth);
	case PLAN_STRING:
	case PLAN_BYTES: return load_string(g);
	case PLAN_TIME: return load_time(g);
	case PLAN_ENUM: return load_enum(g, type);
	case PLAN_RECORD: return load_record(g, t);
	case PLAN_LIST: return load_list(g, t->elem);
	case PLAN_OPTIONAL: return load_optional(g, t->elem);
	case PLAN_CHOICE: return load_choice(g, t);
	case PLAN_FLOW: return load_flow(g);
	case PLAN_FILE: return value_node_word(0);	/* has no JSON: the reader refused it */
	default: return load_number(g, (enum plan_type_kind)t->kind);
	}
}

bool value_load(struct value_loader *l, const struct value_source *from, struct arena *arena, struct value_node *out, struct buf *error)
{
	struct loading g = { .l = l, .p = l->p, .arena = arena, .most = from->most };
	struct value_text text = { from->json, from->len, 1, false };

	buf_clear(&l->canonical);
	if (!value_read_json(l->reader, from->type, &text, &l->canonical, error))
		return false;
	buf_addch(&l->canonical, '\n');
	g.at = l->canonical.p;
	l->top = 0;
	*out = load(&g, from->type);
	if (g.full)
		buf_printf(error, "takes more than %zu MiB of memory", from->most >> 20);
	return !g.full;
}

/* ---- to text ---- */

static void add_number(enum plan_type_kind kind, struct value_node v, struct buf *out)
{
	char text[32];

	switch (kind) {
	case PLAN_I32:
	case PLAN_I64: buf_printf(out, "%" PRId64, (int64_t)v.word); break;
	case PLAN_F32:
		number_f32_text(text, (float)v.number);
		buf_addstr(out, text);
		break;
	case PLAN_F64:
		number_f64_text(text, v.number);
		buf_addstr(out, text);
		break;
	case PLAN_DURATION: duration_text((int64_t)v.word, out); break;
	default: buf_printf(out, "%" PRIu64, v.word); break;
	}
}

void value_node_text(const struct plan *p, uint32_t type, const struct value_node *v, struct buf *out)
{
	const struct plan_type *t = &p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: buf_addstr(out, v->word ? "true" : "false"); break;
	case PLAN_STRING:
	case PLAN_BYTES: buf_add(out, v->text, v->count); break;
	case PLAN_TIME: rfc3339_text(value_node_rfc3339(*v), out); break;
	case PLAN_ENUM: buf_addstr(out, p->field[t->first + v->word].name); break;
	case PLAN_OPTIONAL:
		if (v->count)
			value_node_text(p, t->elem, v->part, out);
		break;
	default: add_number((enum plan_type_kind)t->kind, *v, out); break;
	}
}

static bool record_json(const struct plan *p, const struct plan_type *t, const struct value_node *v, size_t most, struct buf *out)
{
	const char *before = "";

	buf_addch(out, '{');
	for (uint32_t i = 0; i < t->count; i++) {
		const struct plan_field *f = &p->field[t->first + i];

		if (p->type[f->type].kind == PLAN_OPTIONAL && v->part[i].count == 0)
			continue;
		buf_addstr(out, before);
		before = ",";
		json_quote(out, f->name, strlen(f->name));
		buf_addch(out, ':');
		if (!value_node_json(p, f->type, &v->part[i], most, out))
			return false;
	}
	buf_addch(out, '}');
	return true;
}

static bool list_json(const struct plan *p, uint32_t elem, const struct value_node *v, size_t most, struct buf *out)
{
	buf_addch(out, '[');
	for (uint32_t i = 0; i < v->count; i++) {
		if (i)
			buf_addch(out, ',');
		if (!value_node_json(p, elem, &v->part[i], most, out))
			return false;
	}
	buf_addch(out, ']');
	return true;
}

static bool choice_json(const struct plan *p, const struct plan_type *t, const struct value_node *v, size_t most, struct buf *out)
{
	const struct plan_field *arm = &p->field[t->first + v->count];

	buf_addch(out, '{');
	json_quote(out, arm->name, strlen(arm->name));
	buf_addch(out, ':');
	if (!value_node_json(p, arm->type, v->part, most, out))
		return false;
	buf_addch(out, '}');
	return true;
}

bool value_node_json(const struct plan *p, uint32_t type, const struct value_node *v, size_t most, struct buf *out)
{
	const struct plan_type *t = &p->type[type];

	if (out->len > most)
		return false;
	switch ((enum plan_type_kind)t->kind) {
	case PLAN_STRING: json_quote(out, v->text, v->count); break;
	case PLAN_ENUM: json_quote(out, p->field[t->first + v->word].name, strlen(p->field[t->first + v->word].name)); break;
	case PLAN_BYTES:
	case PLAN_TIME:
		buf_addch(out, '"');
		value_node_text(p, type, v, out);
		buf_addch(out, '"');
		break;
	case PLAN_FLOW: buf_add(out, v->text, v->count); break;
	case PLAN_RECORD: return record_json(p, t, v, most, out);
	case PLAN_LIST: return list_json(p, t->elem, v, most, out);
	case PLAN_CHOICE: return choice_json(p, t, v, most, out);
	case PLAN_OPTIONAL:
		if (v->count)
			return value_node_json(p, t->elem, v->part, most, out);
		buf_addstr(out, "null");
		break;
	case PLAN_FILE: break;
	default: value_node_text(p, type, v, out); break;
	}
	return out->len <= most;
}

/* ---- comparing ---- */

static bool parts_equal(const struct plan *p, uint32_t type, const struct value_node *a, const struct value_node *b, uint64_t *left)
{
	const struct plan_type *t = &p->type[type];

	for (uint32_t i = 0; i < a->count; i++)
		if (!value_node_equal(p, t->kind == PLAN_RECORD ? p->field[t->first + i].type : t->elem, &a->part[i], &b->part[i], left))
			return false;
	return true;
}

bool value_node_equal(const struct plan *p, uint32_t type, const struct value_node *a, const struct value_node *b, uint64_t *left)
{
	const struct plan_type *t = &p->type[type];

	if (!*left)
		return false;
	--*left;
	switch ((enum plan_type_kind)t->kind) {
	case PLAN_STRING:
	case PLAN_BYTES:
		if (a->count != b->count)
			return false;
		*left -= a->count / TEXT_WORK < *left ? a->count / TEXT_WORK : *left;
		return memcmp(a->text, b->text, a->count) == 0;
	case PLAN_F32:
	case PLAN_F64: return arith_compare_float(a->number, b->number) == 0;
	case PLAN_TIME: return a->word == b->word && a->count == b->count;
	case PLAN_RECORD:
	case PLAN_LIST:
	case PLAN_OPTIONAL: return a->count == b->count && parts_equal(p, type, a, b, left);
	case PLAN_CHOICE: return a->count == b->count && value_node_equal(p, p->field[t->first + a->count].type, a->part, b->part, left);
	case PLAN_FILE:
	case PLAN_FLOW: return false;
	default: return a->word == b->word;
	}
}

static int compare_texts(const struct value_node *a, const struct value_node *b)
{
	int c = memcmp(a->text, b->text, a->count < b->count ? a->count : b->count);

	return c ? (c > 0) - (c < 0) : (a->count > b->count) - (a->count < b->count);
}

int value_node_compare(const struct plan *p, uint32_t type, const struct value_node *a, const struct value_node *b)
{
	enum plan_type_kind kind = (enum plan_type_kind)p->type[type].kind;
	int c;

	switch (kind) {
	case PLAN_STRING: return compare_texts(a, b);
	case PLAN_F32:
	case PLAN_F64: return arith_compare_float(a->number, b->number);
	case PLAN_TIME:
		c = arith_compare(NUMBER_I64, a->word, b->word);
		return c ? c : (a->count > b->count) - (a->count < b->count);
	case PLAN_U32:
	case PLAN_U64: return arith_compare(NUMBER_U64, a->word, b->word);
	default: return arith_compare(NUMBER_I64, a->word, b->word);
	}
}

uint32_t value_node_outcome(const struct plan *p, uint32_t type, const struct value_node *v)
{
	const struct plan_type *t = &p->type[type];

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL:
	case PLAN_ENUM: return (uint32_t)v->word;
	case PLAN_CHOICE: return v->count;
	case PLAN_OPTIONAL: return v->count ? 1 + value_node_outcome(p, t->elem, v->part) : 0;
	default: return 0;
	}
}
