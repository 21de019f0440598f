/*
 * libcalcc: contexts, diagnostics, compiling and emitting. Building is build.c. A library may not end its process, and the compiler's
 * memory cannot fail to its callers: here alone a failed allocation comes back by a jump, to the call that the program made.
 */
#include "lib/inner.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag_report.h"
#include "base/mem.h"
#include "compiler/data.h"
#include "compiler/graph_json.h"
#include "emitters/output.h"
#include "runtime/plan_images.h"

static _Thread_local sigjmp_buf *guard;

static void out_of_memory(void)
{
	if (guard)
		siglongjmp(*guard, 1);
}

const char *calcc_version(void) { return CALC_VERSION; }

/* ---- diagnostics ---- */

static void give(const struct calcc *c, const struct calcc_diagnostic *d)
{
	if (c->on)
		c->on(c->on_ctx, d);
}

static void tell_one(struct calcc *c, const struct diag_report *r)
{
	const struct sources *sources = c->of->sources;
	struct calcc_diagnostic d = { diag_code_name(r->code), diag_code_severity(r->code) == DIAG_ERROR, "", 0, 0, r->message, "" };
	struct place p = source_place(sources, r->at);
	struct buf help = BUF_INIT, file = BUF_INIT;
	size_t len;
	const char *made = source_made(sources, r->at, &len);
	for (const struct diag_line *l = r->lines; l; l = l->next)
		if (l->is_help)
			buf_printf(&help, "%s%s", help.len ? "\n" : "", l->text);
	d.help = buf_str(&help);
	if (made && len) {	/* "file:line:column", as it was said */
		buf_add(&file, made, len);
		char *column = strrchr(file.p, ':'), *line;
		*column++ = 0;
		line = strrchr(file.p, ':');
		*line++ = 0;
		d.file = file.p;
		d.line = (unsigned)strtoul(line, NULL, 10);
		d.column = (unsigned)strtoul(column, NULL, 10);
	} else if (p.source) {
		d.file = p.source->name;
		d.line = p.line;
		d.column = p.column;
	}
	give(c, &d);
	buf_release(&help);
	buf_release(&file);
}

static void tell(struct calcc *c)
{
	while (c->of && c->told < c->of->diags->nreports)
		tell_one(c, &c->of->diags->reports[c->told++]);
}

enum calcc_status calcc_misuse(struct calcc *c, const struct call *a, const char *why)
{
	char text[200];
	snprintf(text, sizeof text, "%s: %s", a->what, why);
	give(c, &(struct calcc_diagnostic){ "API", 1, "", 0, 0, text, "" });
	return CALCC_MISUSE;
}

enum calcc_status calcc_run(struct calcc *c, run_call *run, const struct call *a)
{
	sigjmp_buf here, *const outer = guard;
	struct mem_ledger *volatile around;
	enum calcc_status status;
	if (!c || c->lost)
		return CALCC_MISUSE;
	around = mem_use(&c->memory);
	if (sigsetjmp(here, 0)) {
		mem_drop(&c->memory);	/* fails again where that needs memory: then we come by here again, with less to drop */
		guard = outer;
		mem_use(around);
		c->lost = true;
		return CALCC_MEMORY;
	}
	guard = &here;
	status = run(c, a);
	tell(c);
	guard = outer;
	mem_use(around);
	return status;
}

/* ---- contexts ---- */

static enum calcc_status start(struct calcc *c, const struct call *a)
{
	(void)a;
	c->of = compilation_new();
	return CALCC_OK;
}

struct calcc *calcc_new(void)
{
	struct calcc *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	mem_on_failure(out_of_memory);
	if (calcc_run(c, start, &(struct call){ .what = "calcc_new" }) == CALCC_OK)
		return c;
	free(c);
	return NULL;
}

void calcc_free(struct calcc *c)
{
	if (!c)
		return;
	if (!c->lost) {
		struct mem_ledger *around = mem_use(&c->memory);
		build_release(c);
		for (size_t i = 0; i < c->claims; i++) {
			mem_free((char *)c->claim[i].name);
			mem_free((char *)c->claim[i].value);
		}
		mem_free(c->claim);
		compilation_free(c->of);
		mem_use(around);
	}
	free(c);
}

