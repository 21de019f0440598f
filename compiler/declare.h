/* Parts of the declaration pass, one file each; see declare.c for their order. */
#ifndef CALC_COMPILER_DECLARE_H
#define CALC_COMPILER_DECLARE_H

#include "compiler/compilation.h"

/* A written type as a type id; `format` (may be NULL: `as` is then refused) receives what `as` says. 0 after a report. */
type_t declare_type_of(struct compilation *c, const struct node *n, uint8_t *format);

/* Can a value of the type stand in a file of the format? Reports CF201. */
bool declare_format_fits(struct compilation *c, type_t type, uint8_t format, struct span at);

/* The scope of top-level expressions: params, imported data and lets. */
struct expr_scope declare_scope(struct compilation *c);

uint8_t declare_format_by_name(const char *path);	/* by its extension; FORMAT_NATURAL */
/* Of items from..end-1 of the program: those that others of them need come first, whatever their order in the text. */
void declare_types(struct compilation *c, size_t from, size_t end);		/* declare_type.c */
void declare_constants(struct compilation *c, size_t from, size_t end);	/* declare_constant.c: params, data, lets */
void declare_options(struct compilation *c);				/* CF109: -D and --data that name nothing */
/* `path` as it stands in the text of n: beside the file that n stands in. */
const char *declare_path(struct compilation *c, const struct node *n, const char *path);
void declare_items(struct compilation *c);	/* declare_item.c: modules, top-level `for` and `if`; names, types and constants with them */
void declare_names(struct compilation *c, size_t from, size_t end);		/* declare.c */
/* The declaration that item i of the program made: NULL where its name was taken. */
const struct decl *declare_own(const struct compilation *c, size_t i);
void add_item(struct compilation *c, const struct node *n, const struct env *around, bool imported);
void declare_function(struct compilation *c, struct func *f, const struct node *n);	/* declare_function.c */
bool declare_command(struct compilation *c, struct func *f, const struct node *words);	/* command.c */
void declare_results_made(struct compilation *c, const struct func *f, struct span at);	/* CF612 for a result that nothing makes */
void declare_signature(struct compilation *c, struct signature *sig, const struct node *params, const struct node *results,
		       bool of_flow);
void generic_names(struct compilation *c, struct flow *f);	/* generic.c: a generic flow's parameters, without their types */
void declare_outside(struct compilation *c, struct outside *o, const struct node *n);	/* declare_outside.c */
void declare_window(struct compilation *c, struct window *w, const struct node *n);	/* declare_window.c */
void declare_lock(struct compilation *c, struct lock *l, const struct node *n);		/* declare_state.c */
void declare_state(struct compilation *c, struct state *s, const struct node *n);	/* declare_state.c */
void declare_pond(struct compilation *c, struct pond *p, const struct node *n);		/* declare_pond.c */
uint32_t declare_pond_named(struct compilation *c, const struct node *name);	/* place in program.pond; PLAN_NONE after a report */
bool declare_share_path(struct compilation *c, const char *text, bool write, struct span at, const char **share, const char **path);	/* CF614 */
void declare_set(struct compilation *c, struct set *s, const struct node *n);		/* declare_set.c */
void declare_groups(struct compilation *c);	/* declare_group.c: what sets of sets run; more sets */
void declare_group(struct compilation *c, uint32_t set);	/* of one set of sets */

/* ---- attributes (declare_attr.c): read one argument of a kind, or report; `a` is the ATTR ---- */
bool attr_once(struct compilation *c, const struct node *a, const struct node **seen);	/* CF608 when it was there before */
bool attr_quantity(struct compilation *c, const struct node *a, int quantity, uint64_t *out);
bool attr_count(struct compilation *c, const struct node *a, uint64_t least, uint64_t most, uint64_t *out);
const struct node *attr_arg(const struct node *a, uint32_t i);	/* NULL when there are fewer */
bool attr_string(struct compilation *c, const struct node *n, const char **out);	/* a literal, compile-time names in braces allowed */
void attr_image(struct compilation *c, const struct node *a, const char **out);		/* of the attribute */
bool attr_word(struct compilation *c, const struct node *a, const struct node *n, const sym_t *allowed, const char *listed, uint32_t *which);
bool attr_device(struct compilation *c, const struct node *a, struct device *out);
/* An array in the arena, grown by this function only, with room for one more at its end: itself, or a copy. */
void *attr_one_more(struct compilation *c, const void *had, uint32_t count, size_t size);

#endif
