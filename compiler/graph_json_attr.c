/* Attributes of functions and sets in a graph document, by the rows of graph_json.def: JSON → syntax, and fields → JSON. */
#include "compiler/graph_json_inner.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum form { FORM_TEXT, FORM_CORES, FORM_BYTES, FORM_MILLIS, FORM_COUNT, FORM_CHOICE_EFFECT, FORM_CHOICE_ORDER, FORM_CHOICE_MEDIUM };

typedef struct func owner_func;
typedef struct pond owner_pond;
typedef struct plan_set owner_set;
typedef struct plan_set owner_set_default;
typedef struct set_defaults owner_set_more;

static const struct row {
	enum attr_owner owner;
	const char *member;
	size_t offset, size;
	enum form form;
	uint64_t unsaid;
} rows[] = {
#define GRAPH_ATTR(of, member, field, form, unsaid) \
	{ OWNED_BY_##of, member, offsetof(owner_##of, field), sizeof((owner_##of *)0)->field, FORM_##form, unsaid },
#include "compiler/graph_json.def"
#undef GRAPH_ATTR
};
enum { ROWS = sizeof rows / sizeof *rows };

/* In the order of enum plan_effect and enum plan_order. */
static const char *const effects[] = { "pure", "idempotent", "once" };
static const char *const orders[] = { "parallel", "depth_first", "breadth_first", "dependency" };
static const char *const media[] = { "disk", "memory" };

unsigned attr_members(enum attr_owner o, struct member *m, tape_t *at)
{
	unsigned n = 0;
	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].owner != o)
			continue;
		m[n] = (struct member){ rows[i].member, &at[n], false };
		n++;
	}
	return n;
}

static struct node *argument(struct reader *r, const struct row *row, tape_t v)
{
	static const char *const expected[] = {
		[FORM_TEXT] = "a string", [FORM_CORES] = "a number of cores, as in \"500m\"", [FORM_BYTES] = "a number of bytes, as in \"64Mi\"",
		[FORM_MILLIS] = "a time, as in \"30s\"", [FORM_COUNT] = "a number", [FORM_CHOICE_EFFECT] = "a word", [FORM_CHOICE_ORDER] = "a word",
		[FORM_CHOICE_MEDIUM] = "a word",
	};
	uint8_t kind = tape_kind(&r->t, v);
	bool quantity = row->form == FORM_CORES || row->form == FORM_BYTES || row->form == FORM_MILLIS;
	bool fits = row->form == FORM_COUNT ? kind == JSON_NUMBER : kind == JSON_STRING || (kind == JSON_NUMBER && quantity);
	sym_t text = fits ? sym_intern(r->c->syms, tape_text(&r->t, v), tape_at(&r->t, v)->len) : 0;
	if (!fits) {
		report_shape(r, v, expected[row->form]);
		return NULL;
	}
	return tree_node(r, row->form == FORM_TEXT ? N_RAW_STRING : row->form == FORM_COUNT ? N_INT : quantity ? N_QUANTITY : N_NAME,
			 tape_span(&r->t, v), text, NULL, 0);
}

void read_attrs(struct reader *r, enum attr_owner o, const tape_t *at, struct node **list, uint32_t *n)
{
	unsigned k = 0;
	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].owner != o)
			continue;
		tape_t v = at[k++];
		struct node *arg = v == TAPE_NONE ? NULL : argument(r, &rows[i], v);
		if (!arg)
			continue;
		struct node *a = tree_attr(r, tape_span(&r->t, v), rows[i].member, &arg, 1);
		list[(*n)++] = o == OWNED_BY_set_default || o == OWNED_BY_set_more ? tree_attr(r, a->span, "default", &a, 1) : a;
	}
}

static uint64_t field(const struct row *row, const void *of)
{
	const char *p = (const char *)of + row->offset;
	uint64_t v = 0;
	if (row->size == 1)
		return *(const uint8_t *)(const void *)p;
	if (row->size == 4)
		return *(const uint32_t *)(const void *)p;
	memcpy(&v, p, sizeof v);
	return v;
}

/* The largest unit that leaves nothing over. */
static void quantity(struct json_writer *w, uint64_t v, const char *const *unit, const uint64_t *times, unsigned units)
{
	char text[40];
	unsigned u = 0;
	for (unsigned i = 1; i < units; i++)
		if (v % times[i] == 0)
			u = i;
	snprintf(text, sizeof text, "%" PRIu64 "%s", v / times[u], unit[u]);
	json_string(w, text);
}

static void write_one(struct json_writer *w, const struct row *row, const void *of)
{
	static const char *const cores[] = { "m", "" }, *const bytes[] = { "", "Ki", "Mi", "Gi", "Ti" }, *const times[] = { "ms", "s", "m", "h", "d" };
	static const uint64_t core[] = { 1, 1000 }, byte[] = { 1, 1 << 10, 1 << 20, 1 << 30, (uint64_t)1 << 40 },
			      time[] = { 1, 1000, 60000, 3600000, 86400000 };
	const char *text = NULL;
	if (row->form == FORM_TEXT)
		memcpy(&text, (const char *)of + row->offset, sizeof text);
	if (row->form == FORM_TEXT ? !text || !*text : field(row, of) == row->unsaid)
		return;
	json_key(w, row->member);
	switch (row->form) {
	case FORM_TEXT: json_string(w, text); break;
	case FORM_CORES: quantity(w, field(row, of), cores, core, 2); break;
	case FORM_BYTES: quantity(w, field(row, of), bytes, byte, 5); break;
	case FORM_MILLIS: quantity(w, field(row, of), times, time, 5); break;
	case FORM_COUNT: json_u64(w, field(row, of)); break;
	case FORM_CHOICE_EFFECT: json_string(w, effects[field(row, of)]); break;
	case FORM_CHOICE_ORDER: json_string(w, orders[field(row, of)]); break;
	case FORM_CHOICE_MEDIUM: json_string(w, media[field(row, of)]); break;
	}
}

void write_duration(struct json_writer *w, uint64_t ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s", "m", "h", "d" };
	static const uint64_t times[] = { 1, 1000, 1000000, 1000000000, 60000000000, 3600000000000, 86400000000000 };
	quantity(w, ns, unit, times, 7);
}

void write_attrs(struct json_writer *w, enum attr_owner o, const void *of)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].owner == o)
			write_one(w, &rows[i], of);
}
