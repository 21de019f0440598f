/* A drawing as DOT: the only file that knows cgraph. */
#include "emitters/drawing.h"

#include <graphviz/cgraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NODE_STYLE(kind, words, looks, shape, style, fill, width, borders, ...) { looks, shape, style, fill, width, borders },
#define FRAME_STYLE(...)
#define EDGE_STYLE(...)
static const struct { const char *looks, *shape, *style, *fill, *width, *borders; } node_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef NODE_STYLE
#undef FRAME_STYLE
#define NODE_STYLE(...)
#define FRAME_STYLE(kind, style, border, fill, width, ...) { style, border, fill, width },
static const struct { const char *style, *border, *fill, *width; } frame_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef FRAME_STYLE
#undef EDGE_STYLE
#define FRAME_STYLE(...)
#define EDGE_STYLE(kind, looks, words, style, colour, head, width, ...) { style, colour, head, width },
static const struct { const char *style, *colour, *head, *width; } line_styles[] = {
#include "emitters/drawing_styles.def"
};
#undef NODE_STYLE
#undef FRAME_STYLE
#undef EDGE_STYLE

/* Attributes that every picture declares, with their defaults: those of a step, and of data in scratch. */
#define ATTRIBUTES \
	AT(AGRAPH, RANKDIR, "rankdir", "LR") AT(AGRAPH, COMPOUND, "compound", "true") AT(AGRAPH, GRAPH_FONT, "fontname", FONT) \
	AT(AGRAPH, GRAPH_SIZE, "fontsize", "12") AT(AGRAPH, GRAPH_LABEL, "label", "") AT(AGRAPH, LABELLOC, "labelloc", "t") \
	AT(AGRAPH, LABELJUST, "labeljust", "l") AT(AGRAPH, GRAPH_STYLE, "style", "") AT(AGRAPH, GRAPH_COLOUR, "color", "#808080") \
	AT(AGRAPH, GRAPH_FILL, "fillcolor", "") AT(AGRAPH, GRAPH_WIDTH, "penwidth", "1") AT(AGRAPH, NODESEP, "nodesep", "0.2") \
	AT(AGRAPH, RANKSEP, "ranksep", "0.4") AT(AGRAPH, NEWRANK, "newrank", "false") \
	AT(AGNODE, SHAPE, "shape", "box") AT(AGNODE, STYLE, "style", "filled,rounded") AT(AGNODE, FILL, "fillcolor", "#ffffff") \
	AT(AGNODE, WIDTH, "penwidth", "1") AT(AGNODE, BORDERS, "peripheries", "1") AT(AGNODE, FONT_OF, "fontname", FONT) \
	AT(AGNODE, SIZE, "fontsize", "11") AT(AGNODE, NODE_MARGIN, "margin", "0.12,0.05") AT(AGNODE, NODE_HEIGHT, "height", "0.3") \
	AT(AGNODE, NODE_WIDTH, "width", "0.4") AT(AGNODE, LABEL, "label", "\\N") AT(AGNODE, TIP, "tooltip", "") \
	AT(AGEDGE, LINE_STYLE, "style", "solid") AT(AGEDGE, COLOUR, "color", "#404040") AT(AGEDGE, HEAD, "arrowhead", "normal") \
	AT(AGEDGE, LINE_WIDTH, "penwidth", "1") AT(AGEDGE, ARROWSIZE, "arrowsize", "0.7") AT(AGEDGE, LINE_FONT, "fontname", FONT) \
	AT(AGEDGE, LINE_SIZE, "fontsize", "9") AT(AGEDGE, FONTCOLOR, "fontcolor", "#505050") AT(AGEDGE, LINE_LABEL, "label", "") \
	AT(AGEDGE, LINE_TIP, "edgetooltip", "") AT(AGEDGE, CONSTRAINT, "constraint", "true") AT(AGEDGE, LTAIL, "ltail", "") \
	AT(AGEDGE, LHEAD, "lhead", "")
#define FONT "Helvetica,Arial,sans-serif"
#define AT(kind, id, name, value) A_##id,
enum attribute { ATTRIBUTES A_COUNT };
#undef AT
#define AT(kind, id, name, value) { kind, name, value },
static const struct { int kind; const char *name, *value; } attributes[] = { ATTRIBUTES };
#undef AT

