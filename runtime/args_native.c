/*
 * What a native step is asked with: its program, images for its inputs and paths for its results. The program serves many steps, so
 * its environment holds nothing of this one: a function asks the runtime library for that.
 */
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/args_inner.h"
#include "runtime/flat.h"

/* "plant.cf" → "plant-functions"; a graph document is called by its program. */
static const char *program_name(struct building *b)
{
	const char *name = b->a->options->plan->program, *dot = strrchr(name, '.');
	size_t len = dot && dot > name ? (size_t)(dot - name) : strlen(name);

	if (len > 6 && memcmp(name + len - 6, ".graph", 6) == 0)
		len -= 6;
	return arena_printf(&b->out->arena, "%.*s-functions", (int)len, name);
}

static const char *find(struct building *b)
{
	const struct host_options *o = b->a->options;
	const char *name = program_name(b), *program = "";
	struct buf why = BUF_INIT;

	if (o->native && !o->in_pod)
		return o->native;
	if (!args_function_program(b->a, (uint32_t)(b->func - b->a->plan->func), name, &program, &why)) {
		buf_printf(b->error, "`%s` is native, and %s: build its program (`calcc FLOW.cf --emit=stub -o DIR`, then make there), and name it "
			   "with --native FILE or put it into PATH", b->func->name, why.p);
		program = NULL;
	}
	buf_release(&why);
	return program;
}

static bool add_inputs(struct building *b)
{
	struct buf path = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < b->func->params; i++) {
		bool absent = false;

		buf_clear(&path);
		ok = args_input_path(b, i, &path, &absent);
		args_list_add(&b->argv, absent || !path.len ? "" : arena_strdup(&b->out->arena, path.p));
	}
	buf_release(&path);
	return ok;
}

static bool add_results(struct building *b)
{
	for (uint32_t r = 0; r < b->func->results; r++) {
		const char *port = b->a->plan->port[b->func->first_result + r].name;

		if (b->a->options->in_pod && !store_begin_file(b->a->store, b->s->slot, port, b->error))
			return false;
		args_list_add(&b->argv, arena_printf(&b->out->arena, "%s/out/%s", b->s->folder, port));
	}
	return true;
}

bool args_native(struct building *b)
{
	struct slot_job *job = &b->out->job;
	const char *program = find(b);

	if (!program)
		return false;
	args_list_add(&b->argv, program);
	if (!add_inputs(b) || !add_results(b))
		return false;
	job->native = b->func->native;
	job->step = arena_strdup(&b->out->arena, b->s->path);
	job->layout = flat_function_hash(b->a->plan, b->func);
	job->inputs = b->func->params;
	job->nth = b->s->attempt;
	return true;
}
