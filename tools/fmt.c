/*
 * `calcc fmt`: programs in canonical form. format_source proves that what it printed is the same program before a file
 * is touched: a printer that changes a program, or loses a comment, is a bug that must cost nobody a file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "base/limits.h"
#include "grammar/parse.h"
#include "tools/commands.h"

struct formatter {
	const struct options *o;
	struct sources *sources;
	struct symtab *syms;
	struct diags *diags;
};

/* The graver of two exit statuses: a bug, trouble with files, wrong input, done. */
static int graver(int a, int b)
{
	return a > b ? a : b;
}

static int complain(const char *path, int status)
{
	fprintf(stderr, "calcc: %s: %s\n", path, strerror(errno));
	return status;
}

/* Puts the text where it belongs; says which files change. */
static int put(struct formatter *f, const char *path, const struct source *src, const struct buf *printed)
{
	bool from_stdin = strcmp(path, "-") == 0;
	bool same = printed->len == src->len && (!src->len || memcmp(printed->p, src->text, src->len) == 0);
	struct stat st;

	if (!f->o->differing && from_stdin)
		fwrite(printed->len ? printed->p : "", 1, printed->len, stdout);
	if (same || (from_stdin && !f->o->differing))
		return CALC_EXIT_DONE;
	if (f->o->differing) {
		printf("%s\n", src->name);
		return CALC_EXIT_WRONG;
	}
	if (access(path, W_OK) != 0 || stat(path, &st) != 0 ||	/* a rename would pass over its mode */
	    !file_replace(path, printed->len ? printed->p : "", printed->len, st.st_mode & 07777, NULL))
		return complain(path, CALC_EXIT_IO);
	if (!f->o->quiet)
		printf("%s\n", path);
	return CALC_EXIT_DONE;
}

static int format_file(struct formatter *f, const char *path)
{
	struct arena arena;
	struct parse_context c = { &arena, f->syms, f->diags, f->sources };
	const struct source *src = sources_load(f->sources, path, LIMIT_SOURCE);
	struct buf printed = BUF_INIT;
	int status = CALC_EXIT_WRONG;

	if (!src) {
		diag_report(f->diags, CF001, SPAN_NONE, "program `%s`: %s", path, strerror(errno));
		return CALC_EXIT_WRONG;
	}
	arena_init(&arena);
	switch (format_source(&c, f->sources, src, &printed)) {
	case FORMATTED: status = put(f, path, src, &printed); break;
	case FORMATTED_NOT: break;
	case FORMATTED_WRONG:
		fprintf(stderr, "calcc: bug: %s would not be the same program in canonical form; it is left as it is\n", src->name);
		status = CALC_EXIT_BUG;
	}
	buf_release(&printed);
	arena_release(&arena);
	return status;
}

int command_fmt(const struct options *o)
{
	struct formatter f = { o, sources_new(), symtab_new(), NULL };
	int status = CALC_EXIT_DONE;

	f.diags = diags_new(f.sources);
	if (o->file)
		status = format_file(&f, o->file);
	for (size_t i = 0; i < o->nfiles; i++)
		status = graver(status, format_file(&f, o->files[i]));
	status = report_diagnostics(o, f.diags, status);
	diags_free(f.diags);
	symtab_free(f.syms);
	sources_free(f.sources);
	return status;
}
