/*
 * Sets of sets: `run each p in plants { nightly(p) }` in a set on a list. What each of them runs is found when all sets are declared;
 * a set with parameters is a pattern, and each distinct list of arguments makes an instance of it, a set of its own with a name that
 * its arguments give it. Leaves set.part.
 */
#include "compiler/declare_set.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/elaborate.h"

enum { NAME_MOST = 40 };	/* bytes of an instance's name, so that it fits a Kubernetes name with what is put around it */

struct port *declare_set_params(struct compilation *c, const struct node *list, uint32_t *count)
{
	struct signature sig = { 0 };
	const struct node none = { .kind = N_LIST };
	declare_signature(c, &sig, list, &none, true);
	*count = sig.params;
	for (uint32_t i = 0; i < sig.params; i++) {
		struct port *p = &sig.param[i];
		if (!p->type || !type_has_file(&c->types, p->type))
			continue;
		diag_report(c->diags, CF201, p->span, "a parameter of a set is a compile-time value: it cannot be of type %s", type_text(&c->types, p->type));
		diag_help(c->diags, "files come in by sources: a family of them takes a key from the parameter");
		p->type = TYPE_ERROR;
	}
	return sig.param;
}

void declare_group_alone(struct compilation *c, const struct set *s, const struct node *n)
{
	const struct node *items = kid(n, n->nkids - 1u);
	if (!s->plan.on_list) {
		diag_report(c->diags, CF624, s->group_run[0]->span, "a set on a pod cannot run calculation sets: each of them has a place of its own");
		diag_help(c->diags, "write `calcset %s on list`", name_of(c, s->name));
	}
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *item = list_at(items, i);
		if (item->kind == N_RUN && !s->runs)
			continue;
		diag_report(c->diags, CF624, item->span, item->kind == N_RUN ? "a set runs flows, or sets, not both" : "`%s` of a set of sets: it has no place and no steps of its own",
			    name_of(c, item->sym));
		diag_note(c->diags, s->group_run[0]->span, "it runs sets here");
		diag_help(c->diags, item->kind == N_RUN ? "give the flow a set of its own, and run that here" : "say it of the sets that it runs");
		return;
	}
}

/* ---- instances ---- */

/* A text that tells an argument from others, for a name: a scalar's, or that of a record's `name`, `id` or first text. */
static bool telling(struct compilation *c, type_t type, word_t w, struct buf *out)
{
	const struct type *ty = type_of(&c->types, type);
	if (type_is_scalar(&c->types, type)) {
		word_text(&c->store, &c->types, type, w, out);
		return true;
	}
	if (ty->kind != TYPE_RECORD)
		return false;
	uint32_t best = UINT32_MAX;
	for (uint32_t i = 0; i < ty->count; i++) {
		const struct type_field *f = type_field_at(&c->types, type, i);
		const char *name = name_of(c, f->name);
		if (f->type == TYPE_STRING && (best == UINT32_MAX || !strcmp(name, "name") || !strcmp(name, "id")))
			best = i;
		if (best == i && !strcmp(name, "name"))
			break;
	}
	return best != UINT32_MAX && telling(c, TYPE_STRING, record_field(&c->store, w, best), out);
}

static bool name_taken(const struct compilation *c, const char *name)
{
	for (size_t i = 0; i < c->program.sets; i++) {
		const char *other = name_of(c, c->program.set[i].name);
		size_t k = 0;
		while (name[k] && tolower((unsigned char)name[k]) == tolower((unsigned char)other[k]))
			k++;
		if (!name[k] && !other[k])
			return true;
	}
	return false;
}

/* "nightly-north", or "nightly-2" where arguments say nothing: valid, short, and no other's. */
static sym_t instance_name(struct compilation *c, const struct set *pattern, const word_t *arg)
{
	struct buf b = BUF_INIT, told = BUF_INIT;
	buf_addstr(&b, name_of(c, pattern->name));
	for (uint32_t i = 0; i < pattern->params; i++)
		if (telling(c, pattern->param[i].type, arg[i], &told))
			buf_addch(&told, ' ');
	for (size_t i = 0; i < told.len && b.len < NAME_MOST; i++) {
		unsigned char ch = (unsigned char)told.p[i];
		bool plain = ch < 0x80 && isalnum(ch);
		if (plain && (!i || !isalnum((unsigned char)told.p[i - 1])))
			buf_addch(&b, '-');
		if (plain)
			buf_addch(&b, (char)ch);
	}
	size_t base = b.len;
	for (unsigned n = told.len ? 1 : 2; (n > 1 && base == b.len) || name_taken(c, buf_str(&b));) {
		b.len = base;
		buf_printf(&b, "-%u", n > 1 ? n : 2);
		n = n > 1 ? n + 1 : 3;
	}
	sym_t name = sym_intern(c->syms, b.p, b.len);
	buf_release(&b);
	buf_release(&told);
	return name;
}

