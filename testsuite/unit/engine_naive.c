/* The naive reference; see engine_naive.h. Slow on purpose: everything is computed again from where it is used. */
#include "testsuite/unit/engine_naive.h"

#include "base/file.h"
#include "base/mem.h"

/* ---- the walk ---- */

struct val { uint64_t hash; uint32_t count; struct val **item; const char **name; bool known; };
struct res { bool ok; uint32_t time, level; struct val *val; };

struct place {		/* a frame */
	uint32_t block, row, item, node, region;	/* node: whose body it is */
	struct val *carry[2];
	struct place *outer;
	struct launched *launched;		/* the first block of a launched flow */
	struct res gate, end;
	struct outcome *of;			/* for each node of the block */
};
struct launched { const struct plan *p; struct place *by; uint32_t node; struct val *param[2]; bool absorbed; };	/* p: that of `by` */
struct outcome {	/* a node in a frame */
	struct res call;
	uint32_t items;
	struct place **frame;
	struct res port[4], end;
	struct res list[4];
};
struct record {		/* a step, for the order */
	struct place *frame;
	const struct plan *p;
	uint32_t node, ready, level;
	struct happened *seen;
};
struct walk {
	const struct plan *p;
	struct history *h;
	struct arena a;
	struct record *record;
	size_t records, record_cap;
	bool wrong, failed, ordered;
	const struct plan *const *flows;
};

static struct res well(void)
{
	return (struct res){ .ok = true };
}

static struct res both(struct res a, struct res b)
{
	return (struct res){ a.ok && b.ok, a.time > b.time ? a.time : b.time, a.level > b.level ? a.level : b.level, NULL };
}

static struct val *symbol(struct walk *w, uint64_t hash)
{
	struct val *v = arena_zalloc(&w->a, 1, sizeof *v);

	v->hash = hash;
	return v;
}

static struct val *list_of(struct walk *w, struct val **item, uint32_t count)
{
	struct val *v = symbol(w, symbol_mix(OF_LIST, count));

	v->known = true;
	v->item = item;
	v->count = count;
	for (uint32_t i = 0; i < count; i++)
		v->hash = symbol_mix(v->hash, item[i]->hash);
	return v;
}

static struct val *item_of(struct walk *w, struct val *list, uint32_t i)
{
	return list->known ? list->item[i] : symbol(w, symbol_mix(symbol_mix(OF_ITEM, list->hash), i));
}

static struct place *at_block(struct place *f, uint32_t block)
{
	while (f->block != block)
		f = f->outer;
	return f;
}

static struct place *at_root(struct place *f)
{
	while (f->outer)
		f = f->outer;
	return f;
}

static struct res use_port(struct walk *w, uint32_t node, uint32_t port, struct place *f)
{
	struct place *g = at_block(f, w->p->node[node].block);
	struct outcome *o = &g->of[node - w->p->block[g->block].first_node];
	struct res r;

	if (w->p->node[node].kind != NODE_CALL)
		return o->port[port];
	r = o->call;
	r.val = symbol(w, symbol_mix(symbol_mix(OF_OUTPUT, r.val->hash), port));
	return r;
}

static struct res use_end(struct walk *w, uint32_t node, struct place *f)
{
	struct place *g = at_block(f, w->p->node[node].block);
	struct outcome *o = &g->of[node - w->p->block[g->block].first_node];

	return w->p->node[node].kind == NODE_CALL ? o->call : o->end;
}

static struct res use_value(struct walk *w, uint32_t value, struct place *f);

static struct val *result_of(struct walk *w, const struct plan_region *g, struct place *frame, uint32_t k)
{
	if (!frame || !frame->end.ok)
		return symbol(w, OF_ABSENT);
	return use_value(w, w->p->item[g->first_result + k], frame).val;
}

static struct val *joined(struct walk *w, const struct plan_value *v, struct place *body)
{
	const struct plan_region *g = &w->p->region[w->p->node[v->a].of];
	struct outcome *o = &body->outer->of[v->a - w->p->block[body->outer->block].first_node];
	const uint32_t *start = v->kind == VALUE_PARENTS ? g->parent_start : g->input_start;
	uint32_t first = g->row_start[body->outer->row], count = start[body->row + 1] - start[body->row];
	struct val **item = arena_zalloc(&w->a, count, sizeof *item), *list;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = start[body->row] + i, from = v->kind == VALUE_PARENTS ? g->parents[at] : g->input_from[at];

