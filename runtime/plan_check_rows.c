/*
 * plan_check: the rows of every region: how body rows lie under outer rows, and what joins the rows of a steps node.
 * The tree of blocks is plan_check_region.c's; what values the nodes use is plan_check_flow.c's.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"

static bool ascends(const uint32_t *start, uint32_t rows)
{
	if (start[0] != 0)
		return false;
	for (uint32_t i = 0; i < rows; i++)
		if (start[i] > start[i + 1])
			return false;
	return start[rows] <= PLAN_MAX_USES;
}

static bool check_parents(struct check *c, uint32_t r, uint32_t lo, uint32_t hi)
{
	const struct plan_region *g = &c->p->region[r];

	for (uint32_t i = g->parent_start[lo]; i < g->parent_start[hi]; i++)
		if (g->parents[i] < lo || g->parents[i] >= hi)
			return check_fail(c, "regions[%u].parents[%u]: not a row under the same outer row", r, i);
	return true;
}

static bool check_keys(struct check *c, uint32_t r, uint32_t lo, uint32_t hi, const char **names)
{
	const struct plan_region *g = &c->p->region[r];
	const char *twice;

	for (uint32_t i = lo; i < hi; i++)
		if (!(names[i - lo] = g->key[i]))
			return check_fail(c, "regions[%u].key[%u]: missing", r, i);
	twice = check_twice(names, hi - lo);
	return !twice || check_fail(c, "regions[%u]: key `%s` stands twice", r, twice);
}

struct made { const char *name; uint32_t row; };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct made *)a)->name, ((const struct made *)b)->name);
}

/* Which row under this outer row makes a name; PLAN_NONE if none. */
static uint32_t maker_of(const struct made *made, uint32_t count, const char *name)
{
	struct made wanted = { name, 0 };
	const struct made *found = count ? bsearch(&wanted, made, count, sizeof *made, by_name) : NULL;

	return found ? found->row : PLAN_NONE;
}

static bool check_inputs(struct check *c, uint32_t r, uint32_t lo, uint32_t hi, const struct made *made, uint32_t count)
{
	const struct plan_region *g = &c->p->region[r];

	for (uint32_t i = g->input_start[lo]; i < g->input_start[hi]; i++) {
		uint32_t from = g->input_from[i];

		if (!g->input_name[i])
			return check_fail(c, "regions[%u].input_name[%u]: missing", r, i);
		if (from != PLAN_NONE && (from < lo || from >= hi))
			return check_fail(c, "regions[%u].input_from[%u]: not a row under the same outer row", r, i);
		if (from == PLAN_NONE && g->given == PLAN_NONE)
			return check_fail(c, "regions[%u].input_from[%u]: no row makes it, and nothing is given", r, i);
		if (maker_of(made, count, g->input_name[i]) != from)
			return check_fail(c, "regions[%u].input_name[%u]: `%s` is made by another row, or by none", r, i, g->input_name[i]);
	}
	return true;
}

static bool check_files(struct check *c, uint32_t r, uint32_t lo, uint32_t hi)
{
	const struct plan_region *g = &c->p->region[r];
	uint32_t first = g->output_start[lo], count = g->output_start[hi] - first;
	struct made *made = mem_zalloc(count, sizeof *made);
	bool ok = true;

	for (uint32_t row = lo; row < hi; row++)
		for (uint32_t i = g->output_start[row]; i < g->output_start[row + 1]; i++) {
			made[i - first] = (struct made){ g->output_name[i] ? g->output_name[i] : "", row };
			if (!g->output_name[i] && ok)
				ok = check_fail(c, "regions[%u].output_name[%u]: missing", r, i);
		}
	if (count)
		qsort(made, count, sizeof *made, by_name);
	for (uint32_t i = 1; ok && i < count; i++)
		if (strcmp(made[i - 1].name, made[i].name) == 0)
			ok = check_fail(c, "regions[%u]: `%s` is made twice", r, made[i].name);
	ok = ok && check_inputs(c, r, lo, hi, made, count);
	mem_free(made);
	return ok;
}

/* What row waits for, `at`th: parents, then inputs that a row makes; PLAN_NONE after the last. */
static uint32_t row_waits_for(const struct plan_region *g, uint32_t row, uint32_t *at)
{
	uint32_t parents = g->parent_start ? g->parent_start[row + 1] - g->parent_start[row] : 0;
	uint32_t inputs = g->input_start ? g->input_start[row + 1] - g->input_start[row] : 0;

	if (*at < parents)
		return g->parents[g->parent_start[row] + (*at)++];
	while (*at - parents < inputs) {
		uint32_t from = g->input_from[g->input_start[row] + (*at)++ - parents];

		if (from != PLAN_NONE)
			return from;
	}
	return PLAN_NONE;
}

