/*
 * One writer and one reader over the table of proto.def. Nothing here trusts a length: every field is taken through
 * take(), and a message that has bytes left over is as bad as one that ends too soon.
 */
#include "runtime/proto.h"

#include <string.h>
#include "base/mem.h"

enum field_type { U32, U64, STR, OPT, LIST, DATA };
enum { LENGTH_SIZE = 4, ROOM = 16384 };

struct field {
	enum proto_kind kind;
	enum field_type type;
	size_t offset;
	uint64_t most;
};

static const struct field fields[] = {
#define MESSAGE(kind, to)
#define FIELD(kind, type, member, most) { PROTO_##kind, type, offsetof(struct proto_message, member), most },
#include "runtime/proto.def"
#undef MESSAGE
#undef FIELD
};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const enum proto_side side_of[PROTO_KINDS] = {
#define MESSAGE(kind, to) [PROTO_##kind] = to,
#define FIELD(kind, type, member, most)
#include "runtime/proto.def"
#undef MESSAGE
#undef FIELD
};

static size_t most_bytes(enum proto_side side)
{
	return side == PROTO_TO_HOST ? (size_t)PROTO_MOST_TO_HOST : (size_t)PROTO_MOST_TO_WORKER;
}

/* ---- writing ---- */

static void put_u32(struct buf *b, uint32_t v)
{
	uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	buf_add(b, p, sizeof(p));
}

static bool put_string(struct buf *b, const char *s)
{
	size_t len;

	if (!s) {
		put_u32(b, UINT32_MAX);
		return true;
	}
	len = strlen(s);
	if (len > PROTO_MOST_STRING)
		return false;
	put_u32(b, (uint32_t)len);
	buf_add(b, s, len + 1);
	return true;
}

static bool put_list(struct buf *b, const char *const *list)
{
	size_t count = 0, bytes = b->len;

	while (list && list[count])
		count++;
	if (count > PROTO_MOST_LIST)
		return false;
	put_u32(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		if (!put_string(b, list[i]) || b->len - bytes > PROTO_MOST_TO_WORKER)
			return false;
	return true;
}

static bool put_data(struct buf *b, const struct slot_images *data, uint64_t most)
{
	if (data->len > most)
		return false;
	put_u32(b, (uint32_t)data->len);
	buf_add(b, data->p, data->len);
	return true;
}

static bool put_field(struct buf *b, const struct proto_message *m, const struct field *f)
{
	const char *at = (const char *)m + f->offset;

	switch (f->type) {
	case U32:
		put_u32(b, *(const uint32_t *)(const void *)at);
		return true;
	case U64:
		put_u32(b, (uint32_t)*(const uint64_t *)(const void *)at);
		put_u32(b, (uint32_t)(*(const uint64_t *)(const void *)at >> 32));
		return true;
	case STR:
	case OPT:
		return (f->type == OPT || *(const char *const *)(const void *)at) &&
		       put_string(b, *(const char *const *)(const void *)at);
	case LIST:
		return put_list(b, *(const char *const *const *)(const void *)at);
	case DATA:
		return put_data(b, (const void *)at, f->most);
	}
	return false;
}

bool proto_write(const struct proto_message *m, struct buf *out)
{
	size_t start = out->len, len;
	bool ok = true;

	put_u32(out, 0);
	buf_addch(out, (char)m->kind);
	for (size_t i = 0; ok && i < FIELDS; i++)
		if (fields[i].kind == m->kind)
			ok = put_field(out, m, &fields[i]);
	len = out->len - start - LENGTH_SIZE;
	if (!ok || len > most_bytes(side_of[m->kind])) {
		out->len = start;
		out->p[start] = '\0';
		return false;
	}
	for (int i = 0; i < LENGTH_SIZE; i++)
		out->p[start + (size_t)i] = (char)(len >> (8 * i));
	return true;
}

/* ---- reading ---- */

struct cursor {
	const char *p;
	size_t left;
};

static const char *take(struct cursor *c, size_t len)
{
	const char *p = c->p;

	if (len > c->left)
		return NULL;
	c->p += len;
	c->left -= len;
	return p;
}

static bool take_u32(struct cursor *c, uint32_t *v)
{
	const unsigned char *p = (const unsigned char *)take(c, 4);

	if (!p)
		return false;
	*v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return true;
}

static bool take_u64(struct cursor *c, uint64_t *v)
{
	uint32_t low, high;

	if (!take_u32(c, &low) || !take_u32(c, &high))
		return false;
	*v = (uint64_t)high << 32 | low;
	return true;
}

static bool take_string(struct cursor *c, const char **s, bool may_be_absent)
{
	uint32_t len;

	if (!take_u32(c, &len))
		return false;
	*s = NULL;
	if (len == UINT32_MAX)
		return may_be_absent;
	if (len > PROTO_MOST_STRING)
		return false;
	*s = take(c, (size_t)len + 1);
	return *s && memchr(*s, '\0', (size_t)len + 1) == *s + len;
}

/* Every string of a list takes 5 bytes at least, so a count is checked against what there is before memory is. */
static bool take_list(struct proto_reader *r, struct cursor *c, unsigned which, uint64_t fewest)
{
	uint32_t count;

	if (!take_u32(c, &count) || count > PROTO_MOST_LIST || count > c->left / 5 || count < fewest)
		return false;
	r->list[which] = mem_grow(r->list[which], &r->list_cap[which], (size_t)count + 1, sizeof(*r->list[which]));
	for (uint32_t i = 0; i < count; i++)
		if (!take_string(c, &r->list[which][i], false))
			return false;
	r->list[which][count] = NULL;
	return true;
}

static bool take_data(struct cursor *c, struct slot_images *data, uint64_t most)
{
	uint32_t len;

	if (!take_u32(c, &len) || len > most)
		return false;
	data->len = len;
	data->p = take(c, len);
	return data->p != NULL;
}

static bool take_field(struct proto_reader *r, struct cursor *c, struct proto_message *m, const struct field *f)
{
	void *at = (char *)m + f->offset;
	unsigned which = f->offset == offsetof(struct proto_message, argv) ? 0 : 1;

	switch (f->type) {
	case U32:
		return take_u32(c, at) && *(uint32_t *)at <= f->most;
	case U64:
		return take_u64(c, at);
	case STR:
	case OPT:
		return take_string(c, at, f->type == OPT);
	case LIST:
		if (!take_list(r, c, which, f->most))
			return false;
		*(const char *const **)at = r->list[which];
		return true;
	case DATA:
		return take_data(c, at, f->most);
	}
	return false;
}

static enum proto_got bad(const char **why, const char *what)
{
	*why = what;
	return PROTO_BAD;
}

static enum proto_got take_message(struct proto_reader *r, struct cursor c, struct proto_message *m, const char **why)
{
	uint8_t kind = (uint8_t)*take(&c, 1);

	if (kind == PROTO_NO_KIND || kind >= PROTO_KINDS || side_of[kind] != r->side)
		return bad(why, "a message of no known kind");
	*m = (struct proto_message){ .kind = kind };
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].kind != m->kind)
			continue;
		if (!take_field(r, &c, m, &fields[i]))
			return bad(why, "a message that does not keep to its form");
		if (fields[i].offset == offsetof(struct proto_message, version) && m->version != PROTO_VERSION)
			return bad(why, "another version of the protocol");
	}
	return c.left == 0 ? PROTO_GOT : bad(why, "a message that is longer than its form");
}

