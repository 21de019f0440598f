/* `launch f(spec) with x`: a flow that a step gives as data runs in the place of the launch, checked when it is there. */
#include "compiler/elaborate.h"

#include "base/mem.h"

void elab_launch(struct scope *s, const struct node *n, sym_t base, struct results *out)
{
	struct compilation *c = s->e->c;
	const struct node *args = kid(n, 1);
	sym_t name = scope_step_name(s, base);
	struct res spec = elab_value(s, kid(n, 0), TYPE_ERROR, nested_base(s->e, base, kid(n, 0)));
	uint32_t value[LIMIT_FIELDS + 1];
	bool ok = true;

	out->bad = true;
	if ((spec.x && spec.x->kind == X_ERROR) || spec.type == TYPE_ERROR)
		return;
	const struct type *ty = type_of(&c->types, spec.type);
	if (ty->kind != TYPE_FUNCTION || !ty->is_flow || spec.callable || spec.x) {
		diag_report(c->diags, CF201, kid(n, 0)->span, "`launch` needs a flow that a function gives as data, found %s", type_text(&c->types, spec.type));
		diag_help(c->diags, spec.callable ? "a flow that is declared is called: `f(x)`" : "let the function's result be a flow's type: `-> flow(A) -> B`");
		return;
	}
	uint32_t params = ty->params, results = ty->count - ty->params;
	if (list_len(args) != params) {
		diag_report(c->diags, CF202, n->span, "%s takes %u argument%s, found %u", type_text(&c->types, spec.type), params, params == 1 ? "" : "s", list_len(args));
		return;
	}
	value[0] = spec.value;
	for (uint32_t i = 0; i < params; i++) {
		type_t want = type_field_at(&c->types, spec.type, i)->type;
		struct res r = elab_value(s, list_at(args, i), want, nested_base(s->e, base, list_at(args, i)));
		value[i + 1] = elab_to_value(s, r, want, arena_printf(&c->arena, "argument %u of the launched flow", i + 1));
		ok &= value[i + 1] != PLAN_NONE;
	}
	if (!ok)
		return;
	struct graph_node node = { .kind = NODE_LAUNCH, .name = name, .block = s->block, .of = spec.type, .args = params + 1, .afters = s->afters, .span = n->span };
	node.first_arg = graph_items(s->e->g, value, params + 1);
	node.first_after = graph_items(s->e->g, s->after, s->afters);
	uint32_t at = graph_node(s->e->g, node);
	out->bad = false;
	out->count = results < RES_MAX ? results : RES_MAX;
	for (uint32_t k = 0; k < out->count; k++)
		out->at[k] = res_value(s, (struct graph_value){ VALUE_PORT, type_field_at(&c->types, spec.type, params + k)->type, at, k, n->span });
}
