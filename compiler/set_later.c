/*
 * What of a set cannot run yet, and the window that it runs by: that of its sources and sinks. Reads a whole graph; leaves set.window and
 * set.later.
 */
#include "compiler/compilation.h"

/* What one run of one window cannot do. */
static void late_and_idle(struct compilation *c, const struct outside *o)
{
	const struct window *w = &c->program.window[o->window - 1];
	const struct lateness *late = o->lateness.late_at.at ? &o->lateness : &w->lateness;
	const struct lateness *idle = o->lateness.idle_at.at ? &o->lateness : &w->lateness;
	if (!o->is_sink && late->then == LATE_REDO)
		later(c, late->late_at, "`late … then redo`");
	if (!o->is_sink && idle->idle == IDLE_HOLD)
		later(c, idle->idle_at, "`idle hold`");
}

static void one_outside(struct compilation *c, struct set *s, const struct outside *o)
{
	if (!o->window)
		return;
	if (s->window && s->window != o->window)
		later(c, o->span, "a set of several windows");
	s->window = o->window;
	late_and_idle(c, o);
}

static bool is_folder(const struct types *t, type_t type)
{
	if (type_of(t, type)->kind == TYPE_OPTIONAL)
		type = type_of(t, type)->elem;
	return type != TYPE_FILE && type_has_file(t, type);
}

/* A state is one file to a command, and nothing yet to a C function. */
static void touches(struct compilation *c, const struct func *f, const struct state_use *use, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct state *s = &c->program.state[use[i].state];
		if (f->native)
			later(c, use[i].span, "a native function that touches a state");
		else if (s->type && is_folder(&c->types, s->type))
			later(c, use[i].span, "a state that is a folder of files");
	}
}

void find_later(struct compilation *c, struct set *s, const struct graph *g)
{
	for (size_t i = 0; i < g->values; i++)
		if (g->value[i].kind == VALUE_SOURCE && g->value[i].a != GRAPH_IMPLIED)
			one_outside(c, s, &c->program.outside[g->value[i].a]);
	for (size_t i = 0; i < g->sinks; i++)
		one_outside(c, s, &c->program.outside[g->sink[i]]);
	for (size_t i = 0; i < g->nodes; i++) {
		const struct func *f = g->node[i].kind == NODE_CALL ? &c->program.func[g->node[i].of] : NULL;
		if (f)
			touches(c, f, f->reads, f->n_reads);
		if (f)
			touches(c, f, f->writes, f->n_writes);
		if (f && f->window_at.at && !s->window)
			later(c, f->window_at, "a command that names its window, in a set without one,");
	}
}
