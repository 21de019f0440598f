/* Attributes: which keyword stands where. What their values mean is the elaborator's. */
#include "base/suggest.h"
#include "grammar/parser_internal.h"

#define FUNCTION OWNER_FUNCTION
#define CALCSET OWNER_CALCSET
#define DEFAULT OWNER_DEFAULT
#define POND OWNER_POND
#define SOURCE OWNER_SOURCE
#define SINK OWNER_SINK
#define STATE OWNER_STATE
#define LOCK OWNER_LOCK
#define WINDOW OWNER_WINDOW
static const struct {
	const char *keyword;
	unsigned owners;
} attributes[] = {
#define ATTR(keyword, class, where, between, shape) { #keyword, where },
#include "grammar/attrs.def"
#undef ATTR
};

enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static const char *owner_name(enum attr_owner owner)
{
	switch (owner) {
	case OWNER_FUNCTION: return "a function";
	case OWNER_CALCSET: return "a calculation set";
	case OWNER_DEFAULT: return "a default of a calculation set";
	case OWNER_POND: return "a pond";
	case OWNER_SOURCE: return "a source";
	case OWNER_SINK: return "a sink";
	case OWNER_STATE: return "a state";
	case OWNER_LOCK: return "a lock";
	case OWNER_WINDOW: return "a window";
	}
	return "this";
}

const char *attrs_suggest(const char *word, unsigned owners)
{
	struct suggest s;

	suggest_init(&s, word);
	for (int i = 0; i < ATTRIBUTES; i++) {
		if (attributes[i].owners & owners)
			suggest_offer(&s, attributes[i].keyword);
	}
	return s.best;
}

static void report_misplaced(struct parser *p, const struct node *attr, unsigned owners, enum attr_owner owner)
{
	struct diags *d = p->context->diags;
	struct buf list = BUF_INIT;

	diag_report(d, CF107, attr->name_span, "`%s` is no attribute of %s", sym_text(p->context->syms, attr->sym),
		    owner_name(owner));
	for (unsigned bit = 1; bit <= OWNER_WINDOW; bit <<= 1) {
		if (owners & bit)
			buf_printf(&list, "%s%s", list.len ? ", " : "", owner_name(bit));
	}
	if (list.len)
		diag_help(d, "it belongs to %s", list.p);
	buf_release(&list);
}

void attrs_check(struct parser *p, const struct node *list, enum attr_owner owner)
{
	const struct words *words = &p->lexer.words;

	for (uint32_t i = 0; i < list_len(list); i++) {
		const struct node *attr = list_at(list, i);
		unsigned row = attr->sym < words->count ? words->attributes[attr->sym] : 0;

		if (attr->kind != N_ATTR || row == 0)
			continue;
		if (!(attributes[row - 1].owners & owner))
			report_misplaced(p, attr, attributes[row - 1].owners, owner);
		else if (owner == OWNER_CALCSET && strcmp(attributes[row - 1].keyword, "default") == 0)
			attrs_check(p, kid(attr, 0), OWNER_DEFAULT);
	}
}
