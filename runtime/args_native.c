/*
 * What a native step is asked with: its program, images for its inputs and paths for its results. The program serves many steps, so
 * its environment holds nothing of this one: a function asks the runtime library for that.
 */
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "runtime/args_inner.h"
#include "runtime/flat.h"

enum { MOST_IMAGES = SLOT_MOST_INPUTS - SLOT_MOST_IMAGE };

static const char *find(struct building *b)
{
	const struct host_options *o = b->a->options;
	const char *name = flat_program_name(&b->out->arena, b->a->options->plan->program), *program = "";
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

/*
 * An input: in the message where it is small, else by its path. What a native function made stands as an image already; a source is
 * turned into one once, for all steps.
 */
struct input {
	struct buf image, path;
	bool absent;
};

static bool source_image(struct building *b, engine_value value, uint32_t source, uint32_t type, struct input *in)
{
	char **known = &b->a->source_image[source];
	struct buf path = BUF_INIT;
	bool ok = true;

	if (!*known) {
		buf_printf(&path, "%s/in/source.%u" FLAT_SUFFIX, store_data(b->a->store), source);
		ok = args_image(b->a->values, value, type, &in->image, &in->absent, b->error) &&
		     (in->absent || store_put(path.p, buf_str(&in->image), in->image.len, b->error));
		if (ok && !in->absent)
			*known = mem_strdup(path.p);
		buf_clear(&in->image);
		buf_release(&path);
	}
	if (ok && *known)
		buf_addstr(&in->path, *known);
	return ok && (in->absent || args_hand_over(b, "source", PLAN_NONE, &in->path));
}

static bool find_input(struct building *b, uint32_t param, struct input *in)
{
	const struct plan_port *port = &b->a->plan->port[b->func->first_param + param];
	engine_value value = engine_arg(b->a->engine, b->s->step, param);
	uint32_t type = resolve_bare_type(b->a->plan, port->type);
	struct engine_value_info info;
	bool stands = false;
	const char *image;
	uint32_t len;

	engine_value_get(b->a->engine, value, &info);
	if (info.kind == EV_SOURCE && resolve_bare_type(b->a->plan, info.type) == type)
		return source_image(b, value, info.source, type, in);
	if (!resolve_image(b->a->values, value, type, &image, &len) && (!resolve_flat(b->a->values, value, type, &in->path, &stands, b->error) || stands))
		return stands && args_hand_over(b, port->name, PLAN_NONE, &in->path);
	return args_image(b->a->values, value, type, &in->image, &in->absent, b->error);
}

static bool add_input(struct building *b, uint32_t param, struct input *in, struct buf *images)
{
	const struct plan_port *port = &b->a->plan->port[b->func->first_param + param];

	if (!find_input(b, param, in))
		return false;
	if (in->absent || (in->image.len && in->image.len <= SLOT_MOST_IMAGE && images->len + in->image.len < MOST_IMAGES)) {
		slot_images_add(images, in->image.p, (uint32_t)in->image.len);
	} else {
		slot_images_add(images, NULL, SLOT_ELSEWHERE);
		if (in->image.len && !args_put_input(b, port->name, in->image.p, in->image.len, &in->path))
			return false;
	}
	args_list_add(&b->argv, in->path.len ? arena_strdup(&b->out->arena, in->path.p) : "");
	return true;
}

static bool add_inputs(struct building *b)
{
	struct slot_images *images = &b->out->job.images;
	struct input in = { .image = BUF_INIT, .path = BUF_INIT };
	struct buf all = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; ok && i < b->func->params; i++) {
		buf_clear(&in.image);
		buf_clear(&in.path);
		in.absent = false;
		ok = add_input(b, i, &in, &all);
	}
	images->len = all.len;
	images->p = all.len ? memcpy(arena_alloc(&b->out->arena, all.len), all.p, all.len) : NULL;
	buf_release(&in.image);
	buf_release(&in.path);
	buf_release(&all);
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

static uint64_t layout_of(struct building *b)
{
	size_t func = (size_t)(b->func - b->a->plan->func);

	if (func >= b->a->layouts) {	/* the plan grows by launches */
		size_t more = func + 1;

		b->a->layout = mem_resize(b->a->layout, more, sizeof *b->a->layout);
		memset(b->a->layout + b->a->layouts, 0, (more - b->a->layouts) * sizeof *b->a->layout);
		b->a->layouts = more;
	}
	if (!b->a->layout[func])
		b->a->layout[func] = flat_function_hash(b->a->plan, b->func);
	return b->a->layout[func];
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
	job->layout = layout_of(b);
	job->inputs = b->func->params;
	job->nth = b->s->attempt;
	return true;
}