		if (v->kind == VALUE_PARENTS) {
			item[i] = result_of(w, g, o->frame[from - first], v->b);
			continue;
		}
		list = from == PLAN_NONE ? use_value(w, g->given, body->outer).val
		     : use_value(w, w->p->item[g->first_result], o->frame[from - first]).val;
		if (from != PLAN_NONE && list->known)
			for (uint32_t k = 0; k < list->count; k++)
				if (strcmp(g->output_name[g->output_start[from] + k], g->input_name[at]) == 0)
					item[i] = list->item[k];
		if (!item[i])
			item[i] = symbol(w, symbol_mix(symbol_mix(OF_NAMED, list->hash), symbol_text(g->input_name[at])));
	}
	return list_of(w, item, count);
}

static struct res use_value(struct walk *w, uint32_t value, struct place *f)
{
	const struct plan *p = w->p;
	const struct plan_value *v = &p->value[value];
	struct res r = well();
	struct place *body;
	struct val **item;

	switch (v->kind) {
	case VALUE_CONST:
		r.val = symbol(w, symbol_mix(OF_CONST, symbol_text(
			p->constant[p->column[v->a].value[p->column[v->a].count == 1 ? 0 : f->row]].json)));
		return r;
	case VALUE_SOURCE: r.val = symbol(w, symbol_mix(OF_SOURCE, v->a)); return r;
	case VALUE_PORT: return use_port(w, v->a, v->b, f);
	case VALUE_LIST:
		item = arena_zalloc(&w->a, v->b, sizeof *item);
		for (uint32_t i = 0; i < v->b; i++) {
			struct res one = use_value(w, p->item[v->a + i], f);

			item[i] = one.val ? one.val : symbol(w, 0);
			r = both(r, one);
		}
		r.val = list_of(w, item, v->b);
		return r;
	case VALUE_ITEM:
		body = at_block(f, p->region[p->node[v->a].of].body);
		r.val = item_of(w, body->outer->of[v->a - p->block[body->outer->block].first_node].list[v->b].val, body->item);
		return r;
	case VALUE_PARAM: r.val = at_root(f)->launched->param[v->a]; return r;
	case VALUE_CARRY: r.val = at_block(f, p->region[p->node[v->a].of].body)->carry[v->b]; return r;
	case VALUE_PARENTS:
	case VALUE_INPUTS: r.val = joined(w, v, at_block(f, p->region[p->node[v->a].of].body)); return r;
	default: r.val = symbol(w, OF_ABSENT); return r;
	}
}

/* ---- paths ---- */

static void outcome_name(const struct plan *p, uint32_t type, uint32_t outcome, struct buf *out)
{
	const struct plan_type *t = &p->type[type];

	if (t->kind == PLAN_OPTIONAL && outcome)
		outcome_name(p, t->elem, outcome - 1, out);
	else
		buf_addstr(out, t->kind == PLAN_OPTIONAL ? "absent" : t->kind == PLAN_BOOL ? (outcome ? "true" : "false")
			: t->kind == PLAN_ENUM ? p->field[t->first + outcome].name : "there");
}

static void place_path(struct walk *w, struct place *f, struct buf *out)
{
	const struct plan_region *g;

	if (f->launched) {
		const struct plan *own = w->p;

		w->p = f->launched->p;
		place_path(w, f->launched->by, out);
		buf_printf(out, "%s/", w->p->node[f->launched->node].name);
		w->p = own;
	}
	if (!f->outer)
		return;
	place_path(w, f->outer, out);
	g = &w->p->region[f->region];
	if (w->p->node[f->node].kind == NODE_MATCH) {
		buf_printf(out, "%s[", w->p->node[f->node].name);
		outcome_name(w->p, w->p->value[w->p->item[w->p->node[f->node].first_arg]].type, f->region - w->p->node[f->node].of, out);
		buf_addstr(out, "]/");
	} else if (g->key)
		buf_printf(out, "%s[%s]/", w->p->node[f->node].name, g->key[f->row]);
	else
		buf_printf(out, "%s[%u]/", w->p->node[f->node].name, f->item);
}

