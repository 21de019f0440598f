/*
 * Declarations of a graph document → the syntax tree that a program text with the same declarations has, so that one pass checks
 * both. Flows are not among them: a document holds what they became.
 */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/declare.h"
#include "runtime/plan_check.h"

struct node *tree_node(struct reader *r, enum node_kind kind, struct span at, sym_t sym, struct node *const *kids, uint32_t n)
{
	struct node *made = arena_alloc(&r->c->arena, sizeof *made + n * sizeof *kids);
	unsigned depth = 0;
	*made = (struct node){ .kind = (uint8_t)kind, .nkids = n, .span = at, .sym = sym };
	for (uint32_t i = 0; i < n; i++) {
		made->kids[i] = kids[i];
		if (kids[i] && kids[i]->depth > depth)
			depth = kids[i]->depth;
	}
	made->depth = (uint16_t)(depth + 1);
	return made;
}

struct node *tree_attr(struct reader *r, struct span at, const char *word, struct node *const *args, uint32_t n)
{
	struct node *list = tree_node(r, N_LIST, at, 0, args, n);
	return tree_node(r, N_ATTR, at, sym_cstr(r->c->syms, word), &list, 1);
}

struct node *tree_list(struct reader *r, struct span at, struct node *const *item, uint32_t n)
{
	return tree_node(r, N_LIST, at, 0, item, n);
}

static struct node *empty(struct reader *r, struct span at) { return tree_list(r, at, NULL, 0); }

/* A member's key as the name of something that is declared. */
sym_t key_name(struct reader *r, tape_t key)
{
	sym_t name = 0;
	if (!read_string(r, key, "a name", &name) || check_word_name(name_of(r->c, name)))
		return name;
	report_shape(r, key, "a name without blanks, brackets, quotes, `%` and `\\`");
	return 0;
}

/* ---- types ---- */

/* FIELDs of {"name": "type"}. */
static struct node *fields(struct reader *r, tape_t object, enum node_kind kind)
{
	struct span at = tape_span(&r->t, object);
	uint32_t n = 0;
	if (tape_kind(&r->t, object) != JSON_OBJECT) {
		report_shape(r, object, "an object of names and types");
		return empty(r, at);
	}
	struct node **item = mem_alloc(((size_t)tape_at(&r->t, object)->len + 1) * sizeof *item);
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < tape_at(&r->t, object)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		struct node *type = read_type_node(r, tape_next(&r->t, key));
		sym_t name;
		if (!read_string(r, key, "a name", &name))
			continue;
		item[n] = tree_node(r, kind, tape_span(&r->t, key), name, &type, 1);
		item[n]->name_span = item[n]->span;
		n++;
	}
	struct node *list = tree_list(r, at, item, n);
	mem_free(item);
	return list;
}

static struct node *members_of_enum(struct reader *r, tape_t array)
{
	struct span at = tape_span(&r->t, array);
	uint32_t n = 0;
	if (tape_kind(&r->t, array) != JSON_ARRAY) {
		report_shape(r, array, "an array of names");
		return empty(r, at);
	}
	struct node **item = mem_alloc(((size_t)tape_at(&r->t, array)->len + 1) * sizeof *item);
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		sym_t name;
		if (read_string(r, v, "a name", &name))
			item[n++] = tree_node(r, N_NAME, tape_span(&r->t, v), name, NULL, 0);
	}
	struct node *list = tree_list(r, at, item, n);
	mem_free(item);
	return list;
}

struct node *tree_named(struct node *n, struct span name_at)
{
	n->name_span = name_at;
	return n;
}

static struct node *type_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), record, members, other, levels, at;
	const struct member m[] = { { "record", &record, false }, { "enum", &members, false }, { "is", &other, false }, { "tree", &levels, false }, { "at", &at, false } };
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a type", m, 5) || !name)
		return NULL;
	struct span here = tape_span(&r->t, key), place = read_place(r, at, key);
	if ((record != TAPE_NONE) + (members != TAPE_NONE) + (other != TAPE_NONE) + (levels != TAPE_NONE) != 1) {
		report_shape(r, v, "a type with one of \"record\", \"enum\", \"is\" and \"tree\"");
		return NULL;
	}
	if (other != TAPE_NONE)
		return tree_named(tree_node(r, N_TYPE_DECL, here, name, (struct node *[]){ empty(r, here), read_type_node(r, other) }, 2), place);
	if (levels != TAPE_NONE)
		return tree_named(tree_node(r, N_TREE_DECL, here, name, (struct node *[]){ fields(r, levels, N_LEVEL) }, 1), place);
	if (members != TAPE_NONE)
		return tree_named(tree_node(r, N_ENUM_DECL, here, name, (struct node *[]){ members_of_enum(r, members) }, 1), place);
	struct node *body = tree_node(r, N_RECORD_TYPE, here, 0, (struct node *[]){ fields(r, record, N_FIELD) }, 1);
	return tree_named(tree_node(r, N_TYPE_DECL, here, name, (struct node *[]){ empty(r, here), body }, 2), place);
}

