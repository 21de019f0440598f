/* Functions: signature and attributes, one handler an attribute, found by a table. Leaves a struct func. */
#include "compiler/declare.h"
#include "compiler/declare_state.h"
#include "compiler/native.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "compiler/text.h"

struct reading {
	struct compilation *c;
	struct func *f;
	const struct node *command;
	size_t env_cap, secret_cap, envs, secrets;
	struct env_pair *env;
	struct secret_ref *secret;
	bool crowded;
};

static uint32_t find_port(const struct port *p, uint32_t n, sym_t name)
{
	for (uint32_t i = 0; i < n; i++)
		if (p[i].name == name)
			return i;
	return UINT32_MAX;
}

static void on_command(struct reading *r, const struct node *a) { r->command = attr_arg(a, 0); }

static void on_image(struct reading *r, const struct node *a)
{
	r->f->portable = a->flags & NODE_PORTABLE;
	attr_image(r->c, a, &r->f->image);
}

static void on_cpu(struct reading *r, const struct node *a) { attr_quantity(r->c, a, QUANTITY_CORES, &r->f->cpu_milli); }
static void on_memory(struct reading *r, const struct node *a) { attr_quantity(r->c, a, QUANTITY_BYTES, &r->f->memory); }
static void on_yields(struct reading *r, const struct node *a) { attr_quantity(r->c, a, QUANTITY_BYTES, &r->f->yields); }

static void milliseconds(struct reading *r, const struct node *a, uint64_t *out)
{
	uint64_t ns;
	if (attr_quantity(r->c, a, QUANTITY_TIME, &ns))
		*out = ns / 1000000;
}

static void on_timeout(struct reading *r, const struct node *a) { milliseconds(r, a, &r->f->timeout_ms); }
static void on_takes(struct reading *r, const struct node *a) { milliseconds(r, a, &r->f->takes_ms); }

static void on_retries(struct reading *r, const struct node *a)
{
	uint64_t n;
	if (attr_count(r->c, a, 0, 1000, &n))
		r->f->retries = (uint32_t)n;
}

static void on_effect(struct reading *r, const struct node *a)
{
	const struct words *w = &r->c->words;
	const sym_t allowed[] = { w->pure, w->idempotent, w->once, 0 };
	uint32_t which;
	if (attr_word(r->c, a, attr_arg(a, 0), allowed, "pure, idempotent and once", &which))
		r->f->effect = (uint8_t)which;
}

static void twice(struct reading *r, const struct node *a, sym_t name, const char *other)
{
	if (!strcmp(name_of(r->c, name), other))
		diag_report(r->c->diags, CF608, a->span, "variable `%s` is set twice", other);
}

static bool room(struct reading *r, const struct node *a)
{
	if (r->envs + r->secrets < LIMIT_MEMBERS)
		return true;
	if (!r->crowded)
		diag_report(r->c->diags, CF008, a->span, "a function has at most %d variables", LIMIT_MEMBERS);
	r->crowded = true;
	return false;
}

static void on_env(struct reading *r, const struct node *a)
{
	const struct node *name = attr_arg(a, 0);
	const char *value;
	if (!name || !attr_string(r->c, attr_arg(a, 1), &value) || !room(r, a))
		return;
	for (size_t i = 0; i < r->envs; i++)
		twice(r, a, name->sym, r->env[i].name);
	for (size_t i = 0; i < r->secrets; i++)
		twice(r, a, name->sym, r->secret[i].name);
	r->env = mem_grow(r->env, &r->env_cap, r->envs + 1, sizeof *r->env);
	r->env[r->envs++] = (struct env_pair){ name_of(r->c, name->sym), value };
}

static void on_secret(struct reading *r, const struct node *a)
{
	const struct node *name = attr_arg(a, 0);
	const char *from, *slash;
	if (!name || !attr_string(r->c, attr_arg(a, 1), &from) || !room(r, a))
		return;
	slash = strchr(from, '/');
	for (size_t i = 0; i < r->secrets; i++)
		twice(r, a, name->sym, r->secret[i].name);
	for (size_t i = 0; i < r->envs; i++)
		twice(r, a, name->sym, r->env[i].name);
	if (!slash || slash == from || !slash[1] || strchr(slash + 1, '/')) {
		diag_report(r->c->diags, CF107, attr_arg(a, 1)->span, "a secret is named \"secret/key\", found \"%s\"", from);
		return;
	}
	r->secret = mem_grow(r->secret, &r->secret_cap, r->secrets + 1, sizeof *r->secret);
	r->secret[r->secrets++] = (struct secret_ref){ name_of(r->c, name->sym), arena_strndup(&r->c->arena, from, (size_t)(slash - from)), slash + 1 };
}

