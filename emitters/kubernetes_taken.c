/*
 * Names that objects have taken, over all sets that are emitted together: two things that would get one name are a mistake that the
 * API server would not see (the second would change the first).
 */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "emitters/kubernetes_object.h"

struct taken { const char *key, *called; };	/* "Kind/name"; NULL: free */
struct kube_taken {
	struct arena arena;
	struct taken *slot;
	size_t count, size;		/* size: a power of two, at least twice the count */
};

void kube_taken_free(struct kube_taken *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	mem_free(t->slot);
	mem_free(t);
}

static struct taken *find(struct kube_taken *t, const char *key, size_t len)
{
	size_t at = (size_t)hash_bytes(key, len) & (t->size - 1);

	while (t->slot[at].key && strcmp(t->slot[at].key, key) != 0)
		at = (at + 1) & (t->size - 1);
	return &t->slot[at];
}

static void grow(struct kube_taken *t)
{
	struct taken *old = t->slot;
	size_t size = t->size;

	t->size = size ? size * 2 : 64;
	t->slot = mem_zalloc(t->size, sizeof *t->slot);
	for (size_t i = 0; i < size; i++)
		if (old[i].key)
			*find(t, old[i].key, strlen(old[i].key)) = old[i];
	mem_free(old);
}

bool kube_take(struct emit_files *files, struct diags *diags, const struct kube_object *o)
{
	struct kube_taken *t = files->taken;
	const char *called = o->called ? o->called : o->name, *key;
	struct taken *slot;

	if (!t) {
		t = files->taken = mem_zalloc(1, sizeof *t);
		arena_init(&t->arena);
	}
	if (t->count * 2 >= t->size)
		grow(t);
	key = arena_printf(&t->arena, "%s/%s", o->kind, o->name);
	slot = find(t, key, strlen(key));
	if (!slot->key) {
		*slot = (struct taken){ key, arena_strdup(&t->arena, called) };
		t->count++;
		return true;
	}
	if (strcmp(slot->called, called) == 0)
		return true;
	diag_report_line(diags, CF802, o->loc ? o->loc : "", "`%s` and `%s` would both be %s %s", slot->called, called, o->kind, o->name);
	diag_help(diags, "give one of them another name, or emit them apart (--set NAME)");
	return false;
}