/* ---- functions ---- */

/* "type", or {"type": …, "default": …}: the default is read when the types are known. */
static struct node *params(struct reader *r, tape_t object)
{
	struct span at = tape_span(&r->t, object);
	uint32_t n = 0;
	if (tape_kind(&r->t, object) != JSON_OBJECT) {
		report_shape(r, object, "an object of names and types");
		return empty(r, at);
	}
	struct node **item = mem_alloc(((size_t)tape_at(&r->t, object)->len + 1) * sizeof *item);
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < tape_at(&r->t, object)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		tape_t type = tape_next(&r->t, key), init;
		const struct member m[] = { { "type", &type, true }, { "default", &init, false } };
		sym_t name = key_name(r, key);
		if (!name || (tape_kind(&r->t, type) == JSON_OBJECT && !read_members(r, type, "a parameter", m, 2)))
			continue;
		item[n] = tree_node(r, N_PARAM, tape_span(&r->t, key), name, (struct node *[]){ read_type_node(r, type), NULL }, 2);
		item[n]->name_span = item[n]->span;
		n++;
	}
	struct node *list = tree_list(r, at, item, n);
	mem_free(item);
	return list;
}

static struct node *results(struct reader *r, tape_t v)
{
	if (tape_kind(&r->t, v) != JSON_STRING)
		return fields(r, v, N_RESULT);
	struct node *type = read_type_node(r, v), *one = tree_node(r, N_RESULT, tape_span(&r->t, v), 0, &type, 1);
	return tree_list(r, one->span, &one, 1);
}

/* A word of a command: `{{` and `}}` are braces, as escapes are in a program. */
static sym_t command_word(struct reader *r, const char *p, size_t len)
{
	struct buf b = BUF_INIT;
	bool inside = false;	/* a reference: `}` ends it */
	for (size_t i = 0; i < len; i++) {
		bool brace = p[i] == '{' || p[i] == '}';
		if (brace && !inside && i + 1 < len && p[i + 1] == p[i]) {
			buf_addch(&b, 1);
			i++;
		} else if (brace) {
			inside = p[i] == '{';
		}
		buf_addch(&b, p[i]);
	}
	sym_t s = sym_intern(r->c->syms, buf_str(&b), b.len);
	buf_release(&b);
	return s;
}

static struct node *command(struct reader *r, tape_t array)
{
	struct span at = tape_span(&r->t, array);
	uint32_t n = 0;
	if (tape_kind(&r->t, array) != JSON_ARRAY) {
		report_shape(r, array, "an array of strings");
		return NULL;
	}
	struct node **item = mem_alloc(((size_t)tape_at(&r->t, array)->len + 1) * sizeof *item);
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		const struct tape_value *tv = tape_at(&r->t, v);
		if (tv->kind != JSON_STRING)
			report_shape(r, v, "a string");
		else if (memchr(tape_text(&r->t, v), 1, tv->len))
			report_shape(r, v, "a word without control characters");
		else
			item[n++] = tree_node(r, N_STRING, tape_span(&r->t, v), command_word(r, tape_text(&r->t, v), tv->len), NULL, 0);
	}
	struct node *list = tree_list(r, at, item, n), *words = tree_node(r, N_LIST_EXPR, at, 0, &list, 1);
	mem_free(item);
	return tree_attr(r, at, "command", &words, 1);
}

/* One `env` or `secret` attribute for each member. */
void read_variables(struct reader *r, tape_t object, const char *word, struct node **list, uint32_t *n)
{
	if (object == TAPE_NONE)
		return;
	if (tape_kind(&r->t, object) != JSON_OBJECT) {
		report_shape(r, object, "an object of names and texts");
		return;
	}
	tape_t key = tape_first(object);
	for (uint32_t i = 0; i < tape_at(&r->t, object)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		tape_t v = tape_next(&r->t, key);
		sym_t name = key_name(r, key);
		if (tape_kind(&r->t, v) != JSON_STRING) {
			report_shape(r, v, "a string");
			continue;
		}
		struct node *args[2] = { tree_node(r, N_NAME, tape_span(&r->t, key), name, NULL, 0),
					 tree_node(r, N_RAW_STRING, tape_span(&r->t, v), sym_intern(r->c->syms, tape_text(&r->t, v), tape_at(&r->t, v)->len), NULL, 0) };
		if (name)
			list[(*n)++] = tree_attr(r, tape_span(&r->t, key), word, args, 2);
	}
}

