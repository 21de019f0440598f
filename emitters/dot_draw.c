/* The drawing: the only file that knows cgraph. */
#include "emitters/dot_draw.h"

#include <graphviz/cgraph.h>
#include "base/mem.h"

static const struct { const char *shape, *style, *fill, *width, *borders; } node_styles[] = {
#define NODE_STYLE(kind, shape, style, fill, width, borders) { shape, style, fill, width, borders },
#define EDGE_STYLE(kind, style, colour, head)
#include "emitters/dot_styles.def"
#undef NODE_STYLE
#undef EDGE_STYLE
};
static const struct { const char *style, *colour, *head; } edge_styles[] = {
#define NODE_STYLE(kind, shape, style, fill, width, borders)
#define EDGE_STYLE(kind, style, colour, head) { style, colour, head },
#include "emitters/dot_styles.def"
#undef NODE_STYLE
#undef EDGE_STYLE
};

/* Attributes that every picture declares, with their defaults. */
static const struct { int kind; const char *name, *value; } defaults[] = {
	{ AGRAPH, "rankdir", "LR" }, { AGRAPH, "compound", "true" }, { AGRAPH, "fontname", "Helvetica" },
	{ AGRAPH, "fontsize", "12" }, { AGRAPH, "label", "" }, { AGRAPH, "labelloc", "t" }, { AGRAPH, "labeljust", "l" },
	{ AGRAPH, "style", "" }, { AGRAPH, "color", "#808080" }, { AGRAPH, "nodesep", "0.2" }, { AGRAPH, "ranksep", "0.6" },
	{ AGNODE, "shape", "box" }, { AGNODE, "style", "" }, { AGNODE, "fillcolor", "" }, { AGNODE, "penwidth", "1" },
	{ AGNODE, "peripheries", "1" }, { AGNODE, "fontname", "Helvetica" }, { AGNODE, "fontsize", "11" },
	{ AGNODE, "margin", "0.12,0.05" }, { AGNODE, "label", "\\N" }, { AGNODE, "tooltip", "" },
	{ AGEDGE, "style", "" }, { AGEDGE, "color", "black" }, { AGEDGE, "arrowhead", "normal" }, { AGEDGE, "arrowsize", "0.7" },
	{ AGEDGE, "fontname", "Helvetica" }, { AGEDGE, "fontsize", "9" }, { AGEDGE, "fontcolor", "#606060" },
	{ AGEDGE, "label", "" }, { AGEDGE, "constraint", "true" }, { AGEDGE, "ltail", "" }, { AGEDGE, "lhead", "" },
};

struct drawing {
	Agraph_t *graph;
	Agraph_t **group;	/* [0] is the graph */
	size_t groups, cap;
};

static void need(const void *made)
{
	if (!made)
		mem_overflow();
}

/* cgraph's setters take char * and do not change it. */
static void set(void *object, const char *name, const char *value)
{
	if (agset(object, (char *)name, (char *)value) != 0)
		mem_overflow();
}

/* A label's text: newlines as \n, backslashes doubled, or cgraph's viewers would take them for escapes. */
static void set_label(void *object, const char *name, const char *text)
{
	struct buf label = BUF_INIT;

	for (; *text; text++)
		if (*text == '\n')
			buf_addstr(&label, "\\n");
		else if (*text == '\\')
			buf_addstr(&label, "\\\\");
		else
			buf_addch(&label, *text);
	set(object, name, buf_str(&label));
	buf_release(&label);
}

struct drawing *drawing_begin(const char *title)
{
	struct drawing *d = mem_zalloc(1, sizeof *d);

	d->graph = agopen("flow", Agstrictdirected, NULL);
	need(d->graph);
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		need(agattr(d->graph, defaults[i].kind, (char *)defaults[i].name, (char *)defaults[i].value));
	set_label(d->graph, "label", title);
	d->group = mem_grow(NULL, &d->cap, 1, sizeof *d->group);
	d->group[d->groups++] = d->graph;
	return d;
}

draw_group drawing_group(struct drawing *d, draw_group within, const char *label, bool open)
{
	char name[32];
	Agraph_t *g;

	snprintf(name, sizeof name, "cluster_%zu", d->groups);
	g = agsubg(d->group[within], name, 1);
	need(g);
	set_label(g, "label", label);
	set(g, "style", open ? "rounded,dashed" : "rounded");
	d->group = mem_grow(d->group, &d->cap, d->groups + 1, sizeof *d->group);
	d->group[d->groups] = g;
	return (draw_group)d->groups++;
}

void drawing_node(struct drawing *d, draw_group within, const char *id, enum draw_node kind, const char *label, const char *tip)
{
	Agnode_t *n = agnode(d->group[within], (char *)id, 1);

	need(n);
	set(n, "shape", node_styles[kind].shape);
	set(n, "style", node_styles[kind].style);
	set(n, "fillcolor", node_styles[kind].fill);
	set(n, "penwidth", node_styles[kind].width);
	set(n, "peripheries", node_styles[kind].borders);
	set_label(n, "label", label);
	set_label(n, "tooltip", tip);
}

void drawing_edge(struct drawing *d, const struct draw_line *line)
{
	Agnode_t *a = agnode(d->graph, (char *)line->from, 0), *b = agnode(d->graph, (char *)line->to, 0);
	Agedge_t *e;

	if (!a || !b || agedge(d->graph, a, b, NULL, 0))
		return;
	e = agedge(d->graph, a, b, NULL, 1);
	need(e);
	set(e, "style", edge_styles[line->kind].style);
	set(e, "color", edge_styles[line->kind].colour);
	set(e, "arrowhead", edge_styles[line->kind].head);
	if (line->kind == DRAW_BACK)	/* it goes against the direction of all others */
		set(e, "constraint", "false");
	if (line->label && *line->label)
		set_label(e, "label", line->label);
	if (line->tail)
		set(e, "ltail", agnameof(d->group[line->tail]));
	if (line->head)
		set(e, "lhead", agnameof(d->group[line->head]));
}

void drawing_end(struct drawing *d, struct buf *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);

	need(memory);
	if (agwrite(d->graph, memory) != 0 || fclose(memory) != 0)
		mem_overflow();
	buf_add(out, text, len);
	free(text);
	agclose(d->graph);
	mem_free(d->group);
	mem_free(d);
}
