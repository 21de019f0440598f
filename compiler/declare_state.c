/* Locks and states: where they stand, what a state begins with, and how it may be touched. Leaves struct lock and struct state. */
#include "compiler/declare_state.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"

/* Where a lock or a state stands; the medium's word is one of `allowed`. */
struct standing { const sym_t *allowed; const char *listed; sym_t *medium; uint32_t *pond; const char **share, **path; };

static void read_at(struct compilation *c, const struct node *a, const struct standing *to)
{
	const struct node *m = attr_arg(a, 0);
	const char *text;
	bool known = false;
	for (const sym_t *w = to->allowed; m && *w; w++)
		known |= m->sym == *w;
	if (!m)
		return;
	if (!known) {
		diag_report(c->diags, CF310, m->span, "nothing stands at `%s` for longer than a step", name_of(c, m->sym));
		diag_help(c->diags, "it is one of %s", to->listed);
		return;
	}
	*to->medium = m->sym;
	if (m->sym == c->words.pond)
		*to->pond = declare_pond_named(c, attr_arg(m, 0)) + 1;
	else if (m->sym == c->words.share && attr_string(c, attr_arg(m, 0), &text))
		declare_share_path(c, text, true, attr_arg(m, 0)->span, to->share, to->path);
}

void declare_lock(struct compilation *c, struct lock *l, const struct node *n)
{
	const struct words *w = &c->words;
	const sym_t allowed[] = { w->pod, w->pond, w->share, 0 };
	const struct standing to = { allowed, "pod, pond and share", &l->medium, &l->pond, &l->share, &l->path };
	const struct node *attrs = kid(n, 0), *seen = NULL;
	for (uint32_t i = 0; i < list_len(attrs); i++)
		if (list_at(attrs, i)->sym == w->at && attr_once(c, list_at(attrs, i), &seen))
			read_at(c, list_at(attrs, i), &to);
	if (seen)
		return;
	diag_report(c->diags, CF612, l->span, "nothing says where lock `%s` holds", name_of(c, l->name));
	diag_help(c->diags, "write: lock %s at pod", name_of(c, l->name));
}

static void read_guard(struct compilation *c, struct state *s, const struct node *n)
{
	const struct program *p = &c->program;
	const struct decl *d = n && n->kind == N_NAME ? program_data(p, n->sym) : NULL;
	struct suggest like;
	if (!n || n->kind != N_NAME)
		return;
	if (d && d->kind == DECL_LOCK) {
		s->lock = d->index + 1;
		c->program.lock[d->index].used = true;
		return;
	}
	suggest_init(&like, name_of(c, n->sym));
	for (size_t i = 0; suggest_wanted(c) && i < p->locks; i++)
		suggest_offer(&like, name_of(c, p->lock[i].name));
	diag_report(c->diags, CF101, n->span, d ? "`%s` is no lock" : "unknown lock `%s`", name_of(c, n->sym));
	if (!suggest_say(&like, c->diags, n->span))
		diag_help(c->diags, "declare it: `lock %s at pod`", name_of(c, n->sym));
}

static void read_mode(struct compilation *c, struct state *s, const struct node *a, enum state_mode mode, const struct node **seen)
{
	if (*seen) {
		diag_report(c->diags, CF608, a->span, "state `%s` has a way of sharing already", name_of(c, s->name));
		diag_note(c->diags, (*seen)->span, "it is said here");
		return;
	}
	*seen = a;
	s->mode = (uint8_t)mode;
	s->mode_at = a->span;
	if (mode == STATE_GUARDED)
		read_guard(c, s, attr_arg(a, 0));
}