/* No row waits for itself, over any number of rows: depth first, with a path on the heap. */
static bool check_acyclic(struct check *c, uint32_t r, uint32_t rows)
{
	const struct plan_region *g = &c->p->region[r];
	struct { uint32_t row, at; } *path = mem_zalloc(rows, sizeof *path);
	uint8_t *seen = mem_zalloc(rows, 1);	/* 1 on the path, 2 done */
	bool ok = true;

	for (uint32_t root = 0, deep; ok && root < rows; root++) {
		if (seen[root])
			continue;
		path[0].row = root;
		path[0].at = 0;
		seen[root] = 1;
		for (deep = 1; ok && deep;) {
			uint32_t next = row_waits_for(g, path[deep - 1].row, &path[deep - 1].at);

			if (next == PLAN_NONE) {
				seen[path[--deep].row] = 2;
			} else if (seen[next] == 1) {
				ok = check_fail(c, "regions[%u]: row %u waits for itself", r, next);
			} else if (!seen[next]) {
				seen[next] = 1;
				path[deep].row = next;
				path[deep++].at = 0;
			}
		}
	}
	mem_free(path);
	mem_free(seen);
	return ok;
}

static bool check_joins(struct check *c, uint32_t r)
{
	const struct plan_region *g = &c->p->region[r];
	uint32_t outer = c->p->block[c->p->node[g->node].block].rows, rows = c->p->block[g->body].rows;
	const char **names = mem_zalloc(rows, sizeof *names);
	bool ok = true;

	for (uint32_t o = 0; ok && o < outer; o++) {
		uint32_t lo = g->row_start[o], hi = g->row_start[o + 1];

		ok = (!g->key || check_keys(c, r, lo, hi, names)) && (!g->parent_start || check_parents(c, r, lo, hi)) &&
		     (!g->output_start || check_files(c, r, lo, hi));
	}
	mem_free(names);
	return ok && check_acyclic(c, r, rows);
}

static bool check_region_rows(struct check *c, uint32_t r)
{
	const struct plan *p = c->p;
	const struct plan_region *g = &p->region[r];
	uint32_t outer = p->block[p->node[g->node].block].rows, rows;
	bool steps = p->node[g->node].kind == NODE_STEPS, shared = g->run_time || (!steps && p->node[g->node].kind != NODE_EACH);

	if (g->body == PLAN_NONE)
		return true;
	rows = p->block[g->body].rows;
	if (!steps && (g->key || g->parent_start || g->input_start || g->output_start || g->given != PLAN_NONE))
		return check_fail(c, "regions[%u]: only steps have keys, parents and files", r);
	if (shared) {
		if (steps || g->row_start)
			return check_fail(c, "regions[%u]: a run-time region is no steps, and has no rows of its own", r);
		return rows == outer || check_fail(c, "regions[%u]: its body has the rows of the block around it", r);
	}
	if (!g->row_start || !ascends(g->row_start, outer) || g->row_start[outer] != rows)
		return check_fail(c, "regions[%u].row_start: does not ascend to the body's rows", r);
	if (!steps)
		return true;
	if (rows && !g->key)
		return check_fail(c, "regions[%u]: steps have keys", r);
	if (!g->input_start != !g->output_start)
		return check_fail(c, "regions[%u]: from and to come together", r);
	if ((g->parent_start && !ascends(g->parent_start, rows)) || (g->input_start && !ascends(g->input_start, rows)) ||
	    (g->output_start && !ascends(g->output_start, rows)))
		return check_fail(c, "regions[%u]: parents, inputs or outputs do not ascend", r);
	if ((g->parent_start && g->parent_start[rows] && !g->parents) ||
	    (g->input_start && g->input_start[rows] && (!g->input_from || !g->input_name)) ||
	    (g->output_start && g->output_start[rows] && !g->output_name))
		return check_fail(c, "regions[%u]: parents, inputs or outputs are missing", r);
	return check_joins(c, r);
}

bool check_rows(struct check *c)
{
	for (uint32_t r = 0; r < c->p->regions; r++)
		if (!check_region_rows(c, r))
			return false;
	return true;
}
