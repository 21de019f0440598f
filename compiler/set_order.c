/*
 * Which sets need which: a set of sets its parts, a set that reads another's sink the one that writes it. Reads all sets after their
 * elaboration; leaves set.after, and reports loops, the shortest one, and sinks that two sets of one run write.
 */
#include "compiler/declare.h"

#include <string.h>

#include "base/mem.h"

static bool writes(const struct compilation *c, uint32_t set, uint32_t sink)
{
	const struct set *s = &c->program.set[set];
	for (uint32_t i = 0; i < s->runs; i++)
		for (uint32_t k = 0; k < s->run[i].sinks; k++)
			if (s->run[i].sink[k] == sink)
				return true;
	return false;
}

/* Who writes each sink: sets, chained by sink. */
struct writers {
	uint32_t *first;	/* by sink: place in `link` + 1 */
	struct { uint32_t set, next; } *link;
	size_t links, cap;
};

static struct writers collect_writers(const struct program *p)
{
	struct writers w = { .first = mem_zalloc(p->outsides + 1, sizeof *w.first) };
	for (uint32_t i = 0; i < p->sets; i++) {
		const struct set *s = &p->set[i];
		for (uint32_t r = 0; set_has_graph(s) && r < s->runs; r++) {
			for (uint32_t k = 0; k < s->run[r].sinks; k++) {
				uint32_t sink = s->run[r].sink[k];
				w.link = mem_grow(w.link, &w.cap, w.links + 1, sizeof *w.link);
				w.link[w.links].set = i;
				w.link[w.links++].next = w.first[sink];
				w.first[sink] = (uint32_t)w.links;
			}
		}
	}
	return w;
}

/* `marked` has, for each set, the last one that was found to wait for it. */
static void find_writers(struct compilation *c, uint32_t set, const struct writers *w, uint32_t *marked)
{
	struct set *s = &c->program.set[set];
	for (uint32_t r = 0; r < s->reads; r++) {
		const struct outside *o = &c->program.outside[s->read[r].sink];
		for (uint32_t k = w->first[s->read[r].sink]; k; k = w->link[k - 1].next) {
			uint32_t writer = w->link[k - 1].set;
			if (marked[writer] == set)
				continue;
			marked[writer] = set;
			s->after = attr_one_more(c, s->after, s->afters, sizeof *s->after);
			s->after[s->afters++] = writer;
		}
		if (w->first[s->read[r].sink] || diag_errors(c->diags))	/* a set that could not be read may be the one */
			continue;
		diag_report(c->diags, CF612, s->read[r].span, "no set writes sink `%s`, which `%s` reads", name_of(c, o->name), name_of(c, s->name));
		diag_note(c->diags, o->of ? c->program.outside[o->of - 1].span : o->span, "it is declared here");
		diag_help(c->diags, "write it in another set: `run %s <- …`, or declare it as a source", name_of(c, o->name));
	}
}

/* ---- loops ---- */

static uint32_t needs(const struct set *s, uint32_t i) { return i < s->parts ? s->part[i].set : s->after[i - s->parts]; }

static void report_loop_of(struct compilation *c, const uint32_t *path, uint32_t len)
{
	const struct program *p = &c->program;
	struct buf b = BUF_INIT;
	for (uint32_t i = 0; i <= len && i <= 8; i++) {
		const struct set *s = &p->set[path[i % len]];
		buf_printf(&b, "%s`%s`", i ? " needs " : "", name_of(c, s->name));
	}
	if (len > 8)
		buf_printf(&b, " … (%u sets)", len);
	diag_report(c->diags, CF623, p->set[path[0]].span, "calculation sets need each other: %s", buf_str(&b));
	buf_release(&b);
	for (uint32_t i = 0; i < len && i < 8; i++) {
		const struct set *s = &p->set[path[i]];
		uint32_t next = path[(i + 1) % len];
		for (uint32_t k = 0; k < s->parts; k++)
			if (s->part[k].set == next)
				diag_note(c->diags, s->part[k].span, "`%s` runs `%s`", name_of(c, s->name), name_of(c, p->set[next].name));
		for (uint32_t k = 0; k < s->reads; k++)
			if (writes(c, next, s->read[k].sink))
				diag_note(c->diags, s->read[k].span, "`%s` reads `%s`, which `%s` writes", name_of(c, s->name),
					  name_of(c, p->outside[s->read[k].sink].name), name_of(c, p->set[next].name));
	}
	diag_help(c->diags, "let one of them read a source, or make one set of them: a set starts when what it reads is published");
}

