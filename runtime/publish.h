/*
 * Publication: results become visible on a share, whole or not at all, and nothing that is there is ever overwritten.
 *
 *   1. compare: what stands at every final name must be absent or equal; other content ends *uncertain* before anything
 *      becomes visible (or is moved aside, where the caller said so)
 *   2. stage: copy to a temporary name in the target's folder, check write, fsync and close
 *   3. several sinks: a version folder .calcflow/<set>/<version> of each share holds them all, its manifest last
 *   4. link to the final names, fsync the folders
 *   5. states: their files are replaced, each whole, and what stood there before is kept beside their log
 *
 * Done twice, or again after a kill at any point, it gives the same. It blocks: call it through share_run.
 */
#ifndef CALC_RUNTIME_PUBLISH_H
#define CALC_RUNTIME_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/share.h"

struct publish_file {
	const char *from;	/* what is copied */
	const char *name;	/* base name in the folder; "" when the target is a single file */
	/* private to publish.c */
	bool stands;		/* equal content is there already */
	char sha[65];
	uint64_t size;
};
struct publish_target {
	const char *sink;
	const char *share;	/* folder of the share */
	const char *path;	/* below it: the file, or the folder */
	bool folder;		/* a [file] sink */
	bool absent;		/* a T? without a value: nothing may stand there */
	struct publish_file *file;
	size_t files;
};
/* A state's file, which is replaced. */
struct publish_state {
	const char *name, *path;	/* path: of the file itself */
	const char *from;		/* what it is to hold */
	bool absent;			/* it is to hold nothing: no file */
	char was[65];			/* SHA-256 of what the run found there; "": there was no file */
	const char *base;		/* of its log (runtime/state_log.h), where the job says which run it is */
	/* private to publish_state.c */
	bool stands;			/* it holds that already */
	char now[65];			/* SHA-256 of what it is to hold; "": nothing */
};
struct publish_job {
	const char *set;
	struct publish_target *target;
	size_t targets;
	struct publish_state *state;
	size_t states;
	const char *run;		/* written to the log of each state before that is replaced; NULL: not */
	bool replace;			/* older content is moved aside, as .<name>.replaced-<n> */
	const char *record_folder;	/* share_record_folder of the set: begun and done are recorded; NULL: not */
	uint64_t epoch;			/* checked before anything becomes visible; 0: none was claimed */
	uint64_t time_us;		/* for records */
};

/* publish_state.c: what stands there is what was found, or what is to stand there; then it is replaced. */
enum share_status publish_states_compare(struct publish_job *job, int pulse, struct buf *message);
enum share_status publish_states_replace(struct publish_job *job, int pulse, struct buf *message);

/* message: what failed, or what is uncertain, and the ways out. A share_work. */
enum share_status publish_run(void *job, int pulse, struct buf *message);

#endif
