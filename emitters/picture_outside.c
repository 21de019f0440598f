/* What stands outside the sets, or is drawn once for all of them: sources, sinks, states, and the many that are drawn as one. */
#include "emitters/picture_parts.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/outside.h"
#include "compiler/place.h"

uint32_t *scene_once(struct scene *s, const char *key)
{
	sym_t k = sym_cstr(s->keys, key);
	size_t had = s->once_cap;
	s->once = mem_grow(s->once, &s->once_cap, (size_t)k + 1, sizeof *s->once);
	if (s->once_cap > had)
		memset(s->once + had, 0, (s->once_cap - had) * sizeof *s->once);
	return &s->once[k];
}

/* ---- many as one ---- */

uint32_t scene_tally(struct scene *s, const char *key, uint32_t frame, enum draw_kind kind, const char *name, const char *of_one, const char *of_many,
		     uint64_t count, uint64_t steps)
{
	uint32_t *at = scene_once(s, key);
	if (!*at) {
		uint32_t node = drawing_node(s->d, frame, kind, name, NULL);
		if (node == DRAW_NONE)
			return node;
		s->tally = mem_grow(s->tally, &s->tallies_cap, s->tallies + 1, sizeof *s->tally);
		s->tally[s->tallies++] = (struct tally){ .node = node, .name = arena_strdup(&s->d->arena, name), .of_one = of_one, .of_many = of_many };
		*at = (uint32_t)s->tallies;
	}
	s->tally[*at - 1].count += count;
	s->tally[*at - 1].steps += steps;
	return s->tally[*at - 1].node;
}

void scene_end(struct scene *s)
{
	for (size_t i = 0; i < s->tallies; i++) {
		const struct tally *t = &s->tally[i];
		buf_clear(&s->text);
		buf_addstr(&s->text, t->name);
		if (t->count) {
			buf_addch(&s->text, '\n');
			draw_count(&s->text, t->count);
			buf_printf(&s->text, " %s", t->count == 1 ? t->of_one : t->of_many);
		}
		if (t->steps) {
			buf_addch(&s->text, '\n');
			draw_count(&s->text, t->steps);
			buf_addstr(&s->text, t->steps == 1 ? " step" : " steps");
		}
		s->d->node[t->node].label = arena_strndup(&s->d->arena, buf_str(&s->text), s->text.len);
	}
}

/* ---- sources and sinks ---- */

/* "north[1]", "/share/path", "in hour" */
static void outside_label(struct scene *s, const struct outside *o, struct buf *out)
{
	struct compilation *c = s->c;
	const char *path = outside_read_path(c, o), *share = outside_plan_share(c, o);
	if (!o->anonymous) {
		label_short(out, name_of(c, o->name), sym_len(c->syms, o->name));
		buf_addch(out, '\n');
	}
	buf_addstr(&s->key, o->pond ? "pond " : "/");
	buf_addstr(&s->key, share);
	buf_addstr(&s->key, "/");
	buf_addstr(&s->key, path ? path : "");
	label_whole(out, buf_str(&s->key), s->key.len);
	if (o->window) {
		buf_addstr(out, "\nin ");
		label_short(out, name_of(c, c->program.window[o->window - 1].name), sym_len(c->syms, c->program.window[o->window - 1].name));
	}
}

/* Which of them are one node, at this grain. */
static void outside_key(struct scene *s, const struct outside *o, uint32_t outside, const char *word)
{
	buf_clear(&s->key);
	if (s->grain >= BY_PROGRAM)
		buf_addstr(&s->key, word);
	else if (s->grain >= BY_GROUP)
		buf_printf(&s->key, "%s %s", word, outside_plan_share(s->c, o));
	else if (s->grain >= BY_FUNCTION && o->of)
		buf_printf(&s->key, "%s %u", word, o->of - 1);
	else
		buf_printf(&s->key, "outside %u", outside);
}

