/*
 * A plan from JSON, strictly: the version first, each member once and of its kind, nothing that plan_shape.def does not
 * name, arrays as long as the tables say. A state machine over JSON's events, without a tree. What the plan means is
 * plan_check's business.
 */
#include "runtime/plan.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/plan_shape.h"

enum { PLAN_DEPTH = 5 };	/* plan, table, row, array, and one that is refused with our own words */

/* Where the reader is. */
enum place { BEFORE, IN_PLAN, IN_TABLE, IN_ROW, IN_ARRAY, AFTER };

/* What the last key of the plan itself asks for. */
enum wanted { WANT_NOTHING, WANT_VERSION, WANT_PROGRAM, WANT_SET, WANT_ITEMS, WANT_TABLE };

/* An array that was read: its length is compared when all tables are there. */
struct read_array {
	const struct plan_object *object;
	const struct plan_member *member;
	uint32_t row;
	size_t count;
};

struct reading {
	struct plan *plan;
	struct buf *error;
	enum place place;
	enum wanted wanted;
	bool version_seen, program_seen, set_seen, items_seen;
	uint64_t tables_seen;
	const struct plan_object *object;	/* of the open row or table; NULL for items */
	const struct plan_member *member;	/* whose value comes next, or whose array is open */
	uint64_t seen;				/* members of the open row */
	unsigned next;				/* the member that probably comes next */
	char *row;				/* the open row */
	char *rows;				/* of the open table */
	size_t row_cap, row_count;
	char *cells;				/* of the open array */
	size_t cell_cap, cell_count;
	struct read_array *array;
	size_t arrays, array_cap;
};

static const struct plan_member items_member = { "items", U32S, LENGTH_COUNT, true, 0 };

static const char *const kind_names[] = { [JSON_NULL] = "null", [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string", [JSON_KEY] = "a member", [JSON_OBJECT] = "an object", [JSON_OBJECT_END] = "the object's end",
	[JSON_ARRAY] = "an array", [JSON_ARRAY_END] = "the array's end" };

/* "byte 812, nodes[3].kind: " */
static void say_where(struct reading *r, size_t at)
{
	buf_printf(r->error, "plan refused: byte %zu", at);
	if (r->object && r->object != &plan_set_object)
		buf_printf(r->error, ", %s[%zu]", r->object->name, r->row_count ? r->row_count - 1 : 0);
	else if (r->object)
		buf_printf(r->error, ", %s", r->object->name);
	if (r->member)
		buf_printf(r->error, "%s%s", r->object ? "." : ", ", r->member->name);
	buf_addstr(r->error, ": ");
}

static bool refuse(struct reading *r, size_t at, const char *why)
{
	say_where(r, at);
	buf_addstr(r->error, why);
	return false;
}

static bool refuse_kind(struct reading *r, const struct json_event *ev, const char *expected)
{
	say_where(r, ev->at);
	buf_printf(r->error, "expected %s, found %s", expected, kind_names[ev->kind]);
	return false;
}

static bool refuse_name(struct reading *r, const struct json_event *ev, const char *what)
{
	int len = ev->len < 60 ? (int)ev->len : 60;

	say_where(r, ev->at);
	buf_printf(r->error, "%s `%.*s`", what, len, ev->text);
	return false;
}

static bool is_text(const struct json_event *ev, const char *s)
{
	return strlen(s) == ev->len && memcmp(s, ev->text, ev->len) == 0;
}

/* ---- single values ---- */

static bool read_number(struct reading *r, const struct json_event *ev, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (ev->kind != JSON_NUMBER)
		return refuse_kind(r, ev, "a number");
	for (size_t i = 0; i < ev->len; i++) {
		if (ev->text[i] < '0' || ev->text[i] > '9')
			return refuse_name(r, ev, "expected a whole number from 0 up, found");
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, ev->text[i] - '0', &v))
			return refuse_name(r, ev, "too large a number:");
	}
	if (v > max)
		return refuse_name(r, ev, "too large a number:");
	*out = v;
	return true;
}

