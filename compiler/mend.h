/*
 * Mends of what was just reported: help lines, with the edit where it is known. Each adds to the report made last and changes
 * nothing else; all of them may look at the text of the program.
 */
#ifndef CALC_COMPILER_MEND_H
#define CALC_COMPILER_MEND_H

#include "compiler/elaborate.h"

/* After CF103: a type by its name in another language. false: it is none. */
bool mend_foreign_type(struct compilation *c, const struct node *n);
/* After CF101: a literal of another language, or a function that is not called. */
bool mend_unknown_name(struct compilation *c, const struct node *n);
/*
 * After CF101, CF103, CF104: a module of the same folder declares the name. Where that was said of another name of the module, the name
 * is one more consequence, and mend_was_missed, asked first, says that nothing is to be reported.
 */
enum mend_space { MEND_TYPE, MEND_CALLABLE, MEND_DATA };
bool mend_was_missed(const struct compilation *c, const struct node *n, enum mend_space space);
bool mend_missing_import(struct compilation *c, const struct node *n, enum mend_space space);
/* After CF001 of a file that the string `path` of the program names: one of nearly that name is there. */
bool mend_path(struct compilation *c, const struct node *path, const char *file);
/* After CF201 at the expression `at`: quotes too many or missing, an item for its list or the other way round. */
void mend_misfit(struct compilation *c, struct span at, type_t want, type_t found);
/* After CF204 of a compile-time value. */
void mend_absent(struct compilation *c, struct span at);
/* After CF201 of a list of records that is indexed by a string. */
void mend_missing_by(struct compilation *c, const struct node *list, type_t type);
/* After CF603: the last statement of a flow gives what it returns. */
void mend_missing_return(struct compilation *c, const struct node *items, uint32_t results);
/* After CF607: a command that is written as one string. */
bool mend_command_line(struct compilation *c, const struct node *n);
/* After CF202 of an argument by position behind one by name; given[params]: which have one. */
void mend_position_after_name(struct compilation *c, const struct signature *sig, const struct node *argument, const struct node *const *given);

/* The parameters i and j were given each other's arguments by position: reports that as CF201. */
void report_swapped(struct compilation *c, const struct signature *sig, const struct node *call, uint32_t i, uint32_t j, type_t found);

#endif