static void stream(struct reader *r, tape_t v, const char *word, struct node **list, uint32_t *n)
{
	sym_t name;
	if (v == TAPE_NONE || !read_string(r, v, "the name of a parameter or result", &name))
		return;
	struct node *arg = tree_node(r, N_NAME, tape_span(&r->t, v), name, NULL, 0);
	list[(*n)++] = tree_attr(r, tape_span(&r->t, v), word, &arg, 1);
}

size_t members_in(struct reader *r, tape_t object)
{
	return object == TAPE_NONE || tape_kind(&r->t, object) != JSON_OBJECT ? 0 : tape_at(&r->t, object)->len;
}

/* `reads` and `writes`: an array of states' names. */
static void names(struct reader *r, tape_t array, const char *word, struct node **list, uint32_t *n)
{
	if (array == TAPE_NONE)
		return;
	if (tape_kind(&r->t, array) != JSON_ARRAY) {
		report_shape(r, array, "an array of names");
		return;
	}
	struct node **name = mem_alloc(((size_t)tape_at(&r->t, array)->len + 1) * sizeof *name);
	uint32_t count = 0;
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v))
		if ((name[count] = name_node(r, v, "a state's name")))
			count++;
	list[(*n)++] = tree_attr(r, tape_span(&r->t, array), word, name, count);
	mem_free(name);
}

/* [["get", "pods"]]: rights on the cluster's API. */
static void system_rights(struct reader *r, tape_t array, struct node **list, uint32_t *n)
{
	if (array == TAPE_NONE)
		return;
	if (tape_kind(&r->t, array) != JSON_ARRAY) {
		report_shape(r, array, "an array of rights, as in [[\"get\", \"pods\"]]");
		return;
	}
	struct node **right = mem_alloc(((size_t)tape_at(&r->t, array)->len + 1) * sizeof *right);
	uint32_t count = 0;
	tape_t v = tape_first(array);
	for (uint32_t i = 0; i < tape_at(&r->t, array)->len; i++, v = tape_next(&r->t, v)) {
		sym_t verb;
		if (tape_kind(&r->t, v) != JSON_ARRAY || tape_at(&r->t, v)->len != 2) {
			report_shape(r, v, "a verb and a resource");
			continue;
		}
		struct node *what = text_node(r, tape_next(&r->t, tape_first(v)));
		if (what && read_string(r, tape_first(v), "a verb", &verb))
			right[count++] = tree_attr(r, tape_span(&r->t, v), name_of(r->c, verb), &what, 1);
	}
	list[(*n)++] = tree_attr(r, tape_span(&r->t, array), "system", right, count);
	mem_free(right);
}

static struct node *function_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, in, out, words, env, secrets, stdin_, stdout_, device, portable, reads, writes, rights, attr[ATTR_MOST];
	struct member m[ATTR_MOST + 13] = { { "params", &in, false }, { "results", &out, false }, { "command", &words, false }, { "env", &env, false },
					   { "secrets", &secrets, false }, { "stdin", &stdin_, false }, { "stdout", &stdout_, false }, { "at", &at, false }, { "device", &device, false },
					   { "portable", &portable, false }, { "reads", &reads, false }, { "writes", &writes, false }, { "system", &rights, false } };
	unsigned n = 13 + attr_members(OWNED_BY_func, m + 13, attr);
	bool may_move = false;
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a function", m, n) || !name)
		return NULL;
	struct span here = tape_span(&r->t, key);
	struct node **list = mem_alloc((ATTR_MOST + 6 + members_in(r, env) + members_in(r, secrets) + members_in(r, device)) * sizeof *list), *kids[4];
	uint32_t attrs = 0;
	struct node *c = words == TAPE_NONE ? NULL : command(r, words);
	if (c)
		list[attrs++] = c;
	read_attrs(r, OWNED_BY_func, attr, list, &attrs);
	stream(r, stdin_, "stdin", list, &attrs);
	stream(r, stdout_, "stdout", list, &attrs);
	read_variables(r, env, "env", list, &attrs);
	read_variables(r, secrets, "secret", list, &attrs);
	read_flag(r, portable, "portable", &may_move);
	for (uint32_t i = 0; may_move && i < attrs; i++)
		if (list[i]->sym == r->c->words.image)
			list[i]->flags = NODE_PORTABLE;
	read_devices(r, device, list, &attrs);
	names(r, reads, "reads", list, &attrs);
	names(r, writes, "writes", list, &attrs);
	system_rights(r, rights, list, &attrs);
	kids[0] = empty(r, here);
	kids[1] = in == TAPE_NONE ? empty(r, here) : params(r, in);
	kids[2] = out == TAPE_NONE ? empty(r, here) : results(r, out);
	kids[3] = tree_list(r, here, list, attrs);
	mem_free(list);
	return tree_named(tree_node(r, N_FUNCTION, here, name, kids, 4), read_place(r, at, key));
}

