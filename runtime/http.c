/*
 * HTTP/1.1 messages, read through Debian's http-parser. The parser says where parts lie; this file keeps them, counts what is
 * kept, and turns its rules down where they are too lenient for a peer that is not trusted. Must not know any connection.
 */
#include "runtime/http.h"

#include <http_parser.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"

enum { HEAD_DEFAULT = 16384, HEAD_MOST = 65536, FIELD_COST = 32, FIELDS_MOST = 256 };

/* Where the text of the head stands: the parts grow piece by piece, so they are offsets until the head is complete. */
struct place {
	size_t name, value;
};

enum part { PART_START, PART_NAME, PART_VALUE };

struct http_reader {
	struct http_parser parser;
	struct http_limits limits;
	struct buf text, body;
	struct place place[FIELDS_MOST];
	struct http_field field[FIELDS_MOST];
	struct http_message message;
	enum part part;
	size_t head_seen;		/* bytes of this message's head, and what each field costs */
	bool head_done, whole, begun, bad, no_body;
	int answer;
	const char *why;
};

static int refuse(struct http_reader *r, int answer, const char *why)
{
	if (r->bad)
		return -1;
	r->bad = true;
	r->answer = answer;
	r->why = why;
	return -1;
}

static void begin(struct http_reader *r)
{
	buf_clear(&r->text);
	buf_clear(&r->body);
	r->message = (struct http_message){ 0 };
	r->part = PART_START;
	r->head_seen = 0;
	r->head_done = r->whole = r->begun = false;
}

static int on_begin(http_parser *p)
{
	((struct http_reader *)p->data)->begun = true;
	return 0;
}

/* Trailers come this way too: they are counted with the head and not kept. */
static bool count_head(struct http_reader *r, size_t len)
{
	r->head_seen += len;
	return r->head_seen <= r->limits.head || refuse(r, 431, "the head is larger than its limit") == 0;
}

static int on_target(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (!count_head(r, len))
		return -1;
	buf_add(&r->text, at, len);
	return 0;
}

static int on_status(http_parser *p, const char *at, size_t len)
{
	(void)at;
	return count_head(p->data, len) ? 0 : -1;
}

static int on_name(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;
	bool opens = r->part != PART_NAME;

	if (!count_head(r, len + (opens ? FIELD_COST : 0)))
		return -1;
	if (r->head_done) {
		r->part = PART_NAME;
		return 0;
	}
	if (opens) {
		if (r->message.field_count == FIELDS_MOST)
			return refuse(r, 431, "there are more than 256 header fields");
		buf_addch(&r->text, '\0');
		r->place[r->message.field_count++].name = r->text.len;
		r->part = PART_NAME;
	}
	buf_add(&r->text, at, len);
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (!count_head(r, len))
		return -1;
	if (!r->head_done) {
		if (r->part == PART_NAME) {
			buf_addch(&r->text, '\0');
			r->place[r->message.field_count - 1].value = r->text.len;
		}
		buf_add(&r->text, at, len);
	}
	r->part = PART_VALUE;
	return 0;
}

static bool is_token(const char *s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		char c = *s | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(*s >= '0' && *s <= '9') && strchr(others, *s) == NULL)
			return false;
	}
	return true;
}

/* A value ends where the next part begins: the space before that is not part of it. */
static void trim(char *value)
{
	size_t len = strlen(value);

	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
}

static void keep_head(struct http_reader *r)
{
	char *text;

	buf_addch(&r->text, '\0');
	text = r->text.p;
	for (size_t i = 0; i < r->message.field_count; i++) {
		r->field[i] = (struct http_field){ text + r->place[i].name, text + r->place[i].value };
		trim(text + r->place[i].value);
	}
	r->message.field = r->field;
	r->message.target = text;
	r->message.body = "";
}

/* The parser as Debian builds it takes spaces within a name ("Content-Length : 5"), which others read as something else. */
static bool names_are_tokens(const struct http_reader *r)
{
	for (size_t i = 0; i < r->message.field_count; i++)
		if (!is_token(r->field[i].name))
			return false;
	return true;
}

