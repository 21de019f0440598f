/*
 * One peer: its bytes become requests (http.h), answers become bytes. A request has so long to come and an answer to go; a body is
 * read only for a request that was admitted. Knows nothing of functions.
 */
#include "runtime/serve_inner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/mem.h"

enum { PIECE = 16384, IDLE_MS = 60000, WRITE_MS = 60000, TOO_MANY = 503, REQUEST_TIMEOUT = 408, AHEAD_MOST = 65536 };

static void on_ready(void *ctx, int fd, int events);
static void take(struct connection *c, const char *data, size_t len);

static void on_late(void *ctx)
{
	struct connection *c = ctx;
	struct buf text = BUF_INIT;

	c->timer = NULL;
	if (c->state == CONNECTION_READS && c->begun) {
		c->keep = false;
		serve_error(&text, "the request did not come as a whole in time", NULL);
		connection_answer(c, REQUEST_TIMEOUT, "application/json", &text);
		buf_release(&text);
	} else {
		connection_free(c);
	}
}

static void set_timer(struct connection *c, uint64_t ms)
{
	loop_timer_cancel(c->timer);
	c->timer = ms ? loop_timer(c->server->loop, ms, on_late, c) : NULL;
}

static struct http_reader *new_reader(const struct server *s)
{
	return http_reader_new(HTTP_READ_REQUESTS, (struct http_limits){ .body = s->o->body });
}

bool connection_new(struct server *s, int fd)
{
	struct connection *c = mem_zalloc(1, sizeof *c);

	c->server = s;
	c->fd = fd;
	c->watch = loop_watch(s->loop, fd, LOOP_READ, on_ready, c);
	if (!c->watch) {
		mem_free(c);
		return false;
	}
	c->reader = new_reader(s);
	c->next = s->connections;
	if (c->next)
		c->next->prev = c;
	s->connections = c;
	s->open++;
	set_timer(c, IDLE_MS);
	return true;
}

static void leave(struct connection *c)
{
	if (c->admitted)
		serve_leave(c->server);
	c->admitted = false;
}

void connection_free(struct connection *c)
{
	struct server *s = c->server;

	if (c->state == CONNECTION_WAITS || c->state == CONNECTION_RUNS)
		serve_forget(s, c);
	leave(c);
	if (c->prev)
		c->prev->next = c->next;
	else
		s->connections = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->open--;
	loop_timer_cancel(c->timer);
	loop_unwatch(c->watch);
	close(c->fd);
	http_reader_free(c->reader);
	buf_release(&c->in);
	buf_release(&c->out);
	mem_free(c);
}

/* ---- answers ---- */

/* What came behind the last request. Not at once: a peer that sends many would have us call ourselves as often. */
static void on_more(void *ctx)
{
	struct connection *c = ctx;
	struct buf in = c->in;

	c->timer = NULL;
	c->in = (struct buf)BUF_INIT;
	loop_watch_set(c->watch, LOOP_READ);
	take(c, in.p, in.len);
	buf_release(&in);
}

static void next_request(struct connection *c)
{
	if (http_message(c->reader)->body_len > PIECE) {	/* not as much memory for each idle peer */
		http_reader_free(c->reader);
		c->reader = new_reader(c->server);
	}
	c->state = CONNECTION_READS;
	c->begun = c->continued = false;
	leave(c);
	set_timer(c, IDLE_MS);
	loop_watch_set(c->watch, c->in.len ? 0 : LOOP_READ);
	if (c->in.len) {
		loop_timer_cancel(c->timer);
		c->timer = loop_timer(c->server->loop, 0, on_more, c);
	}
}

/* false: the connection is gone. */
static bool flush(struct connection *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			loop_watch_set(c->watch, LOOP_WRITE);
			return true;
		}
		if (n < 0) {
			connection_free(c);
			return false;
		}
		c->sent += (size_t)n;
	}
	buf_release(&c->out);
	c->sent = 0;
	return true;
}

