/*
 * The plan of a function that is served: cut out of a set's plan, with the types, words and variables that it needs and nothing
 * else. So a change elsewhere in the program leaves it as it is, and its pods run on.
 */
#include "emitters/list.h"

#include <string.h>

#include "base/mem.h"

struct cut {
	const struct plan *from;
	struct plan *to;
	uint32_t *type;		/* of each of from's: its place in `to`; PLAN_NONE */
};

/* Room for `more` rows behind those that are there. */
static void *rows(struct cut *t, void *have, uint32_t count, uint32_t more, size_t size)
{
	void *grown = arena_zalloc(&t->to->arena, (size_t)count + more + 1, size);

	if (count)
		memcpy(grown, have, (size_t)count * size);
	return grown;
}

/* First the type's own place, then what it is made of: types may lead to each other. */
static uint32_t cut_type(struct cut *t, uint32_t type)
{
	const struct plan_type *of = &t->from->type[type];
	bool fields = of->kind == PLAN_RECORD || of->kind == PLAN_ENUM || of->kind == PLAN_CHOICE || of->kind == PLAN_FLOW;
	uint32_t at = t->type[type], first;

	if (at != PLAN_NONE)
		return at;
	at = t->type[type] = t->to->types++;
	t->to->type[at] = *of;
	if (of->kind == PLAN_LIST || of->kind == PLAN_OPTIONAL) {
		uint32_t elem = cut_type(t, of->elem);

		t->to->type[at].elem = elem;
	}
	if (!fields)
		return at;
	first = t->to->fields;
	t->to->fields += of->count;
	t->to->type[at].first = first;
	for (uint32_t i = 0; i < of->count; i++) {
		const struct plan_field *f = &t->from->field[of->first + i];
		uint32_t its = f->type == PLAN_NONE ? PLAN_NONE : cut_type(t, f->type);

		t->to->field[first + i] = (struct plan_field){ f->name, its };
	}
	return at;
}

static uint32_t cut_ports(struct cut *t, uint32_t first, uint32_t count)
{
	uint32_t at = t->to->ports;

	t->to->port = rows(t, t->to->port, at, count, sizeof *t->to->port);
	for (uint32_t i = 0; i < count; i++) {
		t->to->port[at + i] = t->from->port[first + i];
		t->to->port[at + i].type = cut_type(t, t->from->port[first + i].type);
	}
	t->to->ports += count;
	return at;
}

static uint32_t optional(struct cut *t, uint32_t type)
{
	if (t->to->type[type].kind == PLAN_OPTIONAL)
		return type;
	t->to->type[t->to->types] = (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = type, .name = "" };
	return t->to->types++;
}

static void add_port(struct cut *t, const struct plan_state *s, uint32_t type)
{
	t->to->port = rows(t, t->to->port, t->to->ports, 1, sizeof *t->to->port);
	t->to->port[t->to->ports++] = (struct plan_port){ s->name, type, s->format };
}

/*
 * Parameters and results, and behind them the states: what the function touches comes with a request, what it writes goes with the
 * answer. One that a step writes first may be missing where it is written.
 */
static void cut_signature(struct cut *t, struct plan_func *f)
{
	const struct plan *from = t->from;
	const struct plan_use *use = from->use + f->first_use;
	struct plan *to = t->to;

	to->state = arena_zalloc(&to->arena, (size_t)f->uses + 1, sizeof *to->state);
	to->use = arena_zalloc(&to->arena, (size_t)f->uses + 1, sizeof *to->use);
	to->states = to->uses = f->uses;
	f->first_param = cut_ports(t, f->first_param, f->params);
	for (uint32_t i = 0; i < f->uses; i++) {
		const struct plan_state *s = &from->state[use[i].state];
		uint32_t type = cut_type(t, s->type);

		to->state[i] = *s;
		to->state[i].type = type;
		to->use[i] = (struct plan_use){ i, use[i].writes, f->params++, PLAN_NONE };
		add_port(t, s, use[i].writes && !s->init ? optional(t, type) : type);
	}
	f->first_result = cut_ports(t, f->first_result, f->results);
	for (uint32_t i = 0; i < f->uses; i++)
		if (use[i].writes) {
			to->use[i].result = f->results++;
			add_port(t, &to->state[i], to->state[i].type);
		}
	f->first_use = 0;
}

static struct plan_word cut_word(struct cut *t, struct plan_word w)
{
	uint32_t at = t->to->parts;

	if (w.count)
		memcpy(t->to->part + at, t->from->part + w.first, w.count * sizeof *t->to->part);
	t->to->parts += w.count;
	return (struct plan_word){ at, w.count };
}

