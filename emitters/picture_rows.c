/*
 * Rows of `steps` that are alike are one node: those whose keys differ in their numbers only (mProject_ID0000001, mProject_ID0000002), or
 * where keys say nothing, those of one depth. Coarser: those that are of one part of the flow, as their keys say (ALIGN.SORT_1, ALIGN.INDEX_1).
 */
#include "emitters/picture_parts.h"

#include <string.h>

#include "base/mem.h"

enum { MOST_CLASSES = 120, LEAST_PREFIX = 6 };

bool rows_can_part(const struct picture *pic, const struct graph_region *r)
{
	const struct graph *g = pic->g;
	const struct graph_node *n = &g->node[r->node];
	if (n->kind != NODE_STEPS || r->body == PLAN_NONE || g->block[n->block].rows != 1)
		return false;
	for (uint32_t i = pic->block_start[r->body]; i < pic->block_start[r->body + 1]; i++)
		if (g->node[pic->block_node[i]].kind != NODE_CALL && g->node[pic->block_node[i]].kind != GRAPH_COMPUTE)
			return false;
	return true;
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* The key with # for its numbers. */
static void put_stem(struct buf *out, const char *s, size_t len)
{
	buf_clear(out);
	for (size_t i = 0; i < len; i++)
		if (!digit(s[i]))
			buf_addch(out, s[i]);
		else if (i == 0 || !digit(s[i - 1]))
			buf_addch(out, '#');
}

/* Only its first part, after what all keys begin with. */
static void cut_stem(struct buf *out, size_t same)
{
	size_t from = same < out->len ? same : out->len, len = strcspn(buf_str(out) + from, ".:/");
	if (len && from + len < out->len)
		out->p[out->len = from + len] = '\0';
}

/* "mProject_ID#" → "mProject": what stands around the numbers at its end says nothing. */
static size_t told_length(const char *s, size_t len)
{
	size_t at = len;
	while (at && (s[at - 1] == '#' || s[at - 1] == '_' || s[at - 1] == '-' || s[at - 1] == '.'))
		at--;
	if (at < len && at > 3 && !memcmp(s + at - 3, "_ID", 3))
		at -= 3;
	return at ? at : len;
}

static size_t common(const char *a, size_t len, const char *b, size_t most)
{
	size_t n = 0;
	while (n < len && n < most && a[n] == b[n])
		n++;
	return n;
}

/* Back to a mark between words; too short a prefix is none. */
static size_t whole_words(const char *s, size_t n, const char *marks, size_t least)
{
	while (n && !strchr(marks, s[n - 1]))
		n--;
	return n < least ? 0 : n;
}

/* What all keys of the rows begin with, up to a mark. */
static size_t same_start(const struct picture *pic, const struct graph_region *r, const char *marks, size_t least)
{
	uint32_t rows = pic->g->block[r->body].rows;
	const char *first = rows > 1 ? string_bytes(&pic->c->store, r->key[0]) : NULL;
	size_t n = rows > 1 ? word_lo(r->key[0]) : 0;
	for (uint32_t row = 1; row < rows && n; row++)
		n = common(string_bytes(&pic->c->store, r->key[row]), word_lo(r->key[row]), first, n);
	return n ? whole_words(first, n, marks, least) : 0;
}

static const char words[] = "._-/:";

size_t rows_prefix(const struct picture *pic, const struct graph_region *r)
{
	return same_start(pic, r, words, LEAST_PREFIX);
}

static uint32_t class_of_stem(struct symtab *stems, struct alike *out, const char *stem, size_t len)
{
	sym_t sym = sym_find(stems, stem, len);
	if (sym)
		return sym - 1;
	if (out->classes == MOST_CLASSES)
		return MOST_CLASSES;
	sym_intern(stems, stem, len);
	out->label[out->classes] = mem_strndup(stem, told_length(stem, len));
	return out->classes++;
}

/* A class of one row is called as that is: "DESEQ2_QC_7" → "DESEQ2_QC", not "DESEQ#_QC". Marks for numbers are as many as numbers. */
static char *with_numbers(const char *label, const char *key, size_t len)
{
	struct buf out = BUF_INIT;
	size_t at = 0;
	for (; *label; label++) {
		if (*label != '#' || at >= len || !digit(key[at])) {
			buf_addch(&out, *label);
			at++;
			continue;
		}
		while (at < len && digit(key[at]))
			buf_addch(&out, key[at++]);
	}
	char *text = mem_strndup(buf_str(&out), out.len);
	buf_release(&out);
	return text;
}

static bool by_stem(const struct picture *pic, const struct graph_region *r, uint32_t rows, struct alike *out)
{
	struct symtab *stems = symtab_new();
	struct buf stem = BUF_INIT;
	bool ok = true;
	bool parts = pic->grain == BY_PART;
	size_t all = parts ? rows_prefix(pic, r) : 0, same = parts ? same_start(pic, r, ".:/", 0) : 0;
	for (uint32_t row = 0; row < rows && ok; row++) {
		put_stem(&stem, string_bytes(&pic->c->store, r->key[row]) + all, word_lo(r->key[row]) - all);
		if (parts)
			cut_stem(&stem, same > all ? same - all : 0);
		if (!stem.len)
			buf_addch(&stem, '#');
		out->of[row] = class_of_stem(stems, out, buf_str(&stem), stem.len);
		ok = out->of[row] < MOST_CLASSES;
		if (ok)
			out->rows[out->of[row]]++;
	}
	for (uint32_t row = 0; row < rows && ok; row++) {
		char **label = &out->label[out->of[row]], *had = *label;
		if (out->rows[out->of[row]] != 1 || !strchr(had, '#'))
			continue;
		*label = with_numbers(had, string_bytes(&pic->c->store, r->key[row]) + all, word_lo(r->key[row]) - all);
		mem_free(had);
	}
	size_t n = out->classes > 1 && ok ? strlen(out->label[0]) : 0;
	for (uint32_t i = 1; i < out->classes && n; i++)
		n = common(out->label[i], strlen(out->label[i]), out->label[0], n);
	n = n ? whole_words(out->label[0], n, words, LEAST_PREFIX) : 0;
	for (uint32_t i = 0; i < out->classes && n; i++)
		memmove(out->label[i], out->label[i] + n, strlen(out->label[i]) + 1 - n);
	symtab_free(stems);
	buf_release(&stem);
	return ok && (out->classes > 1 || rows == 1);
}

static void forget(struct alike *out)
{
	for (uint32_t i = 0; i < out->classes; i++)
		mem_free(out->label[i]);
	out->classes = 0;
	memset(out->rows, 0, (MOST_CLASSES + 1) * sizeof *out->rows);
}

/* Rows wait for those they use: how long the longest way to each is. Rows are acyclic, and in any order. */
static bool by_depth(const struct graph_region *r, uint32_t rows, struct alike *out)
{
	const uint32_t *start[2] = { r->parent_start, r->input_start }, *from[2] = { r->parents, r->input_from };
	uint32_t *next = mem_alloc(((size_t)rows + 1) * sizeof *next), *stack = mem_alloc(((size_t)rows + 1) * sizeof *stack);
	uint32_t deepest = 0;
	memset(out->of, 0xff, (size_t)rows * sizeof *out->of);
	memset(next, 0, (size_t)rows * sizeof *next);
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t top = 0;
		stack[top++] = i;
		while (top && out->of[i] == PLAN_NONE) {
			uint32_t row = stack[top - 1], parents = start[0] ? start[0][row + 1] - start[0][row] : 0;
			uint32_t all = parents + (start[1] ? start[1][row + 1] - start[1][row] : 0), wants = PLAN_NONE;
			for (; next[row] < all && wants == PLAN_NONE; next[row] += wants == PLAN_NONE) {
				uint32_t k = next[row], p = k < parents ? from[0][start[0][row] + k] : from[1][start[1][row] + k - parents];
				if (p != PLAN_NONE && out->of[p] == PLAN_NONE)
					wants = p;
			}
			if (wants != PLAN_NONE) {
				stack[top++] = wants;
				continue;
			}
			uint32_t depth = 0;
			for (uint32_t k = 0; k < all; k++) {
				uint32_t p = k < parents ? from[0][start[0][row] + k] : from[1][start[1][row] + k - parents];
				if (p != PLAN_NONE && out->of[p] + 1 > depth)
					depth = out->of[p] + 1;
			}
			out->of[row] = depth;
			deepest = depth > deepest ? depth : deepest;
			top--;
		}
	}
	mem_free(next);
	mem_free(stack);
	if (deepest >= MOST_CLASSES || deepest == 0)
		return false;
	for (uint32_t i = 0; i < rows; i++)
		out->rows[out->of[i]]++;
	for (; out->classes <= deepest; out->classes++) {
		struct buf label = BUF_INIT;
		buf_printf(&label, "depth %u", out->classes + 1);
		out->label[out->classes] = mem_strndup(buf_str(&label), label.len);
		buf_release(&label);
	}
	return true;
}

bool rows_alike(const struct picture *pic, const struct graph_region *r, struct alike *out)
{
	uint32_t rows = pic->g->block[r->body].rows;
	*out = (struct alike){ .of = mem_alloc(((size_t)rows + 1) * sizeof *out->of) };
	out->rows = mem_zalloc(MOST_CLASSES + 1, sizeof *out->rows);
	out->label = mem_zalloc(MOST_CLASSES + 1, sizeof *out->label);
	if (rows > 1 && r->key) {
		if (by_stem(pic, r, rows, out))
			return true;
		forget(out);
		if (by_depth(r, rows, out))
			return true;
	}
	alike_release(out);
	return false;
}

void alike_release(struct alike *a)
{
	for (uint32_t i = 0; i < a->classes; i++)
		mem_free(a->label[i]);
	mem_free(a->of);
	mem_free(a->rows);
	mem_free(a->label);
	*a = (struct alike){ 0 };
}
