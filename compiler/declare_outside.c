/* Sources and sinks: where data come in and go out, at a share's path or at a pond, and of which window. Leaves a struct outside. */
#include "compiler/declare_outside.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"

/* What is wrong with "/books/a/b.txt" as share "books", path "a/b.txt"; NULL when nothing is. */
static const char *path_mistake(const char *text, bool write)
{
	const char *share = text + 1, *slash = text[0] == '/' ? strchr(share, '/') : NULL;
	if (text[0] != '/')
		return "it begins with `/` and the share's name";
	if (!slash || slash == share)
		return "a share's name and a path in it are wanted";
	if (!slash[1] && write)
		return "a sink needs a name in its share";
	for (const char *p = slash + 1; *p;) {
		size_t n = strcspn(p, "/");
		if (!n || (n <= 2 && !strncmp(p, "..", n)))
			return "empty parts, `.` and `..` are not allowed";
		p += n + (p[n] == '/');
	}
	if (write && (strpbrk(slash, "*?") || text[strlen(text) - 1] == '/'))
		return "what is written is one place: no `*`, no `?`, no `/` at the end";
	for (const char *p = share; p < slash; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && (*p != '-' || p == share || p + 1 == slash))
			return "a share's name has lower-case letters, digits and `-` only";
	return slash - share > 40 ? "a share's name has at most 40 characters" : NULL;
}

bool declare_share_path(struct compilation *c, const char *text, bool write, struct span at, const char **share, const char **path)
{
	const char *wrong = path_mistake(text, write);
	*share = NULL;
	if (!wrong) {
		const char *slash = strchr(text + 1, '/');
		*share = arena_strndup(&c->arena, text + 1, (size_t)(slash - text - 1));
		*path = arena_strdup(&c->arena, slash + 1);
		return true;
	}
	diag_report(c->diags, CF614, at, "bad path \"%s\": %s", text, wrong);
	diag_help(c->diags, write ? "for example: at share \"/books/out/all.txt\" (share `books`, path `out/all.txt`); of a list of files it is their folder" :
				    "for example: at share \"/books/in/*.txt\" (share `books`, path `in/*.txt`)");
	return false;
}

uint8_t declare_format_by_name(const char *path)
{
	const char *dot = strrchr(path, '.');
	if (!dot || strchr(dot, '/'))
		return FORMAT_NATURAL;
	return !strcmp(dot, ".json") ? FORMAT_JSON : !strcmp(dot, ".jsonl") ? FORMAT_JSONL : !strcmp(dot, ".csv") ? FORMAT_CSV : FORMAT_NATURAL;
}

/* A file or a list of files, where any of them may be absent. */
static bool is_files(const struct types *t, type_t type)
{
	bool list = false;
	while (type_of(t, type)->kind == TYPE_OPTIONAL || (!list && type_of(t, type)->kind == TYPE_LIST)) {
		list |= type_of(t, type)->kind == TYPE_LIST;
		type = type_of(t, type)->elem;
	}
	return type == TYPE_FILE;
}

static void at_share(struct compilation *c, struct outside *o, const struct node *path)
{
	const char *text;
	if (!outside_path(c, o, path, &text) || !declare_share_path(c, text, o->is_sink, path->span, &o->share, &o->path))
		return;
	bool opaque = type_has_file(&c->types, o->type);
	if (o->format == FORMAT_NATURAL && !opaque && o->type != TYPE_STRING && o->type != TYPE_BYTES)
		o->format = declare_format_by_name(o->path);
	declare_format_fits(c, o->type, o->format, path->span);
	if (opaque && !is_files(&c->types, o->type)) {
		diag_report(c->diags, CF201, path->span, "%s cannot stand at a share: of what holds files, only a file and a list of files can",
			    type_text(&c->types, o->type));
		diag_help(c->diags, o->is_sink ? "publish the files as a sink of their own: `sink NAME : [file] at …`"
					       : "read the files as a source of their own: `source NAME : [file] at …`");
	}
	bool many = strpbrk(o->path, "*?") || !*o->path || o->path[strlen(o->path) - 1] == '/';
	if (many && o->type && type_of(&c->types, o->type)->kind != TYPE_LIST) {
		diag_report(c->diags, CF614, path->span, "\"%s\" can be many files, and `%s` is one value of type %s", text, name_of(c, o->name), type_text(&c->types, o->type));
		diag_help(c->diags, "declare it as a list, or name one file");
	}
}

