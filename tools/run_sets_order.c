/*
 * Which set reads what which other one publishes: sources and sinks are places of shares, and a pattern reads all that it matches. Linear
 * in the sources but for those with wildcards, which look at every sink.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/plan.h"
#include "runtime/share_source.h"
#include "tools/run_sets.h"

static size_t part_of(const char *path, char *part, size_t room)
{
	size_t len = strcspn(path, "/");
	size_t keep = len < room - 1 ? len : room - 1;

	memcpy(part, path, keep);
	part[keep] = '\0';
	return path[len] ? len + 1 : len;
}

bool run_sets_reads(const char *pattern, const char *path, bool folder)
{
	char part[512], name[512];
	size_t step, pass;

	if (!*path)
		return folder || !*pattern;
	if (!*pattern)
		return false;
	step = part_of(pattern, part, sizeof part);
	pass = part_of(path, name, sizeof name);
	if (strcmp(part, "**") == 0)
		return run_sets_reads(pattern + step, path, folder) || run_sets_reads(pattern, path + pass, folder) ||
		       (!pattern[step] && !path[pass]);
	return share_match(part, name) && run_sets_reads(pattern + step, path + pass, folder);
}

/* A sink of a member, ordered by its share and path. */
struct written {
	const struct plan_sink *sink;
	size_t member;
	bool folder;
};
struct index {
	struct written *at;
	size_t count;
	size_t *last;			/* by member: the reader that was told last + 1 */
	void (*reads)(void *ctx, size_t reader, size_t writer);
	void *ctx;
};

static int by_place(const void *a, const void *b)
{
	const struct plan_sink *x = ((const struct written *)a)->sink, *y = ((const struct written *)b)->sink;
	int order = strcmp(x->share, y->share);

	return order ? order : strcmp(x->path, y->path);
}

static void note(struct index *x, size_t reader, const struct written *w)
{
	if (w->member == reader || x->last[w->member] == reader + 1)
		return;
	x->last[w->member] = reader + 1;
	x->reads(x->ctx, reader, w->member);
}

/* A path without wildcards: that place, or a folder around it. */
static void note_place(struct index *x, size_t reader, const struct plan_source *source)
{
	char *path = mem_strdup(source->path);

	for (char *end = path + strlen(path); end; end = strrchr(path, '/')) {
		struct plan_sink sink = { .share = source->share, .path = path };
		struct written wanted = { .sink = &sink };
		const struct written *w;

		*end = '\0';
		w = bsearch(&wanted, x->at, x->count, sizeof *x->at, by_place);
		if (w && run_sets_reads(source->path, w->sink->path, w->folder))
			note(x, reader, w);
	}
	mem_free(path);
}

static void note_source(struct index *x, size_t reader, const struct plan_source *source)
{
	if (source->file)
		return;			/* --data stands in for it */
	if (!strpbrk(source->path, "*?")) {
		note_place(x, reader, source);
		return;
	}
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(source->share, x->at[i].sink->share) == 0 &&
		    run_sets_reads(source->path, x->at[i].sink->path, x->at[i].folder))
			note(x, reader, &x->at[i]);
}

void run_sets_order(const struct plan *const *plan, size_t plans, void (*reads)(void *ctx, size_t reader, size_t writer), void *ctx)
{
	struct index x = { .last = mem_zalloc(plans + 1, sizeof *x.last), .reads = reads, .ctx = ctx };
	size_t cap = 0;

	for (size_t i = 0; i < plans; i++) {
		for (uint32_t k = 0; k < plan[i]->sinks; k++) {
			const struct plan_sink *sink = &plan[i]->sink[k];

			x.at = mem_grow(x.at, &cap, x.count + 1, sizeof *x.at);
			x.at[x.count++] = (struct written){ sink, i, plan[i]->type[sink->type].kind == PLAN_LIST };
		}
	}
	if (x.count)
		qsort(x.at, x.count, sizeof *x.at, by_place);
	for (size_t i = 0; i < plans && x.count; i++)
		for (uint32_t k = 0; k < plan[i]->sources; k++)
			note_source(&x, i, &plan[i]->source[k]);
	mem_free(x.at);
	mem_free(x.last);
}
