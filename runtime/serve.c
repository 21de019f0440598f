/*
 * The server of a worker: a listener, connections, a queue and slots. Requests are given to idle slots in the order in which they
 * came; who is too many is told so at once.
 */
#include "runtime/serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/serve_inner.h"

enum { BACKLOG = 128, CONNECTIONS = 256, OK = 200, NOT_FOUND = 404, NOT_ALLOWED = 405, FAILED = 500, BUSY = 503 };

/* ---- how much is taken ---- */

/* Those that run, as many that wait, and one whose answer is on its way. */
static uint32_t most(const struct server *s)
{
	return s->o->slots * 2 + 1;
}

bool serve_admit(struct server *s)
{
	if (s->admitted >= most(s))
		return false;
	s->admitted++;
	return true;
}

void serve_leave(struct server *s)
{
	s->admitted--;
}

/* ---- running ---- */

static void answer_json(struct connection *c, int status, const char *message)
{
	struct buf text = BUF_INIT;

	serve_error(&text, message, NULL);
	connection_answer(c, status, "application/json", &text);
	buf_release(&text);
}

static void start(struct server *s, uint32_t slot, struct connection *c)
{
	const struct http_message *m = http_message(c->reader);
	struct serve_slot *at = &s->slot[slot];
	const struct slot_job *job = NULL;
	struct buf error = BUF_INIT;
	int status = FAILED;
	bool ok = serve_work_begin(at->work, c->function, m->body, m->body_len, &job, &status, &error);

	if (ok) {
		struct slot_job mine = *job;

		mine.token = at->token = ++s->token;
		ok = slot_run(s->slots, slot, &mine);
		if (!ok) {
			serve_work_drop(at->work);
			buf_addstr(&error, "its command cannot be handed to the slot: it is too large, or the slot is gone");
		}
	}
	at->busy = ok;
	at->asked = ok ? c : NULL;
	c->state = ok ? CONNECTION_RUNS : CONNECTION_WAITS;
	c->slot = slot;
	if (!ok) {
		if (status == FAILED && s->o->failed)
			s->o->failed(s->o->ctx, c->function->name, buf_str(&error));
		answer_json(c, status, buf_str(&error));
	}
	buf_release(&error);
}

static uint32_t idle_slot(const struct server *s)
{
	for (uint32_t i = 0; i < s->o->slots; i++)
		if (s->slot[i].ready && !s->slot[i].busy)
			return i;
	return UINT32_MAX;
}

static void run_queue(struct server *s)
{
	uint32_t slot;

	while (s->first && (slot = idle_slot(s)) != UINT32_MAX) {
		struct connection *c = s->first;

		s->first = c->later;
		s->last = s->first ? s->last : NULL;
		c->later = NULL;
		s->queued--;
		start(s, slot, c);
	}
}

static void join_queue(struct server *s, struct connection *c)
{
	c->state = CONNECTION_WAITS;
	c->later = NULL;
	if (s->last)
		s->last->later = c;
	else
		s->first = c;
	s->last = c;
	s->queued++;
}

void serve_forget(struct server *s, struct connection *c)
{
	struct connection *before = NULL;

	if (c->state == CONNECTION_RUNS) {
		s->slot[c->slot].asked = NULL;
		slot_kill(s->slots, c->slot, s->slot[c->slot].token, false);
		return;
	}
	for (struct connection *at = s->first; at; before = at, at = at->later) {
		if (at != c)
			continue;
		if (before)
			before->later = c->later;
		else
			s->first = c->later;
		if (s->last == c)
			s->last = before;
		s->queued--;
		return;
	}
}

/* ---- slots ---- */

static void on_slot_ready(void *ctx, uint32_t slot, uint32_t incarnation)
{
	struct server *s = ctx;

	(void)incarnation;
	s->slot[slot].ready = true;
	run_queue(s);
}

static void finish(struct server *s, uint32_t slot, const struct slot_result *r)
{
	struct serve_slot *at = &s->slot[slot];
	struct connection *c = at->asked;
	struct buf answer = BUF_INIT;

	at->busy = false;
	at->asked = NULL;
	if (!c) {
		serve_work_drop(at->work);
	} else {
		int status = serve_work_end(at->work, r, &answer);

		if (status != OK && s->o->failed)
			s->o->failed(s->o->ctx, c->function->name, buf_str(&answer));
		connection_answer(c, status, "application/json", &answer);
	}
	buf_release(&answer);
}

