/*
 * Images of slots: every function that is called has a slot that starts with its image, comes to it or has it mounted; a slot
 * has each image once; what runs from a mount is portable.
 */
#include "runtime/plan_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/plan_images.h"

/* The texts in order, each once; ended by NULL. The caller frees it. */
static const char **sorted_images(const struct plan *p)
{
	size_t count = p->set.slots + (size_t)p->roles, kept = 0;
	const char **image = mem_alloc((count + 1) * sizeof *image);

	for (uint32_t i = 0; i < p->set.slots; i++)
		image[i] = p->set.slot_image[i];
	for (uint32_t i = 0; i < p->roles; i++)
		image[p->set.slots + i] = p->role[i].image;
	check_twice(image, count);	/* sorts */
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || strcmp(image[kept - 1], image[i]) != 0)
			image[kept++] = image[i];
	image[kept] = NULL;
	return image;
}

static bool has(const char *const *image, const char *wanted)
{
	size_t low = 0, high = 0;

	while (image[high])
		high++;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(image[mid], wanted);

		if (order == 0)
			return true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* `mounted`: images that run from a mount somewhere. */
static bool check_calls(struct check *c, const char *const *images, const char *const *mounted)
{
	const struct plan *p = c->p;
	bool *known = mem_zalloc(p->funcs, sizeof *known), ok = true;

	for (uint32_t n = 0; ok && n < p->nodes; n++) {
		uint32_t f = p->node[n].of;
		const char *image;

		if (p->node[n].kind != NODE_CALL || known[f] || p->func[f].expr != PLAN_NONE)
			continue;
		known[f] = true;
		image = plan_func_image(p, f);
		if (!has(images, image))
			ok = check_fail(c, "nodes[%u]: no slot has the image `%s`", n, image);
		else if (!p->func[f].portable && has(mounted, image))
			ok = check_fail(c, "nodes[%u]: the image `%s` is mounted, and the function is not portable", n, image);
	}
	mem_free(known);
	return ok;
}

/* The rows of one slot, and the image that it starts with: each once. */
static bool check_slot(struct check *c, uint32_t first, uint32_t count)
{
	const struct plan *p = c->p;
	const char **image = mem_alloc((count + (size_t)1) * sizeof *image), *twice;

	for (uint32_t i = 0; i < count; i++)
		image[i] = p->role[first + i].image;
	image[count] = p->set.slot_image[p->role[first].slot];
	twice = check_twice(image, count + (size_t)1);
	if (twice)
		check_fail(c, "roles[%u]: slot %u has the image `%s` twice", first, p->role[first].slot, twice);
	mem_free(image);
	return !twice;
}

static bool check_rows_of_roles(struct check *c)
{
	const struct plan *p = c->p;

	if (p->roles && (!p->set.slot_image || p->set.on_list))
		return check_fail(c, "roles: only of a set on a pod that has slot_image");
	for (uint32_t i = 0; i < p->roles; i++) {
		const struct plan_role *r = &p->role[i];

		if (!r->image || r->way > ROLE_MOUNTED)
			return check_fail(c, "roles[%u]: no image, or an unknown way", i);
		if (r->slot >= p->set.slots || (i && r->slot < p->role[i - 1].slot))
			return check_fail(c, "roles[%u].slot: out of range, or not ascending", i);
	}
	for (uint32_t i = 0, count; i < p->roles; i += count) {
		for (count = 1; i + count < p->roles && p->role[i + count].slot == p->role[i].slot;)
			count++;
		if (!check_slot(c, i, count))
			return false;
	}
	return true;
}

bool check_roles(struct check *c)
{
	const struct plan *p = c->p;
	const char **images, **mounted;
	uint32_t mounts = 0;
	bool ok;

	if (!check_rows_of_roles(c))
		return false;
	if (!p->set.slot_image)
		return true;
	images = sorted_images(p);
	mounted = mem_alloc(((size_t)p->roles + 1) * sizeof *mounted);
	for (uint32_t i = 0; i < p->roles; i++)
		if (p->role[i].way == ROLE_MOUNTED)
			mounted[mounts++] = p->role[i].image;
	mounted[mounts] = NULL;
	check_twice(mounted, mounts);
	ok = check_calls(c, images, mounted);
	mem_free(images);
	mem_free(mounted);
	return ok;
}
