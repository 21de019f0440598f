/* `calcc dot`: the picture of a set, or of all sets, as text or laid out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "emitters/picture.h"
#include "tools/commands.h"
#include "tools/layout.h"

enum { LAYOUT_SECONDS = 2 };

static const struct { const char *word, *suffix; bool laid_out; } formats[] = {
	{ "dot", ".dot", false }, { "mermaid", ".mmd", false }, { "svg", ".svg", true }, { "png", ".png", true }, { "pdf", ".pdf", true },
};
enum { DOT, MERMAID, FORMATS = sizeof formats / sizeof formats[0] };

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);
	return len > n && !strcmp(s + len - n, end);
}

/* The text of a picture would stand in a file that nothing can show. */
static bool is_other_picture(const char *path)
{
	static const char *const endings[] = { ".jpg", ".jpeg", ".gif", ".webp", ".eps", ".ps", ".bmp", ".tif", ".tiff", ".html" };

	for (unsigned i = 0; i < sizeof endings / sizeof *endings; i++)
		if (ends_in(path, endings[i]))
			return true;
	return false;
}

/* What -T says, or the file's name; FORMATS after a message. */
static unsigned format_of(const struct options *o)
{
	unsigned f = DOT;
	if (o->format) {
		for (f = 0; f < FORMATS && strcmp(formats[f].word, o->format) != 0; f++)
			;
		if (f == FORMATS)
			fprintf(stderr, "calcc: -T knows svg, png, pdf, dot and mermaid, not `%s`\n", o->format);
		return f;
	}
	for (unsigned i = 0; o->output && i < FORMATS; i++)
		if (ends_in(o->output, formats[i].suffix))
			f = i;
	if (o->output && f == DOT && !ends_in(o->output, formats[DOT].suffix) && is_other_picture(o->output)) {
		fprintf(stderr, "calcc: -o %s: a picture is .svg, .png or .pdf, its text .dot or .mmd; with -T it may have any name\n", o->output);
		return FORMATS;
	}
	return f;
}

/* Which set: SIZE_MAX for all. false after a report. */
static bool which_set(const struct options *o, struct compilation *c, size_t *set)
{
	const struct program *p = &c->program;
	size_t alone = 0;
	*set = SIZE_MAX;
	for (size_t i = 0; i < p->sets && !o->set; i++)
		if (!p->set[i].used && !p->set[i].params && !p->set[i].imported) {
			alone++;
			*set = i;
		}
	if (alone > 1)
		*set = SIZE_MAX;
	if (!alone)	/* the one that was named; or it says that there is none */
		*set = compile_find_set(c, o->set);
	if (!alone && *set == SIZE_MAX)
		return false;
	if (*set == SIZE_MAX || !p->set[*set].params)
		return true;
	diag_report(c->diags, CF624, p->set[*set].span, "`%s` has parameters: only its instances have steps", name_of(c, p->set[*set].name));
	diag_help(c->diags, "name a set that it became, or leave --set out: then all sets are drawn");
	return false;
}

static int put(const struct options *o, struct compilation *c, const struct buf *picture)
{
	if (!o->output) {
		fwrite(picture->len ? picture->p : "", 1, picture->len, stdout);
		return CALC_EXIT_DONE;
	}
	if (file_replace(o->output, picture->len ? picture->p : "", picture->len, 0644, NULL))
		return CALC_EXIT_DONE;
	diag_report(c->diags, CF031, SPAN_NONE, "%s: %s", o->output, strerror(errno));
	return CALC_EXIT_IO;
}

/*
 * The text of a picture that was not laid out, beside where it should be: FILE.dot. What goes to standard output has no such place, and whoever
 * reads it wants no text: then FLOW.layout.dot in the current folder. false: it cannot be written.
 */
static bool keep_dot(const struct options *o, const struct compilation *c, unsigned format, const struct buf *dot, struct buf *name)
{
	const char *to = o->output ? o->output : c->program_name, *suffix = o->output ? formats[format].suffix : ".cf";
	size_t len = strlen(to) - (ends_in(to, suffix) ? strlen(suffix) : 0);
	if (o->output)
		buf_add(name, to, len);
	else
		file_encode_key(name, to, len);	/* a graph document says any name */
	buf_addstr(name, o->output ? ".dot" : ".layout.dot");
	return file_replace(buf_str(name), dot->p, dot->len, 0644, NULL);
}

