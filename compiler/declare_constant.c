/*
 * Compile-time names: params with -D, imported data with --data. In the text's order: a default may use what stands above it.
 * Reads the module and the options; leaves program.constant.
 */
#include "compiler/declare.h"
#include "compiler/mend.h"
#include "compiler/outside.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/suggest.h"

static bool look(void *ctx, const struct node *n, struct expr **out)
{
	struct compilation *c = ctx;
	const struct decl *d = program_data(&c->program, n->sym);
	if ((*out = env_look(c, n)))
		return true;
	if (!d)
		return false;
	if (d->kind != DECL_CONSTANT) {
		diag_report(c->diags, CF205, n->span, "`%s` is a %s: it is known only at run time", name_of(c, n->sym), outside_kind(c, d));
		diag_note(c->diags, d->span, "it is declared here");
		*out = expr_error(c, n->span);
		return true;
	}
	const struct constant *k = &c->program.constant[d->index];
	if (!k->ok && !k->type && !k->refused && d->span.at > n->span.at) {
		diag_report(c->diags, CF101, n->span, "`%s` is used before it is declared", name_of(c, n->sym));
		diag_note(c->diags, d->span, "it is declared here");
		*out = expr_error(c, n->span);
		return true;
	}
	*out = k->ok ? expr_word(c, k->type, k->value, n->span) : expr_error(c, n->span);
	return true;
}

static void offer(void *ctx, void *suggest)
{
	struct compilation *c = ctx;
	for (size_t i = 0; suggest_wanted(c) && i < c->program.constants; i++)
		suggest_offer(suggest, name_of(c, c->program.constant[i].name));
}

struct expr_scope declare_scope(struct compilation *c)
{
	return (struct expr_scope){ .look = look, .offer = offer, .ctx = c };
}

static const struct name_value *option_for(const struct name_value *v, size_t n, const char *name)
{
	const struct name_value *last = NULL;	/* the last one counts, as usual */
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			last = &v[i];
	return last;
}

static void param(struct compilation *c, struct constant *k, const struct node *n)
{
	const struct name_value *def = option_for(c->options->define, c->options->defines, name_of(c, k->name));
	k->type = declare_type_of(c, kid(n, 0), NULL);
	if (!k->type)
		return;
	if (type_has_file(&c->types, k->type)) {
		diag_report(c->diags, CF201, kid(n, 0)->span, "a param is a compile-time value: it cannot be of type %s", type_text(&c->types, k->type));
		diag_help(c->diags, "files come in by a source: `source %s : %s at share \"/…\"`", name_of(c, k->name), type_text(&c->types, k->type));
		return;
	}
	if (def) {
		struct data_target t = data_target_of(c);
		char *label = arena_printf(&c->arena, "-D%s", def->name);
		const struct source *src = sources_add(c->sources, label, def->value, strlen(def->value));
		bool optional = type_of(&c->types, k->type)->kind == TYPE_OPTIONAL;
		k->ok = src && data_parse_scalar(&t, src, optional ? type_of(&c->types, k->type)->elem : k->type, &k->value);
		if (k->ok && optional) {
			struct expr *x = expr_fit(c, expr_word(c, type_of(&c->types, k->type)->elem, k->value, k->span), k->type, "the param");
			struct eval ev = { .c = c };
			k->ok = expr_eval(&ev, x, &k->value);
		}
		return;
	}
	if (!kid(n, 1)) {
		if (type_of(&c->types, k->type)->kind == TYPE_OPTIONAL) {
			k->ok = true;
			return;
		}
		diag_report(c->diags, CF109, k->span, "param `%s` has no value", name_of(c, k->name));
		diag_help(c->diags, "give one: -D %s=VALUE, or a default: `param %s: %s = …`", name_of(c, k->name), name_of(c, k->name),
			  type_text(&c->types, k->type));
		return;
	}
	struct expr_scope scope = declare_scope(c);
	k->ok = expr_constant(c, &scope, kid(n, 1), k->type, "the default of a param", &k->value);
}

const char *declare_path(struct compilation *c, const struct node *n, const char *path)
{
	const struct source *src = source_place(c->sources, n->span).source;
	const char *name = src ? src->name : c->main->name, *slash = strrchr(name, '/');
	if (path[0] == '/' || !slash)
		return path;
	return arena_printf(&c->arena, "%.*s/%s", (int)(slash - name), name, path);
}

/* The file of an import: --data, else beside the program. */
static const char *data_path(struct compilation *c, const struct constant *k, const struct node *n)
{
	const struct name_value *data = option_for(c->options->data, c->options->datas, name_of(c, k->name));
	return data ? data->value : declare_path(c, n, name_of(c, kid(n, 0)->sym));
}

static bool is_yaml(const char *path)
{
	size_t n = strlen(path);
	return (n > 5 && !strcmp(path + n - 5, ".yaml")) || (n > 4 && !strcmp(path + n - 4, ".yml"));
}

