/* Writing a graph document: its head and declarations. Everything stands in the order in which the program declares it. */
#include "compiler/graph_json_write.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/declare.h"

void write_place(struct writer *w, struct span at)
{
	write_place_as(w, "at", at);
}

void write_place_as(struct writer *w, const char *member, struct span at)
{
	struct compilation *c = w->c;
	size_t len;
	const char *made = source_made(c->sources, at, &len);
	if (!w->places || (made ? !len : !at.at))
		return;
	buf_clear(&w->scratch);
	if (made) {
		buf_add(&w->scratch, made, len);
	} else {
		struct place p = source_place(c->sources, at);
		const char *slash = p.source ? strrchr(p.source->name, '/') : NULL;
		if (!p.source)
			return;
		buf_printf(&w->scratch, "%s:%u:%u", slash ? slash + 1 : p.source->name, p.line, p.column);
	}
	size_t own = strlen(c->program_name);
	bool here = w->scratch.len > own && !memcmp(w->scratch.p, c->program_name, own) && w->scratch.p[own] == ':' &&
		    strchr(w->scratch.p + own + 1, ':') && !strchr(strchr(w->scratch.p + own + 1, ':') + 1, ':');
	json_key(&w->w, member);
	json_string(&w->w, buf_str(&w->scratch) + (here ? own + 1 : 0));
}

bool write_words(struct writer *w, type_t type, word_t value, struct span at)
{
	buf_clear(&w->scratch);
	if (word_json(&w->c->store, &w->c->types, type, value, &w->scratch)) {
		json_raw(&w->w, buf_str(&w->scratch), w->scratch.len);
		return true;
	}
	if (!w->failed) {
		diag_report(w->c->diags, CF702, at, "this value is too long for a graph document");
		diag_help(w->c->diags, "let a function read it from a file");
	}
	w->failed = true;
	json_null(&w->w);
	return false;
}

static const char *name_text(const struct writer *w, sym_t name) { return name_of(w->c, name); }

void type_value(struct writer *w, type_t type, uint8_t format)
{
	static const char *const as[] = { [FORMAT_NATURAL] = "", [FORMAT_JSON] = " as json", [FORMAT_JSONL] = " as jsonl", [FORMAT_CSV] = " as csv", [FORMAT_RAW] = " as raw",
		[FORMAT_FLAT] = " as flat" };
	buf_clear(&w->scratch);
	buf_addstr(&w->scratch, type_text(&w->c->types, type));
	buf_addstr(&w->scratch, as[format]);
	json_stringn(&w->w, w->scratch.p, w->scratch.len);
}

/* A part of the document begins with its first member: empty ones are left out. */
void begin_part(struct writer *w, const char *member, bool *any)
{
	if (!*any) {
		json_key(&w->w, member);
		json_object(&w->w);
	}
	*any = true;
}

/* ---- types ---- */

static const struct tree *hierarchy(const struct writer *w, sym_t name)
{
	for (size_t i = 0; i < w->c->program.trees; i++)
		if (w->c->program.tree[i].name == name)
			return &w->c->program.tree[i];
	return NULL;
}

/* Another name for a type, or a hierarchy. */
static void write_other_type(struct writer *w, const struct type *ty)
{
	const struct tree *tree = hierarchy(w, ty->name);
	struct span at = ty->span;
	type_t elem = ty->elem;
	json_key(&w->w, name_text(w, ty->name));
	json_object(&w->w);
	json_key(&w->w, tree ? "tree" : "is");
	if (tree)
		json_object(&w->w);
	for (uint32_t i = 0; tree && i < tree->levels; i++) {
		json_key(&w->w, name_text(w, tree->level[i].name));
		json_string(&w->w, type_text(&w->c->types, tree->level[i].record));
	}
	if (tree)
		json_object_end(&w->w);
	else
		json_string(&w->w, type_text(&w->c->types, elem));
	write_place(w, at);
	json_object_end(&w->w);
}

