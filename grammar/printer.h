/* The printer's state, shared by print.c (layout, declarations, statements) and print_expr.c (expressions, types). */
#ifndef CALC_GRAMMAR_PRINTER_H
#define CALC_GRAMMAR_PRINTER_H

#include "grammar/parse.h"

struct printer {
	struct buf *out;
	const struct symtab *syms;
	const struct sources *sources;
	unsigned indent;
	size_t line;		/* offset in out where the line begins */
	bool one_line;		/* everything on one line, whatever its length; comments are left out */
	bool trying;		/* to put a bracketed list on one line */
	size_t limit;		/* while trying: the line is too long when out reaches this */
	bool failed;		/* while trying: it cannot be */
};

/* Brackets and separators of a list. */
struct brackets {
	const char *open, *close;
	const char *between;	/* on one line */
	const char *behind;	/* behind each item on a line of its own */
	bool one_item;		/* on one line only when it is one item, or none */
};

void print_text(struct printer *p, const char *s);
void print_sym(struct printer *p, sym_t s);
/* In brackets: on one line when it fits and holds no comment, else one item a line. */
void print_bracketed(struct printer *p, const struct node *list, const struct brackets *b);
/* On the line: `a, b`. */
void print_joined(struct printer *p, const struct node *list, const char *between);

void print_any(struct printer *p, const struct node *n);	/* any node */
void print_value(struct printer *p, const struct node *n);	/* expressions (print_expr.c) */
void print_type(struct printer *p, const struct node *n);
void print_string(struct printer *p, const struct node *n);

#endif
