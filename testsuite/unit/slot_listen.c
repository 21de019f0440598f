/*
 * Slots of a pod over their sockets: a real worker, and peers that send garbage, speak for another slot or plan, come as a
 * second one, forge an end, or say nothing. A host that is replaced finds the worker again, with what it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "runtime/guard.h"
#include "runtime/proto.h"
#include "runtime/slot.h"
#include "testsuite/unit/test.h"

static const char hash[] = "0123";

struct host {
	struct loop *loop;
	struct slots *slots;
	char folder[64], socket[96], out[96];
	uint32_t ready, lost, ended, started, asked;
	struct slot_result result;
	uint64_t adopt;			/* token that is taken */
	bool hung;
};

static void on_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct host *h = ctx;

	CHECK(slot == 0 && incarnation > 0);
	h->ready++;
	loop_stop(h->loop);
}

static void on_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	struct host *h = ctx;

	CHECK(slot == 0 && incarnation > 0 && *why);
	h->lost++;
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	struct host *h = ctx;

	CHECK(slot == 0 && token && pid > 0);
	h->started++;
	loop_stop(h->loop);
}

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *r)
{
	struct host *h = ctx;

	CHECK(slot == 0);
	h->ended++;
	h->result = *r;
	loop_stop(h->loop);
}

static bool on_adopt(void *ctx, uint32_t slot, uint32_t incarnation, uint64_t token)
{
	struct host *h = ctx;

	CHECK(slot == 0 && incarnation > 0);
	h->asked++;
	loop_stop(h->loop);
	return token == h->adopt;
}

static void on_hung(void *ctx)
{
	struct host *h = ctx;

	h->hung = true;
	loop_stop(h->loop);
}

static void open_slots(struct host *h)
{
	struct slot_events ev = { .ready = on_ready, .lost = on_lost, .started = on_started, .ended = on_ended,
				  .adopt = on_adopt, .ctx = h };
	struct buf error = BUF_INIT;

	h->loop = loop_new();
	h->slots = slots_listen(h->loop, h->folder, 1, geteuid(), hash, &ev, &error);
	CHECK(h->slots);
	if (!h->slots)
		exit(test_end());
	loop_timer(h->loop, 30000, on_hung, h);
}

static void close_slots(struct host *h)
{
	slots_free(h->slots);
	loop_free(h->loop);
}

/* Until *count has reached `to`, or half a minute has passed. */
static void wait_for(struct host *h, const uint32_t *count, uint32_t to)
{
	while (*count < to && !h->hung)
		loop_run(h->loop);
	CHECK(*count == to);
}

static void turn_off(void *ctx)
{
	loop_stop(ctx);
}

/* Let the loop see what peers have sent. */
static void let_pass(struct host *h, uint64_t ms)
{
	loop_timer(h->loop, ms, turn_off, h->loop);
	loop_run(h->loop);
}

static pid_t fork_guard(struct host *h)
{
	struct worker_options o = { .fd = -1, .socket_path = h->socket, .slot = 0, .plan_hash = hash };
	pid_t pid = fork();

	if (pid == 0)
		_exit(guard_serve(&o));
	return pid;
}

static void give(struct host *h, uint64_t token, const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL }, *envp[] = { "PATH=/usr/bin:/bin", NULL };
	struct slot_job job = { .token = token, .argv = argv, .envp = envp, .cwd = h->folder, .stdout_path = h->out,
		.stderr_path = h->out, .grace_ms = 1000 };

	CHECK(slot_run(h->slots, 0, &job));
}

static int connect_to(const struct host *h)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", h->socket);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static void send_message(int fd, const struct proto_message *m)
{
	struct buf b = BUF_INIT;

	CHECK(proto_write(m, &b));
	CHECK(send(fd, b.p, b.len, MSG_NOSIGNAL) == (ssize_t)b.len);
	buf_release(&b);
}

static struct proto_message hello(void)
{
	return (struct proto_message){ .kind = PROTO_HELLO, .version = PROTO_VERSION, .plan_hash = hash, .instance = 77, .pid = 1 };
}

/* What the host does with a peer that it has had time to hear: nothing is read but the end. */
static bool is_dropped(struct host *h, int fd)
{
	char c;
	bool dropped;

	let_pass(h, 60);
	dropped = recv(fd, &c, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
	close(fd);
	return dropped;
}

static void test_garbage(struct host *h)
{
	struct proto_message m = hello();
	int fd = connect_to(h);

	CHECK(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) == 18 && is_dropped(h, fd));
	fd = connect_to(h);
	m.plan_hash = "another";
	send_message(fd, &m);
	CHECK(is_dropped(h, fd));
	fd = connect_to(h);
	m = hello();
	m.slot = 1;
	send_message(fd, &m);
	CHECK(is_dropped(h, fd));
	fd = connect_to(h);
	send_message(fd, &(struct proto_message){ .kind = PROTO_ENDED, .token = 1 });
	CHECK(is_dropped(h, fd));
	for (int i = 0; i < 20; i++) {
		close(connect_to(h));
		let_pass(h, 5);
	}
	CHECK(h->ready == 0 && h->lost == 0);
}

