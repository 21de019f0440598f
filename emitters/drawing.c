/* Drawings in memory: columns, texts made fit to be shown, and a table of the lines that are there. */
#include "emitters/drawing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { DEEPEST = 24 };	/* frames within frames: beyond, nobody sees anything and layouts take for ever */

/* ---- texts ---- */

/* Length of the character at s by its first byte and those that follow; 0: it is none. */
static unsigned character(const unsigned char *s)
{
	unsigned n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
	for (unsigned i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return n;
}

/* Characters that turn the direction of what follows, or that XML cannot hold: U+202A–202E, U+2066–2069, U+FFFE and U+FFFF. */
static bool unfit(const unsigned char *s, unsigned n)
{
	if (n != 3)
		return false;
	return (s[0] == 0xE2 && ((s[1] == 0x80 && s[2] >= 0xAA && s[2] <= 0xAE) || (s[1] == 0x81 && s[2] >= 0xA6 && s[2] <= 0xA9))) ||
	       (s[0] == 0xEF && s[1] == 0xBF && s[2] >= 0xBE);
}

/* A copy that every format can hold: UTF-8, without control characters but \n. */
static const char *fit(struct drawing *d, const char *text)
{
	const unsigned char *s = (const unsigned char *)text, *at = s;
	while (*at >= 0x20 && *at < 0x7F)
		at++;
	if (!*at)
		return arena_strndup(&d->arena, text, (size_t)(at - s));
	buf_clear(&d->scratch);
	for (unsigned n; *s; s += n ? n : 1) {
		n = character(s);
		if (*s == '\n')
			buf_addch(&d->scratch, '\n');
		else if (!n || *s < 0x20 || *s == 0x7F || (n == 2 && s[0] == 0xC2 && s[1] < 0xA0) || unfit(s, n))
			buf_addstr(&d->scratch, *s == '\t' || *s == '\r' ? " " : "\xEF\xBF\xBD");
		else
			buf_add(&d->scratch, s, n);
	}
	return arena_strndup(&d->arena, buf_str(&d->scratch), d->scratch.len);
}

/* ---- parts ---- */

struct drawing *drawing_new(size_t most_nodes, size_t most_lines)
{
	struct drawing *d = mem_zalloc(1, sizeof *d);
	arena_init(&d->arena);
	d->title = "";
	d->most_nodes = most_nodes;
	d->most_lines = most_lines;
	d->frame = mem_grow(NULL, &d->frames_cap, 1, sizeof *d->frame);
	d->frame[d->frames++] = (struct draw_frame){ .kind = FRAME_KINDS, .label = "" };
	d->find_mask = 255;
	d->find = mem_zalloc((size_t)d->find_mask + 1, sizeof *d->find);
	return d;
}

void drawing_free(struct drawing *d)
{
	if (!d)
		return;
	arena_release(&d->arena);
	mem_free(d->node);
	mem_free(d->frame);
	mem_free(d->line);
	mem_free(d->find);
	buf_release(&d->scratch);
	mem_free(d);
}

void drawing_title(struct drawing *d, const char *title)
{
	d->title = fit(d, title);
}

uint32_t drawing_frame(struct drawing *d, uint32_t within, enum frame_kind kind, const char *label)
{
	if (d->frames > d->most_nodes)
		d->full = true;
	if (d->full)
		return within;
	if (d->frame[within].depth >= DEEPEST) {
		d->frame[within].deeper++;
		return within;
	}
	d->frame = mem_grow(d->frame, &d->frames_cap, d->frames + 1, sizeof *d->frame);
	d->frame[d->frames] = (struct draw_frame){ (uint8_t)kind, within, d->frame[within].depth + 1, 0, fit(d, label) };
	return (uint32_t)d->frames++;
}

uint32_t drawing_node(struct drawing *d, uint32_t frame, enum draw_kind kind, const char *label, const char *tip)
{
	if (d->nodes >= d->most_nodes)
		d->full = true;
	if (d->full)
		return DRAW_NONE;
	d->node = mem_grow(d->node, &d->nodes_cap, d->nodes + 1, sizeof *d->node);
	d->node[d->nodes] = (struct draw_node){ (uint8_t)kind, frame, fit(d, label), tip && *tip ? fit(d, tip) : "" };
	return (uint32_t)d->nodes++;
}

/* ---- lines ---- */

static uint32_t line_hash(const struct drawing *d, const struct draw_line *l)
{
	uint64_t h = ((uint64_t)l->from << 32 | l->to) * 0x9E3779B97F4A7C15u + (l->kind == LINE_BACK);
	return (uint32_t)((h ^ h >> 29) * 0xBF58476D1CE4E5B9u >> 32) & d->find_mask;
}

static void find_grow(struct drawing *d)
{
	mem_free(d->find);
	d->find_mask = d->find_mask * 2 + 1;
	d->find = mem_zalloc((size_t)d->find_mask + 1, sizeof *d->find);
	for (size_t i = 0; i < d->lines; i++) {
		uint32_t at = line_hash(d, &d->line[i]);
		while (d->find[at])
			at = (at + 1) & d->find_mask;
		d->find[at] = (uint32_t)i + 1;
	}
}

void drawing_line(struct drawing *d, const struct draw_line *line)
{
	if (d->full || line->from == DRAW_NONE || line->to == DRAW_NONE)
		return;
	if (d->lines * 2 >= d->find_mask)
		find_grow(d);
	uint32_t at = line_hash(d, line);
	for (; d->find[at]; at = (at + 1) & d->find_mask) {
		struct draw_line *have = &d->line[d->find[at] - 1];
		if (have->from == line->from && have->to == line->to && (have->kind == LINE_BACK) == (line->kind == LINE_BACK)) {
			have->times++;
			return;
		}
	}
	if (d->lines >= d->most_lines) {
		d->full = true;
		return;
	}
	d->line = mem_grow(d->line, &d->lines_cap, d->lines + 1, sizeof *d->line);
	d->line[d->lines] = *line;
	d->line[d->lines].times = 1;
	d->line[d->lines].label = line->label && *line->label ? fit(d, line->label) : "";
	d->find[at] = (uint32_t)++d->lines;
}

/* ---- words ---- */

uint32_t *drawing_within(const struct drawing *d)
{
	uint32_t *count = mem_zalloc(d->frames, sizeof *count);
	for (size_t i = 0; i < d->nodes; i++)
		count[d->node[i].frame]++;
	for (size_t i = d->frames; i-- > 1;)
		count[d->frame[i].within] += count[i];
	return count;
}

void draw_count(struct buf *out, uint64_t v)
{
	char digits[32];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, v);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_addch(out, ',');
		buf_addch(out, digits[i]);
	}
}

