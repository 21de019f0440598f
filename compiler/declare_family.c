/*
 * Families: `source plant[name: string]`. The family itself is checked once, with a key that stands for any; each distinct member
 * that a set names is a source or a sink of its own, made here when it is first named.
 */
#include "compiler/declare_outside.h"

#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/outside.h"

static const struct env *bind(struct compilation *c, const struct port *p, word_t value, const struct env *up)
{
	struct env *e = arena_alloc(&c->arena, sizeof *e);
	*e = (struct env){ p->name, p->span, p->type, value, up, false };
	return e;
}

/* A value that any path may have: a check of the path needs one. */
static word_t any_key(struct compilation *c, const struct port *p)
{
	return p->type == TYPE_STRING ? string_new(&c->store, "x", 1, p->span) : 1;
}

static bool key_type(struct compilation *c, type_t t)
{
	return t == TYPE_STRING || t == TYPE_BOOL || type_is_integer(t) || type_of(&c->types, t)->kind == TYPE_ENUM;
}

void outside_family(struct compilation *c, struct outside *o)
{
	const struct node *params = kid(o->node, 0);
	const struct env *saved = c->env, *inner = o->around;
	uint32_t n = list_len(params) <= LIMIT_FIELDS ? list_len(params) : LIMIT_FIELDS;
	bool ok = o->type != TYPE_ERROR;

	o->family = arena_zalloc(&c->arena, n, sizeof *o->family);
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(params, i);
		struct port *p = &o->family[i];
		*p = (struct port){ .name = k->sym, .type = declare_type_of(c, kid(k, 0), NULL), .span = k->name_span.at ? k->name_span : k->span };
		if (p->type && !key_type(c, p->type)) {
			diag_report(c->diags, CF201, kid(k, 0)->span, "a key of a family is a string, an integer, a bool or an enum, found %s", type_text(&c->types, p->type));
			p->type = TYPE_ERROR;
		}
		if (kid(k, 1))
			diag_report(c->diags, CF107, kid(k, 1)->span, "a key of a family has no default");
		for (uint32_t e = 0; e < i; e++)
			if (o->family[e].name == p->name)
				diag_report(c->diags, CF102, p->span, "key `%s` is declared twice", name_of(c, p->name));
		inner = bind(c, p, any_key(c, p), inner);
		ok &= p->type != TYPE_ERROR;
	}
	o->families = n;
	o->refused = !ok;
	if (!ok)
		return;
	c->env = inner;
	outside_attributes(c, o);
	c->env = saved;
}

/* ---- members ---- */

/* What is wrong with a key as a part of a path. */
static const char *key_mistake(const char *text, size_t len)
{
	if (!len)
		return "it is empty";
	if (len > 200)
		return "it has more than 200 bytes";
	if (text[0] == '.')
		return "it begins with a dot";
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return "it has a control character";
		if (strchr("/*?{}", text[i]))
			return "`/`, `*`, `?` and braces cannot stand in it";
	}
	return NULL;
}

/* The keys of `plant["north"][2025]`, outermost index first; the family's name is what is left. */
static const struct node *base_of(const struct node *n, const struct node **index, uint32_t *count)
{
	uint32_t depth = 0;
	for (const struct node *k = n; k->kind == N_INDEX; k = kid(k, 0))
		depth++;
	*count = depth;
	for (; n->kind == N_INDEX; n = kid(n, 0))
		if (--depth < LIMIT_FIELDS)
			index[depth] = kid(n, 1);
	return n;
}

/* A key in a plan's name: bytes that have a meaning there are `=` and two digits. */
static void plan_key(const char *text, size_t len, struct buf *out)
{
	buf_addch(out, '/');
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];
		bool plain = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch >= 0x80 || strchr("._+@,-", ch);
		if (plain)
			buf_addch(out, (char)ch);
		else
			buf_printf(out, "=%02X", ch);
	}
}

/* What is known of a member before it is made. */
struct naming { struct buf name, plan; struct span row; };

/* ---- the row that a key was made of ---- */

