/*
 * Handles: what a host holds in its hand when it resolves a value. Constants, sources, absent values and first results
 * of steps are their own handles; the rest stands in a table in which equal values are one row.
 */
#include "runtime/engine_parts.h"

#include "base/mem.h"

enum { TAG_CONST, TAG_SOURCE, TAG_OUTPUT, TAG_ABSENT, TAG_TABLE };	/* upper three bits */
enum entry_kind { ENTRY_OUTPUT, ENTRY_ITEM, ENTRY_NAMED, ENTRY_PORT, ENTRY_LIST, ENTRY_PARENTS, ENTRY_INPUTS };

/* OUTPUT: step, port · ITEM: list, index · NAMED: list, region, input · PORT: port · LIST: plan value, frame · PARENTS: frame of the
 * row, result · INPUTS: frame of the row */
struct entry { uint32_t kind, type, a, b, c; };

struct values {
	struct entry *at;	size_t count, cap;
	uint32_t *index;	size_t slots;	/* open addressing: entry + 1; at most half full */
};

struct values *values_new(void)
{
	return mem_zalloc(1, sizeof(struct values));
}

void values_free(struct values *v)
{
	if (!v)
		return;
	mem_free(v->at);
	mem_free(v->index);
	mem_free(v);
}

static size_t place_of(const struct values *v, const struct entry *x)
{
	uint64_t h = x->kind;
	const uint32_t part[] = { x->type, x->a, x->b, x->c };
	size_t i;

	for (int k = 0; k < 4; k++)
		h = (h ^ part[k]) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
	for (i = h & (v->slots - 1); v->index[i]; i = (i + 1) & (v->slots - 1)) {
		const struct entry *y = &v->at[v->index[i] - 1];

		if (y->kind == x->kind && y->type == x->type && y->a == x->a && y->b == x->b && y->c == x->c)
			break;
	}
	return i;
}

static engine_value entry_handle(struct values *v, struct entry x)
{
	size_t i;

	if (v->count * 2 >= v->slots) {
		v->slots = v->slots ? v->slots * 2 : 64;
		mem_free(v->index);
		v->index = mem_zalloc(v->slots, sizeof *v->index);
		for (size_t k = 0; k < v->count; k++)
			v->index[place_of(v, &v->at[k])] = (uint32_t)k + 1;
	}
	i = place_of(v, &x);
	if (!v->index[i]) {
		v->at = engine_room(v->at, &v->cap, v->count, 1, sizeof *v->at);
		v->at[v->count++] = x;
		v->index[i] = (uint32_t)v->count;
	}
	return tagged(TAG_TABLE, v->index[i] - 1);
}

static const struct entry *entry_of(const struct engine *e, engine_value v)
{
	uint32_t id = v & (ENGINE_MAX_IDS - 1);

	return v >> 29 == TAG_TABLE && id < e->values->count ? &e->values->at[id] : NULL;
}

static uint32_t output_type(const struct engine *e, uint32_t step, uint32_t port)
{
	return e->p->port[engine_func(e, step)->first_result + port].type;
}

static engine_value output_handle(const struct engine *e, uint32_t step, uint32_t port)
{
	if (port == 0)
		return tagged(TAG_OUTPUT, step);
	return entry_handle(e->values, (struct entry){ ENTRY_OUTPUT, output_type(e, step, port), step, port, 0 });
}

static engine_value absent_handle(uint32_t type)
{
	return tagged(TAG_ABSENT, type);
}

static engine_value port_handle(const struct engine *e, const struct plan_value *v, uint32_t frame)
{
	uint32_t at = frame_node(e, frame, v->a);

	switch (e->p->node[v->a].kind) {
	case NODE_CALL: return output_handle(e, at, v->b);
	case NODE_MATCH:
	case NODE_CYCLE:
	case NODE_LAUNCH:
		at = e->inst[at].first_port + v->b;
		return e->port[at].value == PLAN_NONE ? absent_handle(v->type) : e->port[at].value;
	default: break;
	}
	return entry_handle(e->values, (struct entry){ ENTRY_PORT, v->type, e->inst[at].first_port + v->b, 0, 0 });
}

static uint32_t body_frame(const struct engine *e, const struct plan_value *v, uint32_t frame)
{
	return frame_around(e, frame, e->p->region[e->p->node[v->a].of].body);
}

static uint32_t elem_type(const struct engine *e, uint32_t list)
{
	return e->p->type[list].kind == PLAN_LIST ? e->p->type[list].elem : list;
}

static engine_value item_handle(const struct engine *e, engine_value list, uint32_t i, uint32_t type);

