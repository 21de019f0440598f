/* `calcc explain`: what stands behind a code. The texts are base/explain's. */
#include <stdio.h>
#include <strings.h>

#include "base/exit.h"
#include "base/explain.h"
#include "base/suggest.h"
#include "tools/commands.h"

static const char *severity_name(enum diag_code code)
{
	return diag_code_severity(code) == DIAG_ERROR ? "error" : "warning";
}

static void list_codes(void)
{
	for (unsigned code = 0; code < DIAG_CODES; code++)
		printf("%s  %-7s  %s\n", diag_code_name(code), severity_name(code), diag_code_title(code));
}

static void explain(enum diag_code code)
{
	printf("%s (%s): %s\n\n%s\n%s", diag_code_name(code), severity_name(code), diag_code_title(code), explain_rule(code),
	       explain_examples(code));
}

int command_explain(const struct options *o)
{
	struct suggest nearest;

	if (o->all && !o->file) {
		for (unsigned code = 0; code < DIAG_CODES; code++)
			explain(code);
		return CALC_EXIT_DONE;
	}
	if (!o->file) {
		list_codes();
		return CALC_EXIT_DONE;
	}
	suggest_init(&nearest, o->file);
	for (unsigned code = 0; code < DIAG_CODES; code++) {
		if (strcasecmp(o->file, diag_code_name(code)) == 0) {
			explain(code);
			return CALC_EXIT_DONE;
		}
		if (strcmp(o->file, diag_code_name(code) + 2) == 0) {	/* its number alone */
			nearest.best = diag_code_name(code);
			break;
		}
		suggest_offer(&nearest, diag_code_name(code));
	}
	fprintf(stderr, "calcc: there is no diagnostic `%s`; `calcc explain` lists them", o->file);
	fprintf(stderr, nearest.best ? " (did you mean %s?)\n" : "\n", nearest.best);
	return CALC_EXIT_USAGE;
}