/* Every object carries every attribute that is declared: a plain drawing has these only, and kinds of lines where they differ. */
static bool in_plain(const struct drawing *d, unsigned a)
{
	bool styles = false;
	for (size_t i = 0; i < d->lines && a == A_LINE_STYLE && !styles; i++)
		styles = strcmp(line_styles[d->line[i].kind].style, attributes[a].value) != 0;
	return attributes[a].kind == AGRAPH || a == A_LABEL || a == A_TIP || a == A_SHAPE || a == A_LINE_LABEL || styles;
}

struct writer {
	const struct drawing *d;
	Agraph_t *graph, **frame;
	Agnode_t **node;
	uint32_t *within;		/* of each frame: nodes that stand in it */
	Agsym_t *sym[A_COUNT];
	struct buf text, label, beside;
	struct draw_page page;
};

/* ---- names ---- */

/*
 * Objects are numbered as they are made, where cgraph's own numbers are addresses, and its order with them. Names (n12, cluster_3) are
 * cgraph's own strings, which are more than their characters. Edges have no names, and even numbers.
 */
struct numbers {
	Agraph_t *graph;
	char **name;
	size_t names, cap;
	IDTYPE edges;
};

static void need(const void *made)
{
	if (!made)
		mem_overflow();
}

struct heap {
	struct heap_piece { struct heap_piece *older; } *newest;
	char *at;
	size_t left;
};

/* What cgraph hands back when it makes a graph. */
struct opening {
	Agdisc_t disc;		/* first */
	struct numbers numbers;
	struct heap heap;
};

static void *numbers_open(Agraph_t *g, Agdisc_t *d)
{
	struct numbers *n = &((struct opening *)d)->numbers;
	n->graph = g;
	return n;
}

/* Every object is asked for once, when it is made. */
static long numbers_map(void *state, int type, char *name, IDTYPE *id, int create)
{
	struct numbers *n = state;
	(void)type;
	if (!create)
		return 0;
	if (!name) {
		*id = n->edges += 2;
		return 1;
	}
	n->name = mem_grow(n->name, &n->cap, n->names + 1, sizeof *n->name);
	need(n->name[n->names] = agstrdup(n->graph, name));
	*id = (IDTYPE)n->names++ * 2 + 1;
	return 1;
}

static long numbers_take(void *state, int type, IDTYPE id)
{
	(void)state;
	(void)type;
	(void)id;
	return 0;	/* objects are made by name only */
}

static void numbers_give(void *state, int type, IDTYPE id)
{
	(void)state;
	(void)type;
	(void)id;
}

static char *numbers_name(void *state, int type, IDTYPE id)
{
	struct numbers *n = state;
	(void)type;
	return id & 1 && id / 2 < n->names ? n->name[id / 2] : NULL;
}

static void numbers_close(void *state)
{
	(void)state;	/* not called where the heap goes at once */
}

static void numbers_register(void *state, int type, void *object)
{
	(void)state;
	(void)type;
	(void)object;
}

static Agiddisc_t numbers = { numbers_open, numbers_map, numbers_take, numbers_give, numbers_name, numbers_close, numbers_register };

/* ---- memory ---- */

/*
 * cgraph would free each object by itself, with a search in each frame around it: a third of the whole time. From a heap that has an
 * end of its own (agclose calls heap_close, and frees nothing else) all go at once. Later versions of cgraph have no such choice.
 */
#ifdef HAVE_AGDISC_T_MEM
enum { PIECE_FIRST = 64 << 10, PIECE = 1 << 20, ALIGNMENT = 16 };

static void *heap_open(Agdisc_t *d)
{
	return &((struct opening *)d)->heap;
}

/* NULL when there is no more, for cgraph's own calls fail by that: they are not to be left by way of mem.h. Zeroed, as cgraph wants it. */
static void *heap_alloc(void *state, size_t size)
{
	struct heap *h = state;
	size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (rounded < size)
		return NULL;
	if (rounded > h->left) {
		size_t most = h->newest ? PIECE : PIECE_FIRST, room = rounded > most - ALIGNMENT ? rounded : most - ALIGNMENT;
		struct heap_piece *p = calloc(1, room + ALIGNMENT);
		if (!p)
			return NULL;
		p->older = h->newest;
		h->newest = p;
		h->at = (char *)p + ALIGNMENT;
		h->left = room;
	}
	h->at += rounded;
	h->left -= rounded;
	return h->at - rounded;
}

static void *heap_resize(void *state, void *p, size_t old, size_t size)
{
	void *q = size > old ? heap_alloc(state, size) : p;
	return q == p || !q ? q : memcpy(q, p, old);
}

static void heap_free(void *state, void *p)
{
	(void)state;
	(void)p;
}

