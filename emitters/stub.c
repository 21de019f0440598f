/*
 * --emit=stub: what a user of native functions begins with. One folder for a whole program, whatever its sets are: it grows with types
 * and functions. Header and glue are calcc's; the skeleton and the Makefile are the user's from the moment they are written.
 */
#include "emitters/stub.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compiler/planner.h"
#include "emitters/emit.h"

static int by_name(const void *a, const void *b, void *plan)
{
	const struct plan *p = plan;

	return strcmp(p->func[*(const uint32_t *)a].native, p->func[*(const uint32_t *)b].native);
}

/* "plant-functions" → "plant", as a C name. */
static const char *program_name(struct stub *s)
{
	char *name = arena_strndup(&s->arena, s->target, strlen(s->target) - strlen("-functions"));

	for (char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' || (c > name && *c >= '0' && *c <= '9')))
			*c = '_';
	return name;
}

static const char *comment_text(struct stub *s, const char *text)
{
	char *shown = arena_strdup(&s->arena, text);

	for (char *c = shown; *c; c++)
		if (*c == '*' || (unsigned char)*c < ' ')
			*c = '_';
	return shown;
}

static const char *type_prefix(struct stub *s)
{
	const char *name = s->program;
	bool ours = strncmp(name, "calc", 4) == 0 && (name[4] == '\0' || name[4] == '_');

	return ours || *name == '_' ? arena_printf(&s->arena, "flow%s%s", *name == '_' ? "" : "_", name) : name;
}

void stub_init(struct stub *s, const struct plan *p)
{
	*s = (struct stub){ .p = p, .taken = symtab_new() };
	arena_init(&s->arena);
	flat_layout_init(&s->layout, p);
	s->shown = comment_text(s, p->program);
	s->target = flat_program_name(&s->arena, p->program);
	s->program = program_name(s);
	s->prefix = type_prefix(s);
	s->type = arena_zalloc(&s->arena, (size_t)p->types + 1, sizeof *s->type);
	s->same = arena_zalloc(&s->arena, (size_t)p->types + 1, sizeof *s->same);
	s->order = arena_zalloc(&s->arena, (size_t)p->types + 1, sizeof *s->order);
	s->func = arena_zalloc(&s->arena, (size_t)p->funcs + 1, sizeof *s->func);
	for (uint32_t i = 0; i < p->funcs; i++)
		s->func[s->funcs++] = i;
	if (s->funcs)
		qsort_r(s->func, s->funcs, sizeof *s->func, by_name, (void *)(uintptr_t)p);
}

void stub_release(struct stub *s)
{
	flat_layout_release(&s->layout);
	symtab_free(s->taken);
	arena_release(&s->arena);
}

/* Two functions of the flow may be one in C, where all of their types are equal. */
static bool join_equals(struct stub *s, struct diags *diags)
{
	const struct plan *p = s->p;
	uint32_t kept = 0;
	bool ok = true;

	for (uint32_t i = 0; i < s->funcs; i++) {
		const struct plan_func *f = &p->func[s->func[i]], *before = kept ? &p->func[s->func[kept - 1]] : NULL;

		if (!before || strcmp(before->native, f->native) != 0) {
			s->func[kept++] = s->func[i];
		} else if (flat_function_hash(p, before) != flat_function_hash(p, f)) {
			diag_report(diags, CF608, SPAN_NONE, "%s: `%s` and `%s` are both native \"%s\", and their types differ", f->loc, before->name, f->name,
				    f->native);
			diag_help(diags, "give each a C function of its own");
			ok = false;
		}
	}
	s->funcs = kept;
	return ok;
}

static void add_file(struct stub *s, struct emit_files *files, const char *suffix, void (*make)(struct stub *s, struct buf *out))
{
	struct buf text = BUF_INIT;

	make(s, &text);
	emit_files_add(files, arena_printf(&s->arena, "%s%s", s->program, suffix), &text);
	buf_release(&text);
}

static void add_once(struct stub *s, struct emit_files *files, const char *name, const char *instead, void (*make)(struct stub *s, struct buf *out))
{
	struct buf text = BUF_INIT;
	struct emit_once *once;

	make(s, &text);
	once = emit_files_add_once(files, name, instead, &text);
	for (uint32_t i = 0; *instead && i < s->funcs; i++)
		buf_add(&once->names, s->p->func[s->func[i]].native, strlen(s->p->func[s->func[i]].native) + 1);
}

bool emit_stub(const struct emit_input *in, struct emit_files *files)
{
	struct plan *p = plan_of_natives(in->program);
	struct stub s;
	bool ok = true;

	stub_init(&s, p);
	if (!s.funcs) {
		diag_report(in->diags, CF607, SPAN_NONE, "`%s` has no native function: there is nothing to write a stub for", in->program->program_name);
		diag_help(in->diags, "write `native \"%s_NAME\"` in a function in place of its command", s.program);
		ok = false;
	}
	ok = ok && join_equals(&s, in->diags);
	if (ok) {
		stub_name_types(&s);
		add_file(&s, files, "_functions.h", stub_header);
		add_file(&s, files, "_glue.c", stub_glue);
		add_once(&s, files, arena_printf(&s.arena, "%s_functions.c", s.program), ".cc .cpp .cxx .rs .go", stub_skeleton);
		add_once(&s, files, "Makefile", "", stub_makefile);
	}
	stub_release(&s);
	plan_free(p);
	return ok;
}