static void complain(struct walk *w, const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	w->wrong = true;
}

static bool absorbed(const struct walk *w, struct place *f)
{
	const struct plan *p = w->p;
	uint32_t block = f->block;

	f = at_root(f);
	if (f->launched && f->launched->absorbed)
		return true;
	for (; block; block = p->node[p->block[block].node].block)
		if (p->region[p->node[p->block[block].node].of].partial)
			return true;
	return false;
}

/* ---- steps ---- */

static struct res walk_call(struct walk *w, uint32_t n, struct place *f)
{
	const struct plan_node *node = &w->p->node[n];
	struct res need = f->gate;
	struct buf path = BUF_INIT;
	uint64_t hash = symbol_mix(OF_STEP, symbol_text(w->p->func[node->of].digest));
	struct happened *seen;

	for (uint32_t i = 0; need.ok && i < node->args; i++) {
		struct res one = use_value(w, w->p->item[node->first_arg + i], f);

		need = both(need, one);
		hash = symbol_mix(hash, one.val ? one.val->hash : 0);
	}
	/* A failed need must not hide the time of the others: a skipped step ends when all are decided. */
	for (uint32_t i = 0; f->gate.ok && i < node->args; i++)
		need = both(need, use_value(w, w->p->item[node->first_arg + i], f));
	for (uint32_t i = 0; f->gate.ok && i < node->afters; i++)
		need = both(need, use_end(w, w->p->item[node->first_after + i], f));
	place_path(w, f, &path);
	buf_addstr(&path, node->name);
	seen = history_at(w->h, path.p);
	if (seen->checked)
		complain(w, path.p, "two steps of one path");
	seen->checked = true;
	if (!need.ok && seen->fate != FATE_SKIPPED)
		complain(w, path.p, "should have been skipped");
	if (need.ok && seen->fate != FATE_FINISHED && seen->fate != FATE_FAILED)
		complain(w, path.p, "should have ended");
	if (need.ok && seen->start && seen->start <= need.time)
		complain(w, path.p, "started before its inputs were there");
	if (need.ok) {
		w->record = mem_grow(w->record, &w->record_cap, w->records + 1, sizeof *w->record);
		w->record[w->records++] = (struct record){ f, w->p, n, need.time, need.level, seen };
		need.time = seen->end > need.time ? seen->end : need.time;
		need.ok = seen->fate == FATE_FINISHED;
		w->failed |= !need.ok && !absorbed(w, f);
	}
	need.level++;
	need.val = symbol(w, hash);
	buf_release(&path);
	return need;
}

/* ---- regions ---- */

struct body { uint32_t node, region, item; struct val **carry; };
static struct place *walk_body(struct walk *w, struct body b, struct place *outer, struct res gate);

static struct place *walk_frame(struct walk *w, uint32_t n, struct place *outer, uint32_t item, struct res gate)
{
	return walk_body(w, (struct body){ n, w->p->node[n].of, item, NULL }, outer, gate);
}

static bool lies_in(const struct plan *p, uint32_t block, uint32_t body)
{
	while (block && block != body)
		block = p->node[p->block[block].node].block;
	return block == body;
}

static struct res capture_value(struct walk *w, uint32_t value, uint32_t body, struct place *f, struct res r)
{
	const struct plan_value *v = &w->p->value[value];

	if (v->kind == VALUE_LIST)
		for (uint32_t i = 0; i < v->b; i++)
			r = capture_value(w, w->p->item[v->a + i], body, f, r);
	if (v->kind == VALUE_PORT && !lies_in(w->p, w->p->node[v->a].block, body))
		r = both(r, use_port(w, v->a, v->b, f));
	return r;
}

/* Everything outside that the body, or a body within it, uses. */
static struct res captures(struct walk *w, uint32_t body, struct place *f, struct res r)
{
	const struct plan *p = w->p;
	const struct plan_region *g = &p->region[p->node[p->block[body].node].of];