/* It is welcome as a worker, and then says that its step ended before it was given one, or another than it was given. */
static void test_forged(struct host *h)
{
	int fd = connect_to(h);
	struct proto_message m = hello();

	send_message(fd, &m);
	send_message(fd, &(struct proto_message){ .kind = PROTO_ENDED, .token = 41 });
	wait_for(h, &h->ready, 1);
	let_pass(h, 40);
	CHECK(h->lost == 1 && h->ended == 0);
	close(fd);
	fd = connect_to(h);
	send_message(fd, &m);
	wait_for(h, &h->ready, 2);
	give(h, 42, "exit 0");
	send_message(fd, &(struct proto_message){ .kind = PROTO_ENDED, .token = 42, .nonce = 1 });
	let_pass(h, 40);
	CHECK(h->ended == 0);
	close(fd);
	fd = connect_to(h);
	m.instance = 78;		/* another worker: the one before is dead */
	send_message(fd, &m);
	wait_for(h, &h->ready, 3);
	CHECK(h->lost == 2);
	close(fd);
	let_pass(h, 40);
	CHECK(h->lost == 3);
}

static void test_worker(struct host *h)
{
	int fd;

	h->ready = h->lost = 0;
	wait_for(h, &h->ready, 1);
	give(h, 100, "echo out; exit 5");
	wait_for(h, &h->ended, 1);
	CHECK(h->result.token == 100 && h->result.end == SLOT_EXITED && h->result.status == 5);
	/* a second one is not heard while the first lives, and nobody is without a hello */
	fd = connect_to(h);
	send_message(fd, &(struct proto_message){ .kind = PROTO_HELLO, .version = PROTO_VERSION, .plan_hash = hash, .instance = 9 });
	CHECK(is_dropped(h, fd));
	give(h, 101, "exit 0");
	wait_for(h, &h->ended, 2);
	CHECK(h->result.token == 101 && h->lost == 0);
	/* a step kills its worker: that one is lost, the next comes by itself */
	give(h, 102, "kill -9 $PPID; sleep 60");
	wait_for(h, &h->ready, 2);
	CHECK(h->lost == 1 && h->ended == 2);
	/* or stops it */
	give(h, 103, "kill -STOP $PPID; sleep 60");
	wait_for(h, &h->ready, 3);
	CHECK(h->lost == 2 && h->ended == 2);
}

/* A worker that was told to end while a command was on its way to it: the command is lost at once. */
static void test_goodbye(struct host *h)
{
	struct proto_message m = hello();
	int fd = connect_to(h);

	h->ready = h->lost = 0;
	send_message(fd, &m);
	wait_for(h, &h->ready, 1);
	give(h, 90, "exit 0");
	send_message(fd, &(struct proto_message){ .kind = PROTO_BYE });
	close(fd);
	let_pass(h, 60);
	CHECK(h->lost == 1);
}

/* The host is replaced while a step runs: it is adopted; then it ends while there is none; then it is not adopted. */
static void test_restart(struct host *h)
{
	h->ended = h->ready = h->started = 0;
	give(h, 200, "sleep 0.2; exit 7");
	wait_for(h, &h->started, 1);
	close_slots(h);
	open_slots(h);
	h->adopt = 200;
	h->asked = 0;
	wait_for(h, &h->ended, 1);
	CHECK(h->asked == 1 && h->ready == 0 && h->result.token == 200 && h->result.status == 7);
	give(h, 201, "exit 8");
	wait_for(h, &h->started, 2);
	close_slots(h);
	open_slots(h);
	h->adopt = 201;
	wait_for(h, &h->ended, 2);
	CHECK(h->result.token == 201 && h->result.status == 8);
	give(h, 202, "sleep 60");
	wait_for(h, &h->started, 3);
	close_slots(h);
	open_slots(h);
	h->adopt = 0;
	wait_for(h, &h->ready, 1);
	CHECK(h->ended == 2);
	give(h, 203, "exit 0");
	wait_for(h, &h->ended, 3);
}

static void test_drain(struct host *h, pid_t guard)
{
	int status;

	slots_drain(h->slots);
	CHECK(waitpid(guard, &status, 0) == guard && WIFEXITED(status));
	h->lost = 0;
	let_pass(h, 20);
	CHECK(h->lost == 1);
}

int main(void)
{
	struct host h = { .folder = "/tmp/calclisten.XXXXXX" };
	char path[96];
	pid_t guard;

	if (!mkdtemp(h.folder))
		return 1;
	snprintf(path, sizeof(path), "%s/0", h.folder);
	snprintf(h.socket, sizeof(h.socket), "%s/0/socket", h.folder);
	snprintf(h.out, sizeof(h.out), "%s/out", h.folder);
	CHECK(mkdir(path, 0750) == 0);
	open_slots(&h);
	test_garbage(&h);
	test_forged(&h);
	test_goodbye(&h);
	guard = fork_guard(&h);
	test_worker(&h);
	test_restart(&h);
	test_drain(&h, guard);
	close_slots(&h);
	CHECK(file_remove_tree(AT_FDCWD, h.folder));
	return test_end();
}
