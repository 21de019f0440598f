/*
 * Fingerprints of values and steps: a step's is made of its function's digest and of those of its inputs, so that
 * it says all that decides its results, up to the sources. Each is made once, from ones that are there already.
 */
#include "runtime/engine_parts.h"

#include "base/file.h"
#include "base/mem.h"

enum { OF_CONST = 1, OF_FUNC, OF_OUTPUT, OF_ITEM, OF_LIST, OF_INPUTS, OF_ABSENT, OF_STEP, OF_SOURCE, OF_FILE };

void print_more(struct engine *e)
{
	struct fingerprint_state s;

	e->const_fingerprint = mem_grow(e->const_fingerprint, &e->const_cap, e->p->consts, sizeof *e->const_fingerprint);
	e->func_fingerprint = mem_grow(e->func_fingerprint, &e->func_cap, e->p->funcs, sizeof *e->func_fingerprint);
	while (e->const_prints < e->p->consts)
		e->const_fingerprint[e->const_prints++] = (struct fingerprint){ 0, 0 };
	for (uint32_t f = e->func_prints; f < e->p->funcs; f++) {
		fingerprint_begin(&s, OF_FUNC);
		fingerprint_bytes(&s, e->p->func[f].digest, strlen(e->p->func[f].digest));
		if (e->p->slice.bound)
			fingerprint_word(&s, (uint64_t)e->p->slice.start);	/* a step may ask which window it is */
		e->func_fingerprint[f] = fingerprint_end(&s);
	}
	e->func_prints = e->p->funcs;
}

void print_init(struct engine *e)
{
	e->source_fingerprint = mem_zalloc(e->p->sources, sizeof *e->source_fingerprint);
	e->source_files = mem_zalloc(e->p->sources + 1, sizeof *e->source_files);
	e->source_counts = e->p->sources;
	print_more(e);
}

void print_free(struct engine *e)
{
	for (uint32_t i = 0; i < e->source_counts; i++) {
		mem_free(e->source_files[i].name);
		mem_free(e->source_files[i].print);
	}
	mem_free(e->source_files);
	mem_free(e->source_fingerprint);
	mem_free(e->const_fingerprint);
	mem_free(e->func_fingerprint);
}

static struct fingerprint print_const(const struct engine *e, uint32_t i)
{
	struct fingerprint *f = &e->const_fingerprint[i];
	struct fingerprint_state s;

	if (!f->a && !f->b) {
		fingerprint_begin(&s, OF_CONST);
		fingerprint_bytes(&s, e->p->constant[i].json, strlen(e->p->constant[i].json));
		*f = fingerprint_end(&s);
	}
	return *f;
}

static struct fingerprint print_pair(uint64_t domain, struct fingerprint of, uint64_t which)
{
	struct fingerprint_state s;

	fingerprint_begin(&s, domain);
	fingerprint_add(&s, of);
	fingerprint_word(&s, which);
	return fingerprint_end(&s);
}

static struct fingerprint print_absent(void)
{
	struct fingerprint_state s;

	fingerprint_begin(&s, OF_ABSENT);
	return fingerprint_end(&s);
}

/* Result k of an item; see result_handle in engine_value.c. */
static struct fingerprint print_result(const struct engine *e, uint32_t inst, uint32_t item, uint32_t k)
{
	const struct plan_region *g = &e->p->region[e->inst[inst].region];
	uint32_t frame = e->item_frame[e->inst[inst].frames + item];

	if (frame == PLAN_NONE || (g->partial && e->frame[frame].end.bad))
		return print_absent();
	return engine_print_value(e, e->p->item[g->first_result + k], frame);
}

struct fingerprint print_port(const struct engine *e, uint32_t port)
{
	uint32_t inst = e->port[port].inst, k = port - e->inst[inst].first_port;
	uint8_t kind = e->p->node[e->inst[inst].node].kind;
	struct fingerprint_state s;

	if (kind == NODE_MATCH || kind == NODE_LAUNCH)
		return e->inst[inst].items ? print_result(e, inst, 0, k) : print_absent();
	fingerprint_begin(&s, OF_LIST);
	for (uint32_t i = 0; i < e->inst[inst].items; i++)
		fingerprint_add(&s, print_result(e, inst, i, k));
	return fingerprint_end(&s);
}