static int not_laid_out(const struct options *o, struct compilation *c, unsigned format, enum layout_result why, const struct buf *dot, struct buf *said)
{
	struct buf name = BUF_INIT;
	bool kept = keep_dot(o, c, format, dot, &name);
	if (why == LAYOUT_SLOW)
		diag_report(c->diags, CF032, SPAN_NONE, "the layout took longer than %d s", LAYOUT_SECONDS);
	else
		diag_report(c->diags, CF032, SPAN_NONE, why == LAYOUT_MISSING ? "no Graphviz that can make %s: %s" : "Graphviz could not make %s: %s", formats[format].word, buf_str(said));
	if (kept)
		diag_help(c->diags, "the picture's text was written to %s", buf_str(&name));
	else
		diag_help(c->diags, "calcc dot %s -o %s.dot writes the picture's text, which any Graphviz can lay out", o->file, o->set ? o->set : "flow");
	if (why == LAYOUT_MISSING)
		diag_help(c->diags, "install Graphviz (its library is libgvc: apt install graphviz), or take what needs none: -T dot, -T mermaid");
	else if (o->all)
		diag_help(c->diags, "without --all what is too much becomes fewer nodes with counts");
	buf_release(&name);
	return CALC_EXIT_IO;
}

/* What takes too long is drawn coarser, so that every flow gives a picture; the finer one's text is kept. */
static int lay_out(const struct options *o, struct compilation *c, struct picture_options *po, unsigned format)
{
	struct buf fine = BUF_INIT, dot = BUF_INIT, picture = BUF_INIT, said = BUF_INIT, name = BUF_INIT;
	enum grain grain;
	enum layout_result result;
	int status;
	picture_dot(c, po, &fine, &grain);
	result = layout(buf_str(&fine), formats[format].word, o->graphviz, LAYOUT_SECONDS, &picture, &said);
	for (int again = 0; result == LAYOUT_SLOW && grain < GRAINS - 1 && !o->all; again++) {
		bool kept = again == 0 && keep_dot(o, c, format, &fine, &name);
		if (again == 0 && !o->quiet)
			fprintf(stderr, "calcc: the layout took longer than %d s: drawn with fewer nodes%s%s\n", LAYOUT_SECONDS,
				kept ? ", and all of them kept as text in " : "", buf_str(&name));
		po->finest = again == 0 ? grain + 1 : again == 1 && grain < BY_FUNCTION ? BY_FUNCTION : BY_PROGRAM;
		buf_clear(&dot);
		buf_clear(&said);
		picture_dot(c, po, &dot, &grain);
		result = layout(buf_str(&dot), formats[format].word, o->graphviz, LAYOUT_SECONDS, &picture, &said);
	}
	status = result == LAYOUT_DONE ? put(o, c, &picture) : not_laid_out(o, c, format, result, &fine, &said);
	buf_release(&fine);
	buf_release(&dot);
	buf_release(&picture);
	buf_release(&said);
	buf_release(&name);
	return status;
}

int command_dot(const struct options *o, struct compilation *c)
{
	struct picture_options po = { .most_nodes = PICTURE_MOST_NODES, .most_lines = PICTURE_MOST_LINES };
	struct buf text = BUF_INIT;
	unsigned format = format_of(o);
	int status;
	if (format == FORMATS)
		return CALC_EXIT_USAGE;
	if (!o->output && formats[format].laid_out && format > FORMATS - 3 && isatty(STDOUT_FILENO)) {
		fprintf(stderr, "calcc: a %s is not for a terminal: -o FILE%s\n", formats[format].word, formats[format].suffix);
		return CALC_EXIT_USAGE;
	}
	if (!which_set(o, c, &po.set))
		return CALC_EXIT_WRONG;
	if (format == MERMAID)
		po.most_lines = MERMAID_MOST_LINES;
	if (o->all)
		po.most_nodes = po.most_lines = SIZE_MAX;
	if (formats[format].laid_out)
		return lay_out(o, c, &po, format);
	if (format == MERMAID)
		picture_mermaid(c, &po, &text);
	else
		picture_dot(c, &po, &text, NULL);
	status = put(o, c, &text);
	buf_release(&text);
	return status;
}