static void stream(struct reading *r, const struct node *a, bool in, uint32_t *out)
{
	const struct node *n = attr_arg(a, 0);
	const struct signature *sig = &r->f->sig;
	struct compilation *c = r->c;
	if (!n || n->kind != N_NAME)
		return;
	*out = in ? find_port(sig->param, sig->params, n->sym) : find_port(sig->result, sig->results, n->sym);
	if (*out == UINT32_MAX && !in && n->sym == c->words.out && sig->results == 1 && !sig->result[0].name)
		*out = 0;
	if (*out == UINT32_MAX) {
		diag_report(c->diags, CF609, n->span, "`%s` is no %s of `%s`", name_of(c, n->sym), in ? "parameter" : "result", name_of(c, r->f->name));
		if (!in && sig->results == 1 && !sig->result[0].name)
			diag_help(c->diags, "a single result without a name is `out`: `stdout out`");
		return;
	}
	type_t t = in ? sig->param[*out].type : sig->result[*out].type;
	const struct type *ty = type_of(&c->types, t);
	if (ty->kind == TYPE_OPTIONAL)
		ty = type_of(&c->types, t = ty->elem);
	if (ty->kind == TYPE_LIST && ty->elem == TYPE_FILE)
		diag_report(c->diags, CF201, n->span, "`%s` is a folder of files: it cannot be a stream", name_of(c, n->sym));
}

static void on_stdin(struct reading *r, const struct node *a) { stream(r, a, true, &r->f->stdin_param); }
static void on_stdout(struct reading *r, const struct node *a) { stream(r, a, false, &r->f->stdout_result); }

static void on_native(struct reading *r, const struct node *a)
{
	attr_string(r->c, attr_arg(a, 0), &r->f->native);
}

static void on_device(struct reading *r, const struct node *a)
{
	struct func *f = r->f;
	struct device one;
	if (!attr_device(r->c, a, &one))
		return;
	for (uint32_t i = 0; i < f->devices; i++) {
		if (strcmp(f->device[i].name, one.name))
			continue;
		diag_report(r->c->diags, CF608, a->span, "device \"%s\" is said twice", one.name);
		diag_note(r->c->diags, f->device[i].span, "the first stands here");
		return;
	}
	f->device = attr_one_more(r->c, f->device, f->devices, sizeof one);
	f->device[f->devices++] = one;
}

static void one_right(struct reading *r, const struct node *verb)
{
	static const char *const verbs[] = { "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection" };
	const struct node *what = attr_arg(verb, 0);
	struct span at = verb->name_span.at ? verb->name_span : verb->span;
	struct suggest s;
	bool known = false;
	suggest_init(&s, name_of(r->c, verb->sym));
	for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		known |= !strcmp(name_of(r->c, verb->sym), verbs[i]);
		suggest_offer(&s, verbs[i]);
	}
	if (!known) {
		diag_report(r->c->diags, CF107, at, "`%s` is no right on the cluster's API", name_of(r->c, verb->sym));
		if (!suggest_say(&s, r->c->diags, at))
			diag_help(r->c->diags, "rights are get, list, watch, create, update, patch, delete and deletecollection");
	}
	if (!what)
		return;
	const char *text = name_of(r->c, what->sym);
	if (!*text || text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-./")]) {
		diag_report(r->c->diags, CF801, what->span, "`%s` cannot be the name of a resource", text);
		diag_help(r->c->diags, "resources are named in lower case and the plural: `pods`, \"apps/deployments\"");
	}
	r->f->right = attr_one_more(r->c, r->f->right, r->f->rights, sizeof *r->f->right);
	r->f->right[r->f->rights++] = (struct right){ verb->sym, what->sym, verb->span };
}

static void on_system(struct reading *r, const struct node *a)
{
	for (uint32_t i = 0; attr_arg(a, i); i++)
		one_right(r, attr_arg(a, i));
}

static void on_reads(struct reading *r, const struct node *a)
{
	declare_state_uses(r->c, a, &r->f->reads, &r->f->n_reads);
}

static void on_writes(struct reading *r, const struct node *a)
{
	declare_state_uses(r->c, a, &r->f->writes, &r->f->n_writes);
}

#define FUNCTION_ATTRS(X)                                                                                                   \
	X(command, on_command) X(image, on_image) X(cpu, on_cpu) X(memory, on_memory) X(timeout, on_timeout)              \
	X(retries, on_retries) X(effect, on_effect) X(takes, on_takes) X(yields, on_yields) X(stdin_, on_stdin)           \
	X(stdout_, on_stdout) X(native, on_native) X(env, on_env) X(secret, on_secret) X(device, on_device)                 \
	X(system, on_system) X(reads, on_reads) X(writes, on_writes)
