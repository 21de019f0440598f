/* The tables of plan_shape.def, and the lengths of arrays that no struct says. */
#include "runtime/plan_shape.h"

#define NEEDED true
#define OPTIONAL false
#define ROWS_NAMED false
#define ROWS_PLACED true

#define PLAN_TABLE(id, array, count, type)
#define PLAN_OBJECT(id, placed) static const struct plan_member members_of_##id[] = {
#define PLAN_MEMBER(type, name, kind, need, more) PLAN_MEMBER_AT(type, name, #name, kind, need, more)
#define PLAN_MEMBER_AT(type, member, name, kind, need, more) { name, kind, more, need, offsetof(struct type, member) },
#define PLAN_END(id) };
#include "runtime/plan_shape.def"
#undef PLAN_OBJECT
#undef PLAN_MEMBER
#undef PLAN_MEMBER_AT
#undef PLAN_END
#undef PLAN_TABLE

#define MEMBERS(id) members_of_##id, sizeof members_of_##id / sizeof members_of_##id[0]

#define PLAN_OBJECT(id, placed) enum { placed_##id = placed };
#define PLAN_MEMBER(type, name, kind, need, more)
#define PLAN_MEMBER_AT(type, member, name, kind, need, more)
#define PLAN_END(id)
#define PLAN_TABLE(id, array, count, type)
#include "runtime/plan_shape.def"
#undef PLAN_OBJECT
#undef PLAN_TABLE

const struct plan_object plan_set_object = { "set", MEMBERS(set), placed_set, sizeof(struct plan_set), 0, 0 };