	for (uint32_t n = 0; n < p->nodes; n++) {
		if (!lies_in(p, p->node[n].block, body))
			continue;
		for (uint32_t i = 0; i < p->node[n].args; i++)
			r = capture_value(w, p->item[p->node[n].first_arg + i], body, f, r);
		for (uint32_t i = 0; i < p->node[n].afters; i++)
			if (!lies_in(p, p->node[p->item[p->node[n].first_after + i]].block, body))
				r = both(r, use_end(w, p->item[p->node[n].first_after + i], f));
		if (p->node[n].kind == NODE_STEPS && p->region[p->node[n].of].given != PLAN_NONE)
			r = capture_value(w, p->region[p->node[n].of].given, body, f, r);
	}
	for (uint32_t q = 0; q < p->regions; q++) {
		if (p->region[q].body == PLAN_NONE || !lies_in(p, p->region[q].body, body))
			continue;
		for (uint32_t i = 0; i < p->region[q].results; i++)
			r = capture_value(w, p->item[p->region[q].first_result + i], body, f, r);
		if (p->region[q].until != PLAN_NONE)
			r = capture_value(w, p->region[q].until, body, f, r);
	}
	return g->given == PLAN_NONE ? r : capture_value(w, g->given, body, f, r);
}

static struct res walk_lists(struct walk *w, uint32_t n, struct place *f, struct outcome *o, struct res gate)
{
	const struct plan_node *node = &w->p->node[n];
	bool fails = false;

	for (uint32_t i = 0; gate.ok && i < node->args; i++)
		o->list[i] = use_value(w, w->p->item[node->first_arg + i], f);
	for (uint32_t i = 0; f->gate.ok && i < node->args; i++)
		gate = both(gate, use_value(w, w->p->item[node->first_arg + i], f));
	for (uint32_t i = 0; gate.ok && !fails && i < node->args; i++) {
		uint32_t count = o->list[i].val->count;

		fails = (!o->list[i].val->known && !symbol_count(o->list[i].val->hash, &count)) || (i && count != o->items);
		o->items = count;
	}
	if (fails) {
		w->failed |= !absorbed(w, f);
		gate.ok = false;
	}
	return gate;
}

/* When item i of an each may begin: so many of those before it have ended that the limit has room. */
static uint32_t admitted(const struct outcome *o, uint32_t i, uint32_t limit, uint32_t earliest)
{
	uint32_t time = earliest;

	for (;; time++) {
		uint32_t live = 0;

		for (uint32_t k = 0; k < i; k++)
			live += o->frame[k]->end.time > time;
		if (live < limit)
			return time;
	}
}

static void walk_row(struct walk *w, uint32_t n, struct place *f, struct outcome *o, struct res gate, uint32_t item)
{
	const struct plan_region *g = &w->p->region[w->p->node[n].of];
	uint32_t first = g->row_start[f->row], row = first + item;

	if (o->frame[item])
		return;
	for (uint32_t i = g->parent_start ? g->parent_start[row] : 0; g->parent_start && i < g->parent_start[row + 1]; i++) {
		walk_row(w, n, f, o, gate, g->parents[i] - first);
		gate = both(gate, o->frame[g->parents[i] - first]->end);
	}
	for (uint32_t i = g->input_start ? g->input_start[row] : 0; g->input_start && i < g->input_start[row + 1]; i++) {
		uint32_t from = g->input_from[i];
		struct place *maker;

		if (from == PLAN_NONE) {
			gate = both(gate, use_value(w, g->given, f));
			continue;
		}
		walk_row(w, n, f, o, gate, from - first);
		maker = o->frame[from - first];
		if (g->partial)
			gate = both(gate, maker->end);
		if (maker->gate.ok)
			gate = both(gate, use_value(w, w->p->item[g->first_result], maker));
		else
			gate = both(gate, maker->gate);
	}
	o->frame[item] = walk_frame(w, n, f, item, gate);
}

static void walk_items(struct walk *w, uint32_t n, struct place *f, struct outcome *o, struct res gate)
{
	const struct plan_region *g = &w->p->region[w->p->node[n].of];
	uint32_t earliest = gate.time;

	o->frame = arena_zalloc(&w->a, o->items, sizeof(struct place *));
	for (uint32_t i = 0; i < o->items; i++) {
		if (w->p->node[n].kind == NODE_STEPS && gate.ok) {
			walk_row(w, n, f, o, gate, i);
			continue;
		}
		if (g->limit && gate.ok)
			gate.time = earliest = admitted(o, i, g->limit, earliest);
		o->frame[i] = walk_frame(w, n, f, i, gate);
	}
}

