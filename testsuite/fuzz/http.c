/*
 * Fuzz target: bytes as a server and as a client would read them, in pieces of the size that the first byte says. How a stream
 * is cut must not matter, and a message that was read can be written and read again as the same.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/http.h"
#include "testsuite/fuzz/fuzz.h"

enum { HEAD = 2048, BODY = 4096 };

static bool same(const struct http_message *a, const struct http_message *b)
{
	if (a->status != b->status || a->body_len != b->body_len || memcmp(a->body, b->body, a->body_len) != 0)
		return false;
	return a->method == NULL || (strcmp(a->method, b->method) == 0 && strcmp(a->target, b->target) == 0);
}

/* Without its fields: those that say how long a body is are the writer's. */
static void write_again(enum http_side side, const struct http_message *m)
{
	struct http_message bare = *m;
	struct http_reader *r = http_reader_new(side, (struct http_limits){ HEAD * 2, BODY });
	struct buf b = BUF_INIT;
	size_t used;

	bare.field_count = 0;
	if (side == HTTP_READ_REQUESTS ? http_write_request(&b, &bare) : http_write_response(&b, &bare)) {
		bool silent = m->status == 204 || m->status == 304;

		if (http_read(r, b.p, b.len, &used) != HTTP_GOT && !(silent && http_read_end(r) == HTTP_GOT))
			abort();
		if (!silent && (used != b.len || !same(m, http_message(r))))
			abort();
	}
	http_reader_free(r);
	buf_release(&b);
}

static void note(struct buf *told, const struct http_message *m)
{
	buf_printf(told, "%s %s %d %zu %d:", m->method != NULL ? m->method : "", m->target != NULL ? m->target : "", m->status,
		m->body_len, m->keep_alive);
	for (size_t i = 0; i < m->field_count; i++)
		buf_printf(told, "%s=%s;", m->field[i].name, m->field[i].value);
	buf_add(told, m->body, m->body_len);
}

static void read_as(enum http_side side, const char *data, size_t size, size_t piece, struct buf *told)
{
	struct http_reader *r = http_reader_new(side, (struct http_limits){ HEAD, BODY });
	enum http_got got = HTTP_MORE;

	for (size_t at = 0; at < size && got != HTTP_BAD;) {
		size_t len = size - at < piece ? size - at : piece, used;

		got = http_read(r, data + at, len, &used);
		if (used > len || (got == HTTP_MORE && used != len))
			abort();
		at += used;
		if (got == HTTP_GOT) {
			note(told, http_message(r));
			write_again(side, http_message(r));
		}
	}
	if (got != HTTP_BAD && http_read_end(r) == HTTP_GOT)
		note(told, http_message(r));
	http_reader_free(r);
}

static void both_ways(enum http_side side, const char *data, size_t size, size_t piece)
{
	struct buf whole = BUF_INIT, cut = BUF_INIT;

	read_as(side, data, size, size, &whole);
	read_as(side, data, size, piece, &cut);
	if (strcmp(buf_str(&whole), buf_str(&cut)) != 0)
		abort();
	buf_release(&whole);
	buf_release(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	both_ways(HTTP_READ_REQUESTS, (const char *)data + 1, size - 1, 1 + data[0]);
	both_ways(HTTP_READ_RESPONSES, (const char *)data + 1, size - 1, 1 + data[0]);
	return 0;
}
