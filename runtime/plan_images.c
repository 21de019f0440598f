/* Images of functions and slots; see plan_images.h. */
#include "runtime/plan_images.h"

#include "base/mem.h"

const char *plan_func_image(const struct plan *p, uint32_t func)
{
	return p->func[func].image[0] ? p->func[func].image : p->set.image;
}

static bool has(const char *const *images, uint32_t count, const char *image)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(images[i], image) == 0)
			return true;
	return false;
}

const char **plan_images(const struct plan *p, uint32_t *count)
{
	bool *known = mem_zalloc(p->funcs, sizeof *known), launches = false;
	const char **images = NULL;
	size_t cap = 0;

	*count = 0;
	for (uint32_t n = 0; n < p->nodes; n++)
		launches |= p->node[n].kind == NODE_LAUNCH;
	for (uint32_t n = 0; n < p->nodes + (launches ? p->funcs : 0); n++) {	/* what is launched may call any function */
		uint32_t func = n < p->nodes ? p->node[n].of : n - p->nodes;

		if ((n < p->nodes && p->node[n].kind != NODE_CALL) || known[func] || p->func[func].expr != PLAN_NONE)
			continue;
		known[func] = true;
		if (has(images, *count, plan_func_image(p, func)))
			continue;
		images = mem_grow(images, &cap, (size_t)*count + 1, sizeof *images);
		images[(*count)++] = plan_func_image(p, func);
	}
	mem_free(known);
	return images;
}

bool plan_assign_images(struct plan *p)
{
	uint32_t count;
	const char **images;
	bool fit;

	if (p->set.slot_image)
		return true;
	images = plan_images(p, &count);
	fit = count <= p->set.slots;
	if (fit && count > 1) {
		p->set.slot_image = arena_zalloc(&p->arena, p->set.slots, sizeof *p->set.slot_image);
		for (uint32_t i = 0; i < p->set.slots; i++)
			p->set.slot_image[i] = images[i % count];
	}
	mem_free(images);
	return fit;
}
