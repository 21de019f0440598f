/* The one file that knows zlib. */
#include "base/gzip.h"

#include <string.h>
#include <zlib.h>
#include "base/hash.h"
#include "base/mem.h"

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, PART = 1 << 15 };
enum { LEVEL = 6 };	/* 9 is a thirtieth smaller, for four times the work: a plan of 27 MB, 3.7 MB or 3.6 */

static voidpf take(voidpf ctx, uInt count, uInt size)
{
	(void)ctx;
	return mem_zalloc(count, size);
}

static void give(voidpf ctx, voidpf p)
{
	(void)ctx;
	mem_free(p);
}

void gzip_pack(const void *p, size_t len, struct buf *out)
{
	z_stream z = { .zalloc = take, .zfree = give };
	gz_header plain = { .os = 255 };	/* unknown: no trace of where it was made */
	int status;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflateSetHeader(&z, &plain) != Z_OK)
		mem_overflow();
	z.next_in = (z_const Bytef *)p;
	do {
		size_t left = len - (size_t)(z.next_in - (const Bytef *)p);

		buf_reserve(out, PART);
		z.avail_in = left < UINT32_MAX ? (uInt)left : UINT32_MAX;
		z.next_out = (Bytef *)out->p + out->len;
		z.avail_out = PART;
		status = deflate(&z, left <= UINT32_MAX ? Z_FINISH : Z_NO_FLUSH);
		out->len += PART - z.avail_out;
	} while (status != Z_STREAM_END);
	deflateEnd(&z);
	buf_reserve(out, 1);
	out->p[out->len] = '\0';
}

bool gzip_is(const void *p, size_t len)
{
	return len >= 2 && memcmp(p, "\x1f\x8b", 2) == 0;
}

/* What is unpacked goes, part by part, to `sum`, or behind `out`. */
struct sink {
	uint64_t most, size;
	struct sha256 *sum;
	struct buf *out;
};

static bool unpack(const void *p, size_t len, struct sink *to, const char **why)
{
	z_stream z = { .zalloc = take, .zfree = give };
	Bytef part[PART];
	int status = inflateInit2(&z, GZIP_WINDOW);

	if (status != Z_OK)
		mem_overflow();
	z.next_in = (z_const Bytef *)p;
	*why = NULL;
	while (!*why && status != Z_STREAM_END) {
		size_t left = len - (size_t)(z.next_in - (const Bytef *)p), made;

		z.avail_in = left < UINT32_MAX ? (uInt)left : UINT32_MAX;
		z.next_out = part;
		z.avail_out = PART;
		status = inflate(&z, Z_NO_FLUSH);
		made = PART - z.avail_out;
		to->size += made;
		if (to->size > to->most)
			*why = "it is too large";
		else if (status != Z_OK && status != Z_STREAM_END)
			*why = status == Z_BUF_ERROR ? "it is cut off" : "it is damaged";
		else if (to->out)
			buf_add(to->out, part, made);
		else
			sha256_add(to->sum, part, made);
	}
	if (!*why && (size_t)(z.next_in - (const Bytef *)p) != len)
		*why = "something follows it";
	inflateEnd(&z);
	return !*why;
}

bool gzip_measure(const void *p, size_t len, uint64_t most, uint64_t *size, uint8_t digest[32], const char **why)
{
	struct sink to = { .most = most, .sum = sha256_new() };
	bool ok = unpack(p, len, &to, why);

	sha256_end(to.sum, digest);
	*size = to.size;
	return ok;
}

bool gzip_unpack(const void *p, size_t len, uint64_t size, struct buf *out, const char **why)
{
	struct sink to = { .most = size, .out = out };

	buf_reserve(out, size);
	return unpack(p, len, &to, why);
}
