/*
 * plan_check: types, and functions, which are made of them. Types are compared by fingerprints of their structure,
 * made from the leaves up; a cycle or a tower of more than PLAN_MAX_DEPTH is refused on the way.
 */
#include "runtime/plan_check.h"

#include "base/mem.h"
#include "runtime/window.h"

enum { DOMAIN_TYPE = 0x65707974 };
enum colour { UNSEEN, OPEN, CLOSED };

static bool check_type(struct check *c, uint32_t i)
{
	const struct plan *p = c->p;
	const struct plan_type *t = &p->type[i];
	const char **names;
	const char *twice = NULL;
	bool named = t->kind != PLAN_FLOW, typed = t->kind != PLAN_ENUM, whole = true;

	if (t->kind > PLAN_FLOW)
		return check_fail(c, "types[%u].kind: unknown", i);
	if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL)
		return t->elem < p->types || check_fail(c, "types[%u].elem: out of range", i);
	if (t->kind != PLAN_RECORD && t->kind != PLAN_ENUM && t->kind != PLAN_CHOICE && t->kind != PLAN_FLOW)
		return true;
	if ((t->kind == PLAN_RECORD || t->kind == PLAN_ENUM) && (!t->name || !t->name[0]))
		return check_fail(c, "types[%u]: has no name", i);
	if (t->kind == PLAN_FLOW && t->params > t->count)
		return check_fail(c, "types[%u]: more parameters than there are fields", i);
	if (t->kind == PLAN_CHOICE && !t->count)
		return check_fail(c, "types[%u]: a choice of nothing", i);
	if (!check_slice(t->first, t->count, p->fields))
		return check_fail(c, "types[%u]: fields out of range", i);
	c->uses += t->count;
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "types: too many fields in all");
	names = mem_zalloc(t->count, sizeof *names);
	for (uint32_t f = 0; f < t->count; f++) {
		const struct plan_field *field = &p->field[t->first + f];

		names[f] = field->name ? field->name : "";
		whole = whole && (names[f][0] || !named) && (typed ? field->type < p->types : field->type == PLAN_NONE);
	}
	if (whole && named)
		twice = check_twice(names, t->count);
	mem_free(names);
	if (twice)
		return check_fail(c, "types[%u]: `%s` stands twice", i, twice);
	return whole || check_fail(c, "types[%u]: a field without a name, or with a type out of place", i);
}

static bool has_parts(const struct plan_type *t)
{
	return t->kind == PLAN_RECORD || t->kind == PLAN_CHOICE || t->kind == PLAN_FLOW;
}

/* The types that type i is made of: `at`th, or PLAN_NONE after the last. */
static uint32_t part_of(const struct plan *p, uint32_t i, uint32_t at)
{
	const struct plan_type *t = &p->type[i];

	if (has_parts(t))
		return at < t->count ? p->field[t->first + at].type : PLAN_NONE;
	return at == 0 && (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL) ? t->elem : PLAN_NONE;
}

static void add_text(struct fingerprint_state *s, const char *text)
{
	fingerprint_bytes(s, text, strlen(text));
}

static struct fingerprint type_fingerprint(const struct check *c, uint32_t i)
{
	const struct plan_type *t = &c->p->type[i];
	struct fingerprint_state s;

	fingerprint_begin(&s, DOMAIN_TYPE);
	fingerprint_word(&s, t->kind);
	if (t->kind == PLAN_STRING || t->kind == PLAN_FLOW)
		fingerprint_word(&s, t->params);
	if (t->kind == PLAN_LIST || t->kind == PLAN_OPTIONAL)
		fingerprint_add(&s, c->type[t->elem]);
	if (t->kind == PLAN_RECORD || t->kind == PLAN_ENUM)
		add_text(&s, t->name);
	if (has_parts(t) || t->kind == PLAN_ENUM) {
		fingerprint_word(&s, t->count);
		for (uint32_t f = 0; f < t->count; f++) {
			if (t->kind != PLAN_FLOW)	/* a flow's names are for people */
				add_text(&s, c->p->field[t->first + f].name);
			if (has_parts(t))
				fingerprint_add(&s, c->type[c->p->field[t->first + f].type]);
		}
	}
	return fingerprint_end(&s);
}

