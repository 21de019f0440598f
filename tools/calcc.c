/*
 * calcc: the program. Each command is a function that takes the options and a checked program; what they do stands in the
 * libraries. Exit statuses: base/exit.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "compiler/place.h"
#include "grammar/parse.h"
#include "tools/commands.h"
#include "tools/options.h"

static void out_of_memory(void)
{
	static const char text[] = "calcc: out of memory\n";
	file_temp_remove_all();
	_exit(write(2, text, sizeof text - 1) < 0 ? CALC_EXIT_IO : CALC_EXIT_IO);
}

/* Standard output may be closed, or on a full disk: that is no success. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		if (errno != EPIPE)	/* who reads has seen enough */
			fprintf(stderr, "calcc: standard output: %s\n", strerror(errno));
		return status == CALC_EXIT_DONE ? CALC_EXIT_IO : status;
	}
	return status;
}

static void count_line(const struct compilation *c, size_t set)
{
	struct graph_count n = graph_count(&c->graph[set]);
	printf("  %s: %llu step%s%s, %llu edge%s\n", name_of(c, c->program.set[set].name), (unsigned long long)n.steps, n.steps == 1 ? "" : "s",
	       n.more_at_run_time ? " and what lists of the run make" : "", (unsigned long long)n.edges, n.edges == 1 ? "" : "s");
}

static void summary(const struct compilation *c)
{
	const struct program *p = &c->program;
	printf("%s: ok (%zu function%s, %zu flow%s, %zu set%s)\n", c->main->name, p->funcs, p->funcs == 1 ? "" : "s", p->flows, p->flows == 1 ? "" : "s",
	       p->sets, p->sets == 1 ? "" : "s");
	for (size_t i = 0; i < p->sets; i++) {
		const struct set *one = &p->set[i];
		if (set_has_graph(one))
			count_line(c, i);
		else if (one->is_group)
			printf("  %s: %u set%s\n", name_of(c, one->name), one->parts, one->parts == 1 ? "" : "s");
	}
}

/* --dump: after reading, before or after the checks. */
static int dump(const struct options *o, struct compilation *c)
{
	struct buf out = BUF_INIT;
	if (!strcmp(o->dump, "ast"))
		ast_dump(&out, c->syms, c->module);
	else if (!strcmp(o->dump, "source"))
		print_module(&out, c->syms, c->sources, c->module);
	else if (!strcmp(o->dump, "plan"))
		return command_dump_plan(o, c);
	else if (!strcmp(o->dump, "place")) {
		for (size_t i = 0; i < c->graphs; i++)
			if (set_has_graph(&c->program.set[i]))
				place_print(c, &c->program.set[i], &c->graph[i], &out);
	} else {
		fprintf(stderr, "calcc: --dump is ast, source, place or plan, not `%s`\n", o->dump);
		return CALC_EXIT_USAGE;
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	buf_release(&out);
	return CALC_EXIT_DONE;
}

static int check(const struct options *o, struct compilation *c)
{
	if (o->dump)
		return dump(o, c);
	if (!o->quiet)
		summary(c);
	return CALC_EXIT_DONE;
}

int command_program(const struct options *o, struct compilation *c)
{
	struct compile_options co = { .define = o->define.at, .defines = o->define.count, .data = o->data.at, .datas = o->data.count,
				     .yaml = &data_yaml, .mounted_images = o->kubernetes >= 36 };
	bool ok = compile_program(c, o->file, &co);
	int status = CALC_EXIT_WRONG;

	if (!ok && o->command == COMMAND_CHECK && o->dump && !strcmp(o->dump, "place"))
		check(o, c);	/* sets that are refused say so beside those that are not */
	if (ok) {
		switch (o->command) {
		case COMMAND_CHECK: status = check(o, c); break;
		case COMMAND_RUN: status = command_run(o, c); break;
		case COMMAND_DOT: status = command_dot(o, c); break;
		default: status = command_compile(o, c); break;
		}
	}
	if (!ok || o->command != COMMAND_RUN)	/* a run has reported before it began */
		status = report_diagnostics(o, c->diags, status);
	return status;
}

static int with_program(const struct options *o)
{
	struct compilation *c = compilation_new();
	int status = command_program(o, c);

	compilation_free(c);
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	int status = CALC_EXIT_USAGE;
	mem_on_failure(out_of_memory);
	if (options_read(&o, argc, argv)) {
		if (o.done)
			status = CALC_EXIT_DONE;
		else if (o.command == COMMAND_JOURNAL)
			status = command_journal(&o);
		else if (o.command == COMMAND_EXPLAIN)
			status = command_explain(&o);
		else if (o.command == COMMAND_FMT)
			status = command_fmt(&o);
		else if (o.command == COMMAND_COMPLETION)
			status = command_completion(&o);
		else if (o.watch)
			status = command_watch(&o);
		else
			status = with_program(&o);
	}
	options_release(&o);
	return finish(status);
}
