#include "bad_functions.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int is(calc_text_view way, const char *what)
{
	return way.length == strlen(what) && memcmp(way.text, what, way.length) == 0;
}

int bad_good(calc *c, bad_Row_list_view rows, bad_i64_list *out)
{
	int64_t *n = bad_i64_list_new(c, out, rows.count);

	for (uint64_t i = 0; n && i < rows.count; i++)
		n[i] = rows.item[i].n;
	printf("%s has %llu rows\n", calc_step(c), (unsigned long long)rows.count);
	return n ? 0 : 1;
}

static void fill(calc *c, bad_Row_list_view rows, bad_Whole *out)
{
	bad_Row *row = bad_Row_list_new(c, &out->rows, rows.count);

	for (uint64_t i = 0; row && i < rows.count; i++)
		row[i] = rows.item[i];
	calc_text_set(c, &out->text, "all is well", 11);
	out->value = 0.5;
}

int bad_bad(calc *c, calc_text_view way, bad_Row_list_view rows, const bad_i64_list_view *maybe, bad_Whole *out)
{
	bad_Row *row;

	if (!getenv("BAD") || !maybe || maybe->count != rows.count)
		return calc_fail(c, "what it was given is not right");
	if (is(way, "says"))
		return calc_fail(c, "no such %s", "thing");
	if (is(way, "crash"))
		raise(SIGSEGV);
	if (is(way, "null"))
		*(volatile int *)(uintptr_t)rows.count = 1;
	if (is(way, "abort"))
		abort();
	if (is(way, "input"))
		((bad_Row *)(uintptr_t)rows.item)->n = 7;
	if (is(way, "exit"))
		exit(0);
	if (is(way, "forks")) {	/* two processes return, one after the other */
		pid_t child = fork();
		int status = 0;

		if (child < 0 || (child > 0 && (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 70)))
			return calc_fail(c, "the forked process did not end as it should");
	}
	if (is(way, "closes")) {
		for (int i = 3; i < 64; i++)
			close(i);
		usleep(200000);		/* the worker waits for its bell by now; before, it would see the answer without one */
	}
	if (is(way, "never"))
		for (;;)
			pause();
	if (is(way, "spins"))
		for (volatile int i = 0;; i++)
			;
	fill(c, rows, out);
	row = (bad_Row *)(uintptr_t)bad_Row_list_get(&out->rows).item;
	if (is(way, "unheeded"))
		bad_Row_list_new(c, &out->rows, UINT64_MAX / sizeof *row);
	if (is(way, "beyond"))
		row[rows.count].n = 1;
	if (is(way, "far"))
		row[100000].n = 1;
	if (is(way, "nan"))
		out->value = NAN;
	if (is(way, "truth"))
		memset(&out->truth, 7, 1);
	if (is(way, "kind"))
		out->kind = 99;
	if (is(way, "utf8"))
		calc_text_set(c, &out->text, "\xff\xfe", 2);
	if (is(way, "long"))
		row[1].name.length = 9;
	if (is(way, "offset"))
		out->rows.list.offset = 1 << 30;
	if (is(way, "count"))
		out->rows.list.count = (uint64_t)1 << 62;
	if (is(way, "twice")) {
		out->text.offset = out->rows.list.offset - (int64_t)offsetof(bad_Whole, text);
		out->text.length = rows.count * sizeof *row;
		out->rows.list.count = rows.count + 100;
	}
	if (is(way, "large") && !calc_list_new(c, &out->rows.list, (uint64_t)1 << 40, 24, 8))
		return 1;
	return 0;
}