enum function_attr {
#define ROW(word, handler) word##_ROW,
	FUNCTION_ATTRS(ROW)
#undef ROW
	FUNCTION_ATTR_COUNT,
	REPEATABLE = env_ROW	/* from env on, an attribute may stand several times */
};

static void read_attribute(struct reading *r, const struct node *a, const struct node **seen)
{
	const struct words *w = &r->c->words;
	const struct { sym_t word; void (*on)(struct reading *, const struct node *); } table[FUNCTION_ATTR_COUNT] = {
#define ROW(word, handler) { w->word, handler },
		FUNCTION_ATTRS(ROW)
#undef ROW
	};
	for (unsigned i = 0; i < FUNCTION_ATTR_COUNT; i++) {
		if (table[i].word != a->sym)
			continue;
		if (i >= REPEATABLE || attr_once(r->c, a, &seen[i]))
			table[i].on(r, a);
		return;
	}
	char construct[64];
	snprintf(construct, sizeof construct, "`%.40s` of a function", name_of(r->c, a->sym));
	refuse(r->c, a, construct);
}

/* Where both a stream and a word of the command say one result, the file would be written twice. */
static void check_streams(struct compilation *c, const struct func *f, const struct node *n)
{
	for (uint32_t w = 0; w < f->words && f->stdout_result != UINT32_MAX; w++)
		for (uint32_t p = 0; p < f->word[w].pieces; p++)
			if (f->word[w].piece[p].kind == PART_RESULT && f->word[w].piece[p].index == f->stdout_result)
				diag_report(c->diags, CF608, n->span, "result `%s` is `stdout` and stands in the command too",
					    f->sig.result[f->stdout_result].name ? name_of(c, f->sig.result[f->stdout_result].name) : "out");
}

void declare_function(struct compilation *c, struct func *f, const struct node *n)
{
	struct reading r = { .c = c, .f = f };
	const struct node *seen[FUNCTION_ATTR_COUNT] = { NULL };
	unsigned before = diag_errors(c->diags);

	f->stdin_param = f->stdout_result = UINT32_MAX;
	if (list_len(kid(n, 0))) {
		refuse(c, n, "a generic function");
		f->refused = true;
		return;
	}
	declare_signature(c, &f->sig, kid(n, 1), kid(n, 2), false);
	for (uint32_t i = 0; i < list_len(kid(n, 3)); i++)
		read_attribute(&r, list_at(kid(n, 3), i), seen);
	if (r.command && declare_command(c, f, r.command))
		check_streams(c, f, r.command);
	if (f->native && r.command) {
		diag_report(c->diags, CF608, seen[native_ROW]->span, "`%s` is native: the program of its calculation runs it", name_of(c, f->name));
		diag_note(c->diags, r.command->span, "and has a command");
		diag_help(c->diags, "leave one of them out");
	}
	if (f->native)
		declare_native(c, f, attr_arg(seen[native_ROW], 0)->span);
	if (!r.command && !*f->image && !f->native && diag_errors(c->diags) == before) {
		diag_report(c->diags, CF607, f->span, "nothing says what runs `%s`", name_of(c, f->name));
		diag_help(c->diags, "give it a command: `command [\"program\", \"{%s}\"]`, or an image", f->sig.params ? name_of(c, f->sig.param[0].name) : "out");
	}
	if (!r.command && !f->native && *f->image && diag_errors(c->diags) == before)
		declare_results_made(c, f, f->span);
	if (f->takes_ms && f->timeout_ms && f->takes_ms > f->timeout_ms) {
		diag_report(c->diags, CF608, seen[timeout_ROW]->span, "`%s` takes longer than its timeout", name_of(c, f->name));
		diag_note(c->diags, seen[takes_ROW]->span, "it takes this long");
	}
	if (f->effect == EFFECT_ONCE && f->retries) {
		diag_report(c->diags, CF610, seen[retries_ROW]->span, "`%s` is `effect once` and cannot be retried", name_of(c, f->name));
		diag_help(c->diags, "say `effect idempotent` if a second attempt does no harm, or leave `retries` out");
	}
	f->env = arena_alloc(&c->arena, (r.envs + 1) * sizeof *f->env);
	f->secret = arena_alloc(&c->arena, (r.secrets + 1) * sizeof *f->secret);
	if (r.envs)
		memcpy(f->env, r.env, r.envs * sizeof *f->env);
	if (r.secrets)
		memcpy(f->secret, r.secret, r.secrets * sizeof *f->secret);
	f->envs = (uint32_t)r.envs;
	f->secrets = (uint32_t)r.secrets;
	mem_free(r.env);
	mem_free(r.secret);
}