/* What is known of types that are closed. weight: types in it, counted as often as they occur: who walks a type walks that many. */
struct closing {
	uint8_t *colour, *height;
	uint32_t *weight;
};
enum { WEIGHT_MOST = 1 << 20 };

static bool weigh(struct check *c, uint32_t type, uint32_t *weight)
{
	uint64_t sum = 1;

	for (uint32_t at = 0, part; (part = part_of(c->p, type, at)) != PLAN_NONE; at++)
		sum += weight[part];
	weight[type] = sum < WEIGHT_MOST ? (uint32_t)sum : WEIGHT_MOST;
	return sum < WEIGHT_MOST || check_fail(c, "types[%u]: too large, with all that it holds", type);
}

/* Depth first from type `root`; the path from it is never longer than PLAN_MAX_DEPTH. */
static bool close_types(struct check *c, uint32_t root, struct closing *closing)
{
	struct { uint32_t type, at; } path[PLAN_MAX_DEPTH];
	uint8_t *colour = closing->colour, *height = closing->height;
	unsigned deep = 0;

	if (colour[root] == CLOSED)
		return true;
	path[deep].type = root;
	path[deep++].at = 0;
	colour[root] = OPEN;
	while (deep) {
		uint32_t type = path[deep - 1].type, part = part_of(c->p, type, path[deep - 1].at++);

		if (part == PLAN_NONE) {
			c->type[type] = type_fingerprint(c, type);
			colour[type] = CLOSED;
			if (!weigh(c, type, closing->weight))
				return false;
			if (--deep && height[path[deep - 1].type] < height[type] + 1)
				height[path[deep - 1].type] = (uint8_t)(height[type] + 1);
		} else if (colour[part] == OPEN) {
			return check_fail(c, "types[%u]: contains itself", part);
		} else if (colour[part] == CLOSED) {
			if (height[type] < height[part] + 1)
				height[type] = (uint8_t)(height[part] + 1);
		} else {
			if (deep == PLAN_MAX_DEPTH)
				return check_fail(c, "types[%u]: nested too deeply", root);
			colour[part] = OPEN;
			path[deep].type = part;
			path[deep++].at = 0;
		}
		if (height[type] >= PLAN_MAX_DEPTH)
			return check_fail(c, "types[%u]: nested too deeply", type);
	}
	return true;
}

bool check_types(struct check *c)
{
	struct closing closing = { mem_zalloc(c->p->types, 1), mem_zalloc(c->p->types, 1), mem_zalloc(c->p->types, sizeof(uint32_t)) };
	bool ok = true;

	c->type = mem_zalloc(c->p->types, sizeof *c->type);
	for (uint32_t i = 0; ok && i < c->p->types; i++)
		ok = check_type(c, i);
	for (uint32_t i = 0; ok && i < c->p->types; i++)
		ok = close_types(c, i, &closing);
	mem_free(closing.colour);
	mem_free(closing.height);
	mem_free(closing.weight);
	return ok;
}

bool check_fits_across(const struct check *a, uint32_t from, const struct check *b, uint32_t to)
{
	for (;;) {
		const struct plan_type *f = &a->p->type[from], *t = &b->p->type[to];

		if (a->type[from].a == b->type[to].a && a->type[from].b == b->type[to].b)
			return true;
		if (t->kind == PLAN_STRING && f->kind == PLAN_STRING)
			return !t->params || (f->params && f->params <= t->params);
		if (t->kind == PLAN_OPTIONAL)
			from = f->kind == PLAN_OPTIONAL ? f->elem : from;
		else if (t->kind == PLAN_LIST && f->kind == PLAN_LIST)
			from = f->elem;
		else
			return false;
		to = t->elem;
	}
}

bool check_fits(const struct check *c, uint32_t from, uint32_t to) { return check_fits_across(c, from, c, to); }

/* ---- functions ---- */