static void written(struct connection *c)
{
	if (c->out.len)
		return;			/* the rest when the peer takes it */
	if (c->keep) {
		next_request(c);
		return;
	}
	/* what the peer still sends must not turn our answer into a reset: it is read over, for a while */
	shutdown(c->fd, SHUT_WR);
	leave(c);
	loop_watch_set(c->watch, LOOP_READ);
	set_timer(c, 2000);
}

void connection_answer(struct connection *c, int status, const char *type, const struct buf *body)
{
	struct http_field field[3] = { { "Content-Type", type } };
	size_t fields = 1;

	if (status == TOO_MANY)
		field[fields++] = (struct http_field){ "Retry-After", "1" };
	if (status == 405)
		field[fields++] = (struct http_field){ "Allow", "GET, POST" };
	c->keep &= !c->server->draining;
	c->state = CONNECTION_WRITES;
	set_timer(c, WRITE_MS);
	http_write_response(&c->out, &(struct http_message){ .status = status, .field = field, .field_count = fields, .body = body->p ? body->p : "",
							     .body_len = body->len, .keep_alive = c->keep });
	if (flush(c))
		written(c);
}

static void refuse(struct connection *c, int status, const char *why)
{
	struct buf text = BUF_INIT;

	c->keep = false;
	serve_error(&text, why, NULL);
	connection_answer(c, status, "application/json", &text);
	buf_release(&text);
}

/* ---- requests ---- */

/* Its fields are known: may its body come? false: it was answered. */
static bool check_head(struct connection *c)
{
	const struct http_message *head = http_reader_head(c->reader);
	const char *expect;

	if (!head)
		return true;
	if (!c->admitted && (http_field(head, "content-length") || http_field(head, "transfer-encoding"))) {
		c->admitted = serve_admit(c->server);
		if (!c->admitted) {
			refuse(c, TOO_MANY, "as many requests as this worker takes are here already");
			return false;
		}
	}
	expect = http_field(head, "expect");
	if (expect && !c->continued && strcasecmp(expect, "100-continue") == 0) {
		buf_addstr(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		c->continued = true;
		return flush(c);
	}
	return true;
}

static void take(struct connection *c, const char *data, size_t len)
{
	size_t used = 0;
	enum http_got got;

	if (!c->begun)
		set_timer(c, c->server->o->read_ms);
	c->begun = true;
	got = http_read(c->reader, data, len, &used);
	if (got == HTTP_BAD) {
		refuse(c, http_reader_answer(c->reader), http_reader_why(c->reader));
		return;
	}
	if (got == HTTP_MORE) {
		check_head(c);
		return;
	}
	buf_add(&c->in, data + used, len - used);
	c->keep = http_message(c->reader)->keep_alive;
	set_timer(c, 0);
	serve_request(c->server, c);
}

/* While a request waits or runs: is its peer still there? What it sends meanwhile is kept, up to a limit. */
static void look(struct connection *c)
{
	char piece[PIECE];
	ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		connection_free(c);
		return;
	}
	if (n > 0)
		buf_add(&c->in, piece, (size_t)n);
	if (c->in.len > AHEAD_MOST)
		loop_watch_set(c->watch, 0);
}

static void read_more(struct connection *c)
{
	char piece[PIECE];
	ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		connection_free(c);
	else if (c->state == CONNECTION_READS)
		take(c, piece, (size_t)n);	/* else it was answered and is read over */
}

static void on_ready(void *ctx, int fd, int events)
{
	struct connection *c = ctx;

	(void)fd;
	if (c->state == CONNECTION_WAITS || c->state == CONNECTION_RUNS)
		look(c);
	else if (c->state == CONNECTION_WRITES && (events & LOOP_WRITE) && c->out.len) {
		if (flush(c))
			written(c);
	} else {
		read_more(c);
	}
}
