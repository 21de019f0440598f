/*
 * The protocol against a model: random messages are written, cut at random places, and must come out as they went in. Then
 * damage: every byte of a message changed, every length cut. What comes out keeps to its form or is refused.
 */
#include "runtime/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

#define CHECK(what) do { if (!(what)) failed(#what, __LINE__); } while (0)

enum { ROUNDS = 3000, WORDS = 12, WORD = 40 };
static uint64_t state;

static void failed(const char *what, int line)
{
	fprintf(stderr, "proto.c:%d: not true: %s (SEED=%ju)\n", line, what, (uintmax_t)state);
	exit(1);
}

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static uint64_t draw64(void)
{
	uint64_t high = draw(UINT32_MAX), low = draw(UINT32_MAX);

	return draw(4) ? high << 33 | low : low % 3;
}

struct texts { char at[2 * WORDS + 8][WORD + 1]; const char *list[2][WORDS + 1]; size_t used; };

static const char *draw_text(struct texts *t)
{
	char *s = t->at[t->used++];
	uint32_t len = draw(WORD);

	for (uint32_t i = 0; i < len; i++)
		s[i] = (char)(1 + draw(255));
	s[len] = '\0';
	return s;
}

static const char *const *draw_list(struct texts *t, int which, uint32_t fewest)
{
	uint32_t count = fewest + draw(WORDS - fewest);

	for (uint32_t i = 0; i < count; i++)
		t->list[which][i] = draw_text(t);
	t->list[which][count] = NULL;
	return t->list[which];
}

/* Only what proto.def says of its kind is set: the rest must come back as zero. */
static struct proto_message draw_message(struct texts *t, enum proto_side side)
{
	struct proto_message m = { .kind = PROTO_NO_KIND };

	t->used = 0;
	switch (side == PROTO_TO_HOST ? draw(4) : 4 + draw(4)) {
	case 0:
		m = (struct proto_message){ .kind = PROTO_HELLO, .version = PROTO_VERSION, .plan_hash = draw_text(t), .slot = draw(9),
			.instance = draw64(), .guard = draw64(), .pid = draw(INT32_MAX), .token = draw64(), .last = draw64() };
		break;
	case 1:
		m = (struct proto_message){ .kind = PROTO_STARTED, .token = draw64(), .nonce = draw64(), .pid = draw(INT32_MAX) };
		break;
	case 2:
		m = (struct proto_message){ .kind = PROTO_ENDED, .token = draw64(), .nonce = draw64(),
			.end = draw(SLOT_NO_ANSWER + 1), .status = draw(256), .wall_us = draw64(), .cpu_us = draw64(),
			.max_rss = draw64() };
		break;
	case 3:
		m = (struct proto_message){ .kind = PROTO_BYE };
		break;
	case 4:
		m = (struct proto_message){ .kind = PROTO_WELCOME, .version = PROTO_VERSION, .incarnation = draw(99) };
		break;
	case 5:
		m = (struct proto_message){ .kind = PROTO_RUN, .token = draw64(), .nonce = draw64(), .timeout_ms = draw64(),
			.grace_ms = draw64(), .cwd = draw_text(t), .image_root = draw(2) ? draw_text(t) : NULL, .tmp = draw(2) ? draw_text(t) : NULL,
			.attempt = draw(2) ? draw_text(t) : NULL, .stdin_path = draw(2) ? draw_text(t) : NULL,
			.stdout_path = draw(2) ? draw_text(t) : NULL, .stderr_path = draw_text(t),
			.argv = draw_list(t, 0, 1), .envp = draw_list(t, 1, 0) };
		break;
	case 6:
		m = (struct proto_message){ .kind = PROTO_KILL, .token = draw64(), .now = draw(2) };
		break;
	default:
		m = (struct proto_message){ .kind = PROTO_DRAIN };
	}
	return m;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const char *const *a, const char *const *b)
{
	size_t i = 0;

	if (!a || !b)
		return a == b;
	while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return !a[i] && !b[i];
}

static bool same(const struct proto_message *a, const struct proto_message *b)
{
	return a->kind == b->kind && a->version == b->version && a->slot == b->slot && a->incarnation == b->incarnation &&
	       a->pid == b->pid && a->end == b->end && a->status == b->status && a->now == b->now &&
	       a->instance == b->instance && a->guard == b->guard && a->token == b->token && a->last == b->last && a->nonce == b->nonce &&
	       a->timeout_ms == b->timeout_ms && a->grace_ms == b->grace_ms && a->wall_us == b->wall_us &&
	       a->cpu_us == b->cpu_us && a->max_rss == b->max_rss && same_text(a->plan_hash, b->plan_hash) &&
	       same_text(a->cwd, b->cwd) && same_text(a->image_root, b->image_root) && same_text(a->tmp, b->tmp) && same_text(a->attempt, b->attempt) &&
	       same_text(a->stdin_path, b->stdin_path) && same_text(a->stdout_path, b->stdout_path) &&
	       same_text(a->stderr_path, b->stderr_path) && same_list(a->argv, b->argv) && same_list(a->envp, b->envp);
}