static struct res walk_port(struct walk *w, const struct plan_region *g, struct outcome *o, struct res gate, uint32_t k)
{
	struct res r = { gate.ok, gate.time, 0, NULL };
	struct val **item = arena_zalloc(&w->a, o->items, sizeof *item);

	if (g->partial)
		r = o->end;
	for (uint32_t i = 0; i < o->items && gate.ok; i++) {
		struct place *f = o->frame[i];

		if (!g->partial) {
			r = f->gate.ok ? both(r, use_value(w, w->p->item[g->first_result + k], f)) : both(r, f->gate);
			r.time = f->gate.time > r.time ? f->gate.time : r.time;
		}
	}
	for (uint32_t i = 0; r.ok && i < o->items; i++)
		item[i] = g->partial ? result_of(w, g, o->frame[i], k)
			: use_value(w, w->p->item[g->first_result + k], o->frame[i]).val;
	r.val = r.ok ? list_of(w, item, o->items) : symbol(w, 0);
	return r;
}

static void walk_region(struct walk *w, uint32_t n, struct place *f, struct outcome *o)
{
	const struct plan_node *node = &w->p->node[n];
	const struct plan_region *g = &w->p->region[node->of];
	struct res gate = f->gate;

	for (uint32_t i = 0; f->gate.ok && i < node->afters; i++)
		gate = both(gate, use_end(w, w->p->item[node->first_after + i], f));
	if (g->run_time)
		gate = walk_lists(w, n, f, o, gate);
	else
		o->items = g->row_start[f->row + 1] - g->row_start[f->row];
	if (g->run_time && !gate.ok)
		o->items = 0;
	walk_items(w, n, f, o, gate);
	o->end = gate;
	for (uint32_t i = 0; i < o->items; i++) {
		struct res end = o->frame[i]->end;

		if (g->partial && gate.ok)
			end.ok = true;
		o->end = both(o->end, end);
	}
	if (g->partial && gate.ok)
		o->end = captures(w, g->body, f, o->end);
	for (uint32_t k = 0; k < g->results; k++)
		o->port[k] = walk_port(w, g, o, gate, k);
}

/* ---- match and cycle ---- */

static struct res walk_needs(struct walk *w, uint32_t n, struct place *f)
{
	const struct plan_node *node = &w->p->node[n];
	struct res gate = f->gate;

	for (uint32_t i = 0; f->gate.ok && i < node->args; i++)
		gate = both(gate, use_value(w, w->p->item[node->first_arg + i], f));
	for (uint32_t i = 0; f->gate.ok && i < node->afters; i++)
		gate = both(gate, use_end(w, w->p->item[node->first_after + i], f));
	return gate;
}

static void walk_match(struct walk *w, uint32_t n, struct place *f, struct outcome *o)
{
	const struct plan_node *node = &w->p->node[n];
	struct res gate = walk_needs(w, n, f);
	uint32_t selector = w->p->item[node->first_arg], outcome = 0;
	const struct plan_region *g;
	struct place *arm;

	o->end = gate;
	if (gate.ok && !symbol_outcome(w->p, use_value(w, selector, f).val->hash, w->p->value[selector].type, &outcome)) {
		w->failed |= !absorbed(w, f);
		o->end.ok = gate.ok = false;
	}
	g = &w->p->region[node->of + outcome];
	for (uint32_t k = 0; k < 2; k++)
		o->port[k] = (struct res){ gate.ok, gate.time, 0, symbol(w, OF_ABSENT) };
	if (!gate.ok || g->body == PLAN_NONE)
		return;
	arm = walk_body(w, (struct body){ n, node->of + outcome, 0, NULL }, f, gate);
	o->end = both(o->end, arm->end);
	for (uint32_t k = 0; k < g->results; k++) {
		struct res r = use_value(w, w->p->item[g->first_result + k], arm);

		o->port[k] = both(o->port[k], r);
		o->port[k].val = r.val;
	}
}

