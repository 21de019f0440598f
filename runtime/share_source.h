/*
 * Sources: what a run reads from shares. All of it is found, checked and fingerprinted before anything starts. Files are
 * read in place; other values are read once against their type and stand then in natural form below data/in.
 */
#ifndef CALC_RUNTIME_SHARE_SOURCE_H
#define CALC_RUNTIME_SHARE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "runtime/plan.h"

struct share_file {
	char *name;	/* in a folder of the list: the file's own name, or its encoded path below the pattern's fixed part */
	char *path;	/* absolute */
	uint8_t fingerprint[16];	/* over name, size, time, and how it is read */
};
struct share_source {
	struct share_file *file;	/* in the byte order of the names */
	uint32_t files;
	char *natural;			/* path of the value in natural form; NULL for file and [file] */
	uint8_t fingerprint[16];	/* over names, sizes and times of the files */
	bool idle;			/* nothing came for the window, which is passed over then */
	uint64_t other_rows;		/* rows that are of other windows */
};

/* Folder of a share: the binding's, else ./<share>. */
struct host_binding;
void share_folder(const struct host_binding *bound, uint32_t count, const char *share, struct buf *path);

/* Where sources are looked for. */
struct share_bound {
	const struct host_binding *share;
	uint32_t shares;
	/* Fills a source in as it was when the run began (share_source_recall); `natural`: where its natural form is to stand, NULL for
	 * files. false: it is to be found, and nothing stands there. */
	bool (*kept)(void *ctx, uint32_t source, const char *natural, struct share_source *out);
	void *ctx;
};

/*
 * All sources of the plan, in its order; `in` is the folder for natural forms. NULL with messages, one line for each
 * source that is missing or does not fit ("file:line: source `books`: …").
 */
struct share_source *share_sources_open(const struct plan *p, const struct share_bound *bound, const char *in, struct buf *error);
void share_sources_free(struct share_source *s, uint32_t count);
/* What was found, as a text of names, paths and the files' fingerprints, and back; the fingerprint of all and the natural form are not in it. */
void share_source_tell(const struct share_source *s, struct buf *text);
bool share_source_recall(const char *text, size_t len, struct share_source *out);	/* false: it is no such text */
/* The file with that name; NULL when there is none. */
const char *share_source_find(const struct share_source *s, const char *name);

/* The format of a value on a share: what the program says, else by the extension, else natural. */
enum plan_format share_format(enum plan_format said, const char *path);

/* Does `name` match `pattern` (`*`, `?`; neither matches a slash; a leading dot only itself)? */
bool share_match(const char *pattern, const char *name);

#endif