/* At most `len` bytes into the reader, as a short read would. */
static size_t feed(struct proto_reader *r, const char *p, size_t len)
{
	size_t room;
	void *at = proto_reader_room(r, &room);

	if (len > room)
		len = room;
	memcpy(at, p, len);
	proto_reader_add(r, len);
	return len;
}

/* A stream of three messages in pieces. */
static void test_pieces(enum proto_side side)
{
	struct proto_reader r;
	const char *why;

	proto_reader_init(&r, side);
	for (int round = 0; round < ROUNDS; round++) {
		struct texts t[3];
		struct proto_message m[3], got;
		struct buf b = BUF_INIT;
		size_t at = 0;
		int next = 0;

		for (int i = 0; i < 3; i++) {
			m[i] = draw_message(&t[i], side);
			CHECK(proto_write(&m[i], &b));
		}
		while (next < 3) {
			enum proto_got g = proto_next(&r, &got, &why);

			CHECK(g != PROTO_BAD);
			if (g == PROTO_GOT) {
				CHECK(same(&got, &m[next]));
				next++;
				continue;
			}
			CHECK(at < b.len);
			at += feed(&r, b.p + at, 1 + draw((uint32_t)(b.len - at)) % 200);
		}
		CHECK(at == b.len && proto_next(&r, &got, &why) == PROTO_MORE);
		buf_release(&b);
	}
	proto_reader_release(&r);
}

/* Whatever it is taken for, it is one message, none yet, or an error; reading it touches nothing outside (sanitizers). */
static void test_damage(enum proto_side side)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct texts t;
		struct proto_message m = draw_message(&t, side), got;
		struct proto_reader r;
		struct buf b = BUF_INIT;
		const char *why = NULL;
		size_t at = 0;

		proto_reader_init(&r, side);
		CHECK(proto_write(&m, &b));
		for (uint32_t i = 0, n = 1 + draw(3); i < n; i++)
			b.p[draw(round % 2 ? (uint32_t)b.len : 8) % b.len] ^= (char)(1 << draw(8));
		while (at < b.len)
			at += feed(&r, b.p + at, b.len - at);
		while (proto_next(&r, &got, &why) == PROTO_GOT)
			;
		if (why)
			CHECK(*why);
		proto_reader_release(&r);
		buf_release(&b);
	}
}

/* Too long a message is known by its length alone, before it is read. */
static void test_limits(void)
{
	struct proto_message m = { .kind = PROTO_HELLO, .version = PROTO_VERSION }, got;
	struct proto_reader r;
	struct buf b = BUF_INIT;
	const char *why;
	char *text = mem_alloc(PROTO_MOST_STRING + 2);
	const char *words[2] = { text, NULL }, *none[1] = { NULL };

	memset(text, 'x', PROTO_MOST_STRING + 2);
	text[PROTO_MOST_STRING + 1] = '\0';
	m.plan_hash = text;
	CHECK(!proto_write(&m, &b) && b.len == 0);
	m = (struct proto_message){ .kind = PROTO_RUN, .cwd = "", .stderr_path = "", .argv = words, .envp = none };
	CHECK(!proto_write(&m, &b) && b.len == 0);
	text[PROTO_MOST_STRING] = '\0';
	CHECK(proto_write(&m, &b));
	buf_clear(&b);
	m.cwd = NULL;
	CHECK(!proto_write(&m, &b) && b.len == 0);
	m = (struct proto_message){ .kind = PROTO_HELLO, .version = PROTO_VERSION + 1, .plan_hash = "" };
	CHECK(proto_write(&m, &b));
	proto_reader_init(&r, PROTO_TO_HOST);
	feed(&r, b.p, b.len);
	CHECK(proto_next(&r, &got, &why) == PROTO_BAD && strstr(why, "version"));
	proto_reader_clear(&r);
	feed(&r, "\377\377\377\377", 4);
	CHECK(proto_next(&r, &got, &why) == PROTO_BAD && strstr(why, "length"));
	proto_reader_release(&r);
	buf_release(&b);
	mem_free(text);
}

int main(void)
{
	const char *seed = getenv("SEED");

	state = seed ? strtoull(seed, NULL, 10) : 1;
	test_pieces(PROTO_TO_HOST);
	test_pieces(PROTO_TO_WORKER);
	test_damage(PROTO_TO_HOST);
	test_damage(PROTO_TO_WORKER);
	test_limits();
	return 0;
}