static void write_types(struct writer *w)
{
	const struct types *t = &w->c->types;
	bool any = false;
	for (type_t id = TYPE_VOID + 1; id < t->count; id++) {
		const struct type *ty = type_of(t, id);
		if ((ty->kind != TYPE_RECORD && ty->kind != TYPE_ENUM && (ty->kind != TYPE_ALIAS || !ty->elem)) || strchr(name_text(w, ty->name), '.'))
			continue;	/* with a dot: a level of a tree, which is written with that */
		begin_part(w, "types", &any);
		if (ty->kind == TYPE_ALIAS || hierarchy(w, ty->name)) {
			write_other_type(w, ty);
			t = &w->c->types;
			continue;
		}
		json_key(&w->w, name_text(w, ty->name));
		json_object(&w->w);
		json_key(&w->w, ty->kind == TYPE_ENUM ? "enum" : "record");
		if (ty->kind == TYPE_ENUM)
			json_array(&w->w);
		else
			json_object(&w->w);
		for (uint32_t i = 0; i < ty->count; i++) {
			const struct type_field *f = type_field_at(t, id, i);
			if (ty->kind == TYPE_ENUM) {
				json_string(&w->w, name_text(w, f->name));
				continue;
			}
			json_key(&w->w, name_text(w, f->name));
			json_string(&w->w, type_text(&w->c->types, f->type));
			t = &w->c->types;
			ty = type_of(t, id);
		}
		if (ty->kind == TYPE_ENUM)
			json_array_end(&w->w);
		else
			json_object_end(&w->w);
		write_place(w, ty->span);
		json_object_end(&w->w);
	}
	if (any)
		json_object_end(&w->w);
}

/* ---- functions ---- */

static bool default_of(struct writer *w, const struct func *f, const struct port *p, word_t *out)
{
	struct expr_scope top = declare_scope(w->c);
	if (p->preset) {
		*out = p->preset->word;
		return true;
	}
	w->c->env = f->around;
	bool ok = p->init && expr_constant(w->c, &top, p->init, p->type, "the default of a parameter", out);
	w->c->env = NULL;
	return ok;
}

static void write_params(struct writer *w, const struct func *f)
{
	json_key(&w->w, "params");
	json_object(&w->w);
	for (uint32_t i = 0; i < f->sig.params; i++) {
		const struct port *p = &f->sig.param[i];
		word_t init;
		bool has = default_of(w, f, p, &init);
		json_key(&w->w, name_text(w, p->name));
		if (has) {
			json_object(&w->w);
			json_key(&w->w, "type");
		}
		type_value(w, p->type, p->format);
		if (has) {
			json_key(&w->w, "default");
			write_words(w, p->type, init, p->span);
			json_object_end(&w->w);
		}
	}
	json_object_end(&w->w);
}

static const char *result_name(const struct writer *w, const struct func *f, uint32_t i)
{
	return f->sig.result[i].name ? name_text(w, f->sig.result[i].name) : "out";
}

static void write_results(struct writer *w, const struct func *f)
{
	json_key(&w->w, "results");
	if (f->sig.results == 1 && !f->sig.result[0].name) {
		type_value(w, f->sig.result[0].type, f->sig.result[0].format);
		return;
	}
	json_object(&w->w);
	for (uint32_t i = 0; i < f->sig.results; i++) {
		json_key(&w->w, result_name(w, f, i));
		type_value(w, f->sig.result[i].type, f->sig.result[i].format);
	}
	json_object_end(&w->w);
}

static void write_word(struct writer *w, const struct func *f, const struct word_of_command *word)
{
	buf_clear(&w->scratch);
	for (uint32_t i = 0; i < word->pieces; i++) {
		const struct piece *p = &word->piece[i];
		if (p->kind == PART_PARAM) {
			buf_printf(&w->scratch, "{%s%s}", name_text(w, f->sig.param[p->index].name), p->text);
		} else if (p->kind == PART_RESULT) {
			buf_printf(&w->scratch, "{%s}", result_name(w, f, p->index));
		} else if (p->kind == PART_WINDOW) {
			buf_printf(&w->scratch, "{window%s}", p->text);
		} else if (p->kind == PIECE_STATE) {
			buf_printf(&w->scratch, "{%s}", name_text(w, w->c->program.state[p->index].name));
		} else {
			for (const char *s = p->text; *s; s++) {
				if (*s == '{' || *s == '}')
					buf_addch(&w->scratch, *s);
				buf_addch(&w->scratch, *s);
			}
		}
	}
	json_stringn(&w->w, buf_str(&w->scratch), w->scratch.len);
}

