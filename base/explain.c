/* The texts of base/explain, as a table by code. */
#include "base/explain.h"

static const struct {
	const char *rule, *examples;
} texts[DIAG_CODES] = {
#include "base/explain_texts.h"
};

const char *explain_rule(enum diag_code code)
{
	return texts[code].rule ? texts[code].rule : "";
}

const char *explain_examples(enum diag_code code)
{
	return texts[code].examples ? texts[code].examples : "";
}
