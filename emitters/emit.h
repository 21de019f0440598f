/*
 * Emitters turn a plan into named files; they decide nothing, and write nothing to disk themselves (output.h does). Output is
 * deterministic: the same plan and options are the same bytes.
 */
#ifndef CALC_EMITTERS_EMIT_H
#define CALC_EMITTERS_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/diag.h"
#include "runtime/plan.h"

/* A share's PersistentVolumeClaim: `--claim share=NAME[,10Gi[,CLASS]]`. */
struct emit_claim {
	const char *share, *claim;
	const char *size;		/* "10Gi": the claim is emitted; NULL: it exists */
	const char *storage_class;	/* NULL: the cluster's default */
};
struct emit_options {
	const char *registry;		/* prefix of images that name no registry; NULL: none */
	const char *runtime_image;	/* NULL: calcflow/runtime:VERSION */
	const char *const *pull_secret;	uint32_t pull_secrets;
	const struct emit_claim *claim;	uint32_t claims;
	uint32_t uid_base;		/* first of the pod's user ids; 0: 20,000 */
	uint32_t start_limit;		/* seconds for the next slot to start; 0: 600, and half of the set's timeout at most */
	uint32_t ttl_seconds;		/* a finished Job is kept for so long; 0: a day */
	const char *namespace;		/* of every object; NULL: whoever applies them chooses */
	const char *gateway, *gateway_namespace;	/* that routes lead through; NULL: none is named; NULL: in the set's namespace */
	unsigned kubernetes;		/* 33 to 36: what 1.33 … 1.36 have may be used; 0: 33 */
};
struct compilation;
struct set;
struct emit_input {
	const struct plan *plan;	/* NULL for EMIT_GRAPH, and of a set of sets */
	struct compilation *program;	/* what the plan was made of; NULL where a test made it */
	const struct set *set;		/* in program->program.set; NULL for EMIT_GRAPH */
	bool without_places;		/* EMIT_GRAPH: leave out where things stand */
	const struct emit_options *options;
	struct diags *diags;		/* what cannot be emitted is reported here (CF8xx) */
};

struct output;
struct output_file;
struct yaml_writer;
struct names;
struct emit_file {
	char *name;			/* base name */
	struct buf text;		/* empty where it went to the folder */
	char hash[65];			/* of it: there */
};
/* A file that is written where it is missing, and is the user's then. */
struct emit_once {
	char *name, *instead;		/* instead: other extensions under which it may stand, ".cc .cpp" */
	struct buf text;
	struct buf names;		/* that a source of the user's should have, each NUL-terminated */
};
struct emit_files {
	struct emit_file *file;
	size_t count, cap;
	struct output *to;		/* the folder that files go to as they are made (output.h); NULL: they stay in memory */
	struct names *names;		/* of files, and of objects: kubernetes_taken.c */
	struct emit_once *once;
	size_t onces, once_cap;
	bool finished;			/* by emit_finish */
};
#define EMIT_FILES_INIT { NULL, 0, 0, NULL, NULL, NULL, 0, 0, false }
void emit_files_release(struct emit_files *files);	/* not the folder */
/* Takes the text over (it is empty afterwards). false, without adding, when a file of that name with another text is there. */
bool emit_files_add(struct emit_files *files, const char *name, struct buf *text);
/* Takes the text over; the names are filled in by the caller. */
struct emit_once *emit_files_add_once(struct emit_files *files, const char *name, const char *instead, struct buf *text);
/*
 * A file of YAML documents, written as it is made: between documents (yaml_next_document) memory is let go. emit_yaml_end
 * frees the writer; false as emit_files_add.
 */
struct yaml_writer *emit_yaml_begin(struct emit_files *files, const char *name);
bool emit_yaml_end(struct emit_files *files, struct yaml_writer *w);

enum emitter {
#define EMITTER(id, name, function, what) EMIT_##id,
#include "emitters/emitters.def"
#undef EMITTER
	EMITTERS
};
const char *emitter_name(enum emitter e);
const char *emitter_what(enum emitter e);
enum emitter emitter_by_name(const char *name);		/* EMITTERS: there is none */

/* Adds the emitter's files for this plan; false when something was reported. */
bool emit(enum emitter e, const struct emit_input *in, struct emit_files *files);
/* A file that kustomization.yaml names as configuration, and not among the manifests. No set's file can have that name. */
#define EMIT_KUSTOMIZATION_NAMES "kustomization.names.yaml"
bool emit_is_about_folder(const char *name);	/* what lists the others: it has no place in a stream of objects */
/* After the last plan: kustomization.yaml where there are manifests, and all files in the order of their names. Options may be NULL. */
void emit_finish(struct emit_files *files, const struct emit_options *options);

/* The emitters, for emitters.def. */
bool emit_plan(const struct emit_input *in, struct emit_files *files);
bool emit_kubernetes(const struct emit_input *in, struct emit_files *files);
bool emit_list(const struct emit_input *in, struct emit_files *files);	/* a set on a list; needs the program */
bool emit_set_of_sets(const struct emit_input *in, struct emit_files *files);	/* a set of sets; the plan is NULL */
bool emit_graph(const struct emit_input *in, struct emit_files *files);
bool emit_dot(const struct emit_input *in, struct emit_files *files);
bool emit_stub(const struct emit_input *in, struct emit_files *files);
bool emit_mermaid(const struct emit_input *in, struct emit_files *files);

#endif
