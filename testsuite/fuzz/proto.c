/*
 * Fuzz target: a stream of bytes as a host and as a worker would read it, in pieces of the size that its first byte says. A
 * message that is read is written again and must be the same bytes (the form is canonical).
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/proto.h"
#include "testsuite/fuzz/fuzz.h"

static void write_again(const struct proto_reader *r, size_t from, const struct proto_message *m)
{
	struct buf b = BUF_INIT;

	if (!proto_write(m, &b) || b.len != r->at - from || memcmp(b.p, r->in.p + from, b.len) != 0)
		abort();
	buf_release(&b);
}

/* Images within the message: whatever they are, they are walked to their end, or to what is none. */
static void walk_images(struct slot_images images)
{
	struct slot_images before = images;
	struct buf b = BUF_INIT;
	const char *image;
	uint32_t len;

	for (; slot_images_next(&images, &image, &len); before = images) {
		buf_clear(&b);
		slot_images_add(&b, len == SLOT_ELSEWHERE ? NULL : image, len);
		if (images.p != before.p + b.len || images.len != before.len - b.len || memcmp(b.p, before.p, b.len) != 0)
			abort();
	}
	buf_release(&b);
}

static void read_as(enum proto_side side, const uint8_t *data, size_t size, size_t piece)
{
	struct proto_reader r;
	struct proto_message m;
	const char *why;

	proto_reader_init(&r, side);
	for (size_t at = 0; at < size;) {
		size_t room, len = size - at < piece ? size - at : piece, from;
		void *to = proto_reader_room(&r, &room);
		enum proto_got got;

		len = len < room ? len : room;
		memcpy(to, data + at, len);
		proto_reader_add(&r, len);
		at += len;
		for (from = r.at; (got = proto_next(&r, &m, &why)) == PROTO_GOT; from = r.at) {
			write_again(&r, from, &m);
			walk_images(m.images);
		}
		if (got == PROTO_BAD)
			break;
	}
	proto_reader_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	read_as(PROTO_TO_HOST, data + 1, size - 1, 1 + data[0]);
	read_as(PROTO_TO_WORKER, data + 1, size - 1, 1 + data[0]);
	return 0;
}