enum proto_got proto_next(struct proto_reader *r, struct proto_message *m, const char **why)
{
	struct cursor c = { r->in.p ? r->in.p + r->at : NULL, r->in.len - r->at };
	uint32_t len;

	if (!take_u32(&c, &len))
		return PROTO_MORE;
	if (len == 0 || len > most_bytes(r->side))
		return bad(why, "a message of impossible length");
	if (len > c.left)
		return PROTO_MORE;
	c.left = len;
	r->at += LENGTH_SIZE + (size_t)len;
	return take_message(r, c, m, why);
}

void proto_reader_init(struct proto_reader *r, enum proto_side side)
{
	*r = (struct proto_reader){ .side = side };
}

void proto_reader_release(struct proto_reader *r)
{
	buf_release(&r->in);
	for (int i = 0; i < 2; i++)
		mem_free(r->list[i]);
	*r = (struct proto_reader){ .side = r->side };
}

void proto_reader_clear(struct proto_reader *r)
{
	buf_clear(&r->in);
	r->at = 0;
}

void *proto_reader_room(struct proto_reader *r, size_t *room)
{
	if (r->at > 0) {
		memmove(r->in.p, r->in.p + r->at, r->in.len - r->at);
		r->in.len -= r->at;
		r->at = 0;
	}
	buf_reserve(&r->in, ROOM);
	*room = r->in.cap - r->in.len - 1;
	return r->in.p + r->in.len;
}

void proto_reader_add(struct proto_reader *r, size_t len)
{
	r->in.len += len;
	r->in.p[r->in.len] = '\0';
}

/* ---- what the messages carry ---- */

void proto_run_of_job(struct proto_message *m, const struct slot_job *job)
{
	*m = (struct proto_message){ .kind = PROTO_RUN, .token = job->token, .timeout_ms = job->timeout_ms,
		.grace_ms = job->grace_ms, .cwd = job->cwd, .image_root = job->image_root, .tmp = job->tmp, .attempt = job->attempt, .stdin_path = job->stdin_path,
		.stdout_path = job->stdout_path, .stderr_path = job->stderr_path, .argv = job->argv, .envp = job->envp,
		.native = job->native, .step = job->step, .layout = job->layout, .inputs = job->inputs, .nth = job->nth, .images = job->images };
}

void proto_job_of_run(struct slot_job *job, const struct proto_message *m)
{
	*job = (struct slot_job){ .token = m->token, .timeout_ms = m->timeout_ms, .grace_ms = m->grace_ms,
		.cwd = m->cwd, .image_root = m->image_root, .tmp = m->tmp, .attempt = m->attempt, .stdin_path = m->stdin_path, .stdout_path = m->stdout_path,
		.stderr_path = m->stderr_path, .argv = m->argv, .envp = m->envp,
		.native = m->native, .step = m->step, .layout = m->layout, .inputs = m->inputs, .nth = m->nth, .images = m->images };
}

void proto_ended_of_result(struct proto_message *m, const struct slot_result *r)
{
	*m = (struct proto_message){ .kind = PROTO_ENDED, .token = r->token, .end = (uint32_t)r->end,
		.status = (uint32_t)r->status, .wall_us = r->wall_us, .cpu_us = r->cpu_us, .max_rss = r->max_rss,
		.images = r->images };
}

void proto_result_of_ended(struct slot_result *r, const struct proto_message *m)
{
	*r = (struct slot_result){ .token = m->token, .end = (enum slot_end)m->end, .status = (int)m->status,
		.wall_us = m->wall_us, .cpu_us = m->cpu_us, .max_rss = m->max_rss, .images = m->images };
}