static void place(struct compilation *c, struct outside *o, const struct node *medium)
{
	if (!medium)
		return;
	if (medium->sym == c->words.share) {
		at_share(c, o, attr_arg(medium, 0));
	} else if (medium->sym == c->words.pond) {
		o->pond = declare_pond_named(c, attr_arg(medium, 0)) + 1;	/* PLAN_NONE + 1 is 0 */
	} else {
		diag_report(c->diags, CF310, medium->span, "`%s` is gone with the pod: a %s cannot stand there", name_of(c, medium->sym), o->is_sink ? "sink" : "source");
		diag_help(c->diags, "sources and sinks stand at a share or at a pond: at share \"/NAME/path\"");
	}
}

const char *outside_data_file(const struct compilation *c, const struct outside *o)
{
	const char *file = NULL;
	for (size_t i = 0; i < c->options->datas; i++)
		if (!strcmp(c->options->data[i].name, name_of(c, o->name)))
			file = c->options->data[i].value;
	return file;
}

/* The field of the rows that says their time. */
static void read_by(struct compilation *c, struct outside *o, const struct node *a)
{
	const struct node *n = attr_arg(a, 0);
	const struct type *ty = type_of(&c->types, o->type);
	type_t row = ty->kind == TYPE_LIST ? ty->elem : TYPE_ERROR;
	if (!n || !o->type)
		return;
	if (type_of(&c->types, row)->kind != TYPE_RECORD) {
		diag_report(c->diags, CF506, n->span, "`by` slices the rows of a list of records, `%s` is of type %s", name_of(c, o->name), type_text(&c->types, o->type));
		return;
	}
	uint32_t f = type_field_find(&c->types, row, n->sym);
	if (f == UINT32_MAX) {
		struct suggest s;
		suggest_init(&s, name_of(c, n->sym));
		for (uint32_t i = 0; i < type_of(&c->types, row)->count; i++)
			suggest_offer(&s, name_of(c, type_field_at(&c->types, row, i)->name));
		diag_report(c->diags, CF105, n->span, "%s has no field `%s`", type_text(&c->types, row), name_of(c, n->sym));
		suggest_say(&s, c->diags, n->span);
	} else if (type_field_at(&c->types, row, f)->type != TYPE_TIME) {
		const struct type_field *field = type_field_at(&c->types, row, f);
		diag_report(c->diags, CF506, n->span, "rows are sliced by a time, `%s` is of type %s", name_of(c, n->sym), type_text(&c->types, field->type));
		diag_note(c->diags, field->span, "it is declared here");
	} else {
		o->by = f + 1;
	}
}

enum outside_attr { OUTSIDE_AT, OUTSIDE_IN, OUTSIDE_BY, OUTSIDE_LATE, OUTSIDE_IDLE, OUTSIDE_ATTRS };

static void read_attribute(struct compilation *c, struct outside *o, const struct node *a, const struct node **seen)
{
	const struct words *w = &c->words;
	if (a->sym == w->at) {
		if (attr_once(c, a, &seen[OUTSIDE_AT]))
			place(c, o, attr_arg(a, 0));
	} else if (a->sym == w->by) {
		if (attr_once(c, a, &seen[OUTSIDE_BY]))
			read_by(c, o, a);
	} else if (a->sym == w->late) {
		if (attr_once(c, a, &seen[OUTSIDE_LATE]))
			window_read_late(c, &o->lateness, a);
	} else if (a->sym == w->idle) {
		if (attr_once(c, a, &seen[OUTSIDE_IDLE]))
			window_read_idle(c, &o->lateness, a);
	}
}

/* Do the parts of the window that a path names differ from one window to the next? */
static bool tells_apart(const struct window *w, const char *path)
{
	static const struct { const char *part; int64_t seconds; } units[] = {
		{ "{window.year}", 366 * 86400 }, { "{window.month}", 31 * 86400 }, { "{window.day}", 86400 }, { "{window.hour}", 3600 }, { "{window.minute}", 60 },
	};
	if (strstr(path, "{window}") || strstr(path, "{window.end}"))
		return true;
	for (unsigned i = 0; i < sizeof units / sizeof *units && strstr(path, units[i].part); i++)
		if (w->every_ns >= units[i].seconds * INT64_C(1000000000))
			return true;
	return false;
}