static void heap_close(void *state)
{
	struct heap *h = state;
	for (struct heap_piece *p = h->newest, *older; p; p = older) {
		older = p->older;
		free(p);
	}
	*h = (struct heap){ 0 };
}

static Agmemdisc_t heap_of_its_own = { heap_open, heap_alloc, heap_resize, heap_free, heap_close };
#define HEAP .mem = &heap_of_its_own,

static void free_dictionaries(Agraph_t *g)
{
	for (Agraph_t *within = agfstsubg(g); within; within = agnxtsubg(within))
		free_dictionaries(within);	/* as deep as frames are */
	Agdatadict_t *attributes_of = (Agdatadict_t *)aggetrec(g, (char *)"_AG_datadict", 0);
	if (attributes_of) {
		free(attributes_of->dict.n);
		free(attributes_of->dict.e);
		free(attributes_of->dict.g);
	}
	free(g->n_seq);
	free(g->n_id);
	free(g->e_seq);
	free(g->e_id);
	free(g->g_dict);
}

/* All of a dictionary is on the heap but its head, which libcdt takes from the C library. */
static void free_heads(Agraph_t *g)
{
	const struct heap_piece *oldest = ((const struct heap *)g->clos->state.mem)->newest;
	while (oldest && oldest->older)
		oldest = oldest->older;
	const char *first = (const char *)g->n_seq, *piece = (const char *)oldest;
	if (first >= piece && first < piece + PIECE_FIRST)	/* not in any version known */
		return;
	Dict_t *texts = g->clos->strdict;
	free_dictionaries(g);
	free(texts);
}

#else
#define HEAP
static void free_heads(Agraph_t *g)
{
	(void)g;
}
#endif

static void close_graph(void *graph)
{
	free_heads(graph);
	agclose(graph);
}

/* ---- objects ---- */

/* cgraph's setters take char * and do not change it. */
static void set_always(struct writer *w, void *object, enum attribute a, const char *value)
{
	if (agxset(object, w->sym[a], (char *)value) != 0)
		mem_overflow();
}

static void set(struct writer *w, void *object, enum attribute a, const char *value)
{
	if (w->sym[a] && strcmp(value, attributes[a].value) != 0)
		set_always(w, object, a, value);
}

/* A text: newlines as \n, which centres lines, or as \l; backslashes doubled and & spelt out, or viewers would take them for escapes and entities. */
static void set_lines(struct writer *w, void *object, enum attribute a, const char *text, const char *newline)
{
	if (!text[strcspn(text, "\n\\&")]) {
		set(w, object, a, text);
		return;
	}
	buf_clear(&w->text);
	for (size_t plain; *text; text += *text != 0) {
		plain = strcspn(text, "\n\\&");
		buf_add(&w->text, text, plain);
		text += plain;
		if (*text)
			buf_addstr(&w->text, *text == '\n' ? newline : *text == '&' ? "&amp;" : "\\\\");
	}
	set(w, object, a, buf_str(&w->text));
}

static void set_text(struct writer *w, void *object, enum attribute a, const char *text)
{
	set_lines(w, object, a, text, "\\n");
}

/*
 * A frame's title: as wide as the frame is about, or it makes that wider. Lines that come from above would cross a long one; tools/layout_titles.c
 * finds it another place where there is one.
 */
static const char *folded(struct writer *w, size_t frame)
{
	enum { NARROW = 18, DOWN = 26, RIGHT = 40, WHOLE = 100, FEW = 3, REST = 8 /* a short last word stays */ };
	const char *title = w->d->frame[frame].label;
	bool few = w->within[frame] <= FEW;
	bool several = strchr(title, '\n') != NULL;
	size_t line = 0, most = w->page.down ? (few ? NARROW : DOWN) : few ? RIGHT : WHOLE;
	if (!*title)
		return " ";
	buf_clear(&w->beside);
	for (const char *part = title, *end; *part; part = end) {
		end = part + strcspn(part, " \n");
		size_t len = (size_t)(end - part);
		if (line && line + len > most && line + strcspn(part, "\n") > most + REST) {
			w->beside.p[w->beside.len - 1] = '\n';
			line = 0;
			several = true;
		}
		line = *end == '\n' ? 0 : line + len + 1;
		end += *end != '\0';
		buf_add(&w->beside, part, (size_t)(end - part));
	}
	buf_addch(&w->beside, '\n');	/* the last line to the left too */
	return several ? buf_str(&w->beside) : title;
}

