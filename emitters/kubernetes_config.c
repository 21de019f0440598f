/*
 * The plan in ConfigMaps: cut into chunks that stay below what `kubectl apply` can annotate, each named by its content and
 * immutable. The quarterback joins them in order.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "emitters/kubernetes.h"

/* Bytes that a character takes in JSON as the API server and kubectl write it. */
static size_t cost(unsigned char c)
{
	if (c == '"' || c == '\\')
		return 2;
	return c < 0x20 || c == '<' || c == '>' || c == '&' ? 6 : 1;
}

/* End of the chunk that begins at `start`; never inside a character of several bytes. */
static size_t chunk_end(const struct buf *text, size_t start)
{
	size_t at = start, size = 0;

	while (at < text->len && size + 6 <= KUBE_CHUNK)
		size += cost((unsigned char)text->p[at++]);
	while (at < text->len && ((unsigned char)text->p[at] & 0xC0) == 0x80)
		at--;
	return at;
}

void kube_cut_plan(struct kube *k)
{
	size_t cap = 0;
	struct kube_chunk *chunks = NULL;

	for (size_t start = 0; start < k->plan.len;) {
		struct kube_chunk c = { .start = start, .end = chunk_end(&k->plan, start) };
		uint8_t digest[32];
		char hex[65];

		if (k->chunks == KUBE_CHUNKS) {
			kube_report(k, CF804, k->p->set.loc, "the plan of calcset `%s` is %zu bytes, more than %d ConfigMaps hold",
				    k->p->set.name, k->plan.len, KUBE_CHUNKS);
			break;
		}
		sha256_of(k->plan.p + c.start, c.end - c.start, digest);
		sha256_hex(digest, hex);
		c.key = arena_printf(&k->arena, "plan.%03u", k->chunks);
		c.name = kube_name(&k->arena, arena_printf(&k->arena, "%s-plan-%03u-%.12s", k->name, k->chunks, hex), KUBE_NAME);
		chunks = mem_grow(chunks, &cap, (size_t)k->chunks + 1, sizeof *chunks);
		chunks[k->chunks++] = c;
		start = c.end;
	}
	k->chunk = arena_alloc(&k->arena, k->chunks * sizeof *chunks);
	memcpy(k->chunk, chunks, k->chunks * sizeof *chunks);
	mem_free(chunks);
}

void kube_write_config(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c)
{
	struct kube_object o = kube_of_job(k, "v1", "ConfigMap", c->name);

	yaml_map(w);
	kube_head(w, &o, k->in->options);
	yaml_pair_bool(w, "immutable", true);
	yaml_key_map(w, "data");
	yaml_string(w, c->key);
	yaml_text(w, k->plan.p + c->start, c->end - c->start);
	yaml_map_end(w);
	yaml_map_end(w);
}
