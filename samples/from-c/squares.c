/* A flow of 1,000 steps without a line of text: 900 squares, summed by tens. Writes the graph document to standard output. */
#include <calcc.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAVES = 900, FAN = 10 };

static void on_diagnostic(void *ctx, const struct calcc_diagnostic *d)
{
	(void)ctx;
	fprintf(stderr, "%s:%u:%u: %s: %s\n%s\n", d->file, d->line, d->column, d->code, d->message, d->help);
}

static int print(void *ctx, const char *name, const char *bytes, size_t len)
{
	(void)name;
	return fwrite(bytes, 1, len, ctx) != len;
}

static void ok(enum calcc_status status)
{
	if (status != CALCC_OK)
		exit(1);
}

int main(void)
{
	const char *const square[] = { "sh", "-c", "echo $(($0 * $0))", "{n}" };
	const char *const sum[] = { "sh", "-c", "s=0; for p; do s=$((s + p)); done; echo $s", "sum", "{parts}" };
	char name[FAN][32], up[32];
	struct calcc_value part[FAN];
	struct calcc *c = calcc_new();

	if (!c)
		return 1;
	calcc_diagnostics(c, on_diagnostic, NULL);
	ok(calcc_begin(c, "squares.c"));
	ok(calcc_function(c, "square"));
	ok(calcc_param(c, "n", "i64"));
	ok(calcc_result(c, NULL, "i64"));
	ok(calcc_command(c, 4, square));
	ok(calcc_attribute(c, "stdout", "out"));
	ok(calcc_end(c));
	ok(calcc_function(c, "sum"));
	ok(calcc_param(c, "parts", "[i64]"));
	ok(calcc_result(c, NULL, "i64"));
	ok(calcc_command(c, 5, sum));
	ok(calcc_attribute(c, "stdout", "out"));
	ok(calcc_end(c));
	ok(calcc_sink(c, "total", "i64", "/out/total.json"));
	ok(calcc_set(c, "local"));
	ok(calcc_attribute_number(c, "slots", 4));
	for (int i = 0; i < LEAVES; i++) {
		snprintf(up, sizeof up, "level0-%d", i);
		ok(calcc_call(c, up, "square"));
		ok(calcc_arg(c, "n", calcc_i64(i)));
		ok(calcc_end(c));
	}
	/* each level sums the one below by tens, until one is left */
	for (int level = 1, below = LEAVES; below > 1; level++, below = (below + FAN - 1) / FAN) {
		for (int i = 0; i * FAN < below; i++) {
			int n = below - i * FAN < FAN ? below - i * FAN : FAN;
			for (int k = 0; k < n; k++) {
				snprintf(name[k], sizeof name[k], "level%d-%d", level - 1, i * FAN + k);
				part[k] = calcc_step(name[k]);
			}
			snprintf(up, sizeof up, "level%d-%d", level, i);
			ok(calcc_call(c, up, "sum"));
			ok(calcc_arg(c, "parts", calcc_list(part, (size_t)n)));
			ok(calcc_end(c));
		}
	}
	ok(calcc_sink_value(c, "total", calcc_step(up)));
	ok(calcc_end(c));
	ok(calcc_check(c));
	ok(calcc_graph(c, 0, print, stdout));
	calcc_free(c);
	return 0;
}