engine_value value_handle(const struct engine *e, uint32_t value, uint32_t frame)
{
	const struct plan_value *v = &e->p->value[value];

	switch (v->kind) {
	case VALUE_CONST: {
		const struct plan_column *c = &e->p->column[v->a];

		return tagged(TAG_CONST, c->value[c->count == 1 ? 0 : e->frame[frame].row]);
	}
	case VALUE_SOURCE: return tagged(TAG_SOURCE, v->a);
	case VALUE_PORT: return port_handle(e, v, frame);
	case VALUE_ITEM: {
		const struct frame *f = &e->frame[body_frame(e, v, frame)];

		return item_handle(e, e->list[e->inst[f->inst].first_list + v->b].value, f->item, v->type);
	}
	case VALUE_LIST: return entry_handle(e->values, (struct entry){ ENTRY_LIST, v->type, value, frame, 0 });
	case VALUE_PARENTS:
		return entry_handle(e->values, (struct entry){ ENTRY_PARENTS, v->type, body_frame(e, v, frame), v->b, 0 });
	case VALUE_INPUTS: return entry_handle(e->values, (struct entry){ ENTRY_INPUTS, v->type, body_frame(e, v, frame), 0, 0 });
	case VALUE_CARRY: return e->list[e->frame[body_frame(e, v, frame)].first_carry + v->b].value;
	case VALUE_PARAM: {
		const struct inst *i = &e->inst[e->frame[frame_around(e, frame, v->b)].inst];

		return value_handle(e, e->p->item[e->p->node[i->node].first_arg + 1 + v->a], i->frame);
	}
	default: return absent_handle(v->type);
	}
}

/* ---- items of lists ---- */

static const struct plan_region *frame_region(const struct engine *e, uint32_t frame)
{
	return &e->p->region[e->inst[e->frame[frame].inst].region];
}

/* Result k of an item; absent when the item failed, which only a partial region lets anyone see. */
static engine_value result_handle(const struct engine *e, uint32_t inst, uint32_t item, uint32_t k, uint32_t type)
{
	const struct plan_region *g = &e->p->region[e->inst[inst].region];
	uint32_t frame = e->item_frame[e->inst[inst].frames + item];

	if (frame == PLAN_NONE || (g->partial && e->frame[frame].end.bad))
		return absent_handle(type);
	return value_handle(e, e->p->item[g->first_result + k], frame);
}

/* Input `at` of the row whose frame this is: a file out of the maker's list, or out of those given. */
static engine_value input_handle(const struct engine *e, uint32_t frame, uint32_t at, uint32_t type)
{
	const struct plan_region *g = frame_region(e, frame);
	uint32_t inst = e->frame[frame].inst, first = inst_row_of(e, inst, 0), from = g->input_from[at], count;
	engine_value list;

	if (from == PLAN_NONE)
		list = value_handle(e, g->given, e->inst[inst].frame);
	else
		list = result_handle(e, inst, from - first, 0, type);
	/* Where the maker's list is made of single values, its order is that of the names that it says it makes. */
	if (from != PLAN_NONE && value_count(e, list, &count))
		for (uint32_t i = 0; i < count && g->output_start[from] + i < g->output_start[from + 1]; i++)
			if (strcmp(g->output_name[g->output_start[from] + i], g->input_name[at]) == 0)
				return item_handle(e, list, i, type);
	return entry_handle(e->values, (struct entry){ ENTRY_NAMED, type, list, (uint32_t)(g - e->p->region), at });
}

static engine_value item_handle(const struct engine *e, engine_value list, uint32_t i, uint32_t type)
{
	const struct entry *at = entry_of(e, list);
	const struct plan_region *g;
	uint32_t count, row;

	if (value_count(e, list, &count) && i >= count)
		return absent_handle(type);
	switch (at ? (enum entry_kind)at->kind : ENTRY_OUTPUT) {
	case ENTRY_PORT: return result_handle(e, e->port[at->a].inst, i, at->a - e->inst[e->port[at->a].inst].first_port, type);
	case ENTRY_LIST: return value_handle(e, e->p->item[e->p->value[at->a].a + i], at->b);
	case ENTRY_PARENTS:
		g = frame_region(e, at->a);
		row = g->parents[g->parent_start[e->frame[at->a].row] + i] - inst_row_of(e, e->frame[at->a].inst, 0);
		return result_handle(e, e->frame[at->a].inst, row, at->b, type);
	case ENTRY_INPUTS:
		g = frame_region(e, at->a);
		return input_handle(e, at->a, g->input_start[e->frame[at->a].row] + i, type);
	default: return entry_handle(e->values, (struct entry){ ENTRY_ITEM, type, list, i, 0 });
	}
}

