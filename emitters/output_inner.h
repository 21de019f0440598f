/* What the files of the folder's writer share: output.c (staging, the change of names), output_list.c (`.calcflow`), output_show.c. */
#ifndef CALC_EMITTERS_OUTPUT_INNER_H
#define CALC_EMITTERS_OUTPUT_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "emitters/output.h"

struct hash128;

enum { DIGITS = 32 };
#define LIST_NAME ".calcflow"		/* what is ours */
#define NEW_NAME ".calcflow-new"	/* folders: new content on its way in, old content on its way out */
#define OLD_NAME ".calcflow-old"

/* A name with the content that is ours under it; a name can stand twice after a run that was cut short. */
struct owned {
	char hash[DIGITS + 1];
	char *name;
};
enum found { FOUND_NOTHING, FOUND_OURS, FOUND_CHANGED, FOUND_FOREIGN, FOUND_ERROR };
/* How far a file's name has changed; undone from there. */
enum moved { MOVED_NOT, MOVED_KEPT, MOVED_DONE };

struct output_file {
	struct output *o;
	char *name, hash[DIGITS + 1];
	char made[24];		/* its name in `.calcflow-new`: a number, for two of one name may be made before one is dropped */
	bool differs;		/* from what is there; else nothing is written */
	struct hash128 *sum;	/* while it is made */
	int have, temp;		/* what is there, and what is made: -1: none */
	uint64_t at;		/* bytes so far */
	enum moved moved;
	struct buf text;	/* OUTPUT_SHOW: the whole of it while it is made, then how it differs */
};
struct output {
	char *dir;
	enum output_mode mode;
	int dirfd;			/* holds the lock; -1: there is no folder (OUTPUT_SHOW) */
	int newfd, oldfd;		/* -1: not made */
	struct owned *owned;		/* in the order of their names */
	size_t owned_count, owned_cap;
	bool cut_short;			/* an earlier write was */
	bool moving;			/* names change: not all of them are new, or none */
	bool made;			/* the folder, by us: it goes when nothing is written */
	struct output_file **file;
	size_t count, cap;
	size_t begun;			/* files ever */
	struct buf *error;		/* what failed first */
	bool failed;
};

/* "cannot WHAT DIR/NAME: reason", unless something failed before. Always false. */
bool output_fail(struct output *o, const char *what, const char *name);
bool output_refuse(struct output *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool output_is_name(const char *name, size_t len);

/* ---- output_list.c ---- */
bool output_read_list(struct output *o);
/* The list's text: what is new, and before the names change also what is old. */
void output_list_text(const struct output *o, bool old_too, struct buf *text);
/* Is it what stands there? */
bool output_list_same(const struct output *o);
/* The content under a name, held against the list. */
enum found output_look(struct output *o, const char *name);
/* Ours of an earlier run, unchanged since, that this one does not make: the i-th of owned, if it is one. */
bool output_is_stale(struct output *o, size_t i);

/* ---- output_show.c ---- */
void output_show_file(struct output_file *f);	/* fills f->text with the difference, from its text */
void output_show_stale(struct output *o, const char *name, struct buf *out);

#endif
