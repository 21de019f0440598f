/* The commands of calcc; each returns an exit status. The program was checked and has no errors. */
#ifndef CALC_TOOLS_COMMANDS_H
#define CALC_TOOLS_COMMANDS_H

#include "compiler/compilation.h"
#include "tools/options.h"

int command_compile(const struct options *o, struct compilation *c);	/* compile.c */
int command_dot(const struct options *o, struct compilation *c);
int command_dump_plan(const struct options *o, struct compilation *c);
int command_run(const struct options *o, struct compilation *c);	/* run_command.c */
int command_journal(const struct options *o);

#endif