/* Breadth first from `from` back to it: the length of the shortest loop through it, 0 when there is none; path[0] is `from`. */
static uint32_t loop_through(const struct program *p, uint32_t from, uint32_t *came, uint32_t *queue, uint32_t *path)
{
	uint32_t head = 0, tail = 0, len = 0;
	memset(came, 0xff, p->sets * sizeof *came);
	queue[tail++] = from;
	for (; head < tail && came[from] == UINT32_MAX; head++) {
		const struct set *s = &p->set[queue[head]];
		for (uint32_t i = 0; i < s->parts + s->afters; i++) {
			uint32_t n = needs(s, i);
			if (came[n] != UINT32_MAX)
				continue;
			came[n] = queue[head];
			queue[tail++] = n;
		}
	}
	if (came[from] == UINT32_MAX)
		return 0;
	for (uint32_t at = came[from]; ; at = came[at]) {
		queue[len++] = at;
		if (at == from)
			break;
	}
	for (uint32_t i = 0; i < len; i++)
		path[i] = queue[len - 1 - i];
	return len;
}

static bool acyclic(struct compilation *c)
{
	const struct program *p = &c->program;
	uint32_t n = (uint32_t)p->sets, best = 0;
	uint32_t *came = mem_alloc((n + 1) * sizeof *came), *queue = mem_alloc((n + 1) * sizeof *queue), *path = mem_alloc((n + 1) * sizeof *path),
		 *shortest = mem_alloc((n + 1) * sizeof *shortest);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = loop_through(p, i, came, queue, path);
		if (len && (!best || len < best)) {
			memcpy(shortest, path, len * sizeof *path);
			best = len;
		}
	}
	if (best)
		report_loop_of(c, shortest, best);
	mem_free(came);
	mem_free(queue);
	mem_free(path);
	mem_free(shortest);
	return !best;
}

/* ---- one run, one writer ---- */

/* Every set below `set`, with it, marked with it. */
static void mark(struct program *p, uint32_t set, uint32_t *seen, uint32_t by)
{
	if (seen[set] == by)
		return;
	seen[set] = by;
	for (uint32_t i = 0; i < p->set[set].parts; i++)
		mark(p, p->set[set].part[i].set, seen, by);
}

/* Which set of which group wrote a sink last. */
struct written { uint32_t group, set; };

static void one_writer(struct compilation *c, uint32_t group, const uint32_t *seen, struct written *writer)
{
	const struct program *p = &c->program;
	for (uint32_t i = 0; i < p->sets; i++) {
		const struct set *s = &p->set[i];
		for (uint32_t r = 0; seen[i] == group && set_has_graph(s) && r < s->runs; r++) {
			for (uint32_t k = 0; k < s->run[r].sinks; k++) {
				uint32_t sink = s->run[r].sink[k];
				if (writer[sink].group == group && writer[sink].set != i) {
					diag_report(c->diags, CF611, s->run[r].sink_span[k], "`%s` and `%s` both write sink `%s`", name_of(c, p->set[writer[sink].set].name),
						    name_of(c, s->name), name_of(c, p->outside[sink].name));
					diag_note(c->diags, p->set[group].span, "`%s` runs both", name_of(c, p->set[group].name));
					diag_help(c->diags, "let a parameter of the set choose a member of a family of sinks");
				}
				writer[sink] = (struct written){ group, i };
			}
		}
	}
}

void order_sets(struct compilation *c)
{
	struct program *p = &c->program;
	uint32_t *seen = mem_alloc((p->sets + 1) * sizeof *seen);
	struct writers w = collect_writers(p);

	memset(seen, 0xff, (p->sets + 1) * sizeof *seen);
	for (uint32_t i = 0; i < p->sets; i++)
		find_writers(c, i, &w, seen);
	mem_free(w.first);
	mem_free(w.link);
	if (acyclic(c)) {
		struct written *writer = mem_alloc((p->outsides + 1) * sizeof *writer);
		memset(writer, 0xff, (p->outsides + 1) * sizeof *writer);
		memset(seen, 0xff, (p->sets + 1) * sizeof *seen);
		for (uint32_t i = 0; i < p->sets; i++) {
			if (!p->set[i].is_group)
				continue;
			mark(p, i, seen, i);
			one_writer(c, i, seen, writer);
		}
		mem_free(writer);
	}
	mem_free(seen);
}
