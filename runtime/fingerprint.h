/*
 * Fingerprints: 128 bits that say whether two things are the same, cheap enough for one for each step (SipHash-1-3
 * with a fixed key over 64-bit words, 128 bits out; about 10 cycles a word). They are kept in journals: the function never
 * changes. They guard against accident, not against someone who may write the program and the journal anyway.
 * What is added is self-delimiting as long as the same sequence of calls describes the same kind of thing.
 */
#ifndef CALC_RUNTIME_FINGERPRINT_H
#define CALC_RUNTIME_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

struct fingerprint { uint64_t a, b; };
struct fingerprint_state { uint64_t v[4], words; };

/* `domain` says what kind of thing is described: two kinds never meet. */
void fingerprint_begin(struct fingerprint_state *s, uint64_t domain);
void fingerprint_word(struct fingerprint_state *s, uint64_t w);
void fingerprint_add(struct fingerprint_state *s, struct fingerprint f);
void fingerprint_bytes(struct fingerprint_state *s, const void *p, size_t len);	/* its length, then the bytes */
struct fingerprint fingerprint_end(struct fingerprint_state *s);

#endif
