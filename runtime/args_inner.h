/* What args.c and args_input.c share; nobody else includes this. */
#ifndef CALC_RUNTIME_ARGS_INNER_H
#define CALC_RUNTIME_ARGS_INNER_H

#include "runtime/args.h"

struct args {
	const struct plan *plan;
	const struct host_options *options;
	const struct engine *engine;
	struct store *store;
	struct resolver *values;
	const struct share_source *sources;
	const struct states *states;	/* NULL: none */
	char *search_path;
	long exec_most;			/* bytes of arguments and environment, as the kernel says; <= 0: it does not */
	char **program;		/* by function: where its command stands; NULL: not looked up yet */
	size_t programs;
	char **source_image;	/* by source: its image, that native functions share; NULL: not made yet */
	uint64_t *layout;	/* by function: of native ones; 0: not asked for yet */
	size_t layouts;
	char **source_folder;	/* by source: the folder of links that shows a [file] source; NULL: not made yet */
};

struct args_list {
	const char **item;	/* NULL-terminated once something was added */
	size_t count, cap;
};
void args_list_add(struct args_list *l, const char *text);

/* A job that is being built. */
struct building {
	struct args *a;
	const struct args_step *s;
	const struct plan_func *func;
	struct args_job *out;
	struct args_list argv, envp;
	struct buf *error;
};

/* Where a program of the function stands: PATH, or below its image's root; in a pod the worker looks. false with a message. */
bool args_function_program(struct args *a, uint32_t func, const char *name, const char **program, struct buf *error);
/* A native function's words, in argv: its program, inputs, results. */
bool args_native(struct building *b);

/* The path at which parameter `param` stands in the form that its port asks for; made when it is none yet. An absent
 * value gives a path at which nothing stands. */
bool args_input_path(struct building *b, uint32_t param, struct buf *path, bool *absent);
/* What was made for parameter `port` in the file that stands for it; its path as the worker finds it. */
bool args_put_input(struct building *b, const char *port, const char *text, size_t len, struct buf *path);
/* A file or value in natural form, as `port`: in the format that is asked for. */
bool args_put_natural(struct building *b, const struct plan_port *port, const char *natural, struct buf *path);
/* The image of a value of `type`, appended to `out`. */
bool args_image(struct resolver *v, engine_value value, uint32_t type, struct buf *out, bool *absent, struct buf *error);
/* In place: the path at which the worker finds what stands at `path`. item: of a list whose files become arguments, or PLAN_NONE. */
bool args_hand_over(struct building *b, const char *port, uint32_t item, struct buf *path);

#endif
