/*
 * Commands: the words of `command […]`, with their braces bound to parameters, results and states. Reads the signature and what states
 * the function touches; leaves f->word.
 */
#include "compiler/command.h"
#include "compiler/declare_outside.h"

#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/expr_ops.h"
#include "compiler/interp.h"
#include "compiler/mend.h"
#include "compiler/text.h"

static uint32_t port_find(const struct port *p, uint32_t n, sym_t name)
{
	for (uint32_t i = 0; i < n; i++)
		if (p[i].name == name)
			return i;
	return UINT32_MAX;
}

/* The type at the end of ".field[2]"; reports. */
static type_t path_type(struct compilation *c, type_t type, const char *p, size_t len, struct span at)
{
	for (size_t i = 0; i < len && type;) {
		const struct type *ty = type_of(&c->types, type);
		size_t from = ++i;
		bool member = p[from - 1] == '.';
		while (i < len && p[i] != '.' && p[i] != '[' && p[i] != ']')
			i++;
		if (ty->kind == TYPE_OPTIONAL)
			ty = type_of(&c->types, type = ty->elem);
		if (member) {
			struct expr *x = expr_member(c, expr_word(c, type, 0, at), sym_intern(c->syms, p + from, i - from), at);
			type = x->type;
		} else if (ty->kind == TYPE_LIST) {
			type = ty->elem;
			i++;
		} else {
			diag_report(c->diags, CF206, at, "%s has no items to index", type_text(&c->types, type));
			return TYPE_ERROR;
		}
	}
	return type;
}

static bool uses_state(const struct func *f, uint32_t state)
{
	bool found = false;
	for (uint32_t i = 0; i < f->n_reads; i++)
		found |= f->reads[i].state == state;
	for (uint32_t i = 0; i < f->n_writes; i++)
		found |= f->writes[i].state == state;
	return found;
}

static void suggest_states(struct compilation *c, const struct func *f, struct suggest *s)
{
	for (uint32_t i = 0; i < f->n_reads; i++)
		suggest_offer(s, name_of(c, c->program.state[f->reads[i].state].name));
	for (uint32_t i = 0; i < f->n_writes; i++)
		suggest_offer(s, name_of(c, c->program.state[f->writes[i].state].name));
}

static void unknown_brace(struct compilation *c, const struct func *f, const struct interp_piece *p, struct span at)
{
	struct suggest s;
	char *name = arena_strndup(&c->arena, p->text, p->len);
	suggest_init(&s, name);
	for (uint32_t i = 0; i < f->sig.params; i++)
		suggest_offer(&s, name_of(c, f->sig.param[i].name));
	for (uint32_t i = 0; i < f->sig.results; i++)
		suggest_offer(&s, f->sig.result[i].name ? name_of(c, f->sig.result[i].name) : "out");
	suggest_states(c, f, &s);
	diag_report(c->diags, CF609, at, "`{%s}` is no parameter or result of `%s`", name, name_of(c, f->name));
	diag_note(c->diags, f->span, "`%s` is declared here", name_of(c, f->name));
	if (s.best)
		diag_fix(c->diags, diag_word(c->diags, at, name), s.best, "did you mean `{%s}`? A brace that is text is written `\\{`, or the word in single quotes", s.best);
	else
		diag_help(c->diags, "a brace that is text is written `\\{`, or the word stands in single quotes");
}

/* A compile-time name in braces becomes text. */
bool command_constant(struct compilation *c, const struct interp_piece *p, const struct node *n, struct buf *text)
{
	struct node name = { .kind = N_NAME, .sym = sym_intern(c->syms, p->text, p->len), .span = n->span };
	struct expr_scope top = declare_scope(c);
	struct expr *x = expr_check(c, &top, &name, TYPE_ERROR);
	struct eval ev = { .c = c };
	word_t w;
	for (size_t i = 0; i < p->path_len && x->kind != X_ERROR;) {
		size_t from = ++i;
		bool member = p->path[from - 1] == '.';
		while (i < p->path_len && !strchr(".[]", p->path[i]))
			i++;
		if (member) {
			x = expr_member(c, x, sym_intern(c->syms, p->path + from, i - from), n->span);
		} else {
			word_t index = 0;
			text_number(p->path + from, i - from, TYPE_I64, &index);
			x = expr_index(c, x, expr_word(c, TYPE_I64, index, n->span), n);
			i++;
		}
	}
	if (x->kind == X_ERROR || !expr_eval(&ev, x, &w))
		return false;
	if (!type_is_scalar(&c->types, x->type)) {
		diag_report(c->diags, CF609, n->span, "`{%.*s}` is of type %s: only scalars stand in a command", (int)p->len, p->text, type_text(&c->types, x->type));
		return false;
	}
	size_t from = text->len;
	word_text(&c->store, &c->types, x->type, w, text);
	if (memchr(buf_str(text) + from, 0, text->len - from)) {
		diag_report(c->diags, CF006, n->span, "the value of `{%.*s}` has a NUL byte, which cannot stand in a command", (int)p->len, p->text);
		return false;
	}
	return true;
}

