/* `calcc run` and `calcc journal`: from options to the runtime. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "compiler/planner.h"
#include "runtime/plan.h"
#include "runtime/window.h"
#include "tools/commands.h"
#include "tools/run.h"
#include "tools/run_sets.h"

static struct host_binding *bindings(const struct pair_list *l)
{
	struct host_binding *b = mem_zalloc(l->count + 1, sizeof *b);
	for (size_t i = 0; i < l->count; i++)
		b[i] = (struct host_binding){ l->at[i].name, l->at[i].value };
	return b;
}

/* What is to run: a set alone, or the sets of a set of sets, each once, with the sets of its sets. */
struct chosen {
	struct compilation *c;
	bool *seen;			/* by set */
	struct plan **plan;
	size_t plans, cap;
	bool failed;			/* one has no plan; why was reported */
};

static void choose(struct chosen *k, uint32_t set)
{
	const struct set *s = &k->c->program.set[set];
	if (k->seen[set])
		return;
	k->seen[set] = true;
	if (s->is_group) {
		for (uint32_t i = 0; i < s->parts; i++)
			choose(k, s->part[i].set);
		return;
	}
	k->plan = mem_grow(k->plan, &k->cap, k->plans + 1, sizeof *k->plan);
	k->plan[k->plans] = compile_plan(k->c, set);
	k->failed |= !k->plan[k->plans];
	k->plans += !k->failed;
}

/* A pod is given its devices; here a step finds what the machine has, and shares it with others. Said once. */
static void note_devices(struct chosen *k)
{
	struct compilation *c = k->c;
	for (size_t i = 0; i < c->program.sets; i++) {
		const struct set *s = &c->program.set[i];
		for (size_t n = 0; k->seen[i] && set_has_graph(s) && n < c->graph[i].nodes; n++) {
			struct func f;
			if (c->graph[i].node[n].kind != NODE_CALL)
				continue;
			f = plan_with_defaults(c, s, &c->program.func[c->graph[i].node[n].of]);
			if (!f.devices)
				continue;
			diag_report(c->diags, CF905, f.device[0].span, "function `%s` uses device \"%s\" of this machine as it is: `calcc run` sets none aside", name_of(c, f.name),
				    f.device[0].name);
			diag_help(c->diags, "where steps cannot share it, let them run one after another: --slots 1");
			return;
		}
	}
}

/* Each set with a window runs for the one that --window says, or for its last one that is closed. */
static bool bind_windows(const struct options *o, struct chosen *k)
{
	struct buf error = BUF_INIT;
	struct timespec now;
	bool any = false, ok = true;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, start = 0;
	for (size_t i = 0; i < k->plans && ok; i++) {
		struct plan *p = k->plan[i];
		const struct plan_window *w = p->set.window == PLAN_NONE ? NULL : &p->window[p->set.window];
		any |= w != NULL;
		if (!w)
			continue;
		ok = o->window ? window_read(w, o->window, ns, &start, &error) : window_closed(w, ns, &start);
		if (ok)
			window_bind(p, start);
	}
	if (!ok)
		fprintf(stderr, "calcc: --window: %s\n", buf_str(&error));
	else if (o->window && !any)
		fprintf(stderr, "calcc: --window: the set has none: its sources and sinks are read and written once\n");
	buf_release(&error);
	return ok && (any || !o->window);
}

/* Where the program of native functions stands, for steps that run in other folders; NULL with a message when it cannot be one. */
static char *native_program(const char *said)
{
	char *path = realpath(said, NULL);
	struct stat st;
	const char *why = NULL;

	if (!path || stat(path, &st) != 0)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = "it is a folder: name the program in it, FLOW-functions once `make` has built it there";
	else if (!S_ISREG(st.st_mode))
		why = "it is no file";
	else if (access(path, X_OK) != 0)
		why = strerror(errno);
	if (!why)
		return path;
	fprintf(stderr, "calcc: --native %s: %s\n", said, why);
	free(path);
	return NULL;
}

static int run_chosen(const struct options *o, const struct chosen *k, size_t set)
{
	const struct set *s = &k->c->program.set[set];
	struct host_binding *share = bindings(&o->share), *root = bindings(&o->image_root);
	struct run_options run = {
		.work_dir = o->work_dir, .resume = o->resume, .replace = o->replace, .json = o->json, .verbose = o->verbose, .quiet = o->quiet,
		.slots = o->slots, .share = share, .shares = (uint32_t)o->share.count, .image_root = root, .image_roots = (uint32_t)o->image_root.count,
	};
	char *native = o->native ? native_program(o->native) : NULL;
	int status = CALC_EXIT_USAGE;

	run.native = native;
	if (native || !o->native)
		status = s->is_group ? run_sets(name_of(k->c, s->name), (const struct plan *const *)k->plan, k->plans, &run) : run_command(k->plan[0], &run);
	free(native);
	mem_free(share);
	mem_free(root);
	return status;
}

int command_run(const struct options *o, struct compilation *c)
{
	struct chosen k = { .c = c, .seen = mem_zalloc(c->program.sets + 1, sizeof *k.seen) };
	size_t set = compile_find_set(c, o->set);
	if (set != SIZE_MAX)
		choose(&k, (uint32_t)set);
	bool ready = command_shares(&o->share, "share", c) && set != SIZE_MAX && !k.failed;
	if (ready)
		note_devices(&k);
	int status = report_diagnostics(o, c->diags, ready ? CALC_EXIT_DONE : CALC_EXIT_WRONG);
	if (ready && status == CALC_EXIT_DONE)
		status = bind_windows(o, &k) ? run_chosen(o, &k, set) : CALC_EXIT_USAGE;
	while (k.plans)
		plan_free(k.plan[--k.plans]);
	mem_free(k.plan);
	mem_free(k.seen);
	return status;
}

int command_journal(const struct options *o) { return run_journal(o->file, o->json); }