static void write_frames(struct writer *w)
{
	for (size_t i = 1; i < w->d->frames; i++) {
		const struct draw_frame *f = &w->d->frame[i];
		char name[32];
		snprintf(name, sizeof name, "cluster_%zu", i);
		need(w->frame[i] = agsubg(w->frame[f->within], name, 1));
		/* all of it: a frame inherits what is set around it */
		set_always(w, w->frame[i], A_GRAPH_STYLE, frame_styles[f->kind].style);
		set_always(w, w->frame[i], A_GRAPH_COLOUR, frame_styles[f->kind].border);
		set_always(w, w->frame[i], A_GRAPH_FILL, frame_styles[f->kind].fill);
		set_always(w, w->frame[i], A_GRAPH_WIDTH, frame_styles[f->kind].width);
		set_always(w, w->frame[i], A_GRAPH_SIZE, f->kind == FRAME_LEGEND ? "8" : "11");
		set_lines(w, w->frame[i], A_GRAPH_LABEL, folded(w, i), "\\l");
	}
}

static void write_node(struct writer *w, size_t node)
{
	const struct draw_node *n = &w->d->node[node];
	char name[32];
	snprintf(name, sizeof name, "n%zu", node);
	need(w->node[node] = agnode(w->frame[n->frame], name, 1));
	if (n->kind != DRAW_STEP) {
		set(w, w->node[node], A_SHAPE, node_styles[n->kind].shape);
		set(w, w->node[node], A_STYLE, node_styles[n->kind].style);
		set(w, w->node[node], A_FILL, node_styles[n->kind].fill);
		set(w, w->node[node], A_WIDTH, node_styles[n->kind].width);
		set(w, w->node[node], A_BORDERS, node_styles[n->kind].borders);
	}
	if (n->kind == DRAW_SOURCE || n->kind == DRAW_SINK || n->kind == DRAW_MANY)	/* the lid takes a part of the height */
		set(w, w->node[node], A_NODE_MARGIN, "0.12,0.08");
	set_text(w, w->node[node], A_LABEL, n->label);
	set_text(w, w->node[node], A_TIP, n->tip);
}

/* The legend in words, one node: several would stand as far from each other as the nodes of the drawing do. */
static void write_legend(struct writer *w, size_t first)
{
	const struct drawing *d = w->d;
	struct buf words = BUF_INIT;
	Agnode_t *node = agnode(w->frame[d->node[first].frame], (char *)"legend", 1);
	need(node);
	for (size_t i = first; i < d->nodes; i++)
		if (d->node[i].kind == DRAW_NOTE)
			buf_addstr(&words, d->node[i].label);
		else
			buf_printf(&words, "%s: %s\n", node_styles[d->node[i].kind].looks, d->node[i].label);
	set(w, node, A_SHAPE, node_styles[DRAW_NOTE].shape);
	set(w, node, A_STYLE, node_styles[DRAW_NOTE].style);
	set(w, node, A_BORDERS, node_styles[DRAW_NOTE].borders);
	set(w, node, A_SIZE, "8");
	set(w, node, A_NODE_MARGIN, "0.06,0.02");
	set_lines(w, node, A_LABEL, buf_str(&words), "\\l");
	buf_release(&words);
}

static void write_nodes(struct writer *w)
{
	const struct drawing *d = w->d;
	for (size_t i = 0; i < d->nodes; i++)
		if (d->frame[d->node[i].frame].kind != FRAME_LEGEND) {
			write_node(w, i);
		} else {	/* it comes last */
			write_legend(w, i);
			break;
		}
}

/* Beside a line that goes down stands its label, and would touch it. */
static const char *label_beside(struct writer *w, const char *label)
{
	if (!w->page.down || !*label)
		return label;
	buf_clear(&w->beside);
	buf_addstr(&w->beside, "  ");
	for (; *label; label++) {
		buf_addch(&w->beside, *label);
		if (*label == '\n')
			buf_addstr(&w->beside, "  ");
	}
	return buf_str(&w->beside);
}

/* The widest frame in which the node is alone: what comes from above leads to that, and does not cross its title. */
static uint32_t alone_in(const struct writer *w, uint32_t node, uint32_t other)
{
	uint32_t widest = 0;
	for (uint32_t f = w->d->node[node].frame; w->page.down && f && node != other && w->within[f] == 1; f = w->d->frame[f].within)
		if (w->d->frame[f].kind != FRAME_POD && w->d->frame[f].kind != FRAME_LIST && w->d->frame[f].kind != FRAME_SETS)
			widest = f;
	return widest;
}

