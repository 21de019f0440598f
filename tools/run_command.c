/* `calcc run` and `calcc journal`: from options to the runtime. */
#include "base/exit.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "tools/commands.h"
#include "tools/run.h"

static struct host_binding *bindings(const struct pair_list *l)
{
	struct host_binding *b = mem_zalloc(l->count + 1, sizeof *b);
	for (size_t i = 0; i < l->count; i++)
		b[i] = (struct host_binding){ l->at[i].name, l->at[i].value };
	return b;
}

int command_run(const struct options *o, struct compilation *c)
{
	size_t set = compile_find_set(c, o->set);
	struct plan *plan = set == SIZE_MAX ? NULL : compile_plan(c, set);
	int reported = report_diagnostics(o, c->diags, plan ? CALC_EXIT_DONE : CALC_EXIT_WRONG);
	if (!plan || reported != CALC_EXIT_DONE) {
		plan_free(plan);
		return reported;
	}
	struct host_binding *share = bindings(&o->share), *root = bindings(&o->image_root);
	struct run_options run = {
		.work_dir = o->work_dir, .resume = o->resume, .replace = o->replace, .json = o->json, .verbose = o->verbose, .quiet = o->quiet,
		.slots = o->slots, .share = share, .shares = (uint32_t)o->share.count, .image_root = root, .image_roots = (uint32_t)o->image_root.count,
	};
	int status = run_command(plan, &run);
	mem_free(share);
	mem_free(root);
	plan_free(plan);
	return status;
}

int command_journal(const struct options *o) { return run_journal(o->file, o->json); }
