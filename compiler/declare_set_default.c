/*
 * `default …` of a calculation set: what its functions have that do not say it. cpu, memory and image go into the plan's set; the rest
 * is merged into the functions by planner_groups.c.
 */
#include "compiler/declare_set.h"

#include <string.h>

#include "base/limits.h"
#include "compiler/expr.h"
#include "compiler/text.h"

/* "secret/key" */
static bool read_secret(struct compilation *c, const struct node *n, struct secret_ref *out)
{
	const char *from;
	if (!attr_string(c, n, &from))
		return false;
	const char *slash = strchr(from, '/');
	if (!slash || slash == from || !slash[1] || strchr(slash + 1, '/')) {
		diag_report(c->diags, CF107, n->span, "a secret is named \"secret/key\", found \"%s\"", from);
		return false;
	}
	out->secret = arena_strndup(&c->arena, from, (size_t)(slash - from));
	out->key = slash + 1;
	return true;
}

static bool set_before(struct compilation *c, const struct set_defaults *d, const char *name, const struct node *a)
{
	bool twice = false;
	for (uint32_t i = 0; i < d->envs; i++)
		twice |= !strcmp(d->env[i].name, name);
	for (uint32_t i = 0; i < d->secrets; i++)
		twice |= !strcmp(d->secret[i].name, name);
	if (twice)
		diag_report(c->diags, CF608, a->span, "variable `%s` is set twice", name);
	else if (d->envs + d->secrets >= LIMIT_MEMBERS)
		diag_report(c->diags, CF008, a->span, "a set has at most %d variables", LIMIT_MEMBERS);
	return twice || d->envs + d->secrets >= LIMIT_MEMBERS;
}

static void default_env(struct compilation *c, struct set_defaults *d, const struct node *a)
{
	struct env_pair one = { name_of(c, attr_arg(a, 0)->sym), NULL };
	if (!attr_string(c, attr_arg(a, 1), &one.value) || set_before(c, d, one.name, a))
		return;
	d->env = attr_one_more(c, d->env, d->envs, sizeof one);
	d->env[d->envs++] = one;
}

static void default_secret(struct compilation *c, struct set_defaults *d, const struct node *a)
{
	struct secret_ref one = { .name = name_of(c, attr_arg(a, 0)->sym) };
	if (!read_secret(c, attr_arg(a, 1), &one) || set_before(c, d, one.name, a))
		return;
	d->secret = attr_one_more(c, d->secret, d->secrets, sizeof one);
	d->secret[d->secrets++] = one;
}

static void default_device(struct compilation *c, struct set_defaults *d, const struct node *a)
{
	struct device one;
	if (!attr_device(c, a, &one))
		return;
	for (uint32_t i = 0; i < d->devices; i++) {
		if (strcmp(d->device[i].name, one.name))
			continue;
		diag_report(c->diags, CF608, a->span, "device \"%s\" is said twice", one.name);
		diag_note(c->diags, d->device[i].span, "the first stands here");
		return;
	}
	d->device = attr_one_more(c, d->device, d->devices, sizeof one);
	d->device[d->devices++] = one;
}

void declare_default(struct compilation *c, struct set *s, const struct node *outer, const struct node **seen)
{
	const struct words *w = &c->words;
	struct set_defaults *d = &s->defaults;
	const struct node *a = attr_arg(outer, 0);
	uint64_t v;
	if (!a)
		return;
	if (a->sym == w->cpu && attr_once(c, a, &seen[SET_DEFAULT_CPU])) {
		attr_quantity(c, a, QUANTITY_CORES, &s->plan.cpu_milli);
	} else if (a->sym == w->memory && attr_once(c, a, &seen[SET_DEFAULT_MEMORY])) {
		attr_quantity(c, a, QUANTITY_BYTES, &s->plan.memory);
	} else if (a->sym == w->image && attr_once(c, a, &seen[SET_DEFAULT_IMAGE])) {
		d->portable = a->flags & NODE_PORTABLE;
		attr_image(c, a, &s->plan.image);
	} else if (a->sym == w->retries && attr_once(c, a, &seen[SET_DEFAULT_RETRIES])) {
		if (attr_count(c, a, 0, 1000, &v))
			d->retries = (uint32_t)v;
	} else if (a->sym == w->timeout && attr_once(c, a, &seen[SET_DEFAULT_TIMEOUT])) {
		if (attr_quantity(c, a, QUANTITY_TIME, &v))
			d->timeout_ms = v / 1000000;
	} else if (a->sym == w->env) {
		default_env(c, d, a);
	} else if (a->sym == w->secret) {
		default_secret(c, d, a);
	} else if (a->sym == w->device) {
		default_device(c, d, a);
	}
}