void read_defaults(struct reader *r, tape_t functions)
{
	struct compilation *c = r->c;
	tape_t key = functions == TAPE_NONE || tape_kind(&r->t, functions) != JSON_OBJECT ? TAPE_NONE : tape_first(functions);
	for (uint32_t i = 0; key != TAPE_NONE && i < tape_at(&r->t, functions)->len; i++, key = tape_next(&r->t, tape_next(&r->t, key))) {
		const struct decl *d = program_callable(&c->program, sym_find(c->syms, tape_text(&r->t, key), tape_at(&r->t, key)->len));
		tape_t f = tape_next(&r->t, key), in = TAPE_NONE, k;
		if (!d || d->kind != DECL_FUNC || tape_kind(&r->t, f) != JSON_OBJECT)
			continue;
		k = tape_first(f);
		for (uint32_t m = 0; m < tape_at(&r->t, f)->len; m++, k = tape_next(&r->t, tape_next(&r->t, k)))
			if (tape_is(&r->t, k, "params"))
				in = tape_next(&r->t, k);
		if (in == TAPE_NONE || tape_kind(&r->t, in) != JSON_OBJECT)
			continue;
		struct signature *sig = &c->program.func[d->index].sig;
		k = tape_first(in);
		for (uint32_t p = 0; p < tape_at(&r->t, in)->len; p++, k = tape_next(&r->t, tape_next(&r->t, k))) {
			tape_t said = tape_next(&r->t, k), type, init = TAPE_NONE;
			const struct member m[] = { { "type", &type, true }, { "default", &init, false } };
			word_t w;
			if (tape_kind(&r->t, said) != JSON_OBJECT || !read_members(r, said, "a parameter", m, 2) || init == TAPE_NONE)
				continue;
			for (uint32_t s = 0; s < sig->params; s++) {
				struct port *port = &sig->param[s];
				if (port->span.at != tape_span(&r->t, k).at || !port->type || !read_words(r, init, port->type, port->span, &w))
					continue;
				port->preset = expr_word(c, port->type, w, tape_span(&r->t, init));
			}
		}
	}
}

/* ---- sources and sinks ---- */

static struct node *share_path(struct reader *r, tape_t v)
{
	if (tape_kind(&r->t, v) != JSON_STRING) {
		report_shape(r, v, "a path, as in \"/books/in/*.txt\"");
		return NULL;
	}
	struct span where = tape_span(&r->t, v);
	struct node *path = tree_node(r, N_RAW_STRING, where, sym_intern(r->c->syms, tape_text(&r->t, v), tape_at(&r->t, v)->len), NULL, 0);
	return tree_attr(r, where, "share", &path, 1);
}

/* The name of a source or a sink: a family's member has brackets in it. */
static sym_t outside_name(struct reader *r, tape_t key)
{
	sym_t name = 0;
	read_string(r, key, "a name", &name);
	return name;
}

