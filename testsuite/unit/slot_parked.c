/* Local slots that are started and stopped, under every isolation: who is stopped says nothing more, and comes back as another. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "runtime/slot.h"
#include "testsuite/unit/test.h"

enum { SLOTS = 3 };
static char folder[] = "/tmp/calc-parked.XXXXXX";

struct seen {
	struct loop *loop;
	struct slots *slots;
	uint32_t ready[SLOTS], incarnation[SLOTS], lost, ended;
	uint32_t stop_at;		/* the loop stops when so many were ready or ended */
	struct slot_result result;
};

static void count(struct seen *s, uint32_t now)
{
	if (now == s->stop_at)
		loop_stop(s->loop);
}

static void on_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct seen *s = ctx;

	CHECK(incarnation > s->incarnation[slot]);
	s->incarnation[slot] = incarnation;
	s->ready[slot]++;
	count(s, s->ready[0] + s->ready[1] + s->ready[2] + s->ended);
}

static void on_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	(void)slot, (void)incarnation, (void)why;
	((struct seen *)ctx)->lost++;
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	(void)ctx, (void)slot, (void)token, (void)pid;
}

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *r)
{
	struct seen *s = ctx;

	(void)slot;
	s->result = *r;
	s->ended++;
	count(s, s->ready[0] + s->ready[1] + s->ready[2] + s->ended);
}

static void wait_for(struct seen *s, uint32_t more)
{
	s->stop_at = s->ready[0] + s->ready[1] + s->ready[2] + s->ended + more;
	loop_run(s->loop);
}

/* 0 when the script, which runs in the slot, says so. */
static int script(struct seen *s, uint32_t slot, const char *text, bool waits)
{
	static uint64_t token;
	static const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
	const char *argv[] = { "sh", "-c", text, NULL };
	struct buf cwd = BUF_INIT, err = BUF_INIT;
	struct slot_job job = { .token = ++token, .argv = argv, .envp = envp, .grace_ms = 1000 };

	buf_printf(&cwd, "%s/all/%u", folder, slot);
	buf_printf(&err, "%s/err", cwd.p);
	job.cwd = cwd.p;
	job.stderr_path = err.p;
	CHECK(slot_run(s->slots, slot, &job));
	if (waits)
		wait_for(s, 1);
	buf_release(&cwd);
	buf_release(&err);
	return s->result.end == SLOT_EXITED ? s->result.status : -1;
}

static void starts_and_stops(enum slot_isolation best)
{
	struct seen s = { .loop = loop_new() };
	struct slot_events ev = { .ready = on_ready, .lost = on_lost, .started = on_started, .ended = on_ended, .ctx = &s };
	struct slot_sight sight[SLOTS];
	char hidden[64], own[SLOTS][96];

	snprintf(hidden, sizeof hidden, "%s/all", folder);
	for (int i = 0; i < SLOTS; i++) {
		snprintf(own[i], sizeof own[i], "%s/%d", hidden, i);
		CHECK(file_mkdirs(own[i], 0755));
		sight[i] = (struct slot_sight){ .hidden = hidden, .own = own[i] };
	}
	s.slots = slots_local_parked(s.loop, SLOTS, best, sight, &ev);
	slot_start(s.slots, 1);
	slot_start(s.slots, 1);			/* it is wanted already */
	wait_for(&s, 1);
	CHECK(s.ready[1] == 1 && s.ready[0] == 0 && slots_idle(s.slots) == 1);
	CHECK(script(&s, 1, "exit 7", true) == 7);
	if (slots_isolation(s.slots) != SLOT_SUBREAPER) {
		CHECK(script(&s, 1, "test \"$(ls ..)\" = 1 && echo mine >kept && ! echo x >../2 2>/dev/null", true) == 0);
		slot_start(s.slots, 2);
		wait_for(&s, 1);
		CHECK(script(&s, 2, "test \"$(ls ..)\" = 2 && ! cat ../1/kept 2>/dev/null", true) == 0);
	}
	slot_stop(s.slots, 1);
	slot_stop(s.slots, 1);
	CHECK(!slot_run(s.slots, 1, &(struct slot_job){ .token = 99 }));
	slot_start(s.slots, 1);			/* while the one before is still ending */
	wait_for(&s, 1);
	CHECK(s.ready[1] == 2 && s.incarnation[1] >= 2 && script(&s, 1, "exit 3", true) == 3);
	for (int i = 0; i < 20; i++) {		/* stopped while it is being made */
		slot_start(s.slots, 0);
		slot_stop(s.slots, 0);
	}
	slot_start(s.slots, 0);
	wait_for(&s, 1);
	CHECK(s.ready[0] == 1 && script(&s, 0, "exit 4", true) == 4);
	script(&s, 0, "sleep 100", false);	/* and while it works: nothing of it is heard */
	slot_stop(s.slots, 0);
	slot_start(s.slots, 0);
	wait_for(&s, 1);
	CHECK(s.ready[0] == 2 && s.lost == 0 && script(&s, 0, "exit 5", true) == 5);
	slot_stop(s.slots, 1);
	slots_free(s.slots);
	loop_free(s.loop);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 99;
	starts_and_stops(SLOT_PID_NAMESPACE);
	starts_and_stops(SLOT_USER_NAMESPACE);
	starts_and_stops(SLOT_SUBREAPER);
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
