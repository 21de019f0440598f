/*
 * One connection, one request at a time. A connection that the server kept may have ended meanwhile: a request that finds that out
 * before any byte of an answer came is made again at once on a new one, and that counts as no try.
 */
#include "runtime/api_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "runtime/http.h"
#include "runtime/tls.h"

enum { TIMEOUT_MS = 10000, TRIES = 6, FIRST_WAIT_MS = 200, LONGEST_WAIT_MS = 5000 };
enum { HEAD_MOST = 32768, BODY_MOST = 8 << 20, TOKEN_MOST = 65536, CA_MOST = 1 << 20, PIECE = 16384 };

enum api_state {
	API_IDLE,	/* nothing is asked; a connection may be open */
	API_WAITING,	/* for the next try */
	API_CONNECTING,
	API_SHAKING,
	API_WRITING,
	API_READING
};

struct asked {
	struct asked *next;
	char *method, *target, *type, *body;
	void (*done)(void *ctx, const struct api_answer *answer);
	void *ctx;
};

struct api {
	struct loop *loop;
	struct api_options o;
	enum api_state state;
	struct asked *first, **last;
	unsigned tries;			/* of the first request */
	int fd;				/* -1: not connected */
	struct loop_watch *watch;
	struct loop_timer *timer;	/* of this try, or until the next */
	struct tls *tls;
	struct http_reader *reader;
	struct buf out, why;
	size_t sent;
	bool kept;			/* the connection has served a request before */
	bool heard;			/* a byte of the answer came */
};

static void begin(struct api *a);

/* ---- the connection ---- */

static void hang_up(struct api *a)
{
	tls_free(a->tls);
	a->tls = NULL;
	loop_unwatch(a->watch);
	a->watch = NULL;
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	a->kept = false;
	http_reader_free(a->reader);
	a->reader = NULL;
}

static void stop_timer(struct api *a)
{
	loop_timer_cancel(a->timer);
	a->timer = NULL;
}

static void answer(struct api *a, const struct api_answer *with)
{
	struct asked *r = a->first;

	a->first = r->next;
	if (!a->first)
		a->last = &a->first;
	a->state = API_IDLE;
	a->tries = 0;
	stop_timer(a);
	r->done(r->ctx, with);
	mem_free(r->method);
	mem_free(r->target);
	mem_free(r->type);
	mem_free(r->body);
	mem_free(r);
	if (a->first && a->state == API_IDLE)
		begin(a);
}

static void on_again(void *ctx)
{
	struct api *a = ctx;

	a->timer = NULL;
	begin(a);
}