/* What makes two instances one: the pattern and its arguments as JSON. 0: too long. */
static sym_t instance_key(struct compilation *c, uint32_t pattern, const word_t *arg)
{
	const struct set *s = &c->program.set[pattern];
	struct buf b = BUF_INIT;
	bool ok = true;
	buf_printf(&b, "%u(", pattern);
	for (uint32_t i = 0; i < s->params && ok; i++) {
		ok = word_json(&c->store, &c->types, s->param[i].type, arg[i], &b);
		buf_addch(&b, ',');
	}
	sym_t key = ok ? sym_intern(c->syms, b.p, b.len) : 0;
	buf_release(&b);
	return key;
}

static uint32_t make_instance(struct compilation *c, uint32_t pattern, const word_t *arg, const struct node *call)
{
	struct program *p = &c->program;
	if (p->sets == LIMIT_SETS) {
		diag_report(c->diags, CF008, call->span, "a program has at most %d calculation sets", LIMIT_SETS);
		diag_help(c->diags, "let one set go through the data with `each`, or make several programs of it");
		return PLAN_NONE;
	}
	struct set one = { .name = instance_name(c, &p->set[pattern], arg), .of = pattern + 1, .used = true };
	const struct set *of = &p->set[pattern];
	one.span = of->span;
	one.node = of->node;
	one.imported = of->imported;
	one.around = of->around;
	for (uint32_t i = 0; i < of->params; i++) {
		struct env *e = arena_alloc(&c->arena, sizeof *e);
		*e = (struct env){ of->param[i].name, of->param[i].span, of->param[i].type, arg[i], one.around, false };
		one.around = e;
	}
	one.row = env_row(c, one.around);
	p->set = mem_grow(p->set, &p->sets_cap, p->sets + 1, sizeof *p->set);
	uint32_t place = (uint32_t)p->sets++;
	p->set[place] = one;
	const struct env *saved = c->env;
	c->env = one.around;
	declare_set(c, &p->set[place], one.node);
	c->env = saved;
	return place;
}

/* The arguments of a call of a set, evaluated; false after a report. */
static bool evaluate(struct compilation *c, uint32_t set, const struct node *call, word_t *value)
{
	const struct set *s = &c->program.set[set];
	const struct signature sig = { .param = s->param, .params = s->params };
	const struct node *arg[LIMIT_FIELDS] = { NULL };
	bool ok = call_arguments(c, &sig, call, s->span, arg);
	for (uint32_t i = 0; i < s->params && (ok || c->pattern); i++) {
		const struct port *p = &s->param[i];
		const struct node *n = arg[i] ? arg[i] : p->init;
		struct expr_scope scope = declare_scope(c);
		const struct env *saved = c->env;
		if (!p->type)
			return false;
		value[i] = 0;	/* absent */
		if (!n && type_of(&c->types, p->type)->kind == TYPE_OPTIONAL)
			continue;
		if (!n) {
			diag_report(c->diags, CF202, call->span, "`%s` needs a value for `%s`", name_of(c, call->sym), name_of(c, p->name));
			diag_note(c->diags, p->span, "`%s: %s` is declared here", name_of(c, p->name), type_text(&c->types, p->type));
			return false;
		}
		if (!arg[i])
			c->env = s->around;	/* a default knows what the set knows */
		ok = expr_constant(c, &scope, n, p->type, arena_printf(&c->arena, "argument `%s` of `%s`", name_of(c, p->name), name_of(c, call->sym)), &value[i]);
		c->env = saved;
	}
	return ok;
}

static uint32_t set_named(struct compilation *c, const struct node *call)
{
	const struct program *p = &c->program;
	struct suggest s;
	suggest_init(&s, name_of(c, call->sym));
	for (uint32_t i = 0; i < p->sets; i++) {
		if (p->set[i].name == call->sym && !p->set[i].of)
			return i;
		if (!p->set[i].of)
			suggest_offer(&s, name_of(c, p->set[i].name));
	}
	struct span at = call->name_span.at ? call->name_span : call->span;
	if (program_callable(p, call->sym)) {
		diag_report(c->diags, CF624, at, "`%s` is no calculation set: a set of sets runs sets", name_of(c, call->sym));
		diag_help(c->diags, "to run it for each item, write the `each` into a flow");
	} else {
		diag_report(c->diags, CF108, at, "unknown calculation set `%s`", name_of(c, call->sym));
		if (!suggest_say(&s, c->diags, at))
			diag_help(c->diags, "declare it: `calcset %s(…) on pod { … }`", name_of(c, call->sym));
	}
	return PLAN_NONE;
}

