/* Fuzz target: what a plan's ConfigMaps hold, joined: text or gzip. What is accepted as gzip is packed again and unpacked as the same. */
#include <stdlib.h>
#include <string.h>
#include "base/gzip.h"
#include "runtime/plan_load.h"
#include "testsuite/fuzz/fuzz.h"

enum { MOST = 1 << 22 };	/* bytes: what a second of fuzzing can afford */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf bytes = BUF_INIT, packed = BUF_INIT, error = BUF_INIT;
	uint8_t digest[32];
	uint64_t text;
	const char *why = NULL;
	bool small = !gzip_is(data, size) || gzip_measure(data, size, MOST, &text, digest, &why);

	if (!small && !why)
		abort();	/* refused without a word */
	if (!small)
		return 0;
	buf_add(&bytes, data, size);
	if (!plan_unpack(&bytes, NULL, &error))
		abort();	/* what could be measured can be unpacked */
	gzip_pack(bytes.p, bytes.len, &packed);
	if (!plan_unpack(&packed, NULL, &error) || packed.len != bytes.len || (bytes.len && memcmp(packed.p, bytes.p, bytes.len) != 0))
		abort();
	plan_free(plan_read(buf_str(&bytes), bytes.len, &error));
	buf_release(&bytes);
	buf_release(&packed);
	buf_release(&error);
	return 0;
}
