/* Calculation sets of a graph document: what they say of slots, workers and functions, as the syntax that text has. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"

struct items { struct node **at; size_t cap; uint32_t count; };

static void put(struct items *to, struct node *n)
{
	to->at = mem_grow(to->at, &to->cap, to->count + 1, sizeof *to->at);
	to->at[to->count++] = n;
}

struct node *number_node(struct reader *r, tape_t v)
{
	if (tape_kind(&r->t, v) == JSON_NUMBER)
		return tree_node(r, N_INT, tape_span(&r->t, v), sym_intern(r->c->syms, tape_text(&r->t, v), tape_at(&r->t, v)->len), NULL, 0);
	report_shape(r, v, "a number");
	return NULL;
}

static bool is(struct reader *r, tape_t v, uint8_t kind, const char *expected)
{
	if (v != TAPE_NONE && tape_kind(&r->t, v) != kind)
		report_shape(r, v, expected);
	return v != TAPE_NONE && tape_kind(&r->t, v) == kind;
}

static void one(struct reader *r, struct items *to, tape_t v, const char *word, struct node *arg)
{
	if (arg)
		put(to, tree_attr(r, tape_span(&r->t, v), word, &arg, 1));
}

/* {"f": 2}: an attribute for each function; `number`: (n, f), else (f, text). */
static void by_function(struct reader *r, struct items *to, tape_t object, const char *word, bool number)
{
	if (!is(r, object, JSON_OBJECT, "an object of functions"))
		return;
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < tape_at(&r->t, object)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		tape_t v = tape_next(&r->t, key);
		struct node *f = name_node(r, key, "a function's name"), *of = number ? number_node(r, v) : text_node(r, v);
		struct node *args[2] = { number ? of : f, number ? f : of };
		if (f && of)
			put(to, tree_attr(r, tape_span(&r->t, key), word, args, 2));
	}
}

static void togethers(struct reader *r, struct items *to, tape_t array)
{
	if (!is(r, array, JSON_ARRAY, "an array of arrays of functions"))
		return;
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		struct items names = { NULL, 0, 0 };
		tape_t f = tape_first(v);
		if (!is(r, v, JSON_ARRAY, "an array of functions"))
			continue;
		for (uint32_t k = 0; k < tape_at(&r->t, v)->len; k++, f = tape_next(&r->t, f)) {
			struct node *name = name_node(r, f, "a function's name");
			if (name)
				put(&names, name);
		}
		put(to, tree_attr(r, tape_span(&r->t, v), "together", names.at, names.count));
		mem_free(names.at);
	}
}

/* 3, or [0, 10]. */
static void workers(struct reader *r, struct items *to, tape_t v)
{
	struct node *arg[2];
	if (v == TAPE_NONE)
		return;
	if (tape_kind(&r->t, v) != JSON_ARRAY) {
		one(r, to, v, "workers", number_node(r, v));
		return;
	}
	if (tape_at(&r->t, v)->len != 2) {
		diag_report(r->c->diags, CF026, tape_span(&r->t, v), "workers are a number, or two: the least and the most");
		return;
	}
	arg[0] = number_node(r, tape_first(v));
	arg[1] = number_node(r, tape_next(&r->t, tape_first(v)));
	if (arg[0] && arg[1])
		put(to, tree_attr(r, tape_span(&r->t, v), "workers", arg, 2));
}

void read_devices(struct reader *r, tape_t object, struct node **list, uint32_t *n)
{
	if (!is(r, object, JSON_OBJECT, "an object of devices and numbers"))
		return;
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < tape_at(&r->t, object)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		sym_t name;
		struct node *number = number_node(r, tape_next(&r->t, key));
		if (!number || !read_string(r, key, "a device's name", &name))
			continue;
		struct node *args[2] = { tree_node(r, N_RAW_STRING, tape_span(&r->t, key), name, NULL, 0), number };
		list[(*n)++] = tree_attr(r, tape_span(&r->t, key), "device", args, 2);
	}
}

static void defaults(struct reader *r, struct items *to, tape_t v)
{
	tape_t attr[ATTR_MOST], more[ATTR_MOST], env, secrets, device, portable;
	struct member m[2 * ATTR_MOST + 4] = { { "env", &env, false }, { "secrets", &secrets, false }, { "device", &device, false }, { "portable", &portable, false } };
	unsigned n = 4;
	bool may_move = false;
	if (v == TAPE_NONE)
		return;
	n += attr_members(OWNED_BY_set_default, m + n, attr);
	n += attr_members(OWNED_BY_set_more, m + n, more);
	if (!read_members(r, v, "the defaults of a set", m, n) || !read_flag(r, portable, "portable", &may_move))
		return;
	size_t room = 2 * ATTR_MOST + members_in(r, env) + members_in(r, secrets);
	struct node **list = mem_alloc(room * sizeof *list);
	uint32_t count = 0;
	read_attrs(r, OWNED_BY_set_default, attr, list, &count);
	read_attrs(r, OWNED_BY_set_more, more, list, &count);
	for (uint32_t i = 0; i < count; i++) {
		struct node *inner = list_at(kid(list[i], 0), 0);
		if (may_move && inner->sym == r->c->words.image)
			inner->flags = NODE_PORTABLE;
		put(to, list[i]);
	}
	count = 0;
	read_variables(r, env, "env", list, &count);
	read_variables(r, secrets, "secret", list, &count);
	for (uint32_t i = 0; i < count; i++)
		put(to, tree_attr(r, list[i]->span, "default", &list[i], 1));
	mem_free(list);
	list = mem_alloc((members_in(r, device) + 1) * sizeof *list);
	count = 0;
	read_devices(r, device, list, &count);
	for (uint32_t i = 0; i < count; i++)
		put(to, tree_attr(r, list[i]->span, "default", &list[i], 1));
	mem_free(list);
}