static bool check_func_ports(struct check *c, uint32_t f, uint32_t first, uint32_t count, const char *what)
{
	const struct plan *p = c->p;
	const char **names;
	const char *twice;
	bool whole = true;

	if (!check_slice(first, count, p->ports))
		return check_fail(c, "funcs[%u]: %s out of range", f, what);
	c->uses += count;
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "funcs: too many parameters in all");
	names = mem_zalloc(count, sizeof *names);
	for (uint32_t i = 0; i < count; i++) {
		const struct plan_port *port = &p->port[first + i];

		names[i] = port->name;
		whole = whole && check_word_name(port->name) && !strchr(port->name, '/') && port->type < p->types &&
			(port->format < FORMAT_FLAT || (port->format == FORMAT_FLAT && flat_has_form(&c->flat, port->type)));
	}
	twice = whole ? check_twice(names, count) : NULL;
	mem_free(names);
	if (twice)
		return check_fail(c, "funcs[%u]: `%s` stands twice", f, twice);
	return whole || check_fail(c, "funcs[%u]: one of its %s has a bad name, type or format", f, what);
}

/* The type of ".field[3].other" seen from a type; PLAN_NONE when there is none. */
static uint32_t path_type(const struct plan *p, uint32_t type, const char *path)
{
	while (*path) {
		const struct plan_type *t = &p->type[type];
		size_t len;
		uint32_t f = 0;

		if (t->kind == PLAN_OPTIONAL) {
			type = t->elem;
			continue;
		}
		if (*path == '[' && t->kind == PLAN_LIST) {
			len = strspn(path + 1, "0123456789");
			if (!len || len > 9 || path[len + 1] != ']')
				return PLAN_NONE;
			path += len + 2;
			type = t->elem;
			continue;
		}
		if (*path != '.' || t->kind != PLAN_RECORD)
			return PLAN_NONE;
		len = strcspn(++path, ".[");
		while (f < t->count && (strlen(p->field[t->first + f].name) != len ||
					memcmp(p->field[t->first + f].name, path, len) != 0))
			f++;
		if (f == t->count)
			return PLAN_NONE;
		type = p->field[t->first + f].type;
		path += len;
	}
	return type;
}

static bool check_part(struct check *c, const struct plan_func *f, uint32_t i, bool literal)
{
	const struct plan *p = c->p;
	const struct plan_part *part = &p->part[i];

	if (literal && part->kind != PART_TEXT)
		return check_fail(c, "parts[%u]: an env value is text", i);
	switch (part->kind) {
	case PART_TEXT:
		return part->text || check_fail(c, "parts[%u]: has no text", i);
	case PART_PARAM:
		if (part->index >= f->params)
			return check_fail(c, "parts[%u]: parameter out of range", i);
		if (part->text && path_type(p, p->port[f->first_param + part->index].type, part->text) == PLAN_NONE)
			return check_fail(c, "parts[%u]: no such path in its parameter", i);
		return true;
	case PART_RESULT:
		return part->index < f->results || check_fail(c, "parts[%u]: result out of range", i);
	case PART_STATE:
		return part->index < f->uses || check_fail(c, "parts[%u]: use of a state out of range", i);
	case PART_WINDOW:
		if (p->set.window == PLAN_NONE)
			return check_fail(c, "parts[%u]: the set has no window", i);
		return window_is_part(part->text) || check_fail(c, "parts[%u]: no part of a window", i);
	default:
		return check_fail(c, "parts[%u].kind: unknown", i);
	}
}

static bool check_word(struct check *c, const struct plan_func *f, struct plan_word w, bool literal)
{
	if (!check_slice(w.first, w.count, c->p->parts))
		return check_fail(c, "funcs[%u]: parts out of range", (unsigned)(f - c->p->func));
	c->uses += w.count + UINT64_C(1);
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "funcs: too many parts in all");
	for (uint32_t i = 0; i < w.count; i++)
		if (!check_part(c, f, w.first + i, literal))
			return false;
	return true;
}

