/* Sources and sinks: where data come in and go out, at a share's path. Leaves a struct outside. */
#include "compiler/declare.h"

#include <stdio.h>
#include <string.h>

/* "/books/a/b.txt": share "books", path "a/b.txt". */
bool declare_share_path(struct compilation *c, const char *text, bool write, struct span at, const char **share_out, const char **path_out)
{
	*share_out = NULL;
	const char *share = text + 1, *slash = text[0] == '/' ? strchr(share, '/') : NULL;
	const char *wrong = NULL;
	if (text[0] != '/')
		wrong = "it begins with `/` and the share's name";
	else if (!slash || slash == share)
		wrong = "a share's name and a path in it are wanted";
	else if (!slash[1] && write)
		wrong = "a sink needs a name in its share";
	if (!wrong) {
		for (const char *p = slash + 1; *p && !wrong;) {
			size_t n = strcspn(p, "/");
			if (!n || (n <= 2 && !strncmp(p, "..", n)))
				wrong = "empty parts, `.` and `..` are not allowed";
			p += n + (p[n] == '/');
		}
		if (write && (strpbrk(slash, "*?") || text[strlen(text) - 1] == '/'))
			wrong = "a sink is one place: no `*`, no `?`, no `/` at the end";
	}
	if (!wrong) {
		*share_out = arena_strndup(&c->arena, share, (size_t)(slash - share));
		*path_out = slash + 1;
		for (const char *p = *share_out; *p && !wrong; p++)
			if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && (*p != '-' || p == *share_out || !p[1]))
				wrong = "a share's name has lower-case letters, digits and `-` only";
		if (strlen(*share_out) > 40)
			wrong = "a share's name has at most 40 characters";
	}
	if (!wrong)
		return true;
	diag_report(c->diags, CF614, at, "bad path \"%s\": %s", text, wrong);
	diag_help(c->diags, "for example: at share \"/books/in/*.txt\" (share `books`, path `in/*.txt`)");
	*share_out = NULL;
	return false;
}

uint8_t declare_format_by_name(const char *path)
{
	const char *dot = strrchr(path, '.');
	if (!dot || strchr(dot, '/'))
		return FORMAT_NATURAL;
	return !strcmp(dot, ".json") ? FORMAT_JSON : !strcmp(dot, ".jsonl") ? FORMAT_JSONL : !strcmp(dot, ".csv") ? FORMAT_CSV : FORMAT_NATURAL;
}

static void place(struct compilation *c, struct outside *o, const struct node *medium)
{
	const char *text;
	if (!medium || medium->sym != c->words.share) {
		char construct[80];
		snprintf(construct, sizeof construct, "a %s at `%.30s`", o->is_sink ? "sink" : "source", medium ? name_of(c, medium->sym) : "?");
		refuse(c, medium ? medium : c->module, construct);
		return;
	}
	if (o->refused)
		return;	/* its path may name what the family gives */
	if (!attr_string(c, attr_arg(medium, 0), &text) || !declare_share_path(c, text, o->is_sink, attr_arg(medium, 0)->span, &o->share, &o->path))
		return;
	bool opaque = type_has_file(&c->types, o->type);
	if (o->format == FORMAT_NATURAL && !opaque && o->type != TYPE_STRING && o->type != TYPE_BYTES)
		o->format = declare_format_by_name(o->path);
	declare_format_fits(c, o->type, o->format, attr_arg(medium, 0)->span);
	bool many = strpbrk(o->path, "*?") || !*o->path || o->path[strlen(o->path) - 1] == '/';
	if (many && o->type && type_of(&c->types, o->type)->kind != TYPE_LIST) {
		diag_report(c->diags, CF614, attr_arg(medium, 0)->span, "\"%s\" can be many files, and `%s` is one value of type %s", text, name_of(c, o->name), type_text(&c->types, o->type));
		diag_help(c->diags, "declare it as a list, or name one file");
	}
}

static const char *data_file(const struct compilation *c, const struct outside *o)
{
	const char *file = NULL;
	for (size_t i = 0; i < c->options->datas; i++)
		if (!strcmp(c->options->data[i].name, name_of(c, o->name)))
			file = c->options->data[i].value;
	return file;
}

void declare_outside(struct compilation *c, struct outside *o, const struct node *n)
{
	const struct node *attrs = kid(n, 2), *seen = NULL;
	o->refused = list_len(kid(n, 0)) > 0;
	if (o->refused)
		refuse(c, n, o->is_sink ? "a family of sinks" : "a family of sources");
	o->type = declare_type_of(c, kid(n, 1), &o->format);
	if (o->refused)
		o->type = TYPE_ERROR;
	o->file = data_file(c, o);
	for (uint32_t i = 0; i < list_len(attrs); i++) {
		const struct node *a = list_at(attrs, i);
		char construct[64];
		if (a->sym == c->words.at) {
			if (attr_once(c, a, &seen))
				place(c, o, attr_arg(a, 0));
			continue;
		}
		snprintf(construct, sizeof construct, "`%.20s` of a %s", name_of(c, a->sym), o->is_sink ? "sink" : "source");
		refuse(c, a, construct);
	}
	if (!seen) {
		diag_report(c->diags, CF614, o->span, "nothing says where `%s` stands", name_of(c, o->name));
		diag_help(c->diags, "write: at share \"/NAME/path\"");
	}
	if (!o->is_sink || !o->share)
		return;
	sym_t place_name = sym_cstr(c->syms, arena_printf(&c->arena, "/%s/%s", o->share, o->path));
	uint32_t *taken = program_place(&c->program, place_name);
	if (!*taken) {
		*taken = (uint32_t)(o - c->program.outside) + 1;
	} else {
		const struct outside *other = &c->program.outside[*taken - 1];
		diag_report(c->diags, CF611, o->span, "`%s` and `%s` write one path", name_of(c, other->name), name_of(c, o->name));
		diag_note(c->diags, other->span, "`%s` is declared here", name_of(c, other->name));
	}
}