static void walk_cycle(struct walk *w, uint32_t n, struct place *f, struct outcome *o)
{
	const struct plan_node *node = &w->p->node[n];
	const struct plan_region *g = &w->p->region[node->of];
	struct res gate = walk_needs(w, n, f), until;
	struct val *carry[2] = { NULL, NULL };
	uint32_t done = 0;

	for (uint32_t k = 0; gate.ok && k < node->args; k++)
		carry[k] = use_value(w, w->p->item[node->first_arg + k], f).val;
	for (uint32_t round = 0; gate.ok && !done && round < g->rounds; round++) {
		struct place *r = walk_body(w, (struct body){ n, node->of, round, carry }, f, gate);
		struct val *next[2] = { NULL, NULL };

		gate = both(gate, r->end);
		for (uint32_t k = 0; k < g->results; k++) {
			struct res one = use_value(w, w->p->item[g->first_result + k], r);

			gate = both(gate, one);
			next[k] = one.val;
		}
		if (g->until != PLAN_NONE) {
			until = use_value(w, g->until, r);
			gate = both(gate, until);
			if (gate.ok && (!symbol_outcome(w->p, until.val->hash, w->p->value[g->until].type, &done) ||
					(!done && g->fails && round + 1 == g->rounds))) {
				w->failed |= !absorbed(w, f);
				gate.ok = false;
			}
		}
		carry[0] = next[0];
		carry[1] = next[1];
	}
	o->end = gate;
	for (uint32_t k = 0; k < node->args; k++) {
		o->port[k] = gate;
		o->port[k].val = carry[k];
	}
}

static void walk_nodes(struct walk *w, struct place *f);

static void walk_launch(struct walk *w, uint32_t n, struct place *f, struct outcome *o)
{
	const struct plan *own = w->p;
	const struct plan_node *node = &own->node[n];
	struct res gate = walk_needs(w, n, f);
	struct place *root = arena_zalloc(&w->a, 1, sizeof *root);
	struct launched *launched = arena_zalloc(&w->a, 1, sizeof *launched);
	uint32_t which = 0;

	if (gate.ok && !symbol_flow(use_value(w, own->item[node->first_arg], f).val->hash, at_root(f)->launched != NULL, &which)) {
		w->failed |= !absorbed(w, f);
		gate.ok = false;
	}
	o->end = o->port[0] = o->port[1] = gate;
	if (!gate.ok)
		return;
	*launched = (struct launched){ .p = own, .by = f, .node = n, .absorbed = absorbed(w, f) };
	for (uint32_t k = 0; k < 2; k++)
		launched->param[k] = use_value(w, own->item[node->first_arg + 1 + k], f).val;
	root->node = PLAN_NONE;
	root->launched = launched;
	root->gate = gate;
	w->p = w->flows[which];
	walk_nodes(w, root);
	for (uint32_t k = 0; k < 2; k++) {
		struct res r = use_value(w, w->p->item[w->p->first_result + k], root);

		o->port[k] = both((struct res){ true, gate.time, 0, NULL }, r);
		o->port[k].val = r.val;
	}
	w->p = own;
	o->end = both(gate, root->end);
}

static void walk_nodes(struct walk *w, struct place *f)
{
	const struct plan_block *b = &w->p->block[f->block];

	f->of = arena_zalloc(&w->a, b->nodes, sizeof *f->of);
	f->end = f->gate;
	for (uint32_t i = 0; i < b->nodes; i++) {
		if (w->p->node[b->first_node + i].kind == NODE_CALL)
			f->of[i].end = f->of[i].call = walk_call(w, b->first_node + i, f);
		else if (w->p->node[b->first_node + i].kind == NODE_MATCH)
			walk_match(w, b->first_node + i, f, &f->of[i]);
		else if (w->p->node[b->first_node + i].kind == NODE_CYCLE)
			walk_cycle(w, b->first_node + i, f, &f->of[i]);
		else if (w->p->node[b->first_node + i].kind == NODE_LAUNCH)
			walk_launch(w, b->first_node + i, f, &f->of[i]);
		else
			walk_region(w, b->first_node + i, f, &f->of[i]);
		f->end = both(f->end, f->of[i].end);
	}
}

static struct place *walk_body(struct walk *w, struct body b, struct place *outer, struct res gate)
{
	const struct plan_region *g = &w->p->region[b.region];
	struct place *f = arena_zalloc(&w->a, 1, sizeof *f);