/* This try came to nothing. */
static void try_again(struct api *a, int status, const char *body)
{
	uint64_t wait = a->o.first_wait_ms ? a->o.first_wait_ms : FIRST_WAIT_MS;

	stop_timer(a);
	if (++a->tries >= (a->o.tries ? a->o.tries : TRIES)) {
		answer(a, &(struct api_answer){ status, body, strlen(body), status ? "" : buf_str(&a->why) });
		return;
	}
	for (unsigned i = 1; i < a->tries && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	a->state = API_WAITING;
	a->timer = loop_timer(a->loop, wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS, on_again, a);
}

static void fail(struct api *a, const char *why)
{
	bool stale = a->kept && !a->heard;

	buf_clear(&a->why);
	buf_addstr(&a->why, why);
	hang_up(a);
	if (stale) {
		stop_timer(a);
		begin(a);
	} else {
		try_again(a, 0, "");
	}
}

static void fail_at(struct api *a, const char *doing, int error)
{
	struct buf why = BUF_INIT;

	buf_printf(&why, "%s %s port %s: %s", doing, a->o.address, a->o.port, strerror(error));
	fail(a, why.p);
	buf_release(&why);
}

static void on_timeout(void *ctx)
{
	struct api *a = ctx;

	a->timer = NULL;
	a->heard = true;	/* silence is no sign of a connection that ended long ago */
	fail(a, a->state == API_CONNECTING ? "the API server cannot be reached: no answer in time" : "the API server gave no answer in time");
}

/* ---- a try ---- */

static void got_answer(struct api *a)
{
	const struct http_message *m = http_message(a->reader);
	struct buf body = BUF_INIT;
	int status = m->status;
	/* 401: the token has just been replaced; the others say themselves that it is for a moment */
	bool again = status == 401 || status == 429 || status == 500 || (status >= 502 && status <= 504);

	buf_add(&body, m->body, m->body_len);
	a->kept = m->keep_alive;
	if (!a->kept)
		hang_up(a);
	else
		loop_watch_set(a->watch, 0);
	stop_timer(a);
	if (again)
		try_again(a, status, buf_str(&body));
	else
		answer(a, &(struct api_answer){ status, buf_str(&body), body.len, "" });
	buf_release(&body);
}

static void wait_for(struct api *a, enum tls_state s)
{
	loop_watch_set(a->watch, s == TLS_WANTS_WRITE ? LOOP_WRITE : LOOP_READ);
}

static void read_some(struct api *a)
{
	char piece[PIECE];
	enum http_got got = HTTP_MORE;

	for (;;) {
		size_t n, used;
		enum tls_state s = tls_read(a->tls, piece, sizeof piece, &n);

		if (s == TLS_WANTS_READ || s == TLS_WANTS_WRITE) {
			wait_for(a, s);
			return;
		}
		if (s == TLS_FAILED) {
			fail(a, tls_why(a->tls));
			return;
		}
		a->heard = a->heard || s == TLS_DONE;
		got = s == TLS_CLOSED ? http_read_end(a->reader) : http_read(a->reader, piece, n, &used);
		if (got == HTTP_GOT) {
			got_answer(a);
			return;
		}
		if (got == HTTP_BAD || s == TLS_CLOSED) {
			struct buf why = BUF_INIT;

			buf_printf(&why, "no answer that can be read: %s", got == HTTP_BAD ? http_reader_why(a->reader) : "the connection was closed");
			fail(a, why.p);
			buf_release(&why);
			return;
		}
	}
}

static void write_some(struct api *a)
{
	while (a->sent < a->out.len) {
		size_t n;
		enum tls_state s = tls_write(a->tls, a->out.p + a->sent, a->out.len - a->sent, &n);

		if (s == TLS_FAILED) {
			fail(a, tls_why(a->tls));
			return;
		}
		if (s != TLS_DONE) {
			wait_for(a, s);
			return;
		}
		a->sent += n;
	}
	a->state = API_READING;
	loop_watch_set(a->watch, LOOP_READ);
}

static void shake(struct api *a)
{
	enum tls_state s = tls_handshake(a->tls);

	if (s == TLS_FAILED) {
		fail(a, tls_why(a->tls));
	} else if (s == TLS_DONE) {
		a->state = API_WRITING;
		write_some(a);
	} else {
		wait_for(a, s);
	}
}

static void on_connected(struct api *a)
{
	struct buf ca = BUF_INIT, error = BUF_INIT;
	int why = 0;
	socklen_t len = sizeof why;

	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0 || why != 0) {
		fail_at(a, "the API server cannot be reached at", why ? why : errno);
		return;
	}
	if (!file_read(a->o.ca_file, CA_MOST, &ca)) {
		buf_printf(&error, "the CA file %s cannot be read: %s", a->o.ca_file, strerror(errno));
	} else {
		buf_str(&ca);
		a->tls = tls_new(a->fd, &ca, a->o.name, &error);
	}
	buf_release(&ca);
	if (a->tls) {
		a->state = API_SHAKING;
		shake(a);
	} else {
		fail(a, buf_str(&error));
	}
	buf_release(&error);
}

static void on_socket(void *ctx, int fd, int events)
{
	struct api *a = ctx;

	(void)fd;
	(void)events;
	switch (a->state) {
	case API_CONNECTING: on_connected(a); break;
	case API_SHAKING: shake(a); break;
	case API_WRITING: write_some(a); break;
	case API_READING: read_some(a); break;
	case API_IDLE:
	case API_WAITING: hang_up(a); break;	/* nobody was asked: it has ended */
	}
}