bool value_count(const struct engine *e, engine_value v, uint32_t *count)
{
	const struct entry *at = entry_of(e, v);
	const struct plan_region *g;

	switch (at ? (enum entry_kind)at->kind : ENTRY_OUTPUT) {
	case ENTRY_PORT: *count = e->inst[e->port[at->a].inst].items; return true;
	case ENTRY_LIST: *count = e->p->value[at->a].b; return true;
	case ENTRY_PARENTS:
		g = frame_region(e, at->a);
		*count = g->parent_start[e->frame[at->a].row + 1] - g->parent_start[e->frame[at->a].row];
		return true;
	case ENTRY_INPUTS:
		g = frame_region(e, at->a);
		*count = g->input_start[e->frame[at->a].row + 1] - g->input_start[e->frame[at->a].row];
		return true;
	default: return false;
	}
}

bool value_is_source(engine_value v, uint32_t *source)
{
	*source = v & (ENGINE_MAX_IDS - 1);
	return v >> 29 == TAG_SOURCE;
}

enum known_list value_known(const struct engine *e, engine_value v, uint32_t *a, uint32_t *b)
{
	const struct entry *at = entry_of(e, v);

	if (at && at->kind == ENTRY_PORT) {
		*a = at->a;
		return LIST_OF_RESULTS;
	}
	if (at && at->kind == ENTRY_LIST) {
		*a = e->p->value[at->a].a;
		*b = at->b;
		return LIST_OF_VALUES;
	}
	return LIST_OTHER;
}

engine_value value_of_port(const struct engine *e, uint32_t port)
{
	uint32_t inst = e->port[port].inst, k = port - e->inst[inst].first_port;
	uint8_t kind = e->p->node[e->inst[inst].node].kind;

	if (kind != NODE_MATCH && kind != NODE_LAUNCH)
		return 0;
	return e->inst[inst].items ? result_handle(e, inst, 0, k, PLAN_NONE) : PLAN_NONE;
}

/* ---- for hosts ---- */

engine_value engine_arg(const struct engine *e, engine_step s, uint32_t param)
{
	const struct plan_node *n = engine_node(e, s);

	return value_handle(e, e->p->item[n->first_arg + param], e->step[s].frame);
}

engine_value engine_sink_value(const struct engine *e, uint32_t sink)
{
	return value_handle(e, e->p->sink[sink].value, 0);
}

engine_value engine_value_item(const struct engine *e, engine_value v, uint32_t i)
{
	struct engine_value_info info;

	engine_value_get(e, v, &info);
	return item_handle(e, v, i, elem_type(e, info.type));
}

const char *engine_value_item_name(const struct engine *e, engine_value v, uint32_t i)
{
	const struct entry *at = entry_of(e, v);
	uint32_t count;

	if (!at || at->kind != ENTRY_INPUTS || !value_count(e, v, &count) || i >= count)
		return NULL;
	return frame_region(e, at->a)->input_name[frame_region(e, at->a)->input_start[e->frame[at->a].row] + i];
}

static void entry_get(const struct engine *e, engine_value v, const struct entry *at, struct engine_value_info *out)
{
	out->type = at->type;
	switch ((enum entry_kind)at->kind) {
	case ENTRY_OUTPUT:
		out->kind = EV_OUTPUT;
		out->step = at->a;
		out->port = at->b;
		break;
	case ENTRY_ITEM:
		out->kind = EV_ITEM;
		out->of = at->a;
		out->index = at->b;
		break;
	case ENTRY_NAMED:
		out->kind = EV_NAMED;
		out->of = at->a;
		out->name = e->p->region[at->b].input_name[at->c];
		break;
	default:
		out->kind = EV_LIST;
		value_count(e, v, &out->count);
		break;
	}
}

void engine_value_get(const struct engine *e, engine_value v, struct engine_value_info *out)
{
	uint32_t id = v & (ENGINE_MAX_IDS - 1);
	const struct entry *at = entry_of(e, v);

	*out = (struct engine_value_info){ .kind = EV_ABSENT, .type = PLAN_NONE };
	if (at) {
		entry_get(e, v, at, out);
	} else if (v >> 29 == TAG_CONST && id < e->p->consts) {
		out->kind = EV_CONST;
		out->constant = id;
		out->type = e->p->constant[id].type;
	} else if (v >> 29 == TAG_SOURCE && id < e->p->sources) {
		out->kind = EV_SOURCE;
		out->source = id;
		out->type = e->p->source[id].type;
	} else if (v >> 29 == TAG_OUTPUT && id < e->steps) {
		out->kind = EV_OUTPUT;
		out->step = id;
		out->type = output_type(e, id, 0);
	} else if (v >> 29 == TAG_ABSENT && id < e->p->types) {
		out->type = id;
	}
}