static int check_head(struct http_reader *r)
{
	http_parser *p = &r->parser;

	if (p->http_major != 1 || p->http_minor > 1)
		return refuse(r, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
	if (p->type == HTTP_REQUEST && p->method == HTTP_CONNECT)
		return refuse(r, 501, "CONNECT is not served");
	if (p->type == HTTP_RESPONSE && (p->status_code < 100 || p->status_code == 101))
		return refuse(r, 400, "the status is none that can answer a request");
	if ((p->flags & F_CONTENTLENGTH) && p->content_length != UINT64_MAX && p->content_length > r->limits.body && !r->no_body)
		return refuse(r, 413, "the body is larger than its limit");
	return 0;
}

static int on_head(http_parser *p)
{
	struct http_reader *r = p->data;

	if (check_head(r) != 0)
		return -1;
	keep_head(r);
	if (!names_are_tokens(r))
		return refuse(r, 400, "the name of a header field holds what no name may");
	if (p->type == HTTP_REQUEST) {
		r->message.method = http_method_str((enum http_method)p->method);
	} else {
		r->message.target = NULL;
		r->message.status = (int)p->status_code;
	}
	r->message.keep_alive = http_should_keep_alive(p) != 0;
	r->head_done = true;
	r->part = PART_START;
	p->upgrade = 0;		/* an offer, which may be passed over */
	return r->no_body && p->type == HTTP_RESPONSE ? 1 : 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
	struct http_reader *r = p->data;

	if (len > r->limits.body - r->body.len)
		return refuse(r, 413, "the body is larger than its limit");
	buf_add(&r->body, at, len);
	return 0;
}

static int on_whole(http_parser *p)
{
	struct http_reader *r = p->data;

	if (p->type == HTTP_RESPONSE && p->status_code < 200) {
		size_t seen = r->head_seen;

		begin(r);
		r->head_seen = seen + FIELD_COST;	/* interim responses without end are a head without end */
		return count_head(r, 0) ? 0 : -1;
	}
	r->whole = true;
	r->message.body = buf_str(&r->body);
	r->message.body_len = r->body.len;
	http_parser_pause(p, 1);
	return 0;
}

static const struct http_parser_settings settings = {
	.on_message_begin = on_begin, .on_url = on_target, .on_status = on_status, .on_header_field = on_name,
	.on_header_value = on_value, .on_headers_complete = on_head, .on_body = on_body, .on_message_complete = on_whole,
};

struct http_reader *http_reader_new(enum http_side side, struct http_limits limits)
{
	struct http_reader *r = mem_zalloc(1, sizeof(*r));

	http_parser_init(&r->parser, side == HTTP_READ_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE);
	r->parser.data = r;
	if (limits.head == 0)
		limits.head = HEAD_DEFAULT;
	if (limits.head > HEAD_MOST)
		limits.head = HEAD_MOST;
	r->limits = limits;
	return r;
}

void http_reader_free(struct http_reader *r)
{
	if (r == NULL)
		return;
	buf_release(&r->text);
	buf_release(&r->body);
	mem_free(r);
}

static enum http_got result(struct http_reader *r)
{
	enum http_errno e = HTTP_PARSER_ERRNO(&r->parser);

	if (r->bad)
		return HTTP_BAD;
	if (r->whole)
		return HTTP_GOT;
	if (e != HPE_OK) {
		refuse(r, e == HPE_HEADER_OVERFLOW ? 431 : e == HPE_INVALID_METHOD ? 501 : 400, http_errno_description(e));
		return HTTP_BAD;
	}
	return HTTP_MORE;
}

static void next(struct http_reader *r)
{
	if (!r->whole)
		return;
	r->no_body = false;
	begin(r);
	http_parser_pause(&r->parser, 0);
}

enum http_got http_read(struct http_reader *r, const void *data, size_t len, size_t *used)
{
	*used = 0;
	if (r->bad)
		return HTTP_BAD;
	next(r);
	/* length 0 would tell the parser that the stream has ended */
	if (len > 0)
		*used = http_parser_execute(&r->parser, &settings, data, len);
	return result(r);
}

enum http_got http_read_end(struct http_reader *r)
{
	if (r->bad)
		return HTTP_BAD;
	next(r);
	if (!r->begun)
		return HTTP_MORE;
	http_parser_execute(&r->parser, &settings, "", 0);
	if (result(r) == HTTP_MORE)
		refuse(r, 400, "the message ends in its midst");
	return result(r);
}

void http_reader_expect_no_body(struct http_reader *r)
{
	next(r);
	r->no_body = true;
}

const struct http_message *http_message(const struct http_reader *r)
{
	return r->whole && !r->bad ? &r->message : NULL;
}

const struct http_message *http_reader_head(const struct http_reader *r)
{
	return r->head_done && !r->bad ? &r->message : NULL;
}

const char *http_field(const struct http_message *m, const char *name)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (strcasecmp(m->field[i].name, name) == 0)
			return m->field[i].value;
	return NULL;
}

const char *http_reader_why(const struct http_reader *r)
{
	return r->why != NULL ? r->why : "";
}

int http_reader_answer(const struct http_reader *r)
{
	return r->answer;
}

const char *http_reason(int status)
{
	switch (status) {
#define REASON(number, name, text) case number: return #text;
	HTTP_STATUS_MAP(REASON)
#undef REASON
	}
	return "Status";
}

/* Writing ---------------------------------------------------------------------------------------------------- */

/* Bytes above 127 may stand in a value (they are opaque there), not in a target. */
static bool is_text(const char *s, unsigned char least, unsigned char most)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < least || (unsigned char)*s > most || *s == 127)
			return false;
	return true;
}

static bool fields_are_safe(const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (!is_token(m->field[i].name) || !is_text(m->field[i].value, ' ', 255))
			return false;
	return true;
}

static void write_rest(struct buf *out, const struct http_message *m, bool with_length)
{
	for (size_t i = 0; i < m->field_count; i++)
		buf_printf(out, "%s: %s\r\n", m->field[i].name, m->field[i].value);
	if (with_length)
		buf_printf(out, "Content-Length: %zu\r\n", m->body_len);
	if (!m->keep_alive)
		buf_addstr(out, "Connection: close\r\n");
	buf_addstr(out, "\r\n");
	if (with_length && m->body_len > 0)
		buf_add(out, m->body, m->body_len);
}

bool http_write_request(struct buf *out, const struct http_message *m)
{
	bool carries = strcmp(m->method, "POST") == 0 || strcmp(m->method, "PUT") == 0 || strcmp(m->method, "PATCH") == 0;

	if (!is_token(m->method) || m->target[0] == '\0' || !is_text(m->target, '!', '~') || !fields_are_safe(m))
		return false;
	buf_printf(out, "%s %s HTTP/1.1\r\n", m->method, m->target);
	write_rest(out, m, carries || m->body_len > 0);
	return true;
}

bool http_write_response(struct buf *out, const struct http_message *m)
{
	if (m->status < 100 || m->status > 999 || !fields_are_safe(m))
		return false;
	buf_printf(out, "HTTP/1.1 %d %s\r\n", m->status, http_reason(m->status));
	write_rest(out, m, m->status >= 200 && m->status != 204 && m->status != 304);
	return true;
}
