/* A drawing as a Mermaid flowchart. */
#include <string.h>

#include "base/mem.h"
#include "emitters/drawing.h"

#define NODE_STYLE(kind, words, looks, shape, style, fill, width, borders, open, close) { #kind, fill, width, open, close },
#define FRAME_STYLE(...)
#define EDGE_STYLE(...)
static const struct { const char *name, *fill, *width, *open, *close; } node_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef NODE_STYLE
#undef FRAME_STYLE
#define NODE_STYLE(...)
#define FRAME_STYLE(kind, style, border, fill, width, mermaid) mermaid,
static const char *const frame_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef FRAME_STYLE
#undef EDGE_STYLE
#define FRAME_STYLE(...)
#define EDGE_STYLE(kind, looks, words, style, colour, head, width, arrow, mermaid) { words, colour, width, arrow, mermaid },
static const struct { const char *words, *colour, *width, *arrow, *looks; } line_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef NODE_STYLE
#undef FRAME_STYLE
#undef EDGE_STYLE

struct writer {
	const struct drawing *d;
	struct buf *out, label;
	uint32_t *first_node, *next_node;	/* of each frame; of each node, in its frame: + 1 */
	uint32_t *first_frame, *next_frame;
	uint32_t *nodes;			/* of each frame, with those within */
};

/* Entities of Mermaid's own for what its grammar, its text and its comments would read. */
static void put_text(struct buf *out, const char *text)
{
	static const struct { char c; const char *as; } special[] = {
		{ '"', "#quot;" }, { '#', "#35;" }, { '<', "#lt;" }, { '>', "#gt;" }, { '&', "#amp;" }, { '`', "#96;" }, { '%', "#37;" }, { '\\', "#92;" },
		{ '*', "#42;" }, { '$', "#36;" }, { '\n', "<br/>" },
	};
	enum { SPECIAL = sizeof special / sizeof special[0] };
	for (; *text; text++) {
		unsigned i = 0;
		while (i < SPECIAL && special[i].c != *text)
			i++;
		if (i < SPECIAL)
			buf_addstr(out, special[i].as);
		else
			buf_addch(out, *text);
	}
}

/* A YAML string. */
static void put_title(struct buf *out, const char *title)
{
	if (!*title)
		return;
	buf_addstr(out, "---\ntitle: \"");
	for (; *title; title++)
		if (*title == '"' || *title == '\\')
			buf_printf(out, "\\%c", *title);
		else
			buf_addch(out, *title == '\n' ? ' ' : *title);
	buf_addstr(out, "\"\n---\n");
}

/* The lines of the legend, as Mermaid draws them: its heads are few, and colours tell apart what has the same one. */
static void put_line_words(struct writer *w)
{
	bool there[LINE_KINDS] = { 0 };
	for (size_t i = 0; i < w->d->lines; i++)
		there[w->d->line[i].kind] = true;
	for (unsigned k = 0; k < LINE_KINDS; k++)
		if (there[k])
			buf_printf(w->out, "%s %s<br/>", line_styles[k].looks, line_styles[k].words);
}

static void put_node(struct writer *w, uint32_t node, unsigned deep)
{
	const struct draw_node *n = &w->d->node[node];
	buf_printf(w->out, "%*sn%u%s\"", (int)deep, "", node, node_styles[n->kind].open);
	if (n->kind == DRAW_NOTE)
		put_line_words(w);
	else
		put_text(w->out, *n->label ? n->label : " ");
	buf_printf(w->out, "\"%s:::%s\n", node_styles[n->kind].close, node_styles[n->kind].name);
}

static void put_frame(struct writer *w, uint32_t frame, unsigned deep)
{
	if (!w->nodes[frame])
		return;
	if (frame) {
		buf_printf(w->out, "%*ssubgraph g%u[\"", (int)deep, "", frame);
		put_text(w->out, *w->d->frame[frame].label ? w->d->frame[frame].label : " ");
		buf_addstr(w->out, w->d->frame[frame].kind == FRAME_LEGEND ? "\"]\n direction LR\n" : "\"]\n");
	}
	for (uint32_t n = w->first_node[frame]; n; n = w->next_node[n - 1])
		put_node(w, n - 1, deep + 1);
	for (uint32_t f = w->first_frame[frame]; f; f = w->next_frame[f])
		put_frame(w, f, deep + 1);
	if (frame)
		buf_printf(w->out, "%*send\n", (int)deep, "");
}