static struct span row_of_name(struct compilation *c, sym_t name)
{
	const struct env *e = c->env;
	while (e && e->name != name)
		e = e->up;
	return e ? env_row(c, e) : SPAN_NONE;
}

/* The names in the braces of a text. */
static struct span row_of_text(struct compilation *c, const char *text)
{
	struct span row = SPAN_NONE;
	while (!row.at && (text = strchr(text, '{'))) {
		size_t len = 0;
		while (text[1 + len] && !strchr(".[]{} ", text[1 + len]))
			len++;
		row = row_of_name(c, sym_find(c->syms, text + 1, len));
		text += 1 + len;
	}
	return row;
}

static struct span row_of_node(struct compilation *c, const struct node *n)
{
	struct span row = n->kind == N_NAME ? row_of_name(c, n->sym) : n->kind == N_STRING ? row_of_text(c, name_of(c, n->sym)) : SPAN_NONE;
	for (uint32_t i = 0; i < n->nkids && !row.at; i++)
		if (kid(n, i))
			row = row_of_node(c, kid(n, i));
	return row;
}

/* Of the names in it, or where its characters stand themselves. */
static struct span row_of_key(struct compilation *c, const struct port *p, const struct node *n, word_t value)
{
	struct span row = row_of_node(c, n);
	return row.at ? row : env_row(c, &(struct env){ .name = p->name, .span = p->span, .type = p->type, .value = value });
}

/* One key: its value in *value, its text appended to the names. */
static bool read_key(struct compilation *c, const struct port *p, const struct node *n, struct naming *names, word_t *value)
{
	struct buf *name = &names->name;
	struct expr_scope scope = declare_scope(c);
	if (!expr_constant(c, &scope, n, p->type, arena_printf(&c->arena, "key `%s`", name_of(c, p->name)), value))
		return false;
	size_t from = name->len;
	word_text(&c->store, &c->types, p->type, *value, name);
	const char *wrong = key_mistake(buf_str(name) + from, name->len - from);
	if (!wrong) {
		if (!names->row.at)
			names->row = row_of_key(c, p, n, *value);
		plan_key(buf_str(name) + from, name->len - from, &names->plan);
		return true;
	}
	diag_report(c->diags, CF614, n->span, "\"%.*s\" cannot be part of a path: %s", (int)(name->len - from < 60 ? name->len - from : 60), buf_str(name) + from, wrong);
	diag_note(c->diags, p->span, "it is key `%s`, declared here", name_of(c, p->name));
	return false;
}

static uint32_t make_member(struct compilation *c, uint32_t family, struct naming *names, const struct env *env, struct span at)
{
	struct program *p = &c->program;
	const struct env *saved = c->env;
	p->outside = mem_grow(p->outside, &p->outsides_cap, p->outsides + 1, sizeof *p->outside);
	uint32_t place = (uint32_t)p->outsides++;
	struct outside *o = &p->outside[place];
	*o = p->outside[family];
	o->name = sym_intern(c->syms, buf_str(&names->name), names->name.len);
	o->plan_name = arena_strdup(&c->arena, buf_str(&names->plan));
	o->span = at;
	o->row = names->row;
	o->family = NULL;
	o->families = 0;
	o->of = family + 1;
	o->share = o->path = o->file = NULL;
	o->window = o->by = o->pond = 0;
	o->lateness = (struct lateness){ 0 };
	o->around = c->env = env;
	o->file = outside_data_file(c, o);
	outside_attributes(c, o);
	c->env = saved;
	return place;
}

