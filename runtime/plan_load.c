/* Chunks are joined, unpacked where they are gzip, held against the hash, and only then read as a plan. */
#include "runtime/plan_load.h"

#include <errno.h>
#include <string.h>
#include "base/file.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/limits.h"

static bool read_chunks(const char *dir, struct buf *bytes, struct buf *error)
{
	for (int i = 0; i < PLAN_CHUNKS; i++) {
		struct buf path = BUF_INIT;
		bool ok;
		int why;

		buf_printf(&path, "%s/plan.%03d", dir, i);
		ok = file_read(path.p, (size_t)LIMIT_PLAN - bytes->len, bytes);
		why = errno;
		if (!ok && (why != ENOENT || i == 0))
			buf_printf(error, "%s: %s", path.p, strerror(why));
		buf_release(&path);
		if (!ok)
			return why == ENOENT && i > 0;
	}
	return true;
}

static bool has_hash(const uint8_t digest[32], const char *hash, struct buf *error)
{
	char hex[65];

	sha256_hex(digest, hex);
	if (!hash || strcmp(hex, hash) == 0)
		return true;
	buf_printf(error, "the plan is %.12s…, and not %.12s…", hex, hash);
	return false;
}

bool plan_unpack(struct buf *bytes, const char *hash, struct buf *error)
{
	struct buf text = BUF_INIT;
	const char *why = NULL;
	uint8_t digest[32];
	uint64_t size;
	bool ok;

	if (!gzip_is(bytes->p, bytes->len)) {
		sha256_of(bytes->p, bytes->len, digest);
		return has_hash(digest, hash, error);
	}
	ok = gzip_measure(bytes->p, bytes->len, LIMIT_PLAN, &size, digest, &why);
	if (ok && !has_hash(digest, hash, error))
		return false;
	ok = ok && gzip_unpack(bytes->p, bytes->len, size, &text, &why);
	if (!ok)
		buf_printf(error, "the plan cannot be unpacked: %s", why);
	buf_release(bytes);
	*bytes = text;
	return ok;
}

struct plan *plan_load(const char *dir, const char *hash, struct buf *error)
{
	struct buf bytes = BUF_INIT, message = BUF_INIT;
	struct plan *p = NULL;

	if (read_chunks(dir, &bytes, &message) && plan_unpack(&bytes, hash, &message))
		p = plan_read(buf_str(&bytes), bytes.len, &message);
	if (!p)
		buf_printf(error, "%s: %s", dir, buf_str(&message));
	buf_release(&bytes);
	buf_release(&message);
	return p;
}
