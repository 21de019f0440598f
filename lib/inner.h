/* Inside of libcalcc: the context, and how a call is made. */
#ifndef CALCC_LIB_INNER_H
#define CALCC_LIB_INNER_H

#include "base/buf.h"
#include "base/mem.h"
#include "compiler/compilation.h"
#include "emitters/emit.h"
#include "lib/calcc.h"

enum phase { PHASE_NEW, PHASE_BUILD, PHASE_DONE, PHASE_FAILED };

/* What is open while a graph is built. */
enum open_kind { OPEN_FUNCTION, OPEN_SET, OPEN_CALL, OPEN_REGION };
struct open {
	enum open_kind kind;
	struct buf head;		/* members of its object, as JSON */
	struct buf first, second;	/* params and results; arguments and afters */
	struct buf nodes, gives, sinks;
	bool placed;			/* calcc_at was called */
	bool unnamed;			/* FUNCTION: its one result has no name; second is its type */
};
enum part { PART_TYPES, PART_FUNCTIONS, PART_SOURCES, PART_SINKS, PART_SETS, PARTS };

struct calcc {
	struct compilation *of;
	enum phase phase;
	bool lost;			/* out of memory: nothing but calcc_free is safe, and nothing is left */
	struct mem_ledger memory;	/* all that its calls allocated */
	calcc_on_diagnostic *on;
	void *on_ctx;
	size_t told;			/* reports that were given away */
	struct buf part[PARTS];		/* members, as JSON */
	char *program;
	struct open *open;
	size_t opens, cap;
	struct name_value *claim;
	size_t claims, claim_cap;
};

/* The arguments of a call, for those that run it. */
struct call {
	const char *what;		/* "calcc_arg", for messages */
	const char *a, *b, *c;
	const char *const *list;
	const char *const *const *lists;
	size_t n;
	uint64_t number;
	bool flag;
	struct calcc_value value;
	const struct calcc_value *values;
	calcc_on_file *on;
	void *ctx;
};
typedef enum calcc_status run_call(struct calcc *c, const struct call *a);

/* Runs a call: refused for a context that is NULL or lost, CALCC_MEMORY when memory is out in it, and its diagnostics are told. */
enum calcc_status calcc_run(struct calcc *c, run_call *run, const struct call *a);
enum calcc_status calcc_misuse(struct calcc *c, const struct call *a, const char *why);

/* The document of what was built (build.c). */
void build_document(const struct calcc *c, struct buf *out);
void build_release(struct calcc *c);

#endif