static bool is_variable(const char *name)
{
	if (!name || !name[0] || strchr("0123456789", name[0]))
		return false;
	return !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool check_environment(struct check *c, uint32_t i, const struct plan_func *f)
{
	const struct plan *p = c->p;
	const char **names, *twice;

	if (!check_slice(f->first_env, f->envs, p->envs) || !check_slice(f->first_secret, f->secrets, p->secrets))
		return check_fail(c, "funcs[%u]: env or secret out of range", i);
	for (uint32_t k = f->first_env; k < f->first_env + f->envs; k++)
		if (!is_variable(p->env[k].name))
			return check_fail(c, "envs[%u].name: not a variable's name", k);
		else if (!check_word(c, f, p->env[k].value, true))
			return false;
	for (uint32_t k = f->first_secret; k < f->first_secret + f->secrets; k++)
		if (!is_variable(p->secret[k].name) || !check_word_name(p->secret[k].secret) || !check_word_name(p->secret[k].key) ||
		    strchr(p->secret[k].secret, '/') || strchr(p->secret[k].key, '/'))
			return check_fail(c, "secrets[%u]: not a variable's name, or no secret's", k);
	c->uses += (uint64_t)f->envs + f->secrets;
	if (c->uses > PLAN_MAX_USES)
		return check_fail(c, "funcs: too many variables in all");
	names = mem_zalloc((size_t)f->envs + f->secrets, sizeof *names);
	for (uint32_t k = 0; k < f->envs; k++)
		names[k] = p->env[f->first_env + k].name;
	for (uint32_t k = 0; k < f->secrets; k++)
		names[f->envs + k] = p->secret[f->first_secret + k].name;
	twice = check_twice(names, (size_t)f->envs + f->secrets);
	mem_free(names);
	return !twice || check_fail(c, "funcs[%u]: variable `%s` stands twice", i, twice);
}

static bool check_native(struct check *c, uint32_t i, const struct plan_func *f)
{
	if (!is_variable(f->native))
		return check_fail(c, "funcs[%u].native: not a C function's name", i);
	if (f->words || f->expr != PLAN_NONE || f->stdin_param != PLAN_NONE || f->stdout_result != PLAN_NONE)
		return check_fail(c, "funcs[%u]: native, and with a command, an expression or a stream", i);
	for (uint32_t k = 0; k < f->params + f->results; k++) {
		uint32_t port = k < f->params ? f->first_param + k : f->first_result + k - f->params;

		if (c->p->port[port].format != FORMAT_FLAT)
			return check_fail(c, "funcs[%u]: native, and port `%s` is not flat", i, c->p->port[port].name);
	}
	return true;
}

static bool check_func(struct check *c, uint32_t i)
{
	const struct plan_func *f = &c->p->func[i];

	if (!check_word_name(f->name) || !f->image || !f->loc)
		return check_fail(c, "funcs[%u]: not a name, or a text is missing", i);
	if (!check_func_ports(c, i, f->first_param, f->params, "parameters") ||
	    !check_func_ports(c, i, f->first_result, f->results, "results"))
		return false;
	if (!check_slice(f->first_word, f->words, c->p->words))
		return check_fail(c, "funcs[%u]: words out of range", i);
	if (!check_slice(f->first_use, f->uses, c->p->uses))
		return check_fail(c, "funcs[%u]: uses out of range", i);
	for (uint32_t w = 0; w < f->words; w++)
		if (!check_word(c, f, c->p->word[f->first_word + w], false))
			return false;
	if (!check_environment(c, i, f))
		return false;
	if ((f->stdin_param != PLAN_NONE && f->stdin_param >= f->params) ||
	    (f->stdout_result != PLAN_NONE && f->stdout_result >= f->results))
		return check_fail(c, "funcs[%u]: stdin or stdout out of range", i);
	if (f->effect > EFFECT_ONCE || f->retries > PLAN_MAX_RETRIES)
		return check_fail(c, "funcs[%u]: effect or retries out of range", i);
	if (f->effect == EFFECT_ONCE && f->retries)
		return check_fail(c, "funcs[%u]: retries need `pure` or `idempotent`", i);
	if (f->group != PLAN_NONE && f->group >= c->p->groups)
		return check_fail(c, "funcs[%u].group: out of range", i);
	if (f->native && !check_native(c, i, f))
		return false;
	if (!f->digest || strlen(f->digest) != 64 || f->digest[strspn(f->digest, "0123456789abcdef")])
		return check_fail(c, "funcs[%u].digest: not 64 hexadecimal digits", i);
	return true;
}

bool check_funcs(struct check *c)
{
	for (uint32_t i = 0; i < c->p->funcs; i++)
		if (!check_func(c, i))
			return false;
	return true;
}