static uint32_t member(struct compilation *c, uint32_t family, const struct node *n, const struct node *const *index, uint32_t count)
{
	const struct outside *o = &c->program.outside[family];
	const char *what = o->is_sink ? "sink" : "source";
	if (o->refused)
		return PLAN_NONE;
	if (count != o->families) {
		diag_report(c->diags, CF202, n->span, o->families ? "`%s` is a family of %ss with %u key%s, found %u" : "`%s` is one %s: it has no members",
			    name_of(c, o->name), what, o->families, o->families == 1 ? "" : "s", count);
		diag_note(c->diags, o->span, "it is declared here");
		if (!count)
			diag_help(c->diags, "name a member: %s[…]", name_of(c, o->name));
		return PLAN_NONE;
	}
	struct naming names = { BUF_INIT, BUF_INIT, SPAN_NONE };
	const struct env *env = o->around;
	uint32_t place = PLAN_NONE;
	unsigned before = diag_errors(c->diags);
	bool ok = true;
	buf_addstr(&names.name, name_of(c, o->name));
	buf_addstr(&names.plan, name_of(c, o->name));
	for (uint32_t i = 0; i < count && (ok || c->pattern); i++) {
		word_t value = 0;
		buf_addch(&names.name, '[');
		ok = read_key(c, &o->family[i], index[i], &names, &value) && ok;
		env = bind(c, &o->family[i], value, env);
		buf_addch(&names.name, ']');
	}
	if (!ok && c->pattern && diag_errors(c->diags) == before)
		place = family;	/* which member is not known: all are of one type */
	if (ok) {
		sym_t sym = sym_intern(c->syms, buf_str(&names.name), names.name.len);
		uint32_t *known = symbol_place(&c->program.member, &c->program.member_cap, sym);
		place = *known ? *known - 1 : make_member(c, family, &names, env, n->span);
		*symbol_place(&c->program.member, &c->program.member_cap, sym) = place + 1;
	}
	buf_release(&names.name);
	buf_release(&names.plan);
	return place;
}

uint32_t outside_named(struct compilation *c, const struct node *n, bool *known)
{
	const struct node *index[LIMIT_FIELDS];
	uint32_t count;
	const struct node *base = base_of(n, index, &count);
	const struct decl *d = base->kind == N_NAME ? program_data(&c->program, base->sym) : NULL;
	*known = d && d->kind == DECL_OUTSIDE && !env_look(c, base);
	if (!*known)
		return PLAN_NONE;
	c->program.outside[d->index].used = true;
	if (!count && !c->program.outside[d->index].families)
		return c->program.outside[d->index].refused ? PLAN_NONE : d->index;
	return member(c, d->index, n, index, count <= LIMIT_FIELDS ? count : 0);
}

const char *outside_kind(const struct compilation *c, const struct decl *d)
{
	switch (d->kind) {
	case DECL_OUTSIDE: return c->program.outside[d->index].is_sink ? "sink" : "source";
	case DECL_POND: return "pond";
	case DECL_WINDOW: return "window";
	case DECL_LOCK: return "lock";
	case DECL_STATE: return "state";
	default: return "declaration";
	}
}

const char *outside_plan_name(const struct compilation *c, const struct outside *o)
{
	return o->plan_name ? o->plan_name : name_of(c, o->name);
}

const char *outside_plan_share(const struct compilation *c, const struct outside *o)
{
	return o->share ? o->share : o->pond ? name_of(c, c->program.pond[o->pond - 1].name) : "";
}

const char *outside_plan_volume(struct compilation *c, const struct outside *o)
{
	const char *name = outside_plan_share(c, o);
	return o->pond ? arena_printf(&c->arena, PLAN_POND "%s", name) : name;
}

const char *outside_plan_path(struct compilation *c, const struct outside *o)
{
	if (o->path || !o->pond)
		return o->path ? o->path : "";
	const char *name = outside_plan_name(c, o);
	bool sliced = !o->is_sink && o->by;	/* one file has the rows of every window */
	return o->window && !sliced ? arena_printf(&c->arena, "%s/{window}", name) : name;
}

const char *outside_read_path(struct compilation *c, const struct outside *o)
{
	const struct type *ty = type_of(&c->types, o->type);
	const char *path = outside_plan_path(c, o);
	if ((o->is_sink || o->pond) && ty->kind == TYPE_LIST && ty->elem == TYPE_FILE)
		return arena_printf(&c->arena, "%s/", path);	/* what was published as a folder */
	return *path || (!o->path && !o->pond) ? path : "**";
}