struct word_maker { struct compilation *c; struct func *f; const struct node *n; struct span at; struct piece *piece; size_t pieces, cap; bool alone; };

static void add_piece(struct word_maker *m, struct piece p)
{
	m->piece = mem_grow(m->piece, &m->cap, m->pieces + 1, sizeof *m->piece);
	m->piece[m->pieces++] = p;
}

static void flush(struct word_maker *m, struct buf *text)
{
	if (text->len)
		add_piece(m, (struct piece){ PART_TEXT, 0, arena_strndup(&m->c->arena, buf_str(text), text->len) });
	buf_clear(text);
}

static bool param_piece(struct word_maker *m, uint32_t i, const struct interp_piece *p)
{
	struct compilation *c = m->c;
	const struct port *port = &m->f->sig.param[i];
	type_t t = path_type(c, port->type, p->path, p->path_len, m->at);
	if (port->type == TYPE_ERROR || t == TYPE_ERROR)
		return false;
	if (type_of(&c->types, t)->kind == TYPE_OPTIONAL)
		t = type_of(&c->types, t)->elem;
	const struct type *ty = type_of(&c->types, t);
	bool scalars = ty->kind == TYPE_LIST && (type_is_scalar(&c->types, ty->elem) || ty->elem == TYPE_FILE);
	if (p->path_len && !type_is_scalar(&c->types, t) && !(scalars && m->alone && ty->elem != TYPE_FILE)) {
		diag_report(c->diags, CF609, m->at, "`{%.*s%.*s}` is of type %s: a part of a value can stand in a command only as a scalar", (int)p->len, p->text,
			    (int)p->path_len, p->path, type_text(&c->types, t));
		return false;
	}
	add_piece(m, (struct piece){ PART_PARAM, i, arena_strndup(&c->arena, p->path, p->path_len) });
	return true;
}

/* A state's file: the function says that it reads or writes the state. */
static bool state_piece(struct word_maker *m, uint32_t state, const struct interp_piece *p)
{
	struct compilation *c = m->c;
	const struct state *st = &c->program.state[state];
	const char *name = name_of(c, st->name);
	if (!uses_state(m->f, state)) {
		diag_report(c->diags, CF609, m->at, "`%s` does not say that it touches state `%s`", name_of(c, m->f->name), name);
		diag_note(c->diags, st->span, "the state is declared here");
		diag_help(c->diags, "say it in the function: `reads %s`, or `writes %s`", name, name);
		return false;
	}
	if (p->path_len) {
		diag_report(c->diags, CF609, m->at, "state `%s` is a file to a command: it has no `%.*s`", name, (int)p->path_len, p->path);
		diag_help(c->diags, "write `{%s}`: the path of the state's file", name);
		return false;
	}
	add_piece(m, (struct piece){ PIECE_STATE, state, "" });
	return true;
}

static bool reference(struct word_maker *m, const struct interp_piece *p, struct buf *text)
{
	struct compilation *c = m->c;
	sym_t name = sym_intern(c->syms, p->text, p->len);
	uint32_t i = port_find(m->f->sig.param, m->f->sig.params, name);
	if (i != UINT32_MAX) {
		flush(m, text);
		return param_piece(m, i, p);
	}
	i = port_find(m->f->sig.result, m->f->sig.results, name);
	if (i == UINT32_MAX && name == c->words.out && m->f->sig.results == 1 && !m->f->sig.result[0].name)
		i = 0;
	if (i != UINT32_MAX) {
		if (p->path_len)
			diag_report(c->diags, CF609, m->at, "a result is a path to make: it has no `%.*s`", (int)p->path_len, p->path);
		flush(m, text);
		add_piece(m, (struct piece){ PART_RESULT, i, "" });
		return !p->path_len;
	}
	const struct decl *d = program_data(&c->program, name);
	if (d && d->kind == DECL_CONSTANT)
		return command_constant(c, p, &(struct node){ .kind = N_NAME, .sym = name, .span = m->at }, text);
	if (d && d->kind == DECL_STATE) {
		flush(m, text);
		return state_piece(m, d->index, p);
	}
	if (name == c->words.window && !d) {
		if (!window_part(c, p->path, p->path_len, m->at))
			return false;
		if (!m->f->window_at.at)
			m->f->window_at = m->at;
		flush(m, text);
		add_piece(m, (struct piece){ PART_WINDOW, 0, arena_strndup(&c->arena, p->path, p->path_len) });
		return true;
	}
	unknown_brace(c, m->f, p, m->at);
	return false;
}