static bool read_u32(struct reading *r, const struct json_event *ev, bool none, uint32_t *out)
{
	uint64_t v;

	if (none && ev->kind == JSON_NUMBER && is_text(ev, "-1")) {
		*out = PLAN_NONE;
		return true;
	}
	if (!read_number(r, ev, PLAN_NONE - 1, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool read_text(struct reading *r, const struct json_event *ev, const char **out)
{
	if (ev->kind != JSON_STRING)
		return refuse_kind(r, ev, "a string");
	if (memchr(ev->text, '\0', ev->len))
		return refuse(r, ev->at, "a string with a NUL");
	*out = ev->len ? arena_strndup(&r->plan->arena, ev->text, ev->len) : "";
	return true;
}

static bool read_choice(struct reading *r, const struct json_event *ev, enum plan_choice c, uint8_t *out)
{
	const char *const *names = plan_choice_names(c);

	if (ev->kind != JSON_STRING)
		return refuse_kind(r, ev, "a string");
	for (uint8_t i = 0; names[i]; i++)
		if (is_text(ev, names[i])) {
			*out = i;
			return true;
		}
	return refuse_name(r, ev, "unknown name");
}

/* ---- arrays of numbers or texts ---- */

static size_t cell_size(const struct plan_member *m)
{
	return m->kind == U32S ? sizeof(uint32_t) : sizeof(char *);
}

static void *copy_to_arena(struct reading *r, const void *from, size_t count, size_t size)
{
	void *to = arena_alloc(&r->plan->arena, count * size);

	if (count)
		memcpy(to, from, count * size);
	return to;
}

static bool end_array(struct reading *r)
{
	void *made = copy_to_arena(r, r->cells, r->cell_count, cell_size(r->member));

	if (!r->object) {
		r->plan->item = made;
		r->plan->items = (uint32_t)r->cell_count;
		r->member = NULL;
		r->place = IN_PLAN;
		return true;
	}
	memcpy(r->row + r->member->at, &made, sizeof made);
	if (r->member->more == LENGTH_COUNT) {
		((struct plan_column *)(void *)r->row)->count = (uint32_t)r->cell_count;
	} else {
		r->array = mem_grow(r->array, &r->array_cap, r->arrays + 1, sizeof *r->array);
		r->array[r->arrays++] = (struct read_array){ r->object, r->member,
			r->row_count ? (uint32_t)(r->row_count - 1) : 0, r->cell_count };
	}
	r->place = IN_ROW;
	return true;
}

static bool in_array(struct reading *r, const struct json_event *ev)
{
	void *cell;

	if (ev->kind == JSON_ARRAY_END)
		return end_array(r);
	r->cells = mem_grow(r->cells, &r->cell_cap, (r->cell_count + 1) * sizeof(char *), 1);
	cell = r->cells + r->cell_count++ * cell_size(r->member);
	if (r->member->kind == U32S)
		return read_u32(r, ev, true, cell);
	return read_text(r, ev, cell);
}

static bool begin_array(struct reading *r, const struct json_event *ev)
{
	if (ev->kind != JSON_ARRAY)
		return refuse_kind(r, ev, "an array");
	r->cell_count = 0;
	r->place = IN_ARRAY;
	return true;
}

/* ---- rows ---- */

static void begin_row(struct reading *r)
{
	memset(r->row, 0, r->object->size);
	for (unsigned i = 0; i < r->object->members; i++) {
		const struct plan_member *m = &r->object->member[i];
		void *at = r->row + m->at;

		if (m->kind == INDEX)
			*(uint32_t *)at = PLAN_NONE;
		else if (m->kind == TEXT || m->kind == PLACE)
			*(const char **)at = "";
	}
	r->seen = 0;
	r->next = 0;
	r->place = IN_ROW;
}

static bool end_row(struct reading *r, const struct json_event *ev)
{
	for (unsigned i = 0; i < r->object->members; i++)
		if (r->object->member[i].needed && !(r->seen >> i & 1)) {
			r->member = &r->object->member[i];
			return refuse(r, ev->at, "missing");
		}
	r->member = NULL;
	if (r->object == &plan_set_object) {
		r->object = NULL;
		r->place = IN_PLAN;
	} else {
		r->place = IN_TABLE;
	}
	return true;
}

static bool choose_member(struct reading *r, const struct json_event *ev)
{
	for (unsigned tried = 0; tried < r->object->members; tried++) {
		unsigned i = (r->next + tried) % r->object->members;

		if (!is_text(ev, r->object->member[i].name))
			continue;
		r->member = &r->object->member[i];
		if (r->seen >> i & 1)
			return refuse(r, ev->at, "a member that stands twice");
		r->seen |= UINT64_C(1) << i;
		r->next = i + 1;
		return true;
	}
	r->member = NULL;
	return refuse_name(r, ev, "unknown member");
}

static bool read_member(struct reading *r, const struct json_event *ev)
{
	const struct plan_member *m = r->member;
	void *at = r->row + m->at;

	switch ((enum plan_member_kind)m->kind) {
	case TEXT:
	case TEXT_OR_NULL:
	case PLACE:
	case PLACE_OR_NULL: return read_text(r, ev, at);
	case U32: return read_u32(r, ev, false, at);
	case INDEX: return read_u32(r, ev, true, at);
	case U64: return read_number(r, ev, UINT64_MAX, at);
	case FLAG:
		if (ev->kind != JSON_BOOL)
			return refuse_kind(r, ev, "true or false");
		*(bool *)at = ev->boolean;
		return true;
	case CHOICE: return read_choice(r, ev, m->more, at);
	case U32S:
	case TEXTS: return begin_array(r, ev);
	}
	return false;
}

static bool in_row(struct reading *r, const struct json_event *ev)
{
	if (ev->kind == (r->object->placed ? JSON_ARRAY_END : JSON_OBJECT_END))
		return end_row(r, ev);
	if (ev->kind == JSON_KEY)
		return choose_member(r, ev);
	if (r->object->placed) {
		if (r->next == r->object->members)
			return refuse(r, ev->at, "more members than the row has");
		r->seen |= UINT64_C(1) << r->next;
		r->member = &r->object->member[r->next++];
	}
	return read_member(r, ev);
}

/* ---- tables ---- */

static bool in_table(struct reading *r, const struct json_event *ev)
{
	const struct plan_object *o = r->object;

	if (ev->kind == JSON_ARRAY_END) {
		void *rows = copy_to_arena(r, r->rows, r->row_count, o->size);

		memcpy((char *)r->plan + o->rows_at, &rows, sizeof rows);
		memcpy((char *)r->plan + o->count_at, &(uint32_t){ (uint32_t)r->row_count }, sizeof(uint32_t));
		r->object = NULL;
		r->row_count = 0;
		r->place = IN_PLAN;
		return true;
	}
	if (ev->kind != (o->placed ? JSON_ARRAY : JSON_OBJECT))
		return refuse_kind(r, ev, o->placed ? "an array" : "an object");
	r->rows = mem_grow(r->rows, &r->row_cap, (r->row_count + 1) * o->size, 1);
	r->row = r->rows + r->row_count++ * o->size;
	begin_row(r);
	return true;
}

/* ---- the plan itself ---- */

static bool once(struct reading *r, const struct json_event *ev, bool *seen, enum wanted w)
{
	if (*seen)
		return refuse_name(r, ev, "a member that stands twice:");
	*seen = true;
	r->wanted = w;
	return true;
}

static bool choose_part(struct reading *r, const struct json_event *ev)
{
	if (is_text(ev, "calcflow_plan"))
		return once(r, ev, &r->version_seen, WANT_VERSION);
	if (!r->version_seen)
		return refuse_name(r, ev, "not a plan: `calcflow_plan` must come first, found");
	if (is_text(ev, "program"))
		return once(r, ev, &r->program_seen, WANT_PROGRAM);
	if (is_text(ev, "set"))
		return once(r, ev, &r->set_seen, WANT_SET);
	if (is_text(ev, "items"))
		return once(r, ev, &r->items_seen, WANT_ITEMS);
	for (unsigned i = 0; i < plan_table_count; i++)
		if (is_text(ev, plan_tables[i].name)) {
			bool seen = r->tables_seen >> i & 1;

			r->tables_seen |= UINT64_C(1) << i;
			r->object = &plan_tables[i];
			r->row_count = 0;
			return once(r, ev, &seen, WANT_TABLE);
		}
	return refuse_name(r, ev, "unknown member");
}

static bool read_version(struct reading *r, const struct json_event *ev)
{
	char version[12];

	snprintf(version, sizeof version, "%d", PLAN_VERSION);
	if (ev->kind == JSON_NUMBER && is_text(ev, version))
		return true;
	say_where(r, ev->at);
	buf_printf(r->error, "a plan of another version (this program reads version %d); compile the program again with this "
		   "calcc", PLAN_VERSION);
	return false;
}

static bool in_plan(struct reading *r, const struct json_event *ev)
{
	enum wanted w = r->wanted;

	if (ev->kind == JSON_KEY)
		return choose_part(r, ev);
	if (ev->kind == JSON_OBJECT_END) {
		if (!r->version_seen || !r->program_seen || !r->set_seen)
			return refuse(r, ev->at, "not a whole plan: `calcflow_plan`, `program` or `set` is missing");
		r->place = AFTER;
		return true;
	}
	r->wanted = WANT_NOTHING;
	switch (w) {
	case WANT_VERSION: return read_version(r, ev);
	case WANT_PROGRAM: return read_text(r, ev, &r->plan->program);
	case WANT_SET:
		r->object = &plan_set_object;
		if (ev->kind != JSON_OBJECT)
			return refuse_kind(r, ev, "an object");
		r->row = (char *)&r->plan->set;
		begin_row(r);
		return true;
	case WANT_ITEMS:
		r->member = &items_member;
		return begin_array(r, ev);
	case WANT_TABLE:
		if (ev->kind != JSON_ARRAY)
			return refuse_kind(r, ev, "an array");
		r->place = IN_TABLE;
		return true;
	case WANT_NOTHING: break;
	}
	return refuse_kind(r, ev, "a member");
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct reading *r = ctx;

	switch (r->place) {
	case BEFORE:
		if (ev->kind != JSON_OBJECT)
			return refuse_kind(r, ev, "an object");
		r->place = IN_PLAN;
		return true;
	case IN_PLAN: return in_plan(r, ev);
	case IN_TABLE: return in_table(r, ev);
	case IN_ROW: return in_row(r, ev);
	case IN_ARRAY: return in_array(r, ev);
	case AFTER: break;
	}
	return false;
}

/* ---- lengths, when everything was read ---- */

static bool depends_on_starts(enum plan_length rule)
{
	return rule == LENGTH_OF_PARENTS || rule == LENGTH_OF_INPUTS || rule == LENGTH_OF_OUTPUTS;
}

static bool check_lengths(struct reading *r, bool of_starts)
{
	for (size_t i = 0; i < r->arrays; i++) {
		const struct read_array *a = &r->array[i];
		const void *row = &r->plan->set;
		size_t expected;

		if (depends_on_starts(a->member->more) != of_starts)
			continue;
		if (a->object != &plan_set_object)
			row = *(const char *const *)((const char *)r->plan + a->object->rows_at) + a->row * a->object->size;
		if (plan_array_length(r->plan, row, a->member->more, &expected) && expected == a->count)
			continue;
		buf_printf(r->error, "plan refused: %s[%u].%s: %zu entries, which is not what the tables say", a->object->name,
			   a->row, a->member->name, a->count);
		return false;
	}
	return true;
}

/* What is left out because it is empty is not the same as what does not apply: give it an address. */
static bool fill_empty(struct reading *r)
{
	static const uint32_t none[1];
	static const char *const no_text[1];

	for (uint32_t i = 0; i < r->plan->regions; i++) {
		struct plan_region *g = &r->plan->region[i];
		size_t parents = 0, inputs = 0, outputs = 0, rows = 0;

		plan_array_length(r->plan, g, LENGTH_OF_PARENTS, &parents);
		plan_array_length(r->plan, g, LENGTH_OF_INPUTS, &inputs);
		plan_array_length(r->plan, g, LENGTH_OF_OUTPUTS, &outputs);
		if ((parents && !g->parents) || (inputs && (!g->input_from || !g->input_name)) || (outputs && !g->output_name)) {
			buf_printf(r->error, "plan refused: regions[%u]: starts without the entries that they point to", i);
			return false;
		}
		if (g->parent_start && !g->parents)
			g->parents = copy_to_arena(r, none, 1, sizeof none[0]);
		if (g->input_start && !g->input_from)
			g->input_from = copy_to_arena(r, none, 1, sizeof none[0]);
		if (g->input_start && !g->input_name)
			g->input_name = copy_to_arena(r, no_text, 1, sizeof no_text[0]);
		if (g->output_start && !g->output_name)
			g->output_name = copy_to_arena(r, no_text, 1, sizeof no_text[0]);
		if (plan_array_length(r->plan, g, LENGTH_ROWS, &rows) && rows == 0 && !g->key && g->node < r->plan->nodes &&
		    r->plan->node[g->node].kind == NODE_STEPS)
			g->key = copy_to_arena(r, no_text, 1, sizeof no_text[0]);
	}
	return true;
}

static bool read_all(struct reading *r, const char *json, size_t len)
{
	struct json_error err;

	if (len > LIMIT_PLAN) {
		buf_printf(r->error, "plan refused: more than %llu bytes", (unsigned long long)LIMIT_PLAN);
		return false;
	}
	if (!json_read(json, len, PLAN_DEPTH, on_event, r, &err)) {
		if (err.message[0])
			refuse(r, err.at, err.message);
		return false;
	}
	return check_lengths(r, false) && check_lengths(r, true) && fill_empty(r) && plan_check(r->plan, r->error);
}

struct plan *plan_read(const char *json, size_t len, struct buf *error)
{
	struct reading r = { .plan = plan_new(), .error = error };
	bool ok = read_all(&r, json, len);

	mem_free(r.rows);
	mem_free(r.cells);
	mem_free(r.array);
	if (ok)
		return r.plan;
	plan_free(r.plan);
	return NULL;
}