static struct node *outside_decl(struct reader *r, tape_t key, bool sink)
{
	tape_t v = tape_next(&r->t, key), at, row, type, share, pond, file, window, by, as;
	struct said_late l;
	const struct member m[] = { { "type", &type, true }, { "share", &share, false }, { "pond", &pond, false }, { "file", &file, false }, { "window", &window, false },
				    { "by", &by, false }, { "late", &l.late, false }, { "then", &l.then, false }, { "idle", &l.idle, false }, { "as", &as, false },
				    { "at", &at, false }, { "row", &row, false } };
	struct node *item[6], *medium;
	uint32_t n = 0;
	sym_t name = outside_name(r, key);
	if (!read_members(r, v, sink ? "a sink" : "a source", m, sizeof m / sizeof *m) || !name)
		return NULL;
	if ((share == TAPE_NONE) == (pond == TAPE_NONE)) {
		report_shape(r, v, "either \"share\" or \"pond\"");
		return NULL;
	}
	struct span here = tape_span(&r->t, key);
	if (share != TAPE_NONE) {
		medium = share_path(r, share);
		if (medium && window != TAPE_NONE)
			list_at(kid(medium, 0), 0)->kind = N_STRING;	/* {window} */
	} else {
		medium = name_node(r, pond, "a pond's name");
		medium = medium ? tree_attr(r, medium->span, "pond", &medium, 1) : NULL;
	}
	if (!medium)
		return NULL;
	item[n++] = tree_attr(r, medium->span, "at", &medium, 1);
	struct node *in = window == TAPE_NONE ? NULL : name_node(r, window, "a window's name");
	if (in)
		item[n++] = tree_attr(r, in->span, "in", &in, 1);
	struct node *field = by == TAPE_NONE ? NULL : name_node(r, by, "a field's name");
	if (field)
		item[n++] = tree_attr(r, field->span, "by", &field, 1);
	read_lateness(r, &l, item, &n);
	struct node *kids[3] = { empty(r, here), read_type_node(r, type), tree_list(r, here, item, n) };
	return tree_named(tree_node(r, sink ? N_SINK_DECL : N_SOURCE_DECL, here, name, kids, 3), read_place(r, at, key));
}

static struct node *source_decl(struct reader *r, tape_t key) { return outside_decl(r, key, false); }
static struct node *sink_decl(struct reader *r, tape_t key) { return outside_decl(r, key, true); }

/* ---- ponds ---- */

static struct node *pond_decl(struct reader *r, tape_t key)
{
	tape_t v = tape_next(&r->t, key), at, persist, attr[ATTR_MOST];
	struct member m[ATTR_MOST + 2] = { { "at", &at, false }, { "persist", &persist, false } };
	unsigned n = 2 + attr_members(OWNED_BY_pond, m + 2, attr);
	struct node *item[ATTR_MOST + 1];
	uint32_t items = 0;
	sym_t name = key_name(r, key);
	if (!read_members(r, v, "a pond", m, n) || !name)
		return NULL;
	read_attrs(r, OWNED_BY_pond, attr, item, &items);
	struct node *share = persist == TAPE_NONE ? NULL : share_path(r, persist);
	if (share)
		item[items++] = tree_attr(r, share->span, "persist", &share, 1);
	struct node *list = tree_list(r, tape_span(&r->t, key), item, items);
	return tree_named(tree_node(r, N_POND_DECL, tape_span(&r->t, key), name, &list, 1), read_place(r, at, key));
}

struct node *read_declarations(struct reader *r, const struct declared *d)
{
	const struct { tape_t object; const char *what; struct node *(*read)(struct reader *, tape_t); } part[] = {
		{ d->types, "an object of types", type_decl }, { d->ponds, "an object of ponds", pond_decl },
		{ d->windows, "an object of windows", window_decl }, { d->locks, "an object of locks", lock_decl }, { d->states, "an object of states", state_decl }, { d->functions, "an object of functions", function_decl },
		{ d->sources, "an object of sources", source_decl }, { d->sinks, "an object of sinks", sink_decl },
		{ d->sets, "an object of calculation sets", read_set_decl },
	};
	enum { PARTS = sizeof part / sizeof *part };
	struct node **item;
	size_t cap = 0;
	uint32_t items = 0;
	for (unsigned i = 0; i < PARTS; i++)
		cap += members_in(r, part[i].object);
	item = mem_alloc((cap + 1) * sizeof *item);
	for (unsigned i = 0; i < PARTS; i++) {
		if (part[i].object == TAPE_NONE)
			continue;
		if (tape_kind(&r->t, part[i].object) != JSON_OBJECT) {
			report_shape(r, part[i].object, part[i].what);
			continue;
		}
		tape_t key = tape_first(part[i].object);
		for (uint32_t k = 0; k < tape_at(&r->t, part[i].object)->len; k++, key = tape_next(&r->t, tape_next(&r->t, key)))
			if ((item[items] = part[i].read(r, key)))
				items++;
	}
	struct node *list = tree_list(r, tape_span(&r->t, 0), item, items);
	mem_free(item);
	return tree_node(r, N_MODULE, tape_span(&r->t, 0), 0, &list, 1);
}