	f->block = g->body;
	f->row = g->row_start ? g->row_start[outer->row] + b.item : outer->row;
	f->item = b.item;
	f->node = b.node;
	f->region = b.region;
	if (b.carry)
		memcpy(f->carry, b.carry, sizeof f->carry);
	f->outer = outer;
	f->gate = gate;
	walk_nodes(w, f);
	return f;
}

/* ---- order ---- */

/* Where a step stands in the text: in its plan, and behind the nodes that launched it. Outermost first. */
enum { LAUNCHED_DEEP = 4 };
struct text { uint32_t at[LAUNCHED_DEEP], deep; };

static uint32_t position_of(const struct plan *p, uint32_t node)
{
	uint32_t before = 0;

	for (uint32_t n = 0; n < p->nodes; n++)
		before += p->node[n].order < p->node[node].order || (p->node[n].order == p->node[node].order && n < node);
	return before;
}

static void add_text(struct text *t, const struct plan *p, uint32_t node, struct place *f)
{
	f = at_root(f);
	if (f->launched)
		add_text(t, f->launched->p, f->launched->node, f->launched->by);
	t->at[t->deep++] = position_of(p, node);
}

static int by_text(const struct record *a, const struct record *b)
{
	struct text x = { .deep = 0 }, y = { .deep = 0 };

	add_text(&x, a->p, a->node, a->frame);
	add_text(&y, b->p, b->node, b->frame);
	for (uint32_t i = 0; i < x.deep && i < y.deep; i++)
		if (x.at[i] != y.at[i])
			return x.at[i] < y.at[i] ? -1 : 1;
	return x.deep < y.deep ? -1 : x.deep > y.deep;
}

static struct place *around_place(struct place *f)
{
	return f->outer ? f->outer : f->launched ? f->launched->by : NULL;
}

static uint32_t place_depth(struct place *f)
{
	uint32_t deep = 0;

	while ((f = around_place(f)))
		deep++;
	return deep;
}

static int by_place(struct place *f, struct place *g)
{
	int outer;

	while (place_depth(f) > place_depth(g))
		f = around_place(f);
	while (place_depth(g) > place_depth(f))
		g = around_place(g);
	if (f == g)
		return 0;
	outer = by_place(around_place(f), around_place(g));
	return outer ? outer : f->item < g->item ? -1 : f->item > g->item;
}

static bool comes_first(const struct walk *w, const struct record *a, const struct record *b)
{
	int text = by_text(a, b);

	if (w->p->set.order == ORDER_DEPTH_FIRST && a->ready != b->ready)
		return a->ready > b->ready;
	if (w->p->set.order == ORDER_BREADTH_FIRST && a->level != b->level)
		return a->level < b->level;
	return text ? text < 0 : by_place(a->frame, b->frame) < 0;
}

static void check_order(struct walk *w)
{
	for (size_t i = 0; i < w->records; i++)
		for (size_t k = 0; k < w->records; k++) {
			const struct record *chosen = &w->record[i], *other = &w->record[k];

			if (i == k || !chosen->seen->start || !other->seen->start)
				continue;
			if (other->ready < chosen->seen->start && other->seen->start > chosen->seen->start &&
			    !comes_first(w, chosen, other)) {
				fprintf(stderr, "should start before %s: ", chosen->seen->path);
				complain(w, other->seen->path, "out of order");
			}
		}
}

bool naive_check(const struct plan *p, const struct plan *const *flows, struct history *h, bool ordered, struct expected *out)
{
	struct walk w = { .p = p, .flows = flows, .h = h, .ordered = ordered };
	struct place root = { .gate = { .ok = true }, .node = PLAN_NONE };

	arena_init(&w.a);
	walk_nodes(&w, &root);
	if (w.ordered)
		check_order(&w);
	for (size_t i = 0; i < h->cap; i++)
		if (h->at[i].path && h->at[i].touched && !h->at[i].checked)
			complain(&w, h->at[i].path, "should not exist");
	out->sinks = 0;
	for (uint32_t i = 0; i < p->sinks; i++) {
		struct res r = use_value(&w, p->sink[i].value, &root);

		w.failed |= !r.ok;
		out->sinks = symbol_mix(out->sinks, r.val ? r.val->hash : 0);
	}
	out->failed = w.failed;
	arena_release(&w.a);
	mem_free(w.record);
	return !w.wrong;
}