static void on_started(void *ctx, uint32_t slot, uint64_t token, int pid)
{
	(void)ctx;
	(void)slot;
	(void)token;
	(void)pid;
}

static void on_ended(void *ctx, uint32_t slot, const struct slot_result *r)
{
	struct server *s = ctx;

	if (!s->slot[slot].busy || s->slot[slot].token != r->token)
		return;
	finish(s, slot, r);
	run_queue(s);
}

static void on_slot_lost(void *ctx, uint32_t slot, uint32_t incarnation, const char *why)
{
	struct server *s = ctx;

	(void)incarnation;
	(void)why;
	s->slot[slot].ready = false;
	if (s->slot[slot].busy)
		finish(s, slot, &(struct slot_result){ .token = s->slot[slot].token, .end = SLOT_SIGNALLED, .status = SIGKILL });
}

/* ---- requests ---- */

static bool is_target(const char *target, const char *path)
{
	size_t len = strcspn(target, "?");

	return strlen(path) == len && memcmp(target, path, len) == 0;
}

static const struct serve_function *function_of(const struct server *s, const char *target)
{
	for (uint32_t i = 0; target[0] == '/' && i < s->o->plans; i++)
		if (is_target(target + 1, s->function[i].name))
			return &s->function[i];
	return NULL;
}

static void answer_probe(struct server *s, struct connection *c, bool ready)
{
	struct buf text = BUF_INIT;
	bool slots = false;

	for (uint32_t i = 0; i < s->o->slots; i++)
		slots |= s->slot[i].ready;
	ready = !ready || (slots && !s->draining);
	buf_addstr(&text, ready ? "ok\n" : s->draining ? "draining\n" : "no slot\n");
	connection_answer(c, ready ? OK : BUSY, "text/plain", &text);
	buf_release(&text);
}

static void answer_functions(struct server *s, struct connection *c)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, "{\"functions\":[");
	for (uint32_t i = 0; i < s->o->plans; i++) {
		buf_addstr(&text, i ? "," : "");
		json_quote(&text, s->function[i].name, strlen(s->function[i].name));
	}
	buf_addstr(&text, "]}\n");
	connection_answer(c, OK, "application/json", &text);
	buf_release(&text);
}

void serve_request(struct server *s, struct connection *c)
{
	const struct http_message *m = http_message(c->reader);
	bool get = strcmp(m->method, "GET") == 0, health = is_target(m->target, "/healthz"), ready = is_target(m->target, "/readyz");

	c->function = function_of(s, m->target);
	if (get && (health || ready))
		answer_probe(s, c, ready);
	else if (get && is_target(m->target, "/"))
		answer_functions(s, c);
	else if (!c->function)
		answer_json(c, health || ready || is_target(m->target, "/") ? NOT_ALLOWED : NOT_FOUND, "no such function here; GET / lists them");
	else if (strcmp(m->method, "POST") != 0)
		answer_json(c, NOT_ALLOWED, "a function is run by POST with a JSON object of its inputs");
	else if (s->queued >= s->o->slots)
		answer_json(c, BUSY, "as many requests as this worker takes are here already");
	else {
		join_queue(s, c);
		run_queue(s);
	}
}

/* ---- listening ---- */

/* The one that has been silent for longest makes room: who only holds connections open keeps nobody out. */
static bool make_room(struct server *s)
{
	struct connection *oldest = NULL;

	for (struct connection *c = s->connections; c; c = c->next)
		if ((c->state == CONNECTION_READS && !c->admitted) || (c->state == CONNECTION_WRITES && !c->out.len))
			oldest = c;
	if (oldest)
		connection_free(oldest);
	return oldest != NULL;
}

static void on_connect(void *ctx, int fd, int events)
{
	struct server *s = ctx;
	int peer;

	(void)events;
	while ((peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		if ((s->open >= CONNECTIONS && !make_room(s)) || !connection_new(s, peer))
			close(peer);
	if (errno == EMFILE || errno == ENFILE)
		make_room(s);
}

static int listen_on(int family, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_ANY) } };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four,
		 family == AF_INET6 ? sizeof six : sizeof four) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool open_listener(struct server *s, struct buf *error)
{
	struct sockaddr_in6 at = { 0 };
	socklen_t len = sizeof at;

	s->listener = listen_on(AF_INET6, s->o->port);
	if (s->listener < 0)
		s->listener = listen_on(AF_INET, s->o->port);
	if (s->listener < 0) {
		buf_printf(error, "cannot listen on port %u: %s", s->o->port, strerror(errno));
		return false;
	}
	s->watch = loop_watch(s->loop, s->listener, LOOP_READ, on_connect, s);
	if (s->o->listening && getsockname(s->listener, (struct sockaddr *)&at, &len) == 0)
		s->o->listening(s->o->ctx, ntohs(at.sin6_port));	/* the port stands in the same place for both families */
	return s->watch != NULL;
}

