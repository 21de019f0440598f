/*
 * Fuzz target: what a pod mounts as the places of a plan's lines, text or gzip. Nobody vouches for it. What is taken is written again and taken
 * again, the same; what is refused leaves the plan as it was.
 */
#include <stdlib.h>
#include <string.h>
#include "base/gzip.h"
#include "runtime/plan_places.h"
#include "testsuite/fuzz/fuzz.h"

/* The seeds are made for this one; `again` has all kinds of rows that have places. */
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const char plan_text[] = "{\"calcflow_plan\":3,\"program\":\"f.cf\",\"set\":{\"name\":\"s\",\"slots\":1,\"timeout_ms\":86400000},"
	"\"types\":[{\"kind\":\"file\"}],\"ports\":[[\"text\",0,\"natural\"],[\"out\",0,\"natural\"]],"
	"\"parts\":[{\"kind\":\"text\",\"text\":\"cp\"},{\"kind\":\"param\"},{\"kind\":\"result\"}],\"words\":[[0,1],[1,1],[2,1]],"
	"\"funcs\":[{\"name\":\"cp\",\"params\":1,\"first_result\":1,\"results\":1,\"words\":3,\"digest\":\"" HASH "\"}],"
	"\"values\":[[\"source\",0,0,0],[\"port\",0,0,0],[\"port\",0,1,0]],"
	"\"nodes\":[{\"kind\":\"call\",\"name\":\"copied\",\"args\":1},{\"kind\":\"call\",\"name\":\"again\",\"first_arg\":1,\"args\":1,\"order\":1}],"
	"\"blocks\":[{\"nodes\":2,\"rows\":1}],\"sources\":[{\"name\":\"text\",\"share\":\"in\",\"path\":\"a.txt\",\"type\":0}],"
	"\"sinks\":[{\"name\":\"result\",\"share\":\"out\",\"path\":\"a.txt\",\"type\":0,\"value\":2}],\"items\":[0,1]}";

static struct plan *bare(void)
{
	struct buf error = BUF_INIT;
	struct plan *p = plan_read(plan_text, sizeof plan_text - 1, &error);

	if (!p)
		abort();
	return p;
}

static void check_again(const struct plan *p)
{
	struct plan *q = bare();
	struct buf once = BUF_INIT, first = BUF_INIT, second = BUF_INIT, error = BUF_INIT;

	plan_places_write(p, HASH, 0, &once);
	if (once.len <= plan_places_most(p) && !plan_places_read(q, HASH, once.p, once.len, &error))
		abort();
	plan_write_placed(p, &first);
	plan_write_placed(q, &second);
	if (once.len <= plan_places_most(p) && strcmp(first.p, second.p) != 0)
		abort();
	buf_release(&once);
	buf_release(&first);
	buf_release(&second);
	buf_release(&error);
	plan_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan *p = bare();
	struct buf before = BUF_INIT, after = BUF_INIT, bytes = BUF_INIT, error = BUF_INIT;

	buf_add(&bytes, data ? (const void *)data : "", size);
	plan_write_placed(p, &before);
	if (plan_places_unpack(p, &bytes, &error) && plan_places_read(p, HASH, buf_str(&bytes), bytes.len, &error)) {
		check_again(p);
	} else {
		plan_write_placed(p, &after);
		if (!error.len || strcmp(before.p, after.p) != 0)
			abort();
	}
	buf_release(&before);
	buf_release(&after);
	buf_release(&bytes);
	buf_release(&error);
	plan_free(p);
	return 0;
}