static void cut_command(struct cut *t, struct plan_func *f)
{
	const struct plan_func of = *f;

	uint32_t parts = 0;

	for (uint32_t i = 0; i < of.words; i++)
		parts += t->from->word[of.first_word + i].count;
	for (uint32_t i = 0; i < of.envs; i++)
		parts += t->from->env[of.first_env + i].value.count;
	t->to->part = rows(t, NULL, 0, parts, sizeof *t->to->part);
	f->first_word = f->first_env = f->first_secret = 0;
	t->to->word = rows(t, NULL, 0, of.words, sizeof *t->to->word);
	for (uint32_t i = 0; i < of.words; i++)
		t->to->word[i] = cut_word(t, t->from->word[of.first_word + i]);
	t->to->words = of.words;
	t->to->env = rows(t, NULL, 0, of.envs, sizeof *t->to->env);
	for (uint32_t i = 0; i < of.envs; i++) {
		const struct plan_env *e = &t->from->env[of.first_env + i];

		t->to->env[i] = (struct plan_env){ e->name, cut_word(t, e->value) };
	}
	t->to->envs = of.envs;
	t->to->secret = rows(t, NULL, 0, of.secrets, sizeof *t->to->secret);
	if (of.secrets)
		memcpy(t->to->secret, t->from->secret + of.first_secret, of.secrets * sizeof *t->to->secret);
	t->to->secrets = of.secrets;
}

static struct plan_func request(const struct plan_func *f)
{
	struct plan_func given = *f;

	given.name = "request";
	given.image = given.loc = "";
	given.native = NULL;
	given.portable = given.api = false;
	given.digest = "0000000000000000000000000000000000000000000000000000000000000000";
	given.params = given.words = given.envs = given.secrets = given.uses = 0;
	given.first_param = given.first_word = given.first_env = given.first_secret = 0;
	given.first_result = f->first_param;
	given.results = f->params;
	given.stdin_param = given.stdout_result = PLAN_NONE;
	given.effect = EFFECT_PURE;
	given.retries = 0;
	given.timeout_ms = given.cpu_milli = given.memory = given.takes_ms = given.yields = 0;
	return given;
}

/* The two steps, and the values between them. */
static void make_steps(struct plan *p, const struct plan_func *f)
{
	p->value = arena_zalloc(&p->arena, (size_t)f->params + 1, sizeof *p->value);
	p->item = arena_zalloc(&p->arena, (size_t)f->params + 1, sizeof *p->item);
	for (uint32_t i = 0; i < f->params; i++) {
		p->value[i] = (struct plan_value){ VALUE_PORT, p->port[f->first_param + i].type, 0, i };
		p->item[i] = i;
	}
	p->values = p->items = f->params;
	p->node = arena_zalloc(&p->arena, 2, sizeof *p->node);
	p->node[0] = (struct plan_node){ .kind = NODE_CALL, .name = "request", .loc = "", .of = 0, .first_medium = PLAN_NONE, .rank = 1 };
	p->node[1] = (struct plan_node){ .kind = NODE_CALL, .name = f->name, .loc = "", .of = 1, .args = f->params,
					 .first_medium = PLAN_NONE, .order = 1 };
	p->nodes = 2;
	p->block = arena_zalloc(&p->arena, 1, sizeof *p->block);
	p->block[0] = (struct plan_block){ .node = PLAN_NONE, .nodes = 2, .rows = 1 };
	p->blocks = 1;
}

/* What of the set a served function sees: its name, for CALC_FLOW, and its image. */
static struct plan_set bare_set(const struct plan_set *of)
{
	struct plan_set s = *of;

	s.loc = "";
	s.row = NULL;
	s.order = ORDER_PARALLEL;
	s.slots = s.ahead = 1;
	s.on_list = s.scratch_memory = false;
	s.scratch = s.cpu_milli = s.memory = 0;
	s.timeout_ms = 86400000;
	s.slot_image = NULL;
	return s;
}

static size_t all_fields(const struct plan *p)
{
	size_t count = 0;

	for (uint32_t i = 0; i < p->types; i++)
		count += p->type[i].count;
	return count;
}

void list_piece(const struct plan *p, uint32_t func, struct buf *text)
{
	struct plan *piece = plan_new();
	struct cut t = { .from = p, .to = piece, .type = mem_alloc(((size_t)p->types + 1) * sizeof *t.type) };
	struct plan_func f = p->func[func];

	for (uint32_t i = 0; i < p->types; i++)
		t.type[i] = PLAN_NONE;
	piece->program = p->program;
	piece->set = bare_set(&p->set);
	f.loc = "";			/* a line that moves changes nothing */
	piece->type = arena_zalloc(&piece->arena, (size_t)p->types + f.uses + 1, sizeof *piece->type);
	piece->field = arena_zalloc(&piece->arena, all_fields(p) + 1, sizeof *piece->field);
	f.group = PLAN_NONE;
	cut_signature(&t, &f);
	cut_command(&t, &f);
	f.retries = 0;			/* who sends the request decides */
	piece->func = arena_zalloc(&piece->arena, 2, sizeof *piece->func);
	piece->func[0] = request(&f);
	piece->func[1] = f;
	piece->funcs = 2;
	make_steps(piece, &f);
	plan_write(piece, text);
	mem_free(t.type);
	plan_free(piece);
}
