/* Ponds: room on one node that the steps of that node share. Leaves a struct pond; who stands at it is place.c's. */
#include "compiler/declare.h"

#include "base/suggest.h"
#include "compiler/text.h"

enum pond_attr { POND_SIZE, POND_MEDIUM, POND_PERSIST, POND_ATTRS };

static void read_persist(struct compilation *c, struct pond *p, const struct node *a)
{
	const struct node *medium = attr_arg(a, 0);
	const char *text;
	if (medium->sym != c->words.share) {
		diag_report(c->diags, CF310, medium->span, "`%s` does not keep a pond beyond its node", name_of(c, medium->sym));
		diag_help(c->diags, "only a share does: persist share \"/ponds/%s\"", name_of(c, p->name));
	} else if (attr_string(c, attr_arg(medium, 0), &text)) {
		declare_share_path(c, text, true, attr_arg(medium, 0)->span, &p->share, &p->path);
	}
}

void declare_pond(struct compilation *c, struct pond *p, const struct node *n)
{
	const struct words *w = &c->words;
	const struct node *attrs = kid(n, 0), *seen[POND_ATTRS] = { NULL };
	const sym_t media[] = { w->disk, w->memory, 0 };
	for (uint32_t i = 0; i < list_len(attrs); i++) {
		const struct node *a = list_at(attrs, i);
		uint32_t which = 0;
		if (a->sym == w->size && attr_once(c, a, &seen[POND_SIZE])) {
			attr_quantity(c, a, QUANTITY_BYTES, &p->size);
		} else if (a->sym == w->medium && attr_once(c, a, &seen[POND_MEDIUM])) {
			if (attr_word(c, a, attr_arg(a, 0), media, "disk and memory", &which))
				p->memory = which == 1;
		} else if (a->sym == w->persist && attr_once(c, a, &seen[POND_PERSIST])) {
			read_persist(c, p, a);
		}
	}
	if (seen[POND_SIZE])
		return;
	diag_report(c->diags, CF612, p->span, "pond `%s` has no size", name_of(c, p->name));
	diag_help(c->diags, "say how much it holds: pond %s { size 20Gi }", name_of(c, p->name));
}

uint32_t declare_pond_named(struct compilation *c, const struct node *n)
{
	const struct program *p = &c->program;
	const struct decl *d = n->kind == N_NAME ? program_data(p, n->sym) : NULL;
	if (d && d->kind == DECL_POND)
		return d->index;
	struct suggest s;
	suggest_init(&s, n->kind == N_NAME ? name_of(c, n->sym) : "");
	for (size_t i = 0; suggest_wanted(c) && i < p->ponds; i++)
		suggest_offer(&s, name_of(c, p->pond[i].name));
	diag_report(c->diags, CF101, n->span, d ? "`%s` is no pond" : "unknown pond `%s`", n->kind == N_NAME ? name_of(c, n->sym) : "?");
	if (d)
		diag_note(c->diags, d->span, "it is declared here");
	if (!suggest_say(&s, c->diags, n->span) && n->kind == N_NAME)
		diag_help(c->diags, "declare it: pond %s { size 20Gi }", name_of(c, n->sym));
	return PLAN_NONE;
}
