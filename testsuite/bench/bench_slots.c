/*
 * No-op steps through slots alone (no engine, no journal): `bench_slots PROGRAM COUNT SLOTS` runs PROGRAM COUNT times in local slots
 * and prints the seconds it took. slots.sh compares with make.
 */
#include "runtime/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct run {
	struct loop *loop;
	struct slots *slots;
	const char *argv[2];
	char folder[64], tmp[96], err[96];
	uint64_t next, left;
};

static void give(struct run *r, uint32_t slot)
{
	static const char *const envp[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", NULL };
	struct slot_job job = { .token = ++r->next, .argv = r->argv, .envp = envp, .cwd = r->folder, .tmp = r->tmp,
		.stderr_path = r->err, .timeout_ms = 60000, .grace_ms = 1000 };

	if (r->next <= r->left)
		slot_run(r->slots, slot, &job);
}

static void on_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	(void)incarnation;
	give(ctx, slot);
}

static void on_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	(void)ctx;
	fprintf(stderr, "slot %u.%u: %s\n", slot, incarnation, why);
	exit(1);
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	(void)ctx, (void)slot, (void)token, (void)pid;
}

static uint64_t ended;

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *result)
{
	struct run *r = ctx;

	if (result->end != SLOT_EXITED || result->status != 0) {
		fprintf(stderr, "step %ju: end %d, status %d\n", (uintmax_t)result->token, result->end, result->status);
		exit(1);
	}
	if (++ended == r->left)
		loop_stop(r->loop);
	else
		give(r, slot);
}

int main(int argc, char **argv)
{
	struct run r = { .loop = loop_new(), .argv = { argc == 4 ? argv[1] : NULL }, .folder = "/tmp/slots.XXXXXX" };
	struct slot_events ev = { .ready = on_ready, .lost = on_lost, .started = on_started, .ended = on_ended, .ctx = &r };
	struct timespec from, to;

	if (argc != 4 || !mkdtemp(r.folder))
		return 2;
	r.left = strtoull(argv[2], NULL, 10);
	snprintf(r.tmp, sizeof(r.tmp), "%s/tmp", r.folder);
	snprintf(r.err, sizeof(r.err), "%s/err", r.folder);
	clock_gettime(CLOCK_MONOTONIC, &from);
	r.slots = slots_local(r.loop, (uint32_t)strtoul(argv[3], NULL, 10), &ev);
	loop_run(r.loop);
	clock_gettime(CLOCK_MONOTONIC, &to);
	slots_free(r.slots);
	loop_free(r.loop);
	unlink(r.err);
	rmdir(r.folder);
	printf("%.3f\n", (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	return 0;
}
