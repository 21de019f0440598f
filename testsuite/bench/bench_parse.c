/*
 * Lexing and parsing into a tree, beside a bare re2c lexer and Bison parser of the same grammar that make nothing
 * (bare/make): the ratio of their times, measured in turns in one run. Then canonical form with its proof, beside lexing
 * and parsing. The text is the programs given as arguments, repeated with names that differ.
 */
#include "base/file.h"
#include "base/limits.h"
#include "grammar/parse.h"

#include <time.h>

enum { TEXT = 10 << 20, TURNS = 9 };

int bare_parse(const unsigned char **at);

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);	/* the machine may have others to serve */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double time_bare(const struct buf *text)
{
	const unsigned char *at = (const unsigned char *)text->p;
	double start = now();

	if (bare_parse(&at) != 0) {
		fprintf(stderr, "the bare parser refuses the text near: %.60s\n", (const char *)at);
		exit(1);
	}
	return now() - start;
}

enum work { PARSE, FORMAT };

static bool do_work(enum work work, struct parse_context *c, struct sources *sources, const struct source *src)
{
	struct buf out = BUF_INIT;
	bool ok = work == PARSE ? parse_module(c, src) && diag_errors(c->diags) == 0
				: format_source(c, sources, src, &out) == FORMATTED;

	buf_release(&out);
	return ok;
}

static double time_of(enum work work, const struct buf *text)
{
	struct sources *sources = sources_new();
	struct symtab *syms = symtab_new();
	struct diags *diags = diags_new(sources);
	struct arena arena;
	struct parse_context c = { &arena, syms, diags, sources };
	const struct source *src = sources_add(sources, "bench", text->p, text->len);
	double start, took;

	arena_init(&arena);
	start = now();
	if (!do_work(work, &c, sources, src)) {
		diag_print(diags, stderr, false);
		exit(1);
	}
	took = now() - start;
	arena_release(&arena);
	diags_free(diags);
	symtab_free(syms);
	sources_free(sources);
	return took;
}

/* The programs again and again; a name that ends in a digit of the round is another one in each. */
static void make_text(struct buf *text, const struct buf *program)
{
	for (unsigned round = 0; text->len < TEXT; round++) {
		for (size_t i = 0; i < program->len; i++) {
			buf_addch(text, program->p[i]);
			if (program->p[i] == '=' && i + 2 < program->len && program->p[i + 1] == ' ' && program->p[i + 2] == '=')
				buf_printf(text, "%u", round);
		}
		buf_printf(text, "\nparam p%u: i32 = %u\n", round, round);
	}
}

int main(int argc, char **argv)
{
	struct buf program = BUF_INIT, text = BUF_INIT;
	double bare = 1e9, parse = 1e9, format = 1e9;

	for (int i = 1; i < argc; i++) {
		if (!file_read(argv[i], LIMIT_SOURCE, &program)) {
			perror(argv[i]);
			return 1;
		}
	}
	if (program.len == 0)
		return 2;
	make_text(&text, &program);
	for (int i = 0; i < TURNS; i++) {
		double b = time_bare(&text), p = time_of(PARSE, &text), f = time_of(FORMAT, &text);

		bare = b < bare ? b : bare;
		parse = p < parse ? p : parse;
		format = f < format ? f : format;
	}
	printf("%-32s %10s %10s %8s\n", "lex and parse", "ms", "MB/s", "ratio");
	printf("%-32s %10.1f %10.1f %8.2f\n", "bare re2c and Bison", bare * 1e3, (double)text.len / bare / 1e6, 1.0);
	printf("%-32s %10.1f %10.1f %8.2f  (goal 1.50)\n", "with tree, names and comments", parse * 1e3,
	       (double)text.len / parse / 1e6, parse / bare);
	printf("%-32s %10.1f %10.1f %8.2f  (goal 2.00, of lex and parse with tree)\n", "fmt of 10 MB, with its proof", format * 1e3,
	       (double)text.len / format / 1e6, format / parse);
	buf_release(&program);
	buf_release(&text);
	return 0;
}