enum calcc_status calcc_diagnostics(struct calcc *c, calcc_on_diagnostic *on, void *ctx)
{
	if (!c)
		return CALCC_MISUSE;
	c->on = on;
	c->on_ctx = ctx;
	return CALCC_OK;
}

/* ---- compiling ---- */

static enum calcc_status compiled(struct calcc *c, bool ok)
{
	c->phase = ok ? PHASE_DONE : PHASE_FAILED;
	if (ok)
		return CALCC_OK;
	for (size_t i = 0; i < c->of->diags->nreports; i++)
		if (c->of->diags->reports[i].code == CF001)
			return CALCC_IO;
	return CALCC_WRONG;
}

static const struct compile_options options = { .yaml = &data_yaml };

static enum calcc_status compile_file(struct calcc *c, const struct call *a)
{
	if (c->phase != PHASE_NEW)
		return calcc_misuse(c, a, "this context has a program already");
	if (!a->a)
		return calcc_misuse(c, a, "path is NULL");
	return compiled(c, compile_program(c->of, a->a, &options));
}

static enum calcc_status compile_source(struct calcc *c, const struct call *a)
{
	if (c->phase != PHASE_NEW)
		return calcc_misuse(c, a, "this context has a program already");
	if (!a->a || !a->b)
		return calcc_misuse(c, a, "a text is NULL");
	return compiled(c, compile_text(c->of, a->a, a->b, a->n, &options));
}

enum calcc_status calcc_compile_file(struct calcc *c, const char *path)
{
	return calcc_run(c, compile_file, &(struct call){ .what = "calcc_compile_file", .a = path });
}

enum calcc_status calcc_compile_text(struct calcc *c, const char *name, const char *text, size_t len)
{
	return calcc_run(c, compile_source, &(struct call){ .what = "calcc_compile_text", .a = name, .b = text, .n = len });
}

static enum calcc_status check(struct calcc *c, const struct call *a)
{
	struct buf text = BUF_INIT;
	if (c->phase != PHASE_BUILD)
		return calcc_misuse(c, a, c->phase == PHASE_NEW ? "nothing was begun" : "it is checked already");
	if (c->opens)
		return calcc_misuse(c, a, "something is open: calcc_end is missing");
	build_document(c, &text);
	bool ok = compile_text(c->of, c->program, buf_str(&text), text.len, &options);
	buf_release(&text);
	return compiled(c, ok);
}

enum calcc_status calcc_check(struct calcc *c) { return calcc_run(c, check, &(struct call){ .what = "calcc_check" }); }

size_t calcc_sets(const struct calcc *c) { return c && !c->lost && c->phase == PHASE_DONE ? c->of->program.sets : 0; }

const char *calcc_set_name(const struct calcc *c, size_t set)
{
	return set < calcc_sets(c) ? name_of(c->of, c->of->program.set[set].name) : NULL;
}

/* ---- emitting ---- */

static enum calcc_status add_claim(struct calcc *c, const struct call *a)
{
	if (!a->a || !a->b)
		return calcc_misuse(c, a, "a text is NULL");
	c->claim = mem_grow(c->claim, &c->claim_cap, c->claims + 1, sizeof *c->claim);
	c->claim[c->claims] = (struct name_value){ mem_strdup(a->a), mem_strdup(a->b) };
	c->claims++;
	return CALCC_OK;
}

enum calcc_status calcc_claim(struct calcc *c, const char *share, const char *claim)
{
	return calcc_run(c, add_claim, &(struct call){ .what = "calcc_claim", .a = share, .b = claim });
}

/* "NAME[,SIZE[,CLASS]]", in the compilation's arena. */
static struct emit_claim one_claim(struct calcc *c, const struct name_value *v)
{
	char *text = arena_strdup(&c->of->arena, v->value), *size = strchr(text, ','), *class = size ? strchr(size + 1, ',') : NULL;
	if (size)
		*size++ = 0;
	if (class)
		*class++ = 0;
	return (struct emit_claim){ v->name, text, size, class };
}