/* All sinks are targets of one run, whose call is the graph. */
static struct node *run_node(struct reader *r, tape_t sinks, struct span here)
{
	uint32_t n = members_in(r, sinks) ? tape_at(&r->t, sinks)->len : 0;
	struct node **target = mem_alloc(((size_t)n + 1) * sizeof *target), *kids[2];
	tape_t key = n ? tape_first(sinks) : TAPE_NONE;
	for (uint32_t i = 0; i < n; i++, key = tape_next(&r->t, tape_next(&r->t, key)))
		target[i] = tree_node(r, N_NAME, tape_span(&r->t, key), sym_intern(r->c->syms, tape_text(&r->t, key), tape_at(&r->t, key)->len), NULL, 0);
	kids[0] = tree_list(r, here, target, n);
	kids[1] = tree_node(r, N_CALL, here, 0, (struct node *[]){ tree_list(r, here, NULL, 0) }, 1);
	mem_free(target);
	return tree_node(r, N_RUN, here, 0, kids, 2);
}

/* A set of sets: each name is a run of that set. */
static void sets_run(struct reader *r, struct items *to, tape_t array)
{
	if (!is(r, array, JSON_ARRAY, "an array of the names of sets"))
		return;
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		sym_t name;
		if (!read_string(r, v, "a set's name", &name))
			continue;
		struct span at = tape_span(&r->t, v);
		struct node *args = tree_list(r, at, NULL, 0), *kids[2] = { tree_list(r, at, NULL, 0), tree_node(r, N_CALL, at, name, &args, 1) };
		kids[1]->name_span = at;
		struct node *run = tree_node(r, N_RUN, at, 0, kids, 2);
		run->flags = NODE_OF_SETS;
		put(to, run);
	}
}

/* Where the scratch is stands behind its size. */
static void scratch_in(struct reader *r, struct items *of, tape_t v)
{
	struct node *word = v == TAPE_NONE ? NULL : name_node(r, v, "memory or disk");
	for (uint32_t i = 0; word && i < of->count; i++) {
		if (of->at[i]->sym != r->c->words.scratch)
			continue;
		struct node *both[2] = { list_at(kid(of->at[i], 0), 0), word };
		of->at[i] = tree_attr(r, of->at[i]->span, "scratch", both, 2);
	}
}

struct node *read_set_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, row, on, nodes, sinks, def, in, slots, own, together, near, many, route, media, sets, attr[ATTR_MOST];
	struct member m[ATTR_MOST + 15] = {
		{ "at", &at, false }, { "row", &row, false }, { "on", &on, false }, { "nodes", &nodes, false }, { "sets", &sets, false }, { "sinks", &sinks, false }, { "default", &def, false },
		{ "scratch_in", &in, false }, { "slots", &slots, false }, { "own_slots", &own, false }, { "together", &together, false },
		{ "near", &near, false }, { "workers", &many, false }, { "route", &route, false }, { "media", &media, false },
	};
	unsigned n = 15 + attr_members(OWNED_BY_set, m + 15, attr);
	struct node *first[ATTR_MOST];
	struct items items = { NULL, 0, 0 };
	uint32_t firsts = 0;
	sym_t name = key_name(r, key);
	struct span here = tape_span(&r->t, key);
	if (!read_members(r, v, "a calculation set", m, n) || !name)
		return NULL;
	if ((nodes == TAPE_NONE) == (sets == TAPE_NONE)) {
		report_shape(r, v, "a calculation set with either \"nodes\" or \"sets\"");
		return NULL;
	}
	read_attrs(r, OWNED_BY_set, attr, first, &firsts);
	for (uint32_t i = 0; i < firsts; i++)
		put(&items, first[i]);
	scratch_in(r, &items, in);
	if (slots != TAPE_NONE)
		one(r, &items, slots, "slots", tape_kind(&r->t, slots) == JSON_STRING ? name_node(r, slots, "auto") : number_node(r, slots));
	by_function(r, &items, own, "slots", true);
	togethers(r, &items, together);
	if (near != TAPE_NONE)
		one(r, &items, near, "near", name_node(r, near, "a pond's name"));
	workers(r, &items, many);
	by_function(r, &items, route, "route", false);
	defaults(r, &items, def);
	sets_run(r, &items, sets);
	if ((nodes != TAPE_NONE && tape_at(&r->t, nodes)->len) || members_in(r, sinks))
		put(&items, run_node(r, sinks, here));
	struct node *kids[2] = { tree_list(r, here, NULL, 0), tree_list(r, here, items.at, items.count) };
	struct node *set = tree_named(tree_node(r, N_CALCSET, here, name, kids, 2), read_place(r, at, key));
	mem_free(items.at);
	if (on != TAPE_NONE && tape_is(&r->t, on, "list"))
		set->flags = NODE_ON_LIST;
	else if (on != TAPE_NONE && !tape_is(&r->t, on, "pod"))
		diag_report(r->c->diags, CF026, tape_span(&r->t, on), "a set is on a \"pod\" or on a \"list\"");
	return set;
}