const struct plan_object plan_tables[] = {
#define PLAN_OBJECT(id, placed)
#define PLAN_TABLE(id, array, count, type) \
	{ #id, MEMBERS(id), placed_##id, sizeof(struct type), offsetof(struct plan, array), offsetof(struct plan, count) },
#include "runtime/plan_shape.def"
};
const unsigned plan_table_count = sizeof plan_tables / sizeof plan_tables[0];

const char *const *plan_choice_names(enum plan_choice c)
{
	static const char *const order[] = { [ORDER_PARALLEL] = "parallel", [ORDER_DEPTH_FIRST] = "depth_first",
		[ORDER_BREADTH_FIRST] = "breadth_first", [ORDER_DEPENDENCY] = "dependency", NULL };
	static const char *const type[] = { [PLAN_BOOL] = "bool", [PLAN_I32] = "i32", [PLAN_I64] = "i64", [PLAN_U32] = "u32",
		[PLAN_U64] = "u64", [PLAN_F32] = "f32", [PLAN_F64] = "f64", [PLAN_STRING] = "string", [PLAN_BYTES] = "bytes",
		[PLAN_TIME] = "time", [PLAN_DURATION] = "duration", [PLAN_FILE] = "file", [PLAN_RECORD] = "record",
		[PLAN_ENUM] = "enum", [PLAN_LIST] = "list", [PLAN_OPTIONAL] = "optional",
		[PLAN_CHOICE] = "choice", [PLAN_FLOW] = "flow", NULL };
	static const char *const format[] = { [FORMAT_NATURAL] = "natural", [FORMAT_JSON] = "json", [FORMAT_JSONL] = "jsonl",
		[FORMAT_CSV] = "csv", [FORMAT_RAW] = "raw", [FORMAT_FLAT] = "flat", NULL };
	static const char *const part[] = { [PART_TEXT] = "text", [PART_PARAM] = "param", [PART_RESULT] = "result",
		[PART_STATE] = "state", [PART_WINDOW] = "window", NULL };
	static const char *const state[] = { [PLAN_SNAPSHOT] = "snapshot", [PLAN_CONFINED] = "confined", [PLAN_FROZEN] = "frozen",
		[PLAN_SYNC] = "sync", [PLAN_GUARDED] = "guarded", NULL };
	static const char *const idle[] = { [PLAN_IDLE_SKIP] = "skip", [PLAN_IDLE_FAIL] = "fail", NULL };
	static const char *const effect[] = { [EFFECT_PURE] = "pure", [EFFECT_IDEMPOTENT] = "idempotent",
		[EFFECT_ONCE] = "once", NULL };
	static const char *const value[] = { [VALUE_CONST] = "const", [VALUE_SOURCE] = "source", [VALUE_PORT] = "port",
		[VALUE_ITEM] = "item", [VALUE_LIST] = "list", [VALUE_PARENTS] = "parents", [VALUE_INPUTS] = "inputs",
		[VALUE_ABSENT] = "absent", [VALUE_CARRY] = "carry", [VALUE_PARAM] = "param", NULL };
	static const char *const node[] = { [NODE_CALL] = "call", [NODE_EACH] = "each", [NODE_STEPS] = "steps",
		[NODE_MATCH] = "match", [NODE_CYCLE] = "cycle", [NODE_LAUNCH] = "launch", NULL };
	static const char *const expr[] = { [EXPR_ARG] = "arg", [EXPR_CONST] = "const", [EXPR_LOCAL] = "local", [EXPR_FIELD] = "field",
		[EXPR_INDEX] = "index", [EXPR_LIST] = "list", [EXPR_FOR] = "for", [EXPR_RECORD] = "record", [EXPR_SOME] = "some",
		[EXPR_ABSENT] = "absent", [EXPR_ELSE] = "else", [EXPR_NOT] = "not", [EXPR_NEG] = "neg", [EXPR_BINARY] = "binary",
		[EXPR_TEXT] = "text", [EXPR_LEN] = "len", [EXPR_RANGE] = "range", [EXPR_SECONDS] = "seconds",
		[EXPR_CHUNKS] = "chunks", [EXPR_GROUPS] = "groups", [EXPR_CHOICE] = "choice", [EXPR_ARM] = "arm", [EXPR_HAS] = "has",
		NULL };
	static const char *const op[] = { [PLAN_OP_ADD] = "+", [PLAN_OP_SUB] = "-", [PLAN_OP_MUL] = "*", [PLAN_OP_DIV] = "/",
		[PLAN_OP_MOD] = "%", [PLAN_OP_EQ] = "==", [PLAN_OP_NE] = "!=", [PLAN_OP_LT] = "<", [PLAN_OP_LE] = "<=",
		[PLAN_OP_GT] = ">", [PLAN_OP_GE] = ">=", [PLAN_OP_AND] = "&&", [PLAN_OP_OR] = "||", NULL };
	static const char *const role[] = { [ROLE_SWAP] = "swap", [ROLE_MOUNTED] = "mounted", NULL };
	static const char *const *const names[CHOICES] = { [CHOICE_ORDER] = order, [CHOICE_TYPE] = type,
		[CHOICE_FORMAT] = format, [CHOICE_PART] = part, [CHOICE_EFFECT] = effect, [CHOICE_VALUE] = value,
		[CHOICE_NODE] = node, [CHOICE_EXPR] = expr, [CHOICE_OP] = op, [CHOICE_ROLE] = role,
		[CHOICE_IDLE] = idle, [CHOICE_STATE] = state };

	return names[c];
}

static bool length_of_starts(const struct plan *p, const struct plan_region *r, const uint32_t *start, size_t *out)
{
	if (!start || r->body >= p->blocks)
		return false;
	*out = start[p->block[r->body].rows];
	return true;
}

static bool length_of_region(const struct plan *p, const struct plan_region *r, enum plan_length rule, size_t *out)
{
	switch (rule) {
	case LENGTH_OUTER_ROWS_AND_ONE:
		if (r->node >= p->nodes || p->node[r->node].block >= p->blocks)
			return false;
		*out = (size_t)p->block[p->node[r->node].block].rows + 1;
		return true;
	case LENGTH_ROWS:
	case LENGTH_ROWS_AND_ONE:
		if (r->body >= p->blocks)
			return false;
		*out = (size_t)p->block[r->body].rows + (rule == LENGTH_ROWS_AND_ONE);
		return true;
	case LENGTH_OF_PARENTS: return length_of_starts(p, r, r->parent_start, out);
	case LENGTH_OF_INPUTS: return length_of_starts(p, r, r->input_start, out);
	case LENGTH_OF_OUTPUTS: return length_of_starts(p, r, r->output_start, out);
	case LENGTH_SLOTS:
	case LENGTH_COUNT: break;
	}
	return false;
}

bool plan_array_length(const struct plan *p, const void *row, enum plan_length rule, size_t *out)
{
	switch (rule) {
	case LENGTH_SLOTS: *out = p->set.slots; return true;
	case LENGTH_COUNT: *out = ((const struct plan_column *)row)->count; return true;
	default: return length_of_region(p, row, rule, out);
	}
}