const char *draw_line_label(const struct draw_line *line, struct buf *out)
{
	if (!line->counted || line->times < 2)
		return line->label;
	buf_clear(out);
	buf_addstr(out, line->label);
	buf_addstr(out, *line->label ? "\n×" : "×");
	draw_count(out, line->times);
	return buf_str(out);
}

/* ---- the legend ---- */

static const char *const node_words[] = {
#define NODE_STYLE(kind, words, ...) words,
#define FRAME_STYLE(...)
#define EDGE_STYLE(...)
#include "emitters/drawing_styles.def"
#undef NODE_STYLE
#undef EDGE_STYLE
};
static const char *const line_words[] = {
#define NODE_STYLE(...)
#define EDGE_STYLE(kind, looks, words, ...) looks " " words,
#include "emitters/drawing_styles.def"
#undef NODE_STYLE
#undef FRAME_STYLE
#undef EDGE_STYLE
};

/* A node of each kind, and the lines in characters: lines between nodes would take part in the layout. */
void drawing_legend(struct drawing *d)
{
	bool node[DRAW_KINDS] = { 0 }, line[LINE_KINDS] = { 0 };
	for (size_t i = 0; i < d->nodes; i++)
		node[d->node[i].kind] = true;
	for (size_t i = 0; i < d->lines; i++)
		line[d->line[i].kind] = true;
	d->full = false;
	d->most_nodes = d->most_lines = SIZE_MAX;
	for (size_t i = 1; i < d->frames; i++)
		if (d->frame[i].deeper)
			d->frame[i].label = arena_printf(&d->arena, "%s, and %u more within", d->frame[i].label, d->frame[i].deeper);
	uint32_t frame = drawing_frame(d, 0, FRAME_LEGEND, "legend");
	for (unsigned k = 0; k < DRAW_KINDS; k++)
		if (node[k] && *node_words[k])
			drawing_node(d, frame, (enum draw_kind)k, node_words[k], NULL);
	struct buf words = BUF_INIT;
	for (unsigned k = 0; k < LINE_KINDS; k++)
		if (line[k])
			buf_printf(&words, "%s\n", line_words[k]);
	if (words.len)
		drawing_node(d, frame, DRAW_NOTE, buf_str(&words), NULL);
	buf_release(&words);
}
