/*
 * Fuzz target: bytes as an image of the flat layout. The first byte chooses the type. What is read without an error is canonical: it is
 * written as an image again and read again, and must be the same text.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "runtime/flat.h"
#include "testsuite/fuzz/fuzz.h"

enum { TYPES = 14 };

static struct plan_field fields[] = { { "a", 0 }, { "b", 7 }, { "c", 11 }, { "d", 12 }, { "e", 9 }, { "red", PLAN_NONE }, { "blue", PLAN_NONE } };
static struct plan_type types[TYPES] = {
	{ .kind = PLAN_BOOL }, { .kind = PLAN_I32 }, { .kind = PLAN_F32 }, { .kind = PLAN_F64 }, { .kind = PLAN_TIME }, { .kind = PLAN_DURATION },
	{ .kind = PLAN_STRING }, { .kind = PLAN_STRING, .params = 5 }, { .kind = PLAN_BYTES }, { .kind = PLAN_ENUM, .name = "E", .first = 5, .count = 2 },
	{ .kind = PLAN_LIST, .elem = 6 }, { .kind = PLAN_LIST, .elem = 10 }, { .kind = PLAN_OPTIONAL, .elem = 4 },
	{ .kind = PLAN_RECORD, .name = "R", .first = 0, .count = 5 },
};

static void read_again(const struct plan *p, uint32_t type, const struct buf *natural)
{
	struct buf image = BUF_INIT, again = BUF_INIT, error = BUF_INIT;

	if (!flat_from_natural(p, type, buf_str((struct buf *)(uintptr_t)natural), natural->len, &image, &error) ||
	    !flat_to_natural(p, type, image.p, image.len, &again, &error) || again.len != natural->len ||
	    (again.len && memcmp(again.p, natural->p, again.len) != 0))
		abort();
	buf_release(&image);
	buf_release(&again);
	buf_release(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan p = { .type = types, .types = TYPES, .field = fields, .fields = sizeof fields / sizeof *fields };
	uint32_t type = size ? data[0] % (TYPES + 1) : 0;
	struct flat_header head = { .magic = FLAT_MAGIC, .version = FLAT_VERSION, .header = FLAT_HEADER };
	struct buf image = BUF_INIT, natural = BUF_INIT, error = BUF_INIT;
	bool ok;

	if (type == TYPES)
		type = 11;
	head.type = flat_hash(&p, type);
	head.length = sizeof head + (size ? size - 1 : 0);
	buf_add(&image, &head, sizeof head);
	if (size > 1)
		buf_add(&image, data + 1, size - 1);
	ok = flat_to_natural(&p, type, image.p, image.len, &natural, &error);
	if (!ok && !error.len)
		abort();
	if (ok)
		read_again(&p, type, &natural);
	flat_to_natural(&p, type, (const char *)data, size, NULL, &error);
	buf_release(&image);
	buf_release(&natural);
	buf_release(&error);
	return 0;
}
