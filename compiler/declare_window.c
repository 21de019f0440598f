/* Windows, and what is said of late and idle data. Leaves a struct window. */
#include "compiler/declare_outside.h"

#include "base/suggest.h"
#include "compiler/text.h"

/* Sums of times stay within 64 bits. */
static bool at_most(struct compilation *c, const struct node *a, uint64_t ns)
{
	enum { MOST_DAYS = 36525 };
	if (ns <= MOST_DAYS * UINT64_C(86400000000000))
		return true;
	diag_report(c->diags, CF213, attr_arg(a, 0)->span, "`%s` of a window is at most 100 years (%dd)", name_of(c, a->sym), MOST_DAYS);
	return false;
}

void window_read_late(struct compilation *c, struct lateness *l, const struct node *a)
{
	const sym_t allowed[] = { c->words.drop, c->words.redo, 0 };
	const struct node *then = attr_arg(a, 1);
	uint32_t which;
	l->late_at = a->span;
	if (attr_quantity(c, a, QUANTITY_TIME, &l->late_ns) && !at_most(c, a, l->late_ns))
		l->late_ns = 0;
	if (!then) {
		diag_report(c->diags, CF502, a->span, "`late` without what happens to data that come later still");
		diag_help(c->diags, "say `then drop` (they are counted), or `then redo` (the window is run again)");
	} else if (attr_word(c, a, then, allowed, "drop and redo", &which)) {
		l->then = (uint8_t)(LATE_DROP + which);
	}
}

void window_read_idle(struct compilation *c, struct lateness *l, const struct node *a)
{
	const sym_t allowed[] = { c->words.skip, c->words.hold, c->words.fail, 0 };
	uint32_t which;
	l->idle_at = a->span;
	if (attr_word(c, a, attr_arg(a, 0), allowed, "skip, hold and fail", &which))
		l->idle = (uint8_t)(IDLE_SKIP + which);
}

uint32_t window_named(struct compilation *c, const struct node *n)
{
	const struct program *p = &c->program;
	const struct decl *d = n && n->kind == N_NAME ? program_data(p, n->sym) : NULL;
	struct suggest s;
	if (!n || n->kind != N_NAME)
		return PLAN_NONE;
	if (d && d->kind == DECL_WINDOW) {
		c->program.window[d->index].used = true;
		return d->index;
	}
	suggest_init(&s, name_of(c, n->sym));
	for (size_t i = 0; suggest_wanted(c) && i < p->windows; i++)
		suggest_offer(&s, name_of(c, p->window[i].name));
	diag_report(c->diags, CF101, n->span, d ? "`%s` is no window" : "unknown window `%s`", name_of(c, n->sym));
	if (d)
		diag_note(c->diags, d->span, "it is declared here");
	if (!suggest_say(&s, c->diags, n->span))
		diag_help(c->diags, "declare it: `window %s = every 1h`", name_of(c, n->sym));
	return PLAN_NONE;
}

enum window_attr { WINDOW_EVERY, WINDOW_FROM, WINDOW_LATE, WINDOW_IDLE, WINDOW_ATTRS };

static void read_from(struct compilation *c, struct window *w, const struct node *a)
{
	struct expr_scope top = declare_scope(c);
	word_t t;
	if (attr_arg(a, 0) && expr_constant(c, &top, attr_arg(a, 0), TYPE_TIME, "the time after `from`", &t))
		w->from_ns = (int64_t)t;
}

void declare_window(struct compilation *c, struct window *w, const struct node *n)
{
	const struct words *words = &c->words;
	const struct node *attrs = kid(n, 0), *seen[WINDOW_ATTRS] = { NULL };
	for (uint32_t i = 0; i < list_len(attrs); i++) {
		const struct node *a = list_at(attrs, i);
		uint64_t every;
		if (a->sym == words->every && attr_once(c, a, &seen[WINDOW_EVERY])) {
			if (attr_quantity(c, a, QUANTITY_TIME, &every) && at_most(c, a, every))
				w->every_ns = (int64_t)every;
		} else if (a->sym == words->from && attr_once(c, a, &seen[WINDOW_FROM])) {
			read_from(c, w, a);
		} else if (a->sym == words->late && attr_once(c, a, &seen[WINDOW_LATE])) {
			window_read_late(c, &w->lateness, a);
		} else if (a->sym == words->idle && attr_once(c, a, &seen[WINDOW_IDLE])) {
			window_read_idle(c, &w->lateness, a);
		}
	}
	if (!seen[WINDOW_EVERY]) {
		diag_report(c->diags, CF501, w->span, "nothing says how long window `%s` is", name_of(c, w->name));
		diag_help(c->diags, "write: window %s = every 1h", name_of(c, w->name));
	}
	if (w->every_ns)	/* windows go on in both directions: only where they begin within one counts */
		w->from_ns = (w->from_ns % w->every_ns + w->every_ns) % w->every_ns;
}
