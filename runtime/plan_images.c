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

/* ---- places ---- */

static bool is_portable(const struct plan *p, const char *image)
{
	for (uint32_t f = 0; f < p->funcs; f++)
		if (p->func[f].expr == PLAN_NONE && !p->func[f].portable && strcmp(plan_func_image(p, f), image) == 0)
			return false;
	return true;
}

static void add_role(struct plan *p, uint32_t slot, const char *image, enum plan_role_way way)
{
	p->role[p->roles++] = (struct plan_role){ slot, image, way };
}

/* The images that need a slot come first in `image`, in their order; returns how many. */
static uint32_t split(const struct plan *p, const struct plan_places *at, const char **image)
{
	uint32_t firm = 0, light = 0;
	const char **rest = mem_alloc((at->images + (size_t)1) * sizeof *rest);

	for (uint32_t i = 0; i < at->images; i++)
		if (at->mounts && is_portable(p, at->image[i]))
			rest[light++] = at->image[i];
		else
			image[firm++] = at->image[i];
	for (uint32_t i = 0; i < light; i++)
		image[firm + i] = rest[i];
	mem_free(rest);
	return firm;
}

void plan_place_images(struct plan *p, const struct plan_places *at)
{
	const char **image = mem_alloc((at->images + (size_t)1) * sizeof *image), **of_slot;
	uint32_t firm = split(p, at, image), start = firm ? firm : 1;

	of_slot = arena_zalloc(&p->arena, p->set.slots, sizeof *of_slot);
	for (uint32_t s = 0; s < p->set.slots; s++)
		of_slot[s] = s >= at->common ? at->own[s - at->common] : at->images ? image[s % start] : at->own[0];
	p->set.slot_image = of_slot;
	p->roles = 0;
	p->role = arena_zalloc(&p->arena, (size_t)at->common * at->images + 1, sizeof *p->role);
	for (uint32_t s = 0; s < at->common; s++) {
		for (uint32_t i = 0; i < firm && firm > at->common; i++)
			if (strcmp(image[i], of_slot[s]) != 0)
				add_role(p, s, image[i], ROLE_SWAP);
		for (uint32_t i = firm; i < at->images; i++)
			if (strcmp(image[i], of_slot[s]) != 0)
				add_role(p, s, image[i], ROLE_MOUNTED);
	}
	mem_free(image);
}

void plan_assign_images(struct plan *p, bool mounts)
{
	struct plan_places at = { .common = p->set.slots, .mounts = mounts };
	const char **images;

	if (p->set.slot_image || p->set.on_list)
		return;
	at.image = images = plan_images(p, &at.images);
	if (at.images > 1)
		plan_place_images(p, &at);
	mem_free(images);
}

bool plan_swaps(const struct plan *p)
{
	for (uint32_t i = 0; i < p->roles; i++)
		if (p->role[i].way == ROLE_SWAP)
			return true;
	return false;
}

uint32_t plan_role_of(const struct plan *p, uint32_t slot, const char *image)
{
	if (!p->set.slot_image || strcmp(p->set.slot_image[slot], image) == 0)
		return 0;
	for (uint32_t i = 0; i < p->roles; i++)
		if (p->role[i].slot == slot && strcmp(p->role[i].image, image) == 0)
			return i + 1;
	return PLAN_NONE;
}

uint32_t plan_mount_of(const struct plan *p, const char *image)
{
	for (uint32_t i = 0; i < p->roles; i++)
		if (p->role[i].way == ROLE_MOUNTED && strcmp(p->role[i].image, image) == 0)
			return i;
	return PLAN_NONE;
}

/* The part before the first slash is a registry when it has a dot or a port, or is localhost. */
static bool names_registry(const char *image)
{
	size_t first = strcspn(image, "/");

	if (image[first] != '/')
		return false;
	return memchr(image, '.', first) || memchr(image, ':', first) || (first == 9 && memcmp(image, "localhost", 9) == 0);
}

void plan_image_from(const char *image, const char *registry, struct buf *out)
{
	size_t len = registry ? strlen(registry) : 0;

	while (len && registry[len - 1] == '/')
		len--;
	if (len && !names_registry(image))
		buf_printf(out, "%.*s/", (int)len, registry);
	buf_addstr(out, image);
}