static void write_line(struct writer *w, const struct draw_line *l)
{
	Agedge_t *e = agedge(w->graph, w->node[l->from], w->node[l->to], NULL, 1);
	need(e);
	if (l->kind != LINE_DATA && l->kind != LINE_SCRATCH) {
		set(w, e, A_LINE_STYLE, line_styles[l->kind].style);
		set(w, e, A_COLOUR, line_styles[l->kind].colour);
		set(w, e, A_HEAD, line_styles[l->kind].head);
		set(w, e, A_LINE_WIDTH, line_styles[l->kind].width);
	}
	if (l->kind == LINE_BACK)	/* it goes against the direction of all others */
		set(w, e, A_CONSTRAINT, "false");
	set_text(w, e, A_LINE_LABEL, label_beside(w, draw_line_label(l, &w->label)));
	uint32_t tail = l->tail ? l->tail : alone_in(w, l->from, l->to), head = l->head ? l->head : alone_in(w, l->to, l->from);
	if (tail)
		set(w, e, A_LTAIL, agnameof(w->frame[tail]));
	if (head)
		set(w, e, A_LHEAD, agnameof(w->frame[head]));
}

/* By where they begin: cgraph finds its place then. A bucket for each node; the order within it stays. */
static void write_lines(struct writer *w)
{
	const struct drawing *d = w->d;
	uint32_t *start = mem_zalloc(d->nodes + 2, sizeof *start), *order = mem_alloc((d->lines + 1) * sizeof *order);
	for (size_t i = 0; i < d->lines; i++)
		start[d->line[i].from + 1]++;
	for (size_t i = 0; i < d->nodes; i++)
		start[i + 1] += start[i];
	for (size_t i = 0; i < d->lines; i++)
		order[start[d->line[i].from]++] = (uint32_t)i;
	for (size_t i = 0; i < d->lines; i++)
		write_line(w, &d->line[order[i]]);
	mem_free(start);
	mem_free(order);
}

/* Several sets: what stands between them is placed between them. It takes twice as long. */
static bool has_sets(const struct drawing *d)
{
	unsigned sets = 0;
	for (size_t i = 0; i < d->frames; i++)
		sets += d->frame[i].kind == FRAME_POD || d->frame[i].kind == FRAME_LIST;
	return sets > 1;
}

/* A text that the C library writes. */
struct text {
	FILE *file;
	char *bytes;
	size_t len;
};

static void end_text(void *what)
{
	struct text *t = what;
	if (t->file)
		(void)fclose(t->file);	/* in memory */
	free(t->bytes);
}

void drawing_dot(const struct drawing *d, struct buf *out)
{
	struct writer w = { .d = d };
	struct opening *opening = mem_zalloc(1, sizeof *opening);
	opening->disc = (Agdisc_t){ HEAP .id = &numbers, .io = &AgIoDisc };
	/* now: nothing of ours is allocated while cgraph makes the graph, or that would not be closed when it fails */
	opening->numbers.name = mem_grow(NULL, &opening->numbers.cap, 1, sizeof *opening->numbers.name);
	w.frame = mem_zalloc(d->frames, sizeof(Agraph_t *));
	w.node = mem_zalloc(d->nodes + 1, sizeof(Agnode_t *));
	w.within = drawing_within(d);
	need(w.graph = w.frame[0] = agopen("flow", Agdirected, &opening->disc));
	mem_hold(close_graph, w.graph);
	for (unsigned i = 0; i < A_COUNT; i++)
		if (!d->plain || in_plain(d, i))
			need(w.sym[i] = agattr(w.graph, attributes[i].kind, (char *)attributes[i].name, (char *)attributes[i].value));
	set_text(&w, w.graph, A_GRAPH_LABEL, d->title);
	if (!d->plain)
		w.page = drawing_page(d);
	if (w.page.down)
		set(&w, w.graph, A_RANKDIR, "TB");
	if (has_sets(d))
		set(&w, w.graph, A_NEWRANK, "true");
	write_frames(&w);
	write_nodes(&w);
	write_lines(&w);
	struct text *text = mem_zalloc(1, sizeof *text);
	need(text->file = open_memstream(&text->bytes, &text->len));
	mem_hold(end_text, text);
	if (agwrite(w.graph, text->file) != 0 || fflush(text->file) != 0)
		mem_overflow();
	buf_add(out, text->bytes, text->len);
	mem_let_go(text);
	end_text(text);
	mem_free(text);
	mem_let_go(w.graph);
	close_graph(w.graph);
	mem_free(opening->numbers.name);
	mem_free(opening);
	mem_free(w.frame);
	mem_free(w.node);
	mem_free(w.within);
	buf_release(&w.text);
	buf_release(&w.label);
	buf_release(&w.beside);
}
