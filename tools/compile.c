/* `calcc FLOW -o DIR`: plans to the emitters, and what they made to the disk, whole or not at all. */
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "emitters/emit.h"
#include "emitters/output.h"
#include "runtime/plan_images.h"
#include "tools/commands.h"

/* Parts of "NAME[,SIZE[,CLASS]]", in memory of their own. */
static bool read_claim(const struct name_value *v, struct emit_claim *out, struct arena *a)
{
	char *text = arena_strdup(a, v->value), *size = strchr(text, ','), *class = size ? strchr(size + 1, ',') : NULL;
	if (size)
		*size++ = 0;
	if (class)
		*class++ = 0;
	*out = (struct emit_claim){ v->name, text, size, class };
	if (*text && (!size || *size) && (!class || *class))
		return true;
	fprintf(stderr, "calcc: --claim wants SHARE=NAME[,SIZE[,CLASS]], found `%s=%s`\n", v->name, v->value);
	return false;
}

/* "NAME" or "NAMESPACE/NAME". */
static void read_gateway(const struct options *o, struct emit_options *eo, struct arena *a)
{
	char *text = o->gateway ? arena_strdup(a, o->gateway) : NULL, *slash = text ? strchr(text, '/') : NULL;
	if (slash)
		*slash++ = 0;
	eo->gateway = slash ? slash : text;
	eo->gateway_namespace = slash ? text : NULL;
}

/* Which emitters: all, or the one of --emit. */
static bool wanted(const struct options *o, enum emitter e)
{
	return o->emit ? emitter_by_name(o->emit) == e : e != EMIT_GRAPH && e != EMIT_STUB && e != EMIT_MERMAID;
}

static bool in_a_group(const struct compilation *c, const struct set *s)
{
	for (size_t i = 0; i < c->program.sets; i++)
		for (uint32_t k = 0; k < c->program.set[i].parts; k++)
			if (&c->program.set[c->program.set[i].part[k].set] == s)
				return true;
	return false;
}

/* A Job alone cannot say that it starts when another's sink is published; a CalculationSet can, of the set or of the set of sets that runs it. */
static bool can_wait(struct compilation *c, const struct set *s)
{
	if (!s->afters || s->plan.on_list || in_a_group(c, s))
		return true;
	const struct set *first = &c->program.set[s->after[0]];
	diag_report(c->diags, CF030, s->read[0].span, "`%s` starts when `%s` has published `%s`: manifests cannot say that yet", name_of(c, s->name), name_of(c, first->name),
		    name_of(c, c->program.outside[s->read[0].sink].name));
	diag_help(c->diags, "let a set of sets run both (`calcset all on list { run %s()  run %s() }`), leave it out (--set %s), or run both on this machine: calcc run",
		  name_of(c, first->name), name_of(c, s->name), name_of(c, first->name));
	return false;
}

/* The objects of a set on a list say what a plan cannot yet; other sets need one that runs. */
static struct plan *plan_of(const struct options *o, struct compilation *c, size_t set)
{
	const struct set *s = &c->program.set[set];
	return wanted(o, EMIT_KUBERNETES) && s->plan.on_list ? compile_picture(c, set) : compile_plan(c, set);
}

static bool emit_set(const struct options *o, struct compilation *c, size_t set, const struct emit_options *eo, struct emit_files *files)
{
	const struct set *s = &c->program.set[set];
	struct emit_input in = { .program = c, .set = s, .options = eo, .diags = c->diags };
	bool ok = true;
	if (s->is_group && wanted(o, EMIT_KUBERNETES))
		return emit(EMIT_KUBERNETES, &in, files);
	if (o->emit && (wanted(o, EMIT_DOT) || wanted(o, EMIT_MERMAID)))	/* pictures need no plan */
		return compile_has_steps(c, s) && emit(emitter_by_name(o->emit), &in, files);
	struct plan *p = plan_of(o, c, set);
	if (!p || (wanted(o, EMIT_KUBERNETES) && !can_wait(c, s))) {
		plan_free(p);
		return false;
	}
	in.plan = p;
	plan_assign_images(p, c->options && c->options->mounted_images);
	for (unsigned e = 0; e < EMITTERS && ok; e++)
		if (wanted(o, (enum emitter)e) && !(e == EMIT_PLAN && s->later))
			ok = emit((enum emitter)e, &in, files);
	plan_free(p);
	return ok;
}

