/* Fingerprints: SipHash-1-3 with 128 bits of output, over words. Words are read little-endian on every machine. */
#include "runtime/fingerprint.h"

static const uint64_t key0 = 0x0706050403020100, key1 = 0x0f0e0d0c0b0a0908;

static inline uint64_t turn(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void round_of(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = turn(v[1], 13) ^ v[0];
	v[0] = turn(v[0], 32);
	v[2] += v[3];
	v[3] = turn(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = turn(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = turn(v[1], 17) ^ v[2];
	v[2] = turn(v[2], 32);
}

void fingerprint_begin(struct fingerprint_state *s, uint64_t domain)
{
	s->v[0] = key0 ^ 0x736f6d6570736575;
	s->v[1] = key1 ^ 0x646f72616e646f6d ^ 0xee;
	s->v[2] = key0 ^ 0x6c7967656e657261;
	s->v[3] = key1 ^ 0x7465646279746573;
	s->words = 0;
	fingerprint_word(s, domain);
}

void fingerprint_word(struct fingerprint_state *s, uint64_t w)
{
	s->v[3] ^= w;
	round_of(s->v);
	s->v[0] ^= w;
	s->words++;
}

void fingerprint_add(struct fingerprint_state *s, struct fingerprint f)
{
	fingerprint_word(s, f.a);
	fingerprint_word(s, f.b);
}

void fingerprint_bytes(struct fingerprint_state *s, const void *p, size_t len)
{
	const unsigned char *byte = p;

	fingerprint_word(s, len);
	for (size_t i = 0; i < len; i += 8) {
		uint64_t w = 0;

		for (size_t k = 0; k < 8 && i + k < len; k++)
			w |= (uint64_t)byte[i + k] << (8 * k);
		fingerprint_word(s, w);
	}
}

/* The last word carries the number of words, as SipHash's carries the length. */
struct fingerprint fingerprint_end(struct fingerprint_state *s)
{
	struct fingerprint f;

	fingerprint_word(s, s->words << 56 | s->words);
	s->v[2] ^= 0xee;
	for (int i = 0; i < 3; i++)
		round_of(s->v);
	f.a = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
	s->v[1] ^= 0xdd;
	for (int i = 0; i < 3; i++)
		round_of(s->v);
	f.b = s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
	return f;
}
