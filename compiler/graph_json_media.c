/* Media that a document says of values: where they stand, and copies. Whether they can stand there place.c finds. */
#include "compiler/graph_json_inner.h"

#include <string.h>

#include "base/mem.h"
#include "compiler/declare.h"
#include "compiler/place.h"

/* "ipc", {"pond": "hot"} or {"share": "out"}, a sink; PLAN_NONE after a report. */
static uint32_t read_medium(struct reader *r, tape_t v)
{
	struct compilation *c = r->c;
	tape_t pond, share;
	const struct member m[] = { { "pond", &pond, false }, { "share", &share, false } };
	sym_t name;
	if (tape_kind(&r->t, v) == JSON_STRING) {
		for (unsigned i = 0; i < MEDIA; i++)
			if (tape_is(&r->t, v, medium_at(i)->word) && medium_at(i)->medium != MEDIUM_POND && medium_at(i)->medium != MEDIUM_SHARE)
				return GRAPH_MEDIUM(medium_at(i)->medium, 0);
		report_shape(r, v, "a medium: \"ipc\", \"scratch\", \"loopback\", \"network\", {\"pond\": …} or {\"share\": …}");
		return PLAN_NONE;
	}
	if (!read_members(r, v, "a medium", m, 2))
		return PLAN_NONE;
	if ((pond == TAPE_NONE) == (share == TAPE_NONE)) {
		report_shape(r, v, "a medium with either \"pond\" or \"share\"");
		return PLAN_NONE;
	}
	tape_t at = pond == TAPE_NONE ? share : pond;
	if (!read_string(r, at, "the name of a pond or of a sink", &name))
		return PLAN_NONE;
	if (pond != TAPE_NONE) {
		uint32_t index = declare_pond_named(c, tree_node(r, N_NAME, tape_span(&r->t, at), name, NULL, 0));
		return index == PLAN_NONE ? PLAN_NONE : GRAPH_MEDIUM(MEDIUM_POND, index);
	}
	const struct decl *d = program_data(&c->program, name);
	if (d && d->kind == DECL_OUTSIDE && c->program.outside[d->index].is_sink)
		return GRAPH_MEDIUM(MEDIUM_SHARE, d->index);
	diag_report(c->diags, CF101, tape_span(&r->t, at), "unknown sink `%s`", name_of(c, name));
	return PLAN_NONE;
}

static bool read_one(struct reader *r, struct json_block *b, tape_t v)
{
	tape_t of, in, staged, name, at;
	const struct member m[] = { { "of", &of, true }, { "in", &in, true }, { "staged", &staged, false }, { "name", &name, true }, { "at", &at, false } };
	const struct wanted w = { .what = "what stands in the medium" };
	struct graph_put put = { .block = b->block };
	if (!read_members(r, v, "a medium of a value", m, 5) || !read_flag(r, staged, "staged", &put.staged) || !read_string(r, name, "a name", &put.name))
		return false;
	put.value = read_value(r, b, of, TYPE_ERROR, &w);
	put.medium = read_medium(r, in);
	put.span = read_place(r, at, v);
	put.end = put.span;
	if (put.value == PLAN_NONE || put.medium == PLAN_NONE)
		return false;
	if (r->g->value[put.value].kind == VALUE_CONST) {
		diag_report(r->c->diags, CF308, tape_span(&r->t, of), "this is known before the run: it stands in no medium");
		return false;
	}
	graph_put(r->g, put);
	return true;
}

bool read_media(struct reader *r, struct json_block *b, tape_t media)
{
	bool ok = true;
	if (media == TAPE_NONE)
		return true;
	if (tape_kind(&r->t, media) != JSON_ARRAY) {
		report_shape(r, media, "an array of media");
		return false;
	}
	tape_t v = tape_first(media);
	for (uint32_t i = 0; i < tape_at(&r->t, media)->len; i++, v = tape_next(&r->t, v))
		ok &= read_one(r, b, v);
	return ok;
}
