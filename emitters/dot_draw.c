/* The drawing: the only file that knows cgraph. */
#include "emitters/dot_draw.h"

#include <graphviz/cgraph.h>
#include <string.h>
#include "base/mem.h"
#include "base/sym.h"

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

static void need(const void *made)
{
	if (!made)
		mem_overflow();
}

/* ---- numbers of objects: by the order of their names, where cgraph's own are addresses, and its order with them ---- */

struct numbers {
	Agraph_t *graph;
	struct symtab *names;
	char **text;		/* by symbol: cgraph's own string, which is more than its characters */
	size_t texts;
	IDTYPE next;
};

static void *numbers_open(Agraph_t *g, Agdisc_t *d)
{
	struct numbers *n = mem_zalloc(1, sizeof *n);
	(void)d;
	n->graph = g;
	n->names = symtab_new();
	return n;
}

/* Named objects have odd numbers, edges (which have no name) even ones. */
static long numbers_map(void *state, int type, char *name, IDTYPE *id, int create)
{
	struct numbers *n = state;
	sym_t s;
	(void)type;
	if (!name) {
		*id = n->next += 2;
		return create;
	}
	s = create ? sym_cstr(n->names, name) : sym_find(n->names, name, strlen(name));
	size_t had = n->texts;
	if (s >= n->texts)
		n->text = mem_grow(n->text, &n->texts, (size_t)s + 1, sizeof *n->text);
	for (size_t i = had; i < n->texts; i++)
		n->text[i] = NULL;
	if (s && !n->text[s])
		need(n->text[s] = agstrdup(n->graph, name));
	*id = (IDTYPE)s * 2 + 1;
	return s != 0;
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
	return id & 1 && id / 2 < n->texts ? n->text[id / 2] : NULL;
}

static void numbers_close(void *state)
{
	struct numbers *n = state;
	symtab_free(n->names);
	mem_free(n->text);
	mem_free(n);
}

static void numbers_register(void *state, int type, void *object)
{
	(void)state;
	(void)type;
	(void)object;
}

static Agiddisc_t numbers = { numbers_open, numbers_map, numbers_take, numbers_give, numbers_name, numbers_close, numbers_register };

struct drawing {
	Agraph_t *graph;
	Agdisc_t disc;
	Agraph_t **group;	/* [0] is the graph */
	size_t groups, cap;
};

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

	d->disc = (Agdisc_t){ .id = &numbers, .io = &AgIoDisc };
	d->graph = agopen("flow", Agstrictdirected, &d->disc);
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
