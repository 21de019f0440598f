/* SHA-256 by mbed TLS, whose 2.x and 3.x name the same functions differently. */
#include "base/hash.h"

#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include "base/mem.h"

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

struct sha256 {
	mbedtls_sha256_context context;
};

/* The software implementation cannot fail; an accelerator that does leaves nothing to be trusted. */
static void must(int status)
{
	if (status != 0)
		abort();
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = mem_alloc(sizeof *h);

	mbedtls_sha256_init(&h->context);
	must(mbedtls_sha256_starts(&h->context, 0));
	return h;
}

void sha256_add(struct sha256 *h, const void *p, size_t len)
{
	must(mbedtls_sha256_update(&h->context, p, len));
}

void sha256_end(struct sha256 *h, uint8_t out[32])
{
	must(mbedtls_sha256_finish(&h->context, out));
	mbedtls_sha256_free(&h->context);
	mem_free(h);
}

void sha256_of(const void *p, size_t len, uint8_t out[32])
{
	struct sha256 *h = sha256_new();

	sha256_add(h, p, len);
	sha256_end(h, out);
}

void sha256_hex(const uint8_t digest[32], char out[65])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
}
