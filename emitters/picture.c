/* How fine a picture is: the finest grain at which it stays within the limits. */
#include "emitters/picture.h"

#include <string.h>

#include "base/mem.h"
#include "emitters/picture_parts.h"

/* Of its size on a page: what is smaller nobody reads; and what is smaller still, though it was made coarser, tells nothing. */
static const double LEGIBLE = 0.45, TELLING = 0.1;
enum { PLAIN_NODES = 10 * PICTURE_MOST_NODES, PLAIN_LINES = 10 * PICTURE_MOST_LINES };	/* only with --all */

/* A set, or the sets that a set of sets runs, each where it is first met. */
static void draw_set(struct scene *s, uint32_t frame, uint32_t set)
{
	const struct set *one = &s->c->program.set[set];
	if (s->drawn[set] || drawing_full(s->d))
		return;
	s->drawn[set] = true;
	if (set_has_graph(one)) {
		picture_set(s, frame, one);
		return;
	}
	if (s->grain < BY_SET && one->is_group) {
		struct buf label = BUF_INIT;
		label_set(s->c, one, NULL, &label);
		frame = drawing_frame(s->d, frame, FRAME_SETS, buf_str(&label));
		buf_release(&label);
	}
	for (uint32_t i = 0; i < one->parts; i++)
		draw_set(s, frame, one->part[i].set);
}

static struct drawing *draw(struct compilation *c, const struct picture_options *o, enum grain grain)
{
	struct scene s = { .c = c, .grain = grain, .d = drawing_new(o->most_nodes, o->most_lines), .keys = symtab_new() };
	s.drawn = mem_zalloc(c->program.sets + 1, sizeof *s.drawn);
	for (uint32_t i = 0; i < c->program.sets; i++) {
		const struct set *one = &c->program.set[i];
		if (o->set == SIZE_MAX ? !one->used && !one->params && !one->imported : o->set == i)
			draw_set(&s, 0, i);
	}
	if (!drawing_full(s.d)) {
		scene_end(&s);
		buf_clear(&s.text);
		label_title(&s, &s.text);
		drawing_title(s.d, buf_str(&s.text));
		s.d->plain = s.d->nodes > PLAIN_NODES || s.d->lines > PLAIN_LINES;
		if (!s.d->plain)
			drawing_legend(s.d);
	}
	symtab_free(s.keys);
	mem_free(s.once);
	mem_free(s.tally);
	mem_free(s.drawn);
	buf_release(&s.text);
	buf_release(&s.key);
	return s.d;
}

/* Rows that are alike, or parts, as one node, where the rows do not fit a page, and where that tells more than a single node. */
static struct drawing *fewer_instead(struct compilation *c, const struct picture_options *o, struct drawing *rows, enum grain *grain)
{
	for (enum grain g = *grain + 1; g <= BY_PART && drawing_page(rows).scale < LEGIBLE; g++) {
		struct drawing *d = draw(c, o, g);
		bool better = !drawing_full(d) && d->lines > 1 && drawing_page(d).scale > 1.2 * drawing_page(rows).scale;
		drawing_free(better ? rows : d);
		rows = better ? d : rows;
		*grain = better ? g : *grain;
	}
	return rows;
}

struct drawing *picture_draw(struct compilation *c, const struct picture_options *o, enum grain *grain)
{
	for (enum grain g = o->finest;; g++) {
		struct picture_options all = *o;
		if (g == GRAINS - 1)
			all.most_nodes = all.most_lines = SIZE_MAX;	/* a handful, whatever the program is */
		struct drawing *d = draw(c, &all, g);
		bool tells = drawing_full(d) || g == BY_ROW || g == GRAINS - 1 || o->most_nodes == SIZE_MAX || drawing_page(d).scale >= TELLING;
		if (!drawing_full(d) && tells) {
			if (g < BY_PART && o->most_nodes != SIZE_MAX)
				d = fewer_instead(c, o, d, &g);
			if (grain)
				*grain = g;
			return d;
		}
		drawing_free(d);
	}
}

void picture_dot(struct compilation *c, const struct picture_options *o, struct buf *out, enum grain *grain)
{
	struct drawing *d = picture_draw(c, o, grain);
	drawing_dot(d, out);
	drawing_free(d);
}

/* Mermaid reads only so much text. */
void picture_mermaid(struct compilation *c, const struct picture_options *o, struct buf *out)
{
	struct picture_options fewer = *o;
	enum grain grain;
	for (;; fewer.finest = grain + 1) {
		struct drawing *d = picture_draw(c, &fewer, &grain);
		size_t from = out->len;
		drawing_mermaid(d, out);
		drawing_free(d);
		if (out->len - from <= MERMAID_MOST_TEXT || grain == GRAINS - 1 || o->most_nodes == SIZE_MAX)
			return;
		out->len = from;
	}
}