static bool emit_sets(struct calcc *c, enum emitter e, size_t only, struct emit_files *files)
{
	struct emit_claim *claim = arena_zalloc(&c->of->arena, c->claims + 1, sizeof *claim);
	struct emit_options o = { .claim = claim, .claims = (uint32_t)c->claims };
	bool ok = true;
	for (size_t i = 0; i < c->claims; i++)
		claim[i] = one_claim(c, &c->claim[i]);
	for (size_t i = 0; ok && i < c->of->program.sets; i++) {
		if ((only != SIZE_MAX && i != only) || (only == SIZE_MAX && !set_has_graph(&c->of->program.set[i])))
			continue;
		bool picture = e == EMIT_DOT || e == EMIT_MERMAID;	/* also of what cannot run yet */
		struct plan *p = picture ? NULL : compile_plan(c->of, i);
		struct emit_input in = { .plan = p, .program = c->of, .set = &c->of->program.set[i], .options = &o, .diags = c->of->diags };
		ok = picture ? compile_has_steps(c->of, &c->of->program.set[i]) : p != NULL;
		if (p)
			plan_assign_images(p, false);
		ok = ok && emit(e, &in, files);
		plan_free(p);
	}
	return ok;
}

static enum calcc_status make_files(struct calcc *c, const struct call *a, struct emit_files *files)
{
	enum emitter e = a->a ? emitter_by_name(a->a) : EMITTERS;
	size_t only = SIZE_MAX;
	if (c->phase != PHASE_DONE)
		return calcc_misuse(c, a, "there is no checked program");
	if (e == EMITTERS || e == EMIT_GRAPH)
		return calcc_misuse(c, a, "emitters are plan, kubernetes, dot and mermaid");
	if (a->b && (only = compile_find_set(c->of, a->b)) == SIZE_MAX)
		return CALCC_WRONG;
	if (!emit_sets(c, e, only, files))
		return CALCC_WRONG;
	emit_finish(files, NULL);
	return CALCC_OK;
}

static enum calcc_status emit_back(struct calcc *c, const struct call *a)
{
	struct emit_files files = EMIT_FILES_INIT;
	enum calcc_status status = a->on ? make_files(c, a, &files) : calcc_misuse(c, a, "the call-back is NULL");
	for (size_t i = 0; status == CALCC_OK && i < files.count; i++)
		if (a->on(a->ctx, files.file[i].name, buf_str(&files.file[i].text), files.file[i].text.len))
			status = CALCC_IO;
	emit_files_release(&files);
	return status;
}

static enum calcc_status emit_folder(struct calcc *c, const struct call *a)
{
	struct emit_files files = EMIT_FILES_INIT;
	struct emit_written done = { 0 };
	struct buf error = BUF_INIT;
	enum calcc_status status = a->c ? make_files(c, a, &files) : calcc_misuse(c, a, "the folder is NULL");
	if (status == CALCC_OK && !emit_write(a->c, &files, &done, &error)) {
		diag_report(c->of->diags, CF031, SPAN_NONE, "%s", buf_str(&error));
		status = CALCC_IO;
	}
	buf_release(&error);
	emit_files_release(&files);
	return status;
}

enum calcc_status calcc_emit(struct calcc *c, const char *emitter, const char *set, calcc_on_file *on, void *ctx)
{
	return calcc_run(c, emit_back, &(struct call){ .what = "calcc_emit", .a = emitter, .b = set, .on = on, .ctx = ctx });
}

enum calcc_status calcc_emit_to(struct calcc *c, const char *emitter, const char *set, const char *folder)
{
	return calcc_run(c, emit_folder, &(struct call){ .what = "calcc_emit_to", .a = emitter, .b = set, .c = folder });
}

static enum calcc_status graph(struct calcc *c, const struct call *a)
{
	struct emit_files files = EMIT_FILES_INIT;
	enum calcc_status status = CALCC_WRONG;
	if (!a->on)
		return calcc_misuse(c, a, "the call-back is NULL");
	if (c->phase != PHASE_DONE)
		return calcc_misuse(c, a, "there is no checked program");
	if (emit(EMIT_GRAPH, &(struct emit_input){ .program = c->of, .diags = c->of->diags, .without_places = !a->flag }, &files))
		status = a->on(a->ctx, files.file[0].name, buf_str(&files.file[0].text), files.file[0].text.len) ? CALCC_IO : CALCC_OK;
	emit_files_release(&files);
	return status;
}

enum calcc_status calcc_graph(struct calcc *c, int places, calcc_on_file *on, void *ctx)
{
	return calcc_run(c, graph, &(struct call){ .what = "calcc_graph", .flag = places != 0, .on = on, .ctx = ctx });
}
