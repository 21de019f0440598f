/*
 * The printer's state, shared by its files: print_layout.c (lines, lists, comments), print_align.c (columns),
 * print_decl.c (declarations, attributes), print_flow.c (statements, patterns), print_expr.c (expressions, types).
 *
 * Whatever can stand on one line is first tried there; when it is too long or holds a comment, it is taken back and
 * broken by a rule of its own. A try writes at most a line's width, so printing is linear.
 */
#ifndef CALC_GRAMMAR_PRINTER_H
#define CALC_GRAMMAR_PRINTER_H

#include <string.h>
#include "grammar/parse.h"

enum { WIDTH = 120, INDENT = 4, COLUMNS_MOST = 3 };

/* Spaces that alignment puts at an offset of the printed text: decided after the lines below are known. */
struct pad {
	size_t at;
	unsigned spaces;
};

struct printer {
	struct buf *out;
	const struct symtab *syms;
	const struct sources *sources;
	unsigned indent;
	size_t line;		/* offset in out where the line would begin if every character were one byte */
	size_t lines;		/* lines begun */
	unsigned tail;		/* columns that what follows on the line takes: `,`, ` {` */
	bool one_line;		/* everything on one line, whatever its length; comments are left out */
	bool trying;		/* to put something on the line */
	size_t limit;		/* while trying: the line is too long when out is longer */
	bool failed;		/* while trying: it cannot be */
	bool apart;		/* the clauses of the header that is printed stand on lines of their own */

	/* columns (print_align.c) */
	const struct node *row;	/* the item on lines of its own that is printed */
	size_t columns[COLUMNS_MOST];	/* of it: offsets */
	unsigned ncolumns;
	struct pad *pads;
	size_t npads, pads_cap;

	const sym_t *keywords;	/* of the rows of attrs.def (print_decl.c), when many nodes are printed */
};

/* Brackets and separators of a list. */
struct brackets {
	const char *open, *close;
	const char *between;	/* on one line */
	const char *behind;	/* behind each item on a line of its own */
};

/* ---- layout ---- */

/* Most of what is printed is a few bytes long, and of a length known here. */
static inline void print_bytes(struct printer *p, const char *s, size_t len)
{
	struct buf *out = p->out;

	if (out->cap - out->len <= len)
		buf_reserve(out, len);
	memcpy(out->p + out->len, s, len);
	out->len += len;
	out->p[out->len] = '\0';
}
static inline void print_text(struct printer *p, const char *s) { print_bytes(p, s, strlen(s)); }
static inline void print_sym(struct printer *p, sym_t s) { print_bytes(p, sym_text(p->syms, s), sym_len(p->syms, s)); }
void print_newline(struct printer *p, bool blank);	/* `blank` puts an empty line before it */

/* What is printed between these two stands on the line; attempt_end says false when that cannot be, and takes it back. */
struct attempt {
	size_t start, line, lines;
	unsigned ncolumns;
	bool apart, inner;
};
void attempt_begin(struct printer *p, struct attempt *a);
bool attempt_end(struct printer *p, const struct attempt *a);
bool print_on_line(struct printer *p, void (*print)(struct printer *, const struct node *), const struct node *n);
/* In brackets: on the line when it fits and holds no comment; else a single item close to its brackets, plain items
 * as many on a line as fit, all others one a line. */
void print_bracketed(struct printer *p, const struct node *list, const struct brackets *b);
/* The same, with every item on a line of its own. */
void print_bracketed_lines(struct printer *p, const struct node *list, const struct brackets *b);
/* In braces, one item a line, even when they would fit on one. */
void print_body(struct printer *p, const struct node *list);
/* `a, b` on the line, and on further ones, indented, when it is too long. */
void print_joined(struct printer *p, const struct node *list, const char *between);
/* The items of a list, each on its line. */
void print_items(struct printer *p, const struct node *list, const char *behind);

/* ` word child`, when the child is there. */
void print_optional(struct printer *p, const char *word, const struct node *n);
/* Begins a clause of a header: a space, or a line of its own when the header is too long for one. */
void print_clause(struct printer *p);
void print_optional_clause(struct printer *p, const char *word, const struct node *n);
/* A header whose clauses stand on the line, or else apart, indented by `more`; `tail` columns follow it. */
void print_header(struct printer *p, void (*print)(struct printer *, const struct node *), const struct node *n,
		  unsigned more, unsigned tail);

/* ---- columns ---- */

/* A column begins here, if n is the item of a list on lines of their own. */
void print_column(struct printer *p, const struct node *n);

struct row {	/* an item printed on one line */
	const struct node *item;
	size_t begin, end;
	size_t comment;		/* offset of the comment behind it; 0: none */
	size_t pads;		/* its first row in printer.pads: one for each column, one for the comment */
	unsigned columns;
};
struct rows {	/* neighbouring lines */
	struct row *at;
	size_t count, cap;
};
void rows_add(struct printer *p, struct rows *rows, const struct row *row);
void rows_align(struct printer *p, struct rows *rows);	/* decides their pads and forgets them */
void pads_apply(const struct printer *p, struct buf *out);	/* out += p->out with its pads */

/* ---- nodes ---- */

void print_any(struct printer *p, const struct node *n);	/* any node */
void print_declaration(struct printer *p, const struct node *n);
void print_attr(struct printer *p, const struct node *n);
size_t print_keywords(const struct symtab *syms, sym_t *keywords);	/* fills printer.keywords; how many they are */
void print_run(struct printer *p, const struct node *n);
void print_statement(struct printer *p, const struct node *n);
void print_pattern(struct printer *p, const struct node *n);
void print_rule(struct printer *p, const struct node *n);	/* arms, and the rules of a walk */
void print_block(struct printer *p, const struct node *n);
void print_value(struct printer *p, const struct node *n);
void print_type(struct printer *p, const struct node *n);

#endif
