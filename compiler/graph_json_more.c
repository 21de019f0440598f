/* Windows, locks and states of a graph document, and what sources and sinks say of windows, as the syntax that text has. */
#include "compiler/graph_json_inner.h"

#include "base/mem.h"

struct node *text_node(struct reader *r, tape_t v)
{
	if (tape_kind(&r->t, v) == JSON_STRING)
		return tree_node(r, N_RAW_STRING, tape_span(&r->t, v), sym_intern(r->c->syms, tape_text(&r->t, v), tape_at(&r->t, v)->len), NULL, 0);
	report_shape(r, v, "a string");
	return NULL;
}

struct node *name_node(struct reader *r, tape_t v, const char *what)
{
	sym_t name;
	return read_string(r, v, what, &name) ? tree_node(r, N_NAME, tape_span(&r->t, v), name, NULL, 0) : NULL;
}

static struct node *quantity_node(struct reader *r, tape_t v)
{
	struct node *n = text_node(r, v);
	if (n)
		n->kind = N_QUANTITY;
	return n;
}

static void put(struct reader *r, tape_t v, const char *word, struct node *arg, struct node **list, uint32_t *n)
{
	if (arg)
		list[(*n)++] = tree_attr(r, tape_span(&r->t, v), word, &arg, 1);
}

void read_lateness(struct reader *r, const struct said_late *l, struct node **list, uint32_t *n)
{
	if (l->late != TAPE_NONE) {
		struct node *args[2] = { quantity_node(r, l->late), l->then == TAPE_NONE ? NULL : name_node(r, l->then, "drop or redo") };
		if (args[0])
			list[(*n)++] = tree_attr(r, tape_span(&r->t, l->late), "late", args, args[1] ? 2 : 1);
	}
	if (l->idle != TAPE_NONE)
		put(r, l->idle, "idle", name_node(r, l->idle, "skip, hold or fail"), list, n);
}

struct node *window_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, every, from;
	struct said_late l;
	const struct member m[] = { { "every", &every, true }, { "from", &from, false }, { "late", &l.late, false }, { "then", &l.then, false },
				    { "idle", &l.idle, false }, { "at", &at, false } };
	struct node *item[4];
	uint32_t n = 0;
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a window", m, 6) || !name)
		return NULL;
	put(r, every, "every", quantity_node(r, every), item, &n);
	if (from != TAPE_NONE)
		put(r, from, "from", text_node(r, from), item, &n);
	read_lateness(r, &l, item, &n);
	struct node *list = tree_list(r, tape_span(&r->t, key), item, n);
	return tree_named(tree_node(r, N_WINDOW_DECL, tape_span(&r->t, key), name, &list, 1), read_place(r, at, key));
}

/* "pod", {"pond": NAME} or {"share": PATH}, as the attribute `at`. */
static struct node *standing(struct reader *r, tape_t v)
{
	tape_t pond, share;
	const struct member m[] = { { "pond", &pond, false }, { "share", &share, false } };
	struct node *medium = NULL, *arg;
	sym_t word;
	if (tape_kind(&r->t, v) == JSON_STRING) {
		if (read_string(r, v, "a medium", &word))
			medium = tree_attr(r, tape_span(&r->t, v), name_of(r->c, word), NULL, 0);
	} else if (read_members(r, v, "a medium", m, 2)) {
		if ((pond == TAPE_NONE) == (share == TAPE_NONE)) {
			report_shape(r, v, "either \"pond\" or \"share\"");
			return NULL;
		}
		arg = pond != TAPE_NONE ? name_node(r, pond, "a pond's name") : text_node(r, share);
		if (arg)
			medium = tree_attr(r, tape_span(&r->t, v), pond != TAPE_NONE ? "pond" : "share", &arg, 1);
	}
	return medium ? tree_attr(r, medium->span, "at", &medium, 1) : NULL;
}

struct node *lock_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, in;
	const struct member m[] = { { "in", &in, true }, { "at", &at, false } };
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a lock", m, 2) || !name)
		return NULL;
	struct node *place = standing(r, in), *list = tree_list(r, tape_span(&r->t, key), &place, place ? 1 : 0);
	return tree_named(tree_node(r, N_LOCK_DECL, tape_span(&r->t, key), name, &list, 1), read_place(r, at, key));
}

/* "frozen", or {"guarded": LOCK}. */
static struct node *sharing(struct reader *r, tape_t v)
{
	tape_t lock;
	const struct member m[] = { { "guarded", &lock, true } };
	if (tape_is(&r->t, v, "confined") || tape_is(&r->t, v, "frozen") || tape_is(&r->t, v, "sync"))
		return tree_attr(r, tape_span(&r->t, v), arena_strndup(&r->c->arena, tape_text(&r->t, v), tape_at(&r->t, v)->len), NULL, 0);
	if (tape_kind(&r->t, v) != JSON_OBJECT) {
		report_shape(r, v, "\"confined\", \"frozen\", \"sync\" or {\"guarded\": …}");
		return NULL;
	}
	struct node *arg = read_members(r, v, "a way of sharing", m, 1) ? name_node(r, lock, "a lock's name") : NULL;
	return arg ? tree_attr(r, tape_span(&r->t, v), "guarded", &arg, 1) : NULL;
}

struct node *state_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, in, type, mode, value;
	const struct member m[] = { { "type", &type, true }, { "in", &in, true }, { "mode", &mode, false }, { "value", &value, false }, { "at", &at, false } };
	struct node *item[2], *kids[3];
	uint32_t n = 0;
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a state", m, 5) || !name)
		return NULL;
	if ((item[n] = standing(r, in)))
		n++;
	if (mode != TAPE_NONE && (item[n] = sharing(r, mode)))
		n++;
	kids[0] = read_type_node(r, type);
	kids[1] = NULL;
	kids[2] = tree_list(r, tape_span(&r->t, key), item, n);
	return tree_named(tree_node(r, N_STATE_DECL, tape_span(&r->t, key), name, kids, 3), read_place(r, at, key));
}

void read_first_values(struct reader *r, tape_t states)
{
	struct program *p = &r->c->program;
	for (size_t i = 0; i < p->states && states != TAPE_NONE && tape_kind(&r->t, states) == JSON_OBJECT; i++) {
		struct state *s = &p->state[i];
		tape_t v = tape_member(&r->t, states, name_of(r->c, s->name));
		tape_t value = v == TAPE_NONE || tape_kind(&r->t, v) != JSON_OBJECT ? TAPE_NONE : tape_member(&r->t, v, "value");
		if (value != TAPE_NONE && s->type)
			s->has_init = read_words(r, value, s->type, s->span, &s->init);
	}
}