static void add_part(struct compilation *c, uint32_t group, const struct node *call)
{
	word_t arg[LIMIT_FIELDS];
	uint32_t of = set_named(c, call), part = of;
	if (of == PLAN_NONE || !evaluate(c, of, call, arg) || c->pattern)
		return;
	c->program.set[of].used = true;
	if (c->program.set[of].params) {
		sym_t key = instance_key(c, of, arg);
		uint32_t *known = symbol_place(&c->program.instance, &c->program.instance_cap, key);
		part = *known ? *known - 1 : make_instance(c, of, arg, call);
		if (part == PLAN_NONE)
			return;
		*symbol_place(&c->program.instance, &c->program.instance_cap, key) = part + 1;
	}
	struct set *g = &c->program.set[group];
	for (uint32_t i = 0; i < g->parts; i++)
		if (g->part[i].set == part)
			return;
	g->part = attr_one_more(c, g->part, g->parts, sizeof *g->part);
	g->part[g->parts++] = (struct set_part){ part, call->span };
}

/* ---- each ---- */

static void one_statement(struct compilation *c, uint32_t group, const struct node *n);

static void body(struct compilation *c, uint32_t group, const struct node *block)
{
	const struct node *items = kid(block, 0);
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *k = list_at(items, i);
		if (k->kind == N_EXPR_STMT) {
			one_statement(c, group, kid(k, 0));
		} else if ((k->kind == N_VALUE || k->kind == N_RETURN) && list_len(kid(k, 0)) == 1) {
			one_statement(c, group, list_at(kid(k, 0), 0));
		} else {
			diag_report(c->diags, CF624, k->span, "only calculation sets are run here, found `%s`", node_kind_name(k->kind));
			diag_help(c->diags, "write `run each p in ps { nightly(p) }`");
		}
	}
}

static void each(struct compilation *c, uint32_t group, const struct node *n)
{
	const struct node *item = list_at(kid(n, 0), 0);
	const struct env *saved = c->env;
	struct expr_scope scope = declare_scope(c);
	struct expr *x;
	struct eval ev = { .c = c };
	word_t list;
	if (list_len(kid(n, 0)) > 1 || kid(n, 1) || kid(n, 2) || n->flags & NODE_PARTIAL) {
		diag_report(c->diags, CF624, n->span, "sets are run for each item of one list, all of them");
		diag_help(c->diags, "leave `limit`, `rotate`, `partial` and further lists out; records can hold what goes together");
		return;
	}
	x = expr_check(c, &scope, kid(item, 0), TYPE_ERROR);
	if (x->kind == X_ERROR)
		return;
	if (type_of(&c->types, x->type)->kind != TYPE_LIST) {
		diag_report(c->diags, CF201, x->span, "`each` needs a list, found %s", type_text(&c->types, x->type));
		return;
	}
	if (c->pattern && x->row) {
		struct env any = { item->sym, item->name_span.at ? item->name_span : item->span, type_of(&c->types, x->type)->elem, 0, saved, true };
		c->env = &any;
		body(c, group, kid(n, 3));
		c->env = saved;
		return;
	}
	if (!expr_eval(&ev, x, &list))
		return;
	for (uint32_t i = 0; i < list_count(list) && !diag_full(c->diags) && c->program.sets < LIMIT_SETS + 1u; i++) {
		struct env *e = arena_alloc(&c->arena, sizeof *e);
		unsigned before = diag_errors(c->diags);
		*e = (struct env){ item->sym, item->name_span.at ? item->name_span : item->span, type_of(&c->types, x->type)->elem, list_item(&c->store, list, i), saved, false };
		c->env = e;
		body(c, group, kid(n, 3));
		if (diag_errors(c->diags) != before)
			break;	/* the next would say the same */
	}
	c->env = saved;
}

static void one_statement(struct compilation *c, uint32_t group, const struct node *n)
{
	if (n->kind == N_CALL) {
		add_part(c, group, n);
	} else if (n->kind == N_EACH) {
		each(c, group, n);
	} else {
		diag_report(c->diags, CF624, n->span, "only calculation sets are run here, found `%s`", node_kind_name(n->kind));
		diag_help(c->diags, "write `run each p in ps { nightly(p) }`");
	}
}

void declare_group(struct compilation *c, uint32_t set)
{
	for (uint32_t k = 0; k < c->program.set[set].group_runs && !diag_full(c->diags); k++) {
		c->env = c->program.set[set].around;
		one_statement(c, set, c->program.set[set].group_run[k]);
	}
	c->env = NULL;
}

void declare_groups(struct compilation *c)
{
	for (uint32_t i = 0; i < c->program.sets; i++)	/* which grows */
		declare_group(c, i);
	for (uint32_t i = 0; i < c->program.sets; i++) {
		const struct set *s = &c->program.set[i];
		if (s->params && !s->of && !s->used && !s->imported)
			diag_report(c->diags, CF901, s->span, "no set runs `%s`, which has parameters", name_of(c, s->name));
	}
}
