/*
 * The glue: for each function one that takes its parameters from where they stand; the table; main. The program's own files beside it. All
 * names in it begin with calc_, which no native function's does.
 */
#include "emitters/stub.h"

#include <inttypes.h>
#include <string.h>

static bool is_text(const struct plan_type *t)
{
	return t->kind == PLAN_BYTES || (t->kind == PLAN_STRING && !t->params);
}

static bool is_by_place(const struct plan_type *t)
{
	return t->kind == PLAN_RECORD || t->kind == PLAN_STRING;
}

static const char *getter(struct stub *s, uint32_t bare)
{
	return is_text(&s->p->type[bare]) ? "calc_text_get" : arena_printf(&s->arena, "%s_get", s->type[bare]);
}

/* An optional view is made first: what the function gets is its place, or NULL. */
static void declare_views(struct stub *s, const struct plan_func *f, struct buf *out)
{
	bool any = false;

	for (uint32_t i = 0; i < f->params; i++) {
		uint32_t type = s->p->port[f->first_param + i].type, bare = stub_bare(s, type);
		const struct plan_type *t = &s->p->type[bare];

		if (s->p->type[type].kind != PLAN_OPTIONAL || !(is_text(t) || t->kind == PLAN_LIST))
			continue;
		buf_printf(out, "\t%s_view calc_view%u;\n", s->type[bare], i);
		any = true;
	}
	if (any)
		buf_addch(out, '\n');
	for (uint32_t i = 0; i < f->params; i++) {
		uint32_t type = s->p->port[f->first_param + i].type, bare = stub_bare(s, type);
		const struct plan_type *t = &s->p->type[bare];

		if (s->p->type[type].kind == PLAN_OPTIONAL && (is_text(t) || t->kind == PLAN_LIST))
			buf_printf(out, "\tif (calc_in[%u])\n\t\tcalc_view%u = %s((const %s *)calc_in[%u]);\n", i, i, getter(s, bare), s->type[bare], i);
	}
}

static void add_argument(struct stub *s, uint32_t type, uint32_t i, struct buf *out)
{
	uint32_t bare = stub_bare(s, type);
	const struct plan_type *t = &s->p->type[bare];
	bool optional = s->p->type[type].kind == PLAN_OPTIONAL, view = is_text(t) || t->kind == PLAN_LIST;

	buf_addstr(out, ", ");
	if (view && optional)
		buf_printf(out, "calc_in[%u] ? &calc_view%u : NULL", i, i);
	else if (view)
		buf_printf(out, "%s((const %s *)calc_in[%u])", getter(s, bare), s->type[bare], i);
	else if (optional || is_by_place(t))
		buf_printf(out, "(const %s *)calc_in[%u]", s->type[bare], i);
	else
		buf_printf(out, "*(const %s *)calc_in[%u]", s->type[bare], i);
}

static void emit_call(struct stub *s, const struct plan_func *f, struct buf *out)
{
	buf_printf(out, "\nstatic int calc_call_%s(calc *calc_c, const void *const *calc_in, void *const *calc_out)\n{\n", f->native);
	declare_views(s, f, out);
	if (!f->params)
		buf_addstr(out, "\t(void)calc_in;\n");
	if (!f->results)
		buf_addstr(out, "\t(void)calc_out;\n");
	buf_printf(out, "\treturn %s(calc_c", f->native);
	for (uint32_t i = 0; i < f->params; i++)
		add_argument(s, s->p->port[f->first_param + i].type, i, out);
	for (uint32_t i = 0; i < f->results; i++)
		buf_printf(out, ", (%s *)calc_out[%u]", s->type[stub_bare(s, s->p->port[f->first_result + i].type)], i);
	buf_addstr(out, ");\n}\n");
}

static void emit_ports(struct stub *s, const struct plan_func *f, struct buf *out)
{
	if (!(f->params + f->results))
		return;
	buf_printf(out, "\nstatic const calc_port calc_ports_%s[] = {\n", f->native);
	for (uint32_t i = 0; i < f->params + f->results; i++) {
		const struct plan_port *port = &s->p->port[i < f->params ? f->first_param + i : f->first_result + i - f->params];
		uint32_t bare = stub_bare(s, port->type);
		struct flat_size size = flat_size(&s->layout, bare);

		buf_printf(out, "\t{ 0x%016" PRIx64 "u, %" PRIu64 ", %u },\t/* %s */\n", flat_hash(s->p, port->type), size.size, size.align, port->name);
	}
	buf_addstr(out, "};\n");
}

void stub_glue(struct stub *s, struct buf *out)
{
	buf_printf(out, "/*\n * %s_glue.c: from the runtime library to the functions of %s. Written by calcc; it is written anew when the flow changes.\n */\n"
		   "#include \"%s_functions.h\"\n", s->program, s->shown, s->program);
	for (uint32_t i = 0; i < s->funcs; i++) {
		emit_call(s, &s->p->func[s->func[i]], out);
		emit_ports(s, &s->p->func[s->func[i]], out);
	}
	buf_addstr(out, "\n/* Sorted by name. The number tells a program that was built from another signature. */\nstatic const calc_function calc_table[] = {\n");
	for (uint32_t i = 0; i < s->funcs; i++) {
		const struct plan_func *f = &s->p->func[s->func[i]];

		buf_printf(out, "\t{ \"%s\", 0x%016" PRIx64 "u, %u, %u, ", f->native, flat_function_hash(s->p, f), f->params, f->results);
		if (f->params + f->results)
			buf_printf(out, "calc_ports_%s", f->native);
		else
			buf_addstr(out, "NULL");
		buf_printf(out, ", calc_call_%s },\n", f->native);
	}
	buf_addstr(out, "};\n\nint main(int argc, char **argv)\n{\n\treturn calc_functions_main(argc, argv, calc_table, sizeof calc_table / sizeof calc_table[0]);\n}\n");
}
