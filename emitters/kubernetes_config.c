/*
 * The plan in ConfigMaps: as text where one holds it, else as gzip, cut into chunks that stay below what `kubectl apply` can annotate,
 * each named by its content and immutable. The quarterback joins them in order (runtime/plan_load.h).
 */
#include "base/base64.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "emitters/kubernetes.h"
#include "runtime/plan_load.h"

enum { PACKED_CHUNK = KUBE_CHUNK / 4 * 3 };	/* as base64 it is as long as a chunk of text */

/* Bytes that a character takes in JSON as the API server and kubectl write it. */
static size_t cost(unsigned char c)
{
	if (c == '"' || c == '\\')
		return 2;
	return c < 0x20 || c == '<' || c == '>' || c == '&' ? 6 : 1;
}

static bool fits_as_text(const struct buf *text)
{
	size_t size = 0;

	if (text->len > KUBE_CHUNK)
		return false;
	for (size_t i = 0; i < text->len; i++)
		size += cost((unsigned char)text->p[i]);
	return size <= KUBE_CHUNK;
}

static void name_chunk(struct kube *k, struct kube_chunk *c, size_t i)
{
	uint8_t digest[32];
	char hex[65];

	sha256_of(k->plan.p + c->start, c->end - c->start, digest);
	sha256_hex(digest, hex);
	c->key = arena_printf(&k->arena, "plan.%03zu", i);
	c->name = kube_name(&k->arena, arena_printf(&k->arena, "%s-plan-%03zu-%.12s", k->name, i, hex), KUBE_NAME);
}

void kube_cut_plan(struct kube *k)
{
	size_t text = k->plan.len, chunks = 1;

	if (text > LIMIT_PLAN) {
		kube_report(k, CF804, k->p->set.loc, "the plan of calcset `%s` is %zu bytes, and a plan has %d at most", k->p->set.name, text, LIMIT_PLAN);
		diag_help(k->in->diags, "make several sets of it, one of which publishes what the next one reads");
		return;
	}
	k->memory = text;
	k->packed = !fits_as_text(&k->plan);
	if (k->packed) {
		struct buf packed = BUF_INIT;

		gzip_pack(k->plan.p, k->plan.len, &packed);
		buf_release(&k->plan);
		k->plan = packed;
		chunks = (k->plan.len + PACKED_CHUNK - 1) / PACKED_CHUNK;
	}
	if (chunks > PLAN_CHUNKS) {
		kube_report(k, CF804, k->p->set.loc, "the plan of calcset `%s` is %zu bytes, compressed %zu: more than %d ConfigMaps hold", k->p->set.name,
			    text, k->plan.len, PLAN_CHUNKS);
		diag_help(k->in->diags, "make several sets of it, one of which publishes what the next one reads");
		return;
	}
	k->chunks = (uint32_t)chunks;
	k->chunk = arena_alloc(&k->arena, chunks * sizeof *k->chunk);
	for (size_t i = 0; i < chunks; i++) {
		size_t start = k->packed ? i * PACKED_CHUNK : 0, left = k->plan.len - start;

		k->chunk[i] = (struct kube_chunk){ .start = start, .end = start + (k->packed && left > PACKED_CHUNK ? PACKED_CHUNK : left) };
		name_chunk(k, &k->chunk[i], i);
	}
}

void kube_write_config(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c)
{
	struct kube_object o = kube_of_job(k, "v1", "ConfigMap", c->name);
	struct buf packed = BUF_INIT;

	yaml_map(w);
	kube_head(w, &o, k->in->options);
	yaml_pair_bool(w, "immutable", true);
	yaml_key_map(w, k->packed ? "binaryData" : "data");
	yaml_string(w, c->key);
	if (k->packed) {
		base64_text(k->plan.p + c->start, c->end - c->start, &packed);
		yaml_string(w, packed.p);
		buf_release(&packed);
	} else {
		yaml_text(w, k->plan.p + c->start, c->end - c->start);
	}
	yaml_map_end(w);
	yaml_map_end(w);
}