void declare_state(struct compilation *c, struct state *s, const struct node *n)
{
	const struct words *w = &c->words;
	const sym_t allowed[] = { w->ipc, w->scratch, w->pond, w->share, 0 };
	const struct standing to = { allowed, "ipc, scratch, pond and share", &s->medium, &s->pond, &s->share, &s->path };
	const struct node *attrs = kid(n, 2), *at = NULL, *mode = NULL;
	struct expr_scope top = declare_scope(c);

	s->type = declare_type_of(c, kid(n, 0), &s->format);
	for (uint32_t i = 0; i < list_len(attrs); i++) {
		const struct node *a = list_at(attrs, i);
		if (a->sym == w->at) {
			if (attr_once(c, a, &at)) {
				read_at(c, a, &to);
				s->medium_at = a->span;
			}
		} else {
			read_mode(c, s, a, a->sym == w->frozen ? STATE_FROZEN : a->sym == w->sync ? STATE_SYNC : a->sym == w->confined ? STATE_CONFINED : STATE_GUARDED, &mode);
		}
	}
	if (!at) {
		diag_report(c->diags, CF612, s->span, "nothing says where state `%s` stands", name_of(c, s->name));
		diag_help(c->diags, "write: at scratch (this pod, this run), at pond NAME, or at share \"/NAME/path\"");
	}
	if (!kid(n, 1) || !s->type)
		return;
	if (type_has_file(&c->types, s->type))
		diag_report(c->diags, CF201, kid(n, 1)->span, "a state of type %s cannot be given here: a step writes it first", type_text(&c->types, s->type));
	else
		s->has_init = expr_constant(c, &top, kid(n, 1), s->type, arena_printf(&c->arena, "the first value of state `%s`", name_of(c, s->name)), &s->init);
}

static bool names(const struct node *a, sym_t name)
{
	for (uint32_t i = 0; attr_arg(a, i); i++)
		if (attr_arg(a, i)->kind == N_NAME && attr_arg(a, i)->sym == name)
			return true;
	return false;
}

void declare_state_uses(struct compilation *c, const struct node *a, struct state_use **list, uint32_t *count)
{
	struct program *p = &c->program;
	for (uint32_t i = 0; attr_arg(a, i); i++) {
		const struct node *n = attr_arg(a, i);
		const struct decl *d = n->kind == N_NAME ? program_data(p, n->sym) : NULL;
		struct suggest s;
		bool twice = false;
		if (n->kind != N_NAME)
			continue;
		if (!d || d->kind != DECL_STATE) {
			suggest_init(&s, name_of(c, n->sym));
			for (size_t k = 0; suggest_wanted(c) && k < p->states; k++)
				if (!names(a, p->state[k].name))
					suggest_offer(&s, name_of(c, p->state[k].name));
			diag_report(c->diags, CF101, n->span, d ? "`%s` is no state" : "unknown state `%s`", name_of(c, n->sym));
			if (d)
				diag_note(c->diags, d->span, "it is declared here");
			if (!suggest_say(&s, c->diags, n->span) && !d)
				diag_help(c->diags, "declare it: `state %s : TYPE at scratch`", name_of(c, n->sym));
			continue;
		}
		for (uint32_t k = 0; k < *count; k++)
			twice |= (*list)[k].state == d->index;
		if (twice) {
			diag_report(c->diags, CF608, n->span, "state `%s` is named twice", name_of(c, n->sym));
			continue;
		}
		if (*count == LIMIT_MEMBERS) {
			diag_report(c->diags, CF008, n->span, "a function reads and writes at most %d states", LIMIT_MEMBERS);
			diag_help(c->diags, "let one state hold what belongs together");
			return;
		}
		*list = attr_one_more(c, *list, *count, sizeof **list);
		(*list)[(*count)++] = (struct state_use){ d->index, n->span };
		p->state[d->index].used = true;
	}
}

void declare_state_paths(struct compilation *c)
{
	const uint32_t a_state = UINT32_C(1) << 31;
	for (uint32_t i = 0; i < c->program.states; i++) {
		const struct state *s = &c->program.state[i];
		if (!s->share)
			continue;
		uint32_t *taken = program_place(&c->program, sym_cstr(c->syms, arena_printf(&c->arena, "/%s/%s", s->share, s->path)));
		if (!*taken) {
			*taken = (i + 1) | a_state;
			continue;
		}
		uint32_t other = (*taken & ~a_state) - 1;
		sym_t name = *taken & a_state ? c->program.state[other].name : c->program.outside[other].name;
		struct span span = *taken & a_state ? c->program.state[other].span : c->program.outside[other].span;
		diag_report(c->diags, CF611, s->span, "`%s` and `%s` write one path, \"/%s/%s\"", name_of(c, name), name_of(c, s->name), s->share, s->path);
		diag_note(c->diags, span, "`%s` is declared here", name_of(c, name));
	}
}
