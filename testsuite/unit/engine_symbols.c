/* Symbolic values, what hosts would answer about them, and histories; see engine_naive.h. */
#include "testsuite/unit/engine_naive.h"

#include "base/mem.h"

/* ---- symbols ---- */

uint64_t symbol_mix(uint64_t a, uint64_t b)
{
	uint64_t z = (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6))) * UINT64_C(0xff51afd7ed558ccd);

	return z ^ z >> 32;
}

uint64_t symbol_text(const char *s)
{
	uint64_t h = 99;

	while (*s)
		h = symbol_mix(h, (unsigned char)*s++);
	return h;
}

bool symbol_count(uint64_t list, uint32_t *count)
{
	uint64_t h = symbol_mix(list, 77);

	*count = h % 4 == 0 ? (uint32_t)(h >> 8) % 5 : 2;
	return h >> 20 & 31;
}

static uint32_t outcomes(const struct plan *p, uint32_t type)
{
	const struct plan_type *t = &p->type[type];

	return t->kind == PLAN_OPTIONAL ? 1 + outcomes(p, t->elem) : t->kind == PLAN_BOOL ? 2 : t->kind == PLAN_ENUM ? t->count : 1;
}

bool symbol_outcome(const struct plan *p, uint64_t value, uint32_t type, uint32_t *outcome)
{
	uint64_t h = symbol_mix(value, 78);

	*outcome = value == OF_ABSENT ? 0 : (uint32_t)(h >> 8) % outcomes(p, type);
	return h >> 40 & 63;
}

bool symbol_flow(uint64_t value, bool launched, uint32_t *which)
{
	uint64_t h = symbol_mix(value, 79);

	*which = (uint32_t)(h >> 8) % (launched ? FLOWS / 2 : FLOWS);
	return h >> 40 & 31;
}

/* ---- history ---- */

struct happened *history_at(struct history *h, const char *path)
{
	size_t i;

	if (h->count * 2 >= h->cap) {
		struct history more = { .cap = h->cap ? h->cap * 2 : 256 };

		more.at = mem_zalloc(more.cap, sizeof *more.at);
		for (size_t k = 0; k < h->cap; k++)
			if (h->at[k].path) {
				struct happened *to = history_at(&more, h->at[k].path);
				char *own = to->path;

				*to = h->at[k];
				mem_free(own);
			}
		mem_free(h->at);
		*h = more;
	}
	for (i = symbol_text(path) & (h->cap - 1); h->at[i].path; i = (i + 1) & (h->cap - 1))
		if (strcmp(h->at[i].path, path) == 0)
			return &h->at[i];
	h->at[i].path = mem_strdup(path);
	h->count++;
	return &h->at[i];
}

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->cap; i++)
		mem_free(h->at[i].path);
	mem_free(h->at);
	*h = (struct history){ 0 };
}