static uint32_t outside_node(struct scene *s, uint32_t outside)
{
	const struct outside *o = &s->c->program.outside[outside];
	enum draw_kind kind = o->is_sink ? DRAW_SINK : DRAW_SOURCE;
	const char *one = o->is_sink ? "sink" : "source", *many = o->is_sink ? "sinks" : "sources";
	outside_key(s, o, outside, one);
	const char *key = arena_strdup(&s->d->arena, buf_str(&s->key));
	uint32_t *at = scene_once(s, key);
	buf_clear(&s->text);
	buf_clear(&s->key);
	if (s->grain >= BY_GROUP || (s->grain >= BY_FUNCTION && o->of)) {
		/* each counts once, however often it is read */
		char own[32];
		snprintf(own, sizeof own, "counted %u", outside);
		uint32_t *counted = scene_once(s, own);
		bool first = !*counted;
		*counted = 1;
		if (s->grain >= BY_PROGRAM)
			buf_addstr(&s->text, o->is_sink ? "sinks" : "sources");
		else if (s->grain >= BY_GROUP)
			buf_printf(&s->text, "%s %s", o->pond ? "pond" : "share", outside_plan_share(s->c, o));
		else
			buf_addstr(&s->text, name_of(s->c, s->c->program.outside[o->of - 1].name));
		return scene_tally(s, key, 0, kind, buf_str(&s->text), one, many, first, 0);
	}
	if (!*at) {
		const char *place = place_text(s->c, o->span), *row = place_text(s->c, o->row);
		outside_label(s, o, &s->text);
		uint32_t node = drawing_node(s->d, 0, kind, buf_str(&s->text),
					     arena_printf(&s->d->arena, "%s: %s%s%s%s%s%s", outside_plan_name(s->c, o), buf_str(&s->key), *place ? " (" : "", place,
							  *place && *row ? ", " : "", *place ? row : "", *place ? ")" : ""));
		if (node == DRAW_NONE)
			return node;
		*at = node + 1;
	}
	return *at - 1;
}

uint32_t scene_source(struct scene *s, uint32_t outside)
{
	uint32_t *at;
	if (outside != GRAPH_IMPLIED)
		return outside_node(s, outside);
	if (s->grain >= BY_PROGRAM)
		return scene_tally(s, "source", 0, DRAW_SOURCE, "sources", "source", "sources", 0, 0);
	at = scene_once(s, "inputs");
	if (!*at) {
		uint32_t node = drawing_node(s->d, 0, DRAW_SOURCE, "inputs\n/inputs/*", "files that no step makes");
		if (node == DRAW_NONE)
			return node;
		*at = node + 1;
	}
	return *at - 1;
}

uint32_t scene_sink(struct scene *s, uint32_t outside)
{
	return outside_node(s, outside);
}

/* ---- states ---- */

/* The pod, or the worker group's, in which a step stands; 0 where none is drawn. */
static uint32_t pod_of(const struct drawing *d, uint32_t node)
{
	uint32_t frame = node == DRAW_NONE ? 0 : d->node[node].frame;
	while (frame && d->frame[frame].kind != FRAME_POD && d->frame[frame].kind != FRAME_WORKERS)
		frame = d->frame[frame].within;
	return frame;
}

/* "counts", "state at ipc, guarded by tally". One that ends at the pod stands in it: each pod has its own. */
uint32_t picture_state(struct picture *pic, uint32_t state, uint32_t touched_by)
{
	struct scene *s = pic->s;
	static const char *const modes[] = { "snapshot", "confined", "frozen", "sync", "guarded by " };
	struct compilation *c = s->c;
	const struct state *st = &c->program.state[state];
	uint32_t frame = 0;
	char key[48];
	if (s->grain >= BY_PROGRAM)
		return scene_tally(s, "state", 0, DRAW_STATE, "states", "state", "states", 0, 0);
	if (!st->pond && (st->medium == c->words.ipc || st->medium == c->words.scratch))
		frame = pod_of(s->d, touched_by);
	snprintf(key, sizeof key, "state %u %u", state, frame);
	uint32_t *at = scene_once(s, key);
	if (*at)
		return *at - 1;
	buf_clear(&s->text);
	label_short(&s->text, name_of(c, st->name), sym_len(c->syms, st->name));
	buf_addstr(&s->text, "\nstate at ");
	if (st->pond) {
		buf_addstr(&s->text, "pond ");
		label_short(&s->text, name_of(c, c->program.pond[st->pond - 1].name), sym_len(c->syms, c->program.pond[st->pond - 1].name));
	} else {
		buf_addstr(&s->text, name_of(c, st->medium));
	}
	buf_printf(&s->text, ", %s", modes[st->mode]);
	if (st->mode == STATE_GUARDED && st->lock)
		label_short(&s->text, name_of(c, c->program.lock[st->lock - 1].name), sym_len(c->syms, c->program.lock[st->lock - 1].name));
	uint32_t node = drawing_node(s->d, frame, DRAW_STATE, buf_str(&s->text), arena_printf(&s->d->arena, "state %s (%s)", name_of(c, st->name), place_text(c, st->span)));
	if (node == DRAW_NONE)
		return node;
	*at = node + 1;
	return node;
}
