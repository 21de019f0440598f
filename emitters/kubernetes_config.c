/*
 * The plan in ConfigMaps: as text where one holds it, else as gzip, cut into chunks that stay below what `kubectl apply` can annotate,
 * each named by its content and immutable. The quarterback joins them in order (runtime/plan_load.h). And where the plan's lines stand, in
 * ConfigMaps that can be changed: they are named by the plan, which a line that moves leaves as it is, and so is the Job that names them.
 */
#include "base/base64.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "emitters/kubernetes.h"
#include "runtime/plan_load.h"
#include "runtime/plan_places.h"

enum {
	PACKED_CHUNK = KUBE_CHUNK / 4 * 3,	/* as base64 it is as long as a chunk of text */
	PLACE_MEMORY = 32			/* a row's place in a plan's text, as bytes */
};

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
	k->memory = text + (size_t)plan_places_rows(k->p) * PLACE_MEMORY;
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

/* ---- places ---- */

/* Packed, where they are not one part of text; false: they are too large for the parts that there are. */
static bool pack_places(struct kube *k)
{
	struct buf packed = BUF_INIT;

	k->places_packed = k->parts > 1 || !fits_as_text(&k->places);
	if (!k->places_packed)
		return true;
	if (k->places.len > plan_places_most(k->p))
		return false;
	gzip_pack(k->places.p, k->places.len, &packed);
	buf_release(&k->places);
	k->places = packed;
	return k->places.len <= (size_t)k->parts * PACKED_CHUNK;
}

/* What is too large goes without its longest tables: a place that is missing stops nothing. */
void kube_cut_places(struct kube *k)
{
	uint64_t without = 0, largest;

	k->parts = plan_places_parts(k->p);
	k->part = arena_alloc(&k->arena, k->parts * sizeof *k->part);
	for (;;) {
		buf_clear(&k->places);
		plan_places_write(k->p, k->hash, without, &k->places);
		if (pack_places(k))
			break;
		largest = plan_places_largest(k->p, without);
		if (!largest)
			break;	/* not even their heads: which are some bytes */
		without |= largest;
	}
	for (uint32_t i = 0; i < k->parts; i++) {
		const char *name = arena_printf(&k->arena, "%s-places-%03u-%.12s", k->name, (unsigned)i, k->hash);

		k->part[i] = (struct kube_chunk){ .name = kube_name(&k->arena, name, KUBE_NAME), .key = arena_printf(&k->arena, "places.%03u", (unsigned)i),
			.start = k->places.len * i / k->parts, .end = k->places.len * (i + 1) / k->parts };
	}
}

/* ---- objects ---- */

static void write_map(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c, const struct buf *stored, bool packed, bool immutable)
{
	struct kube_object o = kube_of_job(k, "v1", "ConfigMap", c->name);
	struct buf text = BUF_INIT;

	yaml_map(w);
	kube_head(w, &o, k->in->options);
	if (immutable)
		yaml_pair_bool(w, "immutable", true);
	yaml_key_map(w, packed ? "binaryData" : "data");
	yaml_string(w, c->key);
	if (packed) {
		base64_text(stored->p + c->start, c->end - c->start, &text);
		yaml_string(w, text.p);
		buf_release(&text);
	} else {
		yaml_text(w, stored->p + c->start, c->end - c->start);
	}
	yaml_map_end(w);
	yaml_map_end(w);
}

void kube_write_config(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c)
{
	write_map(k, w, c, &k->plan, k->packed, true);
}

void kube_write_places(const struct kube *k, struct yaml_writer *w, const struct kube_chunk *c)
{
	write_map(k, w, c, &k->places, k->places_packed, false);
}