/* ---- the end ---- */

static void close_listener(struct server *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
}

static void on_turn(void *ctx)
{
	struct server *s = ctx;
	bool busy = s->queued > 0;

	for (struct connection *c = s->connections; c; c = c->next)
		busy |= c->state == CONNECTION_WRITES && c->out.len;
	for (uint32_t i = 0; i < s->o->slots; i++)
		busy |= s->slot[i].busy;
	if (s->draining && s->listener < 0 && !busy)
		loop_stop(s->loop);
}

static void on_drained(void *ctx)
{
	struct server *s = ctx;

	s->drain = NULL;
	close_listener(s);
}

/* Who sends requests hears late that this worker ends: it still takes them for a while. A second signal ends all. */
static void on_signal(void *ctx, int signo)
{
	struct server *s = ctx;

	(void)signo;
	if (s->draining) {
		loop_stop(s->loop);
		return;
	}
	s->draining = true;
	s->drain = loop_timer(s->loop, s->o->drain_ms, on_drained, s);
}

/* ---- all of it ---- */

static bool read_plans(struct server *s, struct buf *error)
{
	s->function = mem_zalloc(s->o->plans + 1, sizeof *s->function);
	for (uint32_t i = 0; i < s->o->plans; i++) {
		struct buf text = BUF_INIT, why = BUF_INIT;
		bool read = file_read(s->o->plan[i], LIMIT_PLAN, &text), ok = read && serve_function_read(&s->function[i], text.p, text.len, &why);

		for (uint32_t k = 0; ok && k < i; k++)
			if (strcmp(s->function[k].name, s->function[i].name) == 0) {
				buf_printf(&why, "function `%s` is served already", s->function[i].name);
				ok = false;
			}
		if (!ok)
			buf_printf(error, "%s: %s", s->o->plan[i], read ? buf_str(&why) : strerror(errno));
		buf_release(&text);
		buf_release(&why);
		if (!ok)
			return false;
	}
	return true;
}

static bool open_slots(struct server *s, struct buf *error)
{
	s->slot = mem_zalloc(s->o->slots, sizeof *s->slot);
	if (!file_mkdirs(s->o->work, 0750)) {
		buf_printf(error, "%s: %s", s->o->work, strerror(errno));
		return false;
	}
	for (uint32_t i = 0; i < s->o->slots; i++) {
		s->slot[i].work = serve_work_new(s->o, i, error);
		if (!s->slot[i].work)
			return false;
	}
	return true;
}

static void release(struct server *s)
{
	close_listener(s);
	slots_free(s->slots);
	while (s->connections) {
		if (s->connections->state == CONNECTION_RUNS)
			s->connections->state = CONNECTION_WRITES;	/* its slot is gone */
		connection_free(s->connections);
	}
	for (uint32_t i = 0; s->slot && i < s->o->slots; i++)
		serve_work_free(s->slot[i].work);
	for (uint32_t i = 0; s->function && i < s->o->plans; i++)
		serve_function_release(&s->function[i]);
	mem_free(s->slot);
	mem_free(s->function);
	if (s->loop)
		loop_free(s->loop);
}

int serve_run(const struct serve_options *o, struct buf *error)
{
	struct server s = { .o = o, .listener = -1 };
	struct slot_events ev = { .ready = on_slot_ready, .lost = on_slot_lost, .started = on_started, .ended = on_ended, .ctx = &s };
	int status = CALC_EXIT_IO;

	if (!read_plans(&s, error)) {
		release(&s);
		return CALC_EXIT_USAGE;
	}
	s.loop = loop_new();
	if (s.loop && open_slots(&s, error)) {
		s.slots = slots_local(s.loop, o->slots, &ev);
		loop_each_turn(s.loop, on_turn, &s);
		if (loop_signal(s.loop, SIGTERM, on_signal, &s) && loop_signal(s.loop, SIGINT, on_signal, &s) && open_listener(&s, error)) {
			loop_run(s.loop);
			status = CALC_EXIT_DONE;
		}
	}
	release(&s);
	return status;
}