/* No look-up of names: that could block, and needs more than a static program has. */
static socklen_t address_of(const struct api *a, struct sockaddr_storage *to)
{
	struct sockaddr_in *four = (struct sockaddr_in *)to;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	char *end;
	unsigned long port = strtoul(a->o.port, &end, 10);

	memset(to, 0, sizeof *to);
	if (*end || port == 0 || port > UINT16_MAX)
		return 0;
	if (inet_pton(AF_INET, a->o.address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		return sizeof *four;
	}
	if (inet_pton(AF_INET6, a->o.address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		return sizeof *six;
	}
	return 0;
}

static int connect_to(const struct api *a)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(a, &to);
	int fd = len ? socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1, why;

	if (!len)
		errno = EADDRNOTAVAIL;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS) {
		why = errno;
		close(fd);
		errno = why;
		fd = -1;
	}
	return fd;
}

/* The whole text of the request, with the token of now. */
static bool compose(struct api *a)
{
	const struct asked *r = a->first;
	struct buf token = BUF_INIT, bearer = BUF_INIT, host = BUF_INIT;
	bool ok = file_read(a->o.token_file, TOKEN_MOST, &token);

	buf_clear(&a->out);
	buf_clear(&a->why);
	a->sent = 0;
	if (!ok)
		buf_printf(&a->why, "the token file %s cannot be read: %s", a->o.token_file, strerror(errno));
	while (token.len > 0 && (token.p[token.len - 1] == '\n' || token.p[token.len - 1] == ' '))
		token.p[--token.len] = '\0';
	buf_printf(&bearer, "Bearer %s", buf_str(&token));
	buf_printf(&host, "%s", a->o.name);
	if (ok) {
		struct http_field fields[] = { { "Host", host.p }, { "Authorization", bearer.p }, { "Accept", "application/json" },
			{ "User-Agent", "calcflow" }, { "Content-Type", r->type } };
		struct http_message m = { .method = r->method, .target = r->target, .field = fields, .field_count = r->type ? 5 : 4,
			.body = r->body, .body_len = r->type ? strlen(r->body) : 0, .keep_alive = true };

		ok = http_write_request(&a->out, &m);
		if (!ok)
			buf_printf(&a->why, "the token in %s, or the request, holds what no header may", a->o.token_file);
	}
	buf_release(&token);
	buf_release(&bearer);
	buf_release(&host);
	return ok;
}

static void begin(struct api *a)
{
	if (!compose(a)) {
		try_again(a, 0, "");
		return;
	}
	a->heard = false;
	a->timer = loop_timer(a->loop, a->o.timeout_ms ? a->o.timeout_ms : TIMEOUT_MS, on_timeout, a);
	if (a->fd >= 0) {
		a->state = API_WRITING;
		write_some(a);
		return;
	}
	a->state = API_CONNECTING;
	a->reader = http_reader_new(HTTP_READ_RESPONSES, (struct http_limits){ HEAD_MOST, BODY_MOST });
	a->fd = connect_to(a);
	a->watch = a->fd >= 0 ? loop_watch(a->loop, a->fd, LOOP_WRITE, on_socket, a) : NULL;
	if (!a->watch)
		fail_at(a, "the API server cannot be reached at", errno);
}

/* ---- life ---- */

struct api *api_new(struct loop *l, const struct api_options *o)
{
	struct api *a = mem_zalloc(1, sizeof *a);

	a->loop = l;
	a->o = *o;
	a->fd = -1;
	a->last = &a->first;
	return a;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	stop_timer(a);
	hang_up(a);
	while (a->first) {
		struct asked *r = a->first;

		a->first = r->next;
		mem_free(r->method);
		mem_free(r->target);
		mem_free(r->type);
		mem_free(r->body);
		mem_free(r);
	}
	buf_release(&a->out);
	buf_release(&a->why);
	mem_free(a);
}

void api_ask(struct api *a, const struct api_request *r)
{
	struct asked *n = mem_zalloc(1, sizeof *n);
	bool first = !a->first;

	n->method = mem_strdup(r->method);
	n->target = mem_strdup(r->target);
	n->type = r->type ? mem_strdup(r->type) : NULL;
	n->body = r->body ? mem_strdup(r->body) : NULL;
	n->done = r->done;
	n->ctx = r->ctx;
	*a->last = n;
	a->last = &n->next;
	if (first && a->state == API_IDLE) {	/* from the loop, so that an answer never comes from within this call */
		a->state = API_WAITING;
		a->timer = loop_timer(a->loop, 0, on_again, a);
	}
}