void write_variables(struct writer *w, const struct env_pair *env, uint32_t envs, const struct secret_ref *secret, uint32_t secrets)
{
	if (envs) {
		json_key(&w->w, "env");
		json_object(&w->w);
		for (uint32_t i = 0; i < envs; i++) {
			json_key(&w->w, env[i].name);
			json_string(&w->w, env[i].value);
		}
		json_object_end(&w->w);
	}
	if (!secrets)
		return;
	json_key(&w->w, "secrets");
	json_object(&w->w);
	for (uint32_t i = 0; i < secrets; i++) {
		json_key(&w->w, secret[i].name);
		buf_clear(&w->scratch);
		buf_printf(&w->scratch, "%s/%s", secret[i].secret, secret[i].key);
		json_string(&w->w, buf_str(&w->scratch));
	}
	json_object_end(&w->w);
}

static void write_function(struct writer *w, const struct func *f)
{
	json_key(&w->w, name_text(w, f->name));
	json_object(&w->w);
	if (f->sig.params)
		write_params(w, f);
	if (f->sig.results)
		write_results(w, f);
	if (f->words) {
		json_key(&w->w, "command");
		json_array(&w->w);
		for (uint32_t i = 0; i < f->words; i++)
			write_word(w, f, &f->word[i]);
		json_array_end(&w->w);
	}
	if (f->stdin_param != UINT32_MAX) {
		json_key(&w->w, "stdin");
		json_string(&w->w, name_text(w, f->sig.param[f->stdin_param].name));
	}
	if (f->stdout_result != UINT32_MAX) {
		json_key(&w->w, "stdout");
		json_string(&w->w, result_name(w, f, f->stdout_result));
	}
	write_attrs(&w->w, OWNED_BY_func, f);
	write_more_of(w, f);
	write_variables(w, f->env, f->envs, f->secret, f->secrets);
	write_place(w, f->span);
	json_object_end(&w->w);
}

/* ---- sources and sinks ---- */

static void write_outsides(struct writer *w, bool sinks)
{
	const struct program *p = &w->c->program;
	bool any = false;
	for (size_t i = 0; i < p->outsides; i++) {
		const struct outside *o = &p->outside[i];
		if (o->is_sink != sinks || o->families)
			continue;	/* a family's members are outsides of their own */
		begin_part(w, sinks ? "sinks" : "sources", &any);
		json_key(&w->w, name_text(w, o->name));
		json_object(&w->w);
		json_key(&w->w, "type");
		type_value(w, o->type, o->format);
		write_standing(w, o);
		write_place(w, o->span);
		write_place_as(w, "row", o->row);
		json_object_end(&w->w);
	}
	if (any)
		json_object_end(&w->w);
}

bool graph_json_write(struct compilation *c, bool places, struct buf *out)
{
	struct writer w = { .c = c, .places = places && !c->no_places };
	const struct program *p = &c->program;
	bool functions = false, ponds = false, sets = false;

	json_writer_init(&w.w, out, 2);
	json_object(&w.w);
	json_key(&w.w, "calcflow-graph");
	json_u64(&w.w, GRAPH_JSON_VERSION);
	json_key(&w.w, "program");
	json_string(&w.w, c->program_name);
	if (!w.places) {
		json_key(&w.w, "spans");
		json_bool(&w.w, false);
	}
	write_types(&w);
	for (size_t i = 0; i < p->funcs; i++) {
		begin_part(&w, "functions", &functions);
		write_function(&w, &p->func[i]);
	}
	if (functions)
		json_object_end(&w.w);
	write_windows(&w);
	for (size_t i = 0; i < p->ponds; i++) {
		begin_part(&w, "ponds", &ponds);
		write_pond(&w, &p->pond[i]);
	}
	if (ponds)
		json_object_end(&w.w);
	write_locks(&w);
	write_states(&w);
	write_outsides(&w, false);
	write_outsides(&w, true);
	w.w.indent = 3;
	for (size_t i = 0; i < p->sets; i++) {
		if (p->set[i].params)
			continue;	/* its instances are sets of their own */
		begin_part(&w, "sets", &sets);
		write_set(&w, &p->set[i], &c->graph[i]);
	}
	if (sets)
		json_object_end(&w.w);
	json_object_end(&w.w);
	buf_addch(out, '\n');
	buf_release(&w.scratch);
	return !w.failed;
}