/* The nodes and frames of each frame, in their order. */
static void sort_parts(struct writer *w)
{
	const struct drawing *d = w->d;
	w->first_node = mem_zalloc(d->frames, sizeof *w->first_node);
	w->next_node = mem_zalloc(d->nodes + 1, sizeof *w->next_node);
	w->first_frame = mem_zalloc(d->frames, sizeof *w->first_frame);
	w->next_frame = mem_zalloc(d->frames, sizeof *w->next_frame);
	w->nodes = mem_zalloc(d->frames, sizeof *w->nodes);
	for (size_t i = d->nodes; i-- > 0;) {
		w->next_node[i] = w->first_node[d->node[i].frame];
		w->first_node[d->node[i].frame] = (uint32_t)i + 1;
		w->nodes[d->node[i].frame]++;
	}
	for (size_t i = d->frames; i-- > 1;) {
		w->next_frame[i] = w->first_frame[d->frame[i].within];
		w->first_frame[d->frame[i].within] = (uint32_t)i;
		w->nodes[d->frame[i].within] += w->nodes[i];
	}
}

static bool stands_in(const struct drawing *d, uint32_t node, uint32_t frame)
{
	uint32_t f = d->node[node].frame;
	while (f && f != frame)
		f = d->frame[f].within;
	return f == frame;
}

/* The frame, where the line stands for it and does not lead out of itself; else the node. */
static void put_end(struct writer *w, uint32_t node, uint32_t frame, uint32_t other)
{
	if (frame && !stands_in(w->d, other, frame))
		buf_printf(w->out, "g%u", frame);
	else
		buf_printf(w->out, "n%u", node);
}

static void put_lines(struct writer *w)
{
	const struct drawing *d = w->d;
	for (size_t i = 0; i < d->lines; i++) {
		const struct draw_line *l = &d->line[i];
		const char *label = draw_line_label(l, &w->label);
		put_end(w, l->from, l->tail, l->to);
		buf_printf(w->out, " %s", line_styles[l->kind].arrow);
		if (*label) {
			buf_addstr(w->out, "|\"");
			put_text(w->out, label);
			buf_addstr(w->out, "\"|");
		}
		buf_addch(w->out, ' ');
		put_end(w, l->to, l->head, l->from);
		buf_addch(w->out, '\n');
	}
}

/* The parts of the legend side by side: without lines, Mermaid puts them one below the other, as high as a drawing. Behind the lines that count. */
static void put_legend_row(struct writer *w)
{
	for (size_t i = 0; i + 1 < w->d->nodes; i++)
		if (w->d->frame[w->d->node[i].frame].kind == FRAME_LEGEND)
			buf_printf(w->out, "n%zu ~~~ n%zu\n", i, i + 1);
}

static void put_styles(struct writer *w)
{
	const struct drawing *d = w->d;
	bool there[DRAW_KINDS] = { 0 };
	for (size_t i = 0; i < d->nodes; i++)
		there[d->node[i].kind] = true;
	for (unsigned k = 0; k < DRAW_KINDS; k++)
		if (there[k])
			buf_printf(w->out, "classDef %s fill:%s,stroke:%s,stroke-width:%spx,color:#000\n", node_styles[k].name, *node_styles[k].fill ? node_styles[k].fill : "none",
				   k == DRAW_NOTE ? "none" : "#404040", node_styles[k].width);
	for (size_t i = 1; i < d->frames; i++)
		if (w->nodes[i])
			buf_printf(w->out, "style g%zu %s,color:#000\n", i, frame_styles[d->frame[i].kind]);
	for (unsigned k = 0; k < LINE_KINDS; k++) {
		bool any = false;
		for (size_t i = 0; i < d->lines; i++) {
			if (d->line[i].kind != k)
				continue;
			buf_printf(w->out, "%s%zu", any ? "," : "linkStyle ", i);
			any = true;
		}
		if (any)
			buf_printf(w->out, " stroke:%.7s,stroke-width:%spx\n", line_styles[k].colour, line_styles[k].width);
	}
}

void drawing_mermaid(const struct drawing *d, struct buf *out)
{
	struct writer w = { .d = d, .out = out };
	sort_parts(&w);
	put_title(out, d->title);
	buf_addstr(out, !d->plain && drawing_page(d).down ? "flowchart TB\n" : "flowchart LR\n");
	put_frame(&w, 0, 0);
	put_lines(&w);
	put_legend_row(&w);
	put_styles(&w);
	mem_free(w.first_node);
	mem_free(w.next_node);
	mem_free(w.first_frame);
	mem_free(w.next_frame);
	mem_free(w.nodes);
	buf_release(&w.label);
}
