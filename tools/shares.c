/* The shares that a command line names with --share and --claim: a misspelt one would leave the program's own where it is by default. */
#include <string.h>

#include "base/suggest.h"
#include "runtime/plan.h"
#include "tools/commands.h"

struct looking {
	const char *wanted;
	bool found, unsure;	/* unsure: a path is known only with its keys */
	struct suggest near;
};

static void look_at(struct looking *l, const char *share)
{
	l->found |= strcmp(share, l->wanted) == 0;
	suggest_offer(&l->near, share);
}

static void look_for(struct looking *l, struct compilation *c)
{
	const struct program *p = &c->program;

	suggest_init(&l->near, l->wanted);
	look_at(l, "inputs");	/* of rows that take files which no row makes */
	for (size_t i = 0; i < p->outsides; i++)
		if (p->outside[i].share)
			look_at(l, p->outside[i].share);
		else
			l->unsure |= !p->outside[i].pond;
	for (size_t i = 0; i < p->ponds; i++) {
		look_at(l, arena_printf(&c->arena, PLAN_POND "%s", name_of(c, p->pond[i].name)));
		if (p->pond[i].share)
			look_at(l, p->pond[i].share);
	}
	for (size_t i = 0; i < p->states; i++)
		if (p->state[i].share)
			look_at(l, p->state[i].share);
}

bool command_shares(const struct pair_list *named, const char *option, struct compilation *c)
{
	bool ok = true;

	for (size_t i = 0; i < named->count; i++) {
		struct looking l = { .wanted = named->at[i].name };

		look_for(&l, c);
		if (l.found || l.unsure)
			continue;
		ok = false;
		diag_report(c->diags, CF109, SPAN_NONE, "--%s %s: the program has no share `%s`", option, l.wanted, l.wanted);
		if (l.near.best)
			diag_help(c->diags, "did you mean `%s`?", l.near.best);
	}
	return ok;
}
