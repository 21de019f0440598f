/* HTTP messages: what is read, what is refused, how pieces do not matter, and that nothing breaks out of its place. */
#include "runtime/http.h"

#include <stdlib.h>
#include "base/buf.h"
#include "testsuite/unit/test.h"

static const struct http_limits small = { 512, 64 };

/* Read all of `text` in pieces; the last answer. `r` stays for the caller to look at. */
static enum http_got feed(struct http_reader *r, const char *text, size_t len, size_t piece)
{
	enum http_got got = HTTP_MORE;
	size_t used;

	for (size_t at = 0; at < len && got == HTTP_MORE; at += used)
		got = http_read(r, text + at, len - at < piece ? len - at : piece, &used);
	return got;
}

static void reads_requests(void)
{
	static const char text[] = "POST /run?a=1 HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-Two: a b \t\r\nx-two: c\r\nContent-Length: 5\r\n\r\nhello";

	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct http_reader *r = http_reader_new(HTTP_READ_REQUESTS, small);
		const struct http_message *m;

		if (!CHECK(feed(r, text, sizeof(text) - 1, piece) == HTTP_GOT)) {
			http_reader_free(r);
			return;
		}
		m = http_message(r);
		CHECK_TEXT(m->method, "POST");
		CHECK_TEXT(m->target, "/run?a=1");
		CHECK(m->body_len == 5);
		CHECK_TEXT(m->body, "hello");
		CHECK(m->keep_alive);
		CHECK_TEXT(http_field(m, "x-TWO"), "a b");
		CHECK_TEXT(http_field(m, "X-Empty"), "");
		CHECK(http_field(m, "X-None") == NULL);
		CHECK(m->field_count == 5);
		http_reader_free(r);
	}
}

/* Two requests in one piece: the second is not touched before it is asked for. */
static void reads_one_after_another(void)
{
	static const char text[] = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n";
	struct http_reader *r = http_reader_new(HTTP_READ_REQUESTS, small);
	size_t first, second;

	CHECK(http_read(r, text, sizeof(text) - 1, &first) == HTTP_GOT);
	CHECK_TEXT(http_message(r)->target, "/a");
	CHECK(http_message(r)->keep_alive);
	CHECK(http_read(r, text + first, sizeof(text) - 1 - first, &second) == HTTP_GOT);
	CHECK_TEXT(http_message(r)->target, "/b");
	CHECK(!http_message(r)->keep_alive);
	CHECK(first + second == sizeof(text) - 1);
	CHECK(http_read_end(r) == HTTP_MORE);
	http_reader_free(r);
}

