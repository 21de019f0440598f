/*
 * HTTP/1.1 as bytes: requests and responses are read in whatever pieces they come, and written whole. Knows no socket and no
 * TLS; who feeds it has the clock. What is read is bounded before it is kept: the head (start line and header fields) and
 * the body have limits; what breaks a rule of the form, or could be read in two ways (a length given twice, a length beside
 * chunks), is refused. Bodies may be chunked; trailers are read over.
 */
#ifndef CALC_RUNTIME_HTTP_H
#define CALC_RUNTIME_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum http_side { HTTP_READ_REQUESTS, HTTP_READ_RESPONSES };

struct http_field {
	const char *name, *value;	/* value: without space around it */
};

struct http_message {
	const char *method, *target;	/* of a request; target as it was sent ("/run?x=1") */
	int status;			/* of a response, 200 … 999: interim ones (1xx) are read over */
	const struct http_field *field;	/* in the order sent; a name may come more than once */
	size_t field_count;
	const char *body;		/* NUL-terminated beyond body_len */
	size_t body_len;
	bool keep_alive;		/* another message may follow on this connection */
};

struct http_limits {
	size_t head;			/* bytes; 0: 16 KiB. More than 64 KiB is never taken */
	size_t body;			/* bytes; 0: no body may come */
};

struct http_reader;
struct http_reader *http_reader_new(enum http_side side, struct http_limits limits);
void http_reader_free(struct http_reader *r);

enum http_got { HTTP_MORE, HTTP_GOT, HTTP_BAD };

/*
 * Read from `data` up to the end of a message; *used = the bytes that were taken (what lies behind belongs to the next).
 * After HTTP_GOT the message stays as it is until the next call, which begins another. HTTP_BAD is final.
 */
enum http_got http_read(struct http_reader *r, const void *data, size_t len, size_t *used);

/* The peer sends no more: HTTP_GOT when that is what ended a response's body, HTTP_MORE when nothing was begun. */
enum http_got http_read_end(struct http_reader *r);

/* The next response answers a HEAD request: it has no body, whatever its fields say. */
void http_reader_expect_no_body(struct http_reader *r);

const struct http_message *http_message(const struct http_reader *r);	/* after HTTP_GOT */
const char *http_field(const struct http_message *m, const char *name);	/* first of that name, any case; or NULL */

/* After HTTP_BAD: why, and the status that a server should answer (400, 413, 431, 501, 505). */
const char *http_reader_why(const struct http_reader *r);
int http_reader_answer(const struct http_reader *r);

/* The start line is known and so are all fields, while a body still comes (a server may ask this to refuse early, or to send
 * 100 Continue). NULL before that. */
const struct http_message *http_reader_head(const struct http_reader *r);

/*
 * Append a message. Content-Length is written from body_len (not for a response of 204 or 304, nor for a request with no body
 * and another method than POST, PUT, PATCH); Connection: close when !keep_alive; the fields as they are given. false, and
 * nothing is appended, when a text could break out of its place (a control character, a space in the target, …).
 */
bool http_write_request(struct buf *out, const struct http_message *m);
bool http_write_response(struct buf *out, const struct http_message *m);

const char *http_reason(int status);	/* "OK"; "Status" for one without a name */

#endif
