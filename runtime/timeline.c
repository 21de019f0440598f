/* Collecting a timeline. It knows nothing of the picture. */
#include "runtime/timeline.h"

#include <string.h>
#include "base/mem.h"

static uint32_t *last_of(struct timeline *t, uint32_t slot)
{
	size_t at = slot == UINT32_MAX ? 0 : (size_t)slot + 1;

	if (at >= t->slots) {
		t->last = mem_grow(t->last, &t->last_cap, at + 1, sizeof *t->last);
		memset(t->last + t->slots, 0, (at + 1 - t->slots) * sizeof *t->last);
		t->slots = at + 1;
	}
	return &t->last[at];
}

void timeline_ran(struct timeline *t, uint32_t slot, const char *function, uint32_t step, uint64_t start_us, uint64_t end_us)
{
	uint32_t *last = last_of(t, slot);
	struct timeline_bar bar = { .start_us = start_us, .end_us = end_us > start_us ? end_us : start_us, .slot = slot, .step = step, .count = 1 };

	if (!t->functions)
		t->functions = symtab_new();
	bar.function = sym_cstr(t->functions, function);
	bar.busy_us = bar.end_us - bar.start_us;
	if (t->bars >= TIMELINE_BARS && *last) {
		struct timeline_bar *before = &t->bar[*last - 1];

		before->end_us = bar.end_us > before->end_us ? bar.end_us : before->end_us;
		before->busy_us += bar.busy_us;
		before->step = step;
		before->count++;
		return;
	}
	t->bar = mem_grow(t->bar, &t->cap, t->bars + 1, sizeof *t->bar);
	t->bar[t->bars++] = bar;
	*last = (uint32_t)t->bars;
}

void timeline_failed(struct timeline *t, uint32_t slot)
{
	uint32_t *last = last_of(t, slot);

	if (*last)
		t->bar[*last - 1].failed = true;
}

void timeline_append(struct timeline *t, const struct timeline *later, uint32_t steps)
{
	for (size_t i = 0; i < later->bars; i++) {
		struct timeline_bar bar = later->bar[i];

		if (!t->functions)
			t->functions = symtab_new();
		bar.function = sym_cstr(t->functions, sym_text(later->functions, bar.function));
		bar.step += steps;
		t->bar = mem_grow(t->bar, &t->cap, t->bars + 1, sizeof *t->bar);
		t->bar[t->bars++] = bar;
		*last_of(t, bar.slot) = (uint32_t)t->bars;
	}
}

void timeline_release(struct timeline *t)
{
	mem_free(t->bar);
	mem_free(t->last);
	symtab_free(t->functions);
	*t = (struct timeline){ 0 };
}