static void reads_responses(void)
{
	static const char chunked[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: z\r\n\r\n";
	static const char unended[] = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n";

	for (size_t piece = 1; piece <= sizeof(chunked); piece++) {
		struct http_reader *r = http_reader_new(HTTP_READ_RESPONSES, small);

		CHECK(feed(r, chunked, sizeof(chunked) - 1, piece) == HTTP_GOT);
		CHECK(http_message(r)->status == 200);
		CHECK_TEXT(http_message(r)->body, "abcde");
		CHECK(http_field(http_message(r), "X-Trailer") == NULL);
		http_reader_free(r);

		r = http_reader_new(HTTP_READ_RESPONSES, small);
		CHECK(feed(r, unended, sizeof(unended) - 1, piece) == HTTP_MORE);
		CHECK(http_reader_head(r) != NULL && http_message(r) == NULL);
		CHECK(http_read_end(r) == HTTP_GOT);
		CHECK_TEXT(http_message(r)->body, "until the end");
		http_reader_free(r);
	}
	{
		struct http_reader *r = http_reader_new(HTTP_READ_RESPONSES, small);

		http_reader_expect_no_body(r);
		CHECK(feed(r, head, sizeof(head) - 1, sizeof(head)) == HTTP_GOT);
		CHECK(http_message(r)->body_len == 0);
		http_reader_free(r);
	}
}

static const struct {
	enum http_side side;
	int answer;
	const char *text;
} wrong[] = {
	{ HTTP_READ_REQUESTS, 501, "WHAT / HTTP/1.1\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 501, "CONNECT a:1 HTTP/1.1\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 505, "GET / HTTP/2.0\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 400, "GET / HTTP/1.1\r\nA b: c\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 400, "GET / HTTP/1.1\r\nA: c\001d\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nab" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 413, "POST / HTTP/1.1\r\nContent-Length: 65\r\n\r\n" },
	{ HTTP_READ_REQUESTS, 413, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
		"41\r\n.................................................................\r\n" },
	{ HTTP_READ_REQUESTS, 400, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" },
	{ HTTP_READ_RESPONSES, 400, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n" },
	{ HTTP_READ_RESPONSES, 400, "HTTP/1.1 000 No\r\n\r\n" },
	{ HTTP_READ_RESPONSES, 400, "SSH-2.0-OpenSSH\r\n" },
};

static void refuses(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (size_t piece = 1; piece < 4; piece++) {
			struct http_reader *r = http_reader_new(wrong[i].side, small);
			size_t used;

			if (!CHECK(feed(r, wrong[i].text, strlen(wrong[i].text), piece == 3 ? 4096 : piece) == HTTP_BAD) ||
					!CHECK(http_reader_answer(r) == wrong[i].answer))
				printf("  row %zu: %d %s\n", i, http_reader_answer(r), http_reader_why(r));
			CHECK(http_reader_why(r)[0] != '\0' && http_message(r) == NULL);
			CHECK(http_read(r, "GET", 3, &used) == HTTP_BAD && http_read_end(r) == HTTP_BAD);
			http_reader_free(r);
		}
	}
}

/* A head without end, in each of its parts, is refused before it is kept. */
static void bounds_the_head(void)
{
	static const char *const start[] = { "GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nX" };
	static const char many[] = "A: b\r\n", interim[] = "HTTP/1.1 100 Continue\r\n\r\n";

	for (size_t i = 0; i < 5; i++) {
		struct http_reader *r = http_reader_new(i < 4 ? HTTP_READ_REQUESTS : HTTP_READ_RESPONSES, small);
		const char *more = i < 3 ? "aaaaaa" : i == 3 ? many : interim;
		enum http_got got = i < 4 ? feed(r, start[i % 3], strlen(start[i % 3]), 99) : HTTP_MORE;
		size_t fed = 0;

		if (i == 3)
			got = feed(r, " HTTP/1.1\r\n", 11, 99);
		for (; got == HTTP_MORE && fed < 4096; fed += strlen(more))
			got = feed(r, more, strlen(more), 99);
		CHECK(got == HTTP_BAD && http_reader_answer(r) == 431);
		http_reader_free(r);
	}
}

static void ends(void)
{
	static const char *const text[] = { "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel" };

	for (size_t i = 0; i < 2; i++) {
		struct http_reader *r = http_reader_new(HTTP_READ_REQUESTS, small);

		CHECK(feed(r, text[i], strlen(text[i]), 3) == HTTP_MORE);
		CHECK(http_read_end(r) == HTTP_BAD);
		http_reader_free(r);
	}
}

static void writes(void)
{
	struct http_field fields[] = { { "Host", "kubernetes.default.svc" }, { "Accept", "application/json" } };
	struct http_message get = { .method = "GET", .target = "/api/v1", .field = fields, .field_count = 2, .keep_alive = true };
	struct http_message patch = { .method = "PATCH", .target = "/x", .body = "[]", .body_len = 2 };
	struct http_message gone = { .status = 204, .keep_alive = true }, odd = { .status = 299, .body = "x", .body_len = 1, .keep_alive = true };
	struct buf b = BUF_INIT;

	CHECK(http_write_request(&b, &get));
	CHECK_TEXT(buf_str(&b), "GET /api/v1 HTTP/1.1\r\nHost: kubernetes.default.svc\r\nAccept: application/json\r\n\r\n");
	buf_clear(&b);
	CHECK(http_write_request(&b, &patch));
	CHECK_TEXT(buf_str(&b), "PATCH /x HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]");
	buf_clear(&b);
	CHECK(http_write_response(&b, &gone) && http_write_response(&b, &odd));
	CHECK_TEXT(buf_str(&b), "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 299 Status\r\nContent-Length: 1\r\n\r\nx");
	buf_clear(&b);
	fields[0].value = "a\r\nX: y";
	CHECK(!http_write_request(&b, &get));
	fields[0] = (struct http_field){ "Bad name", "x" };
	CHECK(!http_write_request(&b, &get));
	get.field_count = 0;
	get.target = "/a b";
	CHECK(!http_write_request(&b, &get));
	get.target = "";
	CHECK(!http_write_request(&b, &get));
	gone.status = 42;
	CHECK(!http_write_response(&b, &gone));
	CHECK(b.len == 0);
	buf_release(&b);
}

int main(void)
{
	reads_requests();
	reads_one_after_another();
	reads_responses();
	refuses();
	bounds_the_head();
	ends();
	writes();
	return test_end();
}