static bool emit_sets(const struct options *o, struct compilation *c, const struct emit_options *eo, struct emit_files *files)
{
	size_t only = o->set ? compile_find_set(c, o->set) : SIZE_MAX;
	bool ok = !o->set || only != SIZE_MAX;
	if (ok && wanted(o, EMIT_GRAPH))
		return emit(EMIT_GRAPH, &(struct emit_input){ .program = c, .diags = c->diags, .without_places = o->no_spans }, files);
	if (ok && wanted(o, EMIT_STUB))
		return emit(EMIT_STUB, &(struct emit_input){ .program = c, .diags = c->diags }, files);
	if (ok && !c->program.sets)
		ok = compile_find_set(c, NULL) != SIZE_MAX;	/* says that there is none */
	for (size_t i = 0; i < c->program.sets && ok; i++) {
		const struct set *s = &c->program.set[i];
		if (o->set ? i == only : set_has_graph(s) || (s->is_group && !s->params && wanted(o, EMIT_KUBERNETES)))
			ok = emit_set(o, c, i, eo, files);
	}
	return ok;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* Without a folder: everything to standard output, in the order of names. `kubectl apply -f -` takes it. */
static int print_all(struct emit_files *files)
{
	bool any = false;
	for (size_t i = 0; i < files->count; i++) {
		size_t len = strlen(files->file[i].name);
		if (emit_is_about_folder(files->file[i].name))
			continue;
		if (any && len > 5 && !strcmp(files->file[i].name + len - 5, ".yaml"))	/* one stream of documents */
			fputs("---\n", stdout);
		fwrite(buf_str(&files->file[i].text), 1, files->file[i].text.len, stdout);
		any = true;
	}
	return CALC_EXIT_DONE;
}

/* The diff, and exit status 1 where it is not empty. */
static int show(const struct options *o, struct output *to, const struct emit_files *files)
{
	struct emit_written would = { 0 };
	struct buf out = BUF_INIT;
	bool ok = output_show(to, &out, &would);
	if (ok && output_was_cut_short(to))
		fprintf(stderr, "%s: an earlier write was cut short, and has left old and new files: write once more\n", o->output);
	if (ok && !o->quiet) {
		fwrite(buf_str(&out), 1, out.len, stdout);
		fprintf(stderr, "%s: %zu file%s (%u would be written, %u unchanged, %u would be removed)\n", o->output, files->count, plural(files->count),
			would.written, would.same, would.removed);
	}
	buf_release(&out);
	return !ok ? CALC_EXIT_IO : would.written || would.removed ? CALC_EXIT_WRONG : CALC_EXIT_DONE;
}

static int write_out(const struct options *o, struct output *to, const struct emit_files *files, struct buf *error)
{
	struct emit_written done = { 0 };
	struct buf missing = BUF_INIT;
	size_t count = files->count + files->onces;
	bool ok = output_commit(to, &done) && emit_write_once(o->output, files, &done, &missing, error);
	if (ok && !o->quiet)
		printf("%s: %zu file%s (%u written, %u unchanged, %u removed)\n", o->output, count, plural(count), done.written,
		       done.same, done.removed);
	if (ok && missing.len && !o->quiet)
		printf("%s: no source there has %s: the prototypes are in the header, the functions are yours to write\n", o->output, missing.p);
	buf_release(&missing);
	return ok ? CALC_EXIT_DONE : CALC_EXIT_IO;
}

/* Files go to the folder as they are made, and appear when all of them are. */
static int emit_all(const struct options *o, struct compilation *c, const struct emit_options *eo)
{
	bool only_show = o->dry_run || o->command == COMMAND_DIFF;
	struct emit_files files = EMIT_FILES_INIT;
	struct buf error = BUF_INIT;
	int status = CALC_EXIT_WRONG;
	if (o->output)
		files.to = output_open(o->output, only_show ? OUTPUT_SHOW : OUTPUT_WRITE, &error);
	if (o->output && !files.to) {
		status = CALC_EXIT_IO;
	} else if (emit_sets(o, c, eo, &files)) {
		emit_finish(&files, eo);
		status = !files.to ? print_all(&files) : only_show ? show(o, files.to, &files) : write_out(o, files.to, &files, &error);
	}
	output_close(files.to);
	if (error.len)
		diag_report(c->diags, CF031, SPAN_NONE, "%s", error.p);
	buf_release(&error);
	emit_files_release(&files);
	return status;
}

int command_compile(const struct options *o, struct compilation *c)
{
	struct emit_options eo = { .registry = o->registry, .runtime_image = o->runtime_image, .uid_base = o->uid_base, .start_limit = o->start_limit,
				   .namespace = o->namespace, .kubernetes = o->kubernetes, .pull_secret = o->pull_secret.at,
				   .pull_secrets = (uint32_t)o->pull_secret.count };
	struct emit_claim *claim = mem_zalloc(o->claim.count + 1, sizeof *claim);
	int status = CALC_EXIT_USAGE;

	eo.claim = claim;
	read_gateway(o, &eo, &c->arena);
	eo.claims = (uint32_t)o->claim.count;
	for (size_t i = 0; i < o->claim.count; i++)
		if (!read_claim(&o->claim.at[i], &claim[i], &c->arena))
			goto out;
	if (o->emit && emitter_by_name(o->emit) == EMITTERS) {
		fprintf(stderr, "calcc: --emit knows plan, kubernetes, graph, dot, mermaid and stub, not `%s`\n", o->emit);
		goto out;
	}
	if (!o->output && !o->emit) {
		fprintf(stderr, "calcc: where to? Give a folder: calcc %s -o manifests/\n(`calcc check` only checks, `calcc run` runs on this machine)\n", o->file);
		goto out;
	}
	status = command_shares(&o->claim, "claim", c) ? emit_all(o, c, &eo) : CALC_EXIT_WRONG;
out:
	mem_free(claim);
	return status;
}

int command_dump_plan(const struct options *o, struct compilation *c)
{
	struct buf out = BUF_INIT, error = BUF_INIT;
	int status = CALC_EXIT_DONE;
	for (size_t i = 0; i < c->program.sets; i++) {
		if (o->set && strcmp(o->set, name_of(c, c->program.set[i].name)))
			continue;
		struct plan *p = set_has_graph(&c->program.set[i]) || o->set ? compile_plan(c, i) : NULL;
		if (!p)
			continue;
		plan_write_placed(p, &out);
		buf_addch(&out, '\n');
		if (!plan_check(p, &error)) {	/* what the planner makes must pass the reader's checks */
			fprintf(stderr, "calcc: bug: the plan does not pass its check: %s\n", buf_str(&error));
			status = CALC_EXIT_BUG;
		}
		plan_free(p);
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	buf_release(&out);
	buf_release(&error);
	return status;
}