static struct fingerprint print_list(const struct engine *e, const struct plan_value *v, uint32_t frame)
{
	struct fingerprint_state s;

	fingerprint_begin(&s, OF_LIST);
	for (uint32_t i = 0; i < v->b; i++)
		fingerprint_add(&s, engine_print_value(e, e->p->item[v->a + i], frame));
	return fingerprint_end(&s);
}

/* File `item` of a list that is a source of files. */
static bool print_file(const struct engine *e, engine_value list, uint32_t item, struct fingerprint *out)
{
	struct fingerprint_state s;
	uint32_t source;

	if (!value_is_source(list, &source) || source >= e->source_counts || item >= e->source_files[source].count)
		return false;
	fingerprint_begin(&s, OF_FILE);
	fingerprint_add(&s, e->source_files[source].print[item]);
	*out = fingerprint_end(&s);
	return true;
}

/* The place of the file that a key names; UINT32_MAX. */
static uint32_t file_named(const struct engine *e, engine_value list, const char *key)
{
	struct buf name = BUF_INIT;
	uint32_t source, low = 0, high = 0;

	if (value_is_source(list, &source) && source < e->source_counts)
		high = e->source_files[source].count;
	if (!high)
		return UINT32_MAX;
	file_encode_key(&name, key, strlen(key));
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(e->source_files[source].name[middle], buf_str(&name));

		if (order == 0) {
			buf_release(&name);
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	buf_release(&name);
	return UINT32_MAX;
}

/* An item of a list that the engine knows, or a file of a source, is what it is wherever it stands; of any other, a place in it. */
static struct fingerprint print_item(const struct engine *e, const struct plan_value *v, const struct frame *body)
{
	const struct list *list = &e->list[e->inst[body->inst].first_list + v->b];
	struct fingerprint file;
	uint32_t a, b;

	switch (value_known(e, list->value, &a, &b)) {
	case LIST_OF_VALUES: return engine_print_value(e, e->p->item[a + body->item], b);
	case LIST_OF_RESULTS: return print_result(e, e->port[a].inst, body->item, a - e->inst[e->port[a].inst].first_port);
	case LIST_OTHER: break;
	}
	return print_file(e, list->value, body->item, &file) ? file : print_pair(OF_ITEM, list->fingerprint, body->item);
}

static struct fingerprint print_parents(const struct engine *e, const struct plan_value *v, const struct frame *body)
{
	const struct plan_region *g = &e->p->region[e->inst[body->inst].region];
	uint32_t first = inst_row_of(e, body->inst, 0);
	struct fingerprint_state s;

	fingerprint_begin(&s, OF_LIST);
	for (uint32_t i = g->parent_start[body->row]; i < g->parent_start[body->row + 1]; i++)
		fingerprint_add(&s, print_result(e, body->inst, g->parents[i] - first, v->b));
	return fingerprint_end(&s);
}

/* An input that no row makes: that file, where the engine knows it, else the list that it is of. */
static struct fingerprint print_given(const struct engine *e, const struct plan_region *g, uint32_t inst, const char *key)
{
	engine_value list = value_handle(e, g->given, e->inst[inst].frame);
	uint32_t at = file_named(e, list, key);
	struct fingerprint file;

	if (at != UINT32_MAX && print_file(e, list, at, &file))
		return file;
	return engine_print_value(e, g->given, e->inst[inst].frame);
}

static struct fingerprint print_inputs(const struct engine *e, const struct frame *body)
{
	const struct plan_region *g = &e->p->region[e->inst[body->inst].region];
	uint32_t first = inst_row_of(e, body->inst, 0);
	struct fingerprint_state s;

	fingerprint_begin(&s, OF_INPUTS);
	for (uint32_t i = g->input_start[body->row]; i < g->input_start[body->row + 1]; i++) {
		uint32_t from = g->input_from[i];

		fingerprint_bytes(&s, g->input_name[i], strlen(g->input_name[i]));
		fingerprint_add(&s, from == PLAN_NONE ? print_given(e, g, body->inst, g->input_name[i])
					: print_result(e, body->inst, from - first, 0));
	}
	return fingerprint_end(&s);
}

static struct fingerprint print_node(const struct engine *e, const struct plan_value *v, uint32_t frame)
{
	uint32_t at = frame_node(e, frame, v->a);

	if (e->p->node[v->a].kind == NODE_CALL)
		return print_pair(OF_OUTPUT, e->step[at].fingerprint, v->b);
	return e->port[e->inst[at].first_port + v->b].fingerprint;
}

struct fingerprint engine_print_value(const struct engine *e, uint32_t value, uint32_t frame)
{
	const struct plan_value *v = &e->p->value[value];
	const struct plan_column *c;
	const struct frame *body = NULL;

	if (v->kind == VALUE_ITEM || v->kind == VALUE_PARENTS || v->kind == VALUE_INPUTS || v->kind == VALUE_CARRY)
		body = &e->frame[frame_around(e, frame, e->p->region[e->p->node[v->a].of].body)];
	switch (v->kind) {
	case VALUE_CONST:
		c = &e->p->column[v->a];
		return print_const(e, c->value[c->count == 1 ? 0 : e->frame[frame].row]);
	case VALUE_SOURCE: return print_pair(OF_SOURCE, e->source_fingerprint[v->a], 0);
	case VALUE_PORT: return print_node(e, v, frame);
	case VALUE_ITEM: return print_item(e, v, body);
	case VALUE_LIST: return print_list(e, v, frame);
	case VALUE_PARENTS: return print_parents(e, v, body);
	case VALUE_INPUTS: return print_inputs(e, body);
	case VALUE_CARRY: return e->list[body->first_carry + v->b].fingerprint;
	case VALUE_PARAM: {
		const struct inst *i = &e->inst[e->frame[frame_around(e, frame, v->b)].inst];

		return engine_print_value(e, e->p->item[e->p->node[i->node].first_arg + 1 + v->a], i->frame);
	}
	default: return print_absent();
	}
}

struct fingerprint print_step(const struct engine *e, uint32_t step)
{
	uint32_t n, frame = e->step[step].frame, count;
	const struct plan_node *node = engine_step_node(e, step, &n);
	const char *const *names;
	struct fingerprint_state s;

	fingerprint_begin(&s, OF_STEP);
	fingerprint_add(&s, e->func_fingerprint[node->of]);
	for (uint32_t i = 0; i < node->args; i++)
		fingerprint_add(&s, engine_print_value(e, e->p->item[node->first_arg + i], frame));
	count = engine_output_names(e, step, &names);
	for (uint32_t i = 0; i < count; i++)
		fingerprint_bytes(&s, names[i], strlen(names[i]));
	return fingerprint_end(&s);
}

/* ---- for hosts: bytes, little-endian on every machine ---- */

void engine_fingerprint(const struct engine *e, engine_step s, uint8_t out[16])
{
	for (int i = 0; i < 8; i++) {
		out[i] = (uint8_t)(e->step[s].fingerprint.a >> 8 * i);
		out[8 + i] = (uint8_t)(e->step[s].fingerprint.b >> 8 * i);
	}
}

static struct fingerprint from_bytes(const uint8_t fp[16])
{
	struct fingerprint f = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		f.a |= (uint64_t)fp[i] << 8 * i;
		f.b |= (uint64_t)fp[8 + i] << 8 * i;
	}
	return f;
}

void engine_source_fingerprint(struct engine *e, uint32_t source, const uint8_t fp[16])
{
	if (source < e->source_counts)
		e->source_fingerprint[source] = from_bytes(fp);
}

void engine_source_files(struct engine *e, uint32_t source, const struct engine_file *file, uint32_t count)
{
	struct source_files *s = &e->source_files[source];

	if (source >= e->source_counts || s->count)
		return;
	s->count = count;
	s->name = mem_zalloc((size_t)count + 1, sizeof *s->name);
	s->print = mem_zalloc((size_t)count + 1, sizeof *s->print);
	for (uint32_t i = 0; i < count; i++) {
		s->name[i] = file[i].name;
		s->print[i] = from_bytes(file[i].fingerprint);
	}
}
