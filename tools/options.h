/* The command line of calcc, read once into a struct. Tables: options.def. */
#ifndef CALC_TOOLS_OPTIONS_H
#define CALC_TOOLS_OPTIONS_H

#include <stdbool.h>
#include "compiler/compilation.h"

enum command {
#define COMMAND(id, letter, name, usage, help) COMMAND_##id = letter,
#define OPTION(id, name, letter, argument, commands, help)
#define VALUES(id, words)
#include "tools/options.def"
#undef COMMAND
#undef OPTION
#undef VALUES
};

struct text_list { const char **at; size_t count, cap; };
struct pair_list { struct name_value *at; size_t count, cap; };

enum diagnostics_form { DIAGNOSTICS_TEXT, DIAGNOSTICS_JSON, DIAGNOSTICS_SARIF };

struct options {
	enum command command;
	const char *file;		/* the program, the work folder of `journal`, the code of `explain` (or NULL) */
	char **files;			/* of `fmt`: any number, "-" is standard input */
	size_t nfiles;
	const char *set;
	const char *output, *work_dir, *window, *registry, *runtime_image, *emit, *dump, *namespace, *native, *format, *graphviz;
	struct pair_list define, data, share, image_root, claim;
	struct text_list pull_secret;
	const char *gateway;
	unsigned slots, uid_base, start_limit, kubernetes;
	enum diagnostics_form diagnostics;
	const char *diagnostics_file;	/* NULL: standard error */
	bool resume, replace, json, quiet, verbose, watch, colour, all, differing, no_spans, dry_run;
	bool done;			/* --help or --version was answered */
};

/* false: usage was wrong, and said so on stderr (exit 2). Names and values point into argv or into memory that options_release frees. */
bool options_read(struct options *o, int argc, char **argv);
void options_release(struct options *o);

#endif