/* A window, and what goes with one only. */
static void check_window(struct compilation *c, const struct outside *o, const struct node **seen)
{
	static const enum outside_attr needing[] = { OUTSIDE_BY, OUTSIDE_LATE, OUTSIDE_IDLE };
	const char *what = o->is_sink ? "sink" : "source";
	for (unsigned i = 0; i < sizeof needing / sizeof *needing && !seen[OUTSIDE_IN]; i++) {
		const struct node *a = seen[needing[i]];
		if (!a)
			continue;
		diag_report(c->diags, CF505, a->span, "`%s` of a %s without a window", name_of(c, a->sym), what);
		diag_help(c->diags, "say of which: `in hour`, with `window hour = every 1h`");
		return;
	}
	if (!o->window)
		return;
	const struct window *w = &c->program.window[o->window - 1];
	bool late = o->lateness.late_at.at || w->lateness.late_at.at, idle = o->lateness.idle_at.at || w->lateness.idle_at.at;
	if (o->is_sink && o->share && w->every_ns && o->path && !tells_apart(w, o->path)) {
		diag_report(c->diags, CF507, o->span, "every window of `%s` would write one path", name_of(c, o->name));
		diag_help(c->diags, "name the window in the path: \"/%s/{window}/%s\"", o->share, o->path);
	}
	if (o->is_sink || (late && idle) || !w->every_ns)
		return;
	diag_report(c->diags, CF502, o->span, "nothing says what happens when `%s` is %s", name_of(c, o->name), late ? "idle" : idle ? "late" : "late or idle");
	diag_note(c->diags, w->span, "of window `%s`, which does not say it either", name_of(c, w->name));
	diag_help(c->diags, "nothing is lost silently: say %s%s%s of the source or of its window", late ? "" : "`late 2m then drop` (or `redo`)",
		  late || idle ? "" : " and ", idle ? "" : "`idle skip` (or `hold`, `fail`)");
}

/* Two that write one path. */
static void claim_path(struct compilation *c, const struct outside *o)
{
	if (!o->is_sink || !o->share)
		return;
	sym_t place_name = sym_cstr(c->syms, arena_printf(&c->arena, "/%s/%s", o->share, o->path));
	uint32_t *taken = program_place(&c->program, place_name);
	if (!*taken) {
		*taken = (uint32_t)(o - c->program.outside) + 1;
		return;
	}
	const struct outside *other = &c->program.outside[*taken - 1];
	diag_report(c->diags, CF611, o->span, "`%s` and `%s` write one path, \"/%s/%s\"", name_of(c, other->name), name_of(c, o->name), o->share, o->path);
	diag_note(c->diags, other->span, "`%s` is declared here", name_of(c, other->name));
}

/* Everything but the type, which all members of a family share. */
void outside_attributes(struct compilation *c, struct outside *o)
{
	const struct node *attrs = kid(o->node, 2), *seen[OUTSIDE_ATTRS] = { NULL };
	for (uint32_t i = 0; i < list_len(attrs); i++) {	/* the window first: the path may name it */
		const struct node *a = list_at(attrs, i);
		if (a->sym == c->words.in && attr_once(c, a, &seen[OUTSIDE_IN]))
			o->window_unknown = !(o->window = window_named(c, attr_arg(a, 0)) + 1);
	}
	for (uint32_t i = 0; i < list_len(attrs); i++)
		read_attribute(c, o, list_at(attrs, i), seen);
	if (!seen[OUTSIDE_AT]) {
		diag_report(c->diags, CF614, o->span, "nothing says where `%s` stands", name_of(c, o->name));
		diag_help(c->diags, "write: at share \"/NAME/path\"");
	}
	check_window(c, o, seen);
	if (!o->families)
		claim_path(c, o);
}

void declare_outside(struct compilation *c, struct outside *o, const struct node *n)
{
	o->node = n;
	o->type = declare_type_of(c, kid(n, 1), &o->format);
	o->file = outside_data_file(c, o);
	if (list_len(kid(n, 0)))
		outside_family(c, o);
	else
		outside_attributes(c, o);
}