/* The field after `by`: a string field of the records. UINT32_MAX after a report. */
static uint32_t key_field(struct compilation *c, const struct node *by, type_t list)
{
	const struct type *ty = type_of(&c->types, list);
	type_t elem = ty->kind == TYPE_LIST ? ty->elem : TYPE_ERROR;
	if (type_of(&c->types, elem)->kind != TYPE_RECORD) {
		diag_report(c->diags, CF201, by->span, "`by` needs a list of records, found %s", type_text(&c->types, list));
		return UINT32_MAX;
	}
	uint32_t f = type_field_find(&c->types, elem, by->sym);
	if (f == UINT32_MAX)
		diag_report(c->diags, CF105, by->span, "%s has no field `%s`", type_text(&c->types, elem), name_of(c, by->sym));
	else if (type_field_at(&c->types, elem, f)->type != TYPE_STRING)
		diag_report(c->diags, CF201, by->span, "a key is a string, `%s` is of type %s", name_of(c, by->sym),
			    type_text(&c->types, type_field_at(&c->types, elem, f)->type));
	else
		return f;
	return UINT32_MAX;
}

static void import(struct compilation *c, struct constant *k, const struct node *n)
{
	struct data_target t = data_target_of(c);
	const struct node *at = kid(n, 1), *by = kid(n, 3);
	const char *path = data_path(c, k, n);
	type_t type = declare_type_of(c, kid(n, 2), NULL);
	sym_t keys[LIMIT_NESTING];
	uint32_t depth = at ? list_len(kid(at, 0)) : 0;
	if (!type)
		return;
	if (type_has_file(&c->types, type)) {
		diag_report(c->diags, CF201, kid(n, 2)->span, "imported data cannot hold files: declare the names as strings");
		return;
	}
	if (depth > LIMIT_NESTING) {
		diag_report(c->diags, CF008, at->span, "a path has at most %d keys", LIMIT_NESTING);
		return;
	}
	for (uint32_t i = 0; i < depth; i++)
		keys[i] = list_at(kid(at, 0), i)->sym;
	t.format = is_yaml(path) ? c->options->yaml : NULL;
	if (is_yaml(path) && !t.format) {
		refuse(c, n, "YAML in this program");
		return;
	}
	errno = ENOENT;
	const struct source *src = c->options->no_files ? NULL
		: t.format ? sources_load(c->sources, path, LIMIT_DATA) : sources_open(c->sources, path, LIMIT_DATA);
	if (!src) {
		diag_report(c->diags, errno == EFBIG ? CF008 : CF001, kid(n, 0)->span, "data file `%s`: %s", path,
			    errno == EFBIG ? "larger than 1 GiB" : strerror(errno));
		mend_path(c, kid(n, 0), path);
		diag_help(c->diags, "correct the path, or name the file: --data %s=FILE", name_of(c, k->name));
		return;
	}
	k->ok = data_read(&t, src, keys, depth, type, kid(n, 2)->span, &k->value);
	k->type = type;
	if (!by)
		return;
	uint32_t f = key_field(c, by, type);
	k->ok = f != UINT32_MAX && k->ok && data_index(&t, k->value, type_of(&c->types, type)->elem, f, &k->value);
	k->type = f != UINT32_MAX ? type_map(&c->types, type_of(&c->types, type)->elem, f) : TYPE_ERROR;
}

/* -D and --data that name nothing. */
static void check_options(struct compilation *c)
{
	for (size_t i = 0; i < c->options->defines + c->options->datas; i++) {
		bool define = i < c->options->defines;
		const struct name_value *v = define ? &c->options->define[i] : &c->options->data[i - c->options->defines];
		const struct decl *d = program_data(&c->program, sym_find(c->syms, v->name, define ? strlen(v->name) : strcspn(v->name, "[")));
		struct suggest s;
		if (d && (d->kind == DECL_CONSTANT || !define))
			continue;	/* reported below where it is of the other kind */
		suggest_init(&s, v->name);
		offer(c, &s);
		diag_report(c->diags, CF109, SPAN_NONE, "%s %s: the program declares no %s `%s`", define ? "-D" : "--data", v->name,
			    define ? "param" : "import, source or sink", v->name);
		if (s.best)
			diag_help(c->diags, "did you mean `%s`?", s.best);
	}
}

static void let(struct compilation *c, struct constant *k, const struct node *n)
{
	type_t want = kid(n, 0) ? declare_type_of(c, kid(n, 0), NULL) : TYPE_ERROR;
	struct expr_scope scope = declare_scope(c);
	struct expr *x = expr_check(c, &scope, kid(n, 1), want);
	struct eval ev = { .c = c };
	if (want)
		x = expr_fit(c, x, want, "the declared type");
	k->type = x->type;
	k->ok = x->kind != X_ERROR && expr_eval(&ev, x, &k->value);
}

void declare_options(struct compilation *c) { check_options(c); }

void declare_constants(struct compilation *c, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		const struct node *n = c->program.item[i].node;
		const struct decl *d = declare_own(c, i);
		if (!d || d->kind != DECL_CONSTANT || (n->kind != N_PARAM_DECL && n->kind != N_IMPORT_DATA && n->kind != N_LET))
			continue;
		struct constant *k = &c->program.constant[d->index];
		c->env = c->program.item[i].around;
		if (n->kind == N_PARAM_DECL)
			param(c, k, n);
		else if (n->kind == N_LET)
			let(c, k, n);
		else
			import(c, k, n);
	}
	c->env = NULL;
}
