/* The commands of calcc; each returns an exit status. The program was checked and has no errors. */
#ifndef CALC_TOOLS_COMMANDS_H
#define CALC_TOOLS_COMMANDS_H

#include "compiler/compilation.h"
#include "tools/options.h"

/*
 * Write what was reported since the last call, in the form that was asked for: to standard error, or to a file beside the text on
 * standard error. Returns `status`, or what it becomes: 1 for errors, 74 when the file cannot be written.
 */
int report_diagnostics(const struct options *o, const struct diags *d, int status);	/* report.c */

/* Compiles the program into c, does what the command says, and reports. */
int command_program(const struct options *o, struct compilation *c);	/* calcc.c */
int command_watch(const struct options *o);				/* watch.c: that, again and again */
int command_compile(const struct options *o, struct compilation *c);	/* compile.c */
int command_dot(const struct options *o, struct compilation *c);
int command_dump_plan(const struct options *o, struct compilation *c);
int command_run(const struct options *o, struct compilation *c);	/* run_command.c */
int command_journal(const struct options *o);
int command_explain(const struct options *o);				/* explain.c */
int command_fmt(const struct options *o);				/* fmt.c */
/* Are all of them shares, or ponds, of the program? false after a report. */
bool command_shares(const struct pair_list *named, const char *option, struct compilation *c);	/* shares.c */
int command_completion(const struct options *o);			/* completion.c */

#endif