/* One word; `plain` is a raw string: no braces. */
static bool make_word(struct word_maker *m, const char *s, size_t len, bool plain)
{
	struct interp_piece p, next;
	const char *error = NULL;
	struct buf text = BUF_INIT;
	size_t at = 0, peek = 0;
	bool ok = true;

	if (memchr(s, 0, len)) {
		diag_report(m->c->diags, CF006, m->n->span, "a NUL byte cannot stand in a command");
		return false;
	}
	if (plain) {
		buf_add(&text, s, len);
	} else {
		m->alone = interp_next(s, len, &peek, &next, &error) && next.reference && peek == len;
		struct interp_places places = interp_places(m->c->sources, m->n->span, s, len);
		while (ok && interp_next(s, len, &at, &p, &error)) {
			if (!p.reference) {
				buf_add(&text, p.text, p.len);
				continue;
			}
			m->at = interp_place(&places);
			ok = reference(m, &p, &text);
		}
		if (error) {
			diag_report(m->c->diags, CF006, interp_place(&places), "%s", error);
			ok = false;
		}
	}
	flush(m, &text);
	if (!m->pieces)
		add_piece(m, (struct piece){ PART_TEXT, 0, "" });
	buf_release(&text);
	return ok;
}

/* A result whose name another port has already: reported, and no brace can mean it. */
static bool taken(const struct func *f, uint32_t r)
{
	sym_t name = f->sig.result[r].name;
	return name && (port_find(f->sig.param, f->sig.params, name) != UINT32_MAX || port_find(f->sig.result, r, name) != UINT32_MAX);
}

/* Every result must be made by something that the command says. */
void declare_results_made(struct compilation *c, const struct func *f, struct span at)
{
	for (uint32_t r = 0; r < f->sig.results; r++) {
		bool said = f->stdout_result == r || f->sig.result[r].type == TYPE_ERROR || taken(f, r);
		for (uint32_t w = 0; w < f->words && !said; w++)
			for (uint32_t p = 0; p < f->word[w].pieces; p++)
				said |= f->word[w].piece[p].kind == PART_RESULT && f->word[w].piece[p].index == r;
		if (said)
			continue;
		const char *name = f->sig.result[r].name ? name_of(c, f->sig.result[r].name) : "out";
		diag_report(c->diags, CF612, at, "nothing makes result `%s` of `%s`", name, name_of(c, f->name));
		diag_note(c->diags, f->sig.result[r].span, "it is declared here");
		diag_help(c->diags, "give its path to the command: \"{%s}\", or write `stdout %s`", name, name);
	}
}

bool declare_command(struct compilation *c, struct func *f, const struct node *list)
{
	const struct node *items = list->kind == N_LIST_EXPR ? kid(list, 0) : NULL;
	uint32_t n = list_len(items);
	bool ok = true;

	if (!n) {
		diag_report(c->diags, CF607, list->span, items ? "a command has at least one word" : "a command is a list of words, no shell reads it");
		if (items || !mend_command_line(c, list))
			diag_help(c->diags, "write `command [\"program\", \"argument\"]`, or `command [\"sh\", \"-c\", \"…\"]` for a shell's line");
		return false;
	}
	f->word = arena_zalloc(&c->arena, n, sizeof *f->word);
	f->words = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct node *k = list_at(items, i);
		struct word_maker m = { .c = c, .f = f, .n = k };
		if (k->kind != N_STRING && k->kind != N_RAW_STRING) {
			diag_report(c->diags, CF201, k->span, "a word of a command is a string");
			diag_help(c->diags, "write a value in braces: \"{name}\"");
			ok = false;
			continue;
		}
		ok &= make_word(&m, name_of(c, k->sym), sym_len(c->syms, k->sym), k->kind == N_RAW_STRING);
		f->word[i].pieces = (uint32_t)m.pieces;
		f->word[i].piece = arena_zalloc(&c->arena, m.pieces + 1, sizeof *m.piece);
		if (m.pieces)
			memcpy(f->word[i].piece, m.piece, m.pieces * sizeof *m.piece);
		mem_free(m.piece);
	}
	if (ok)
		declare_results_made(c, f, list->span);
	return ok;
}
