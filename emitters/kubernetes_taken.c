/*
 * Names that objects have taken, over all sets that are emitted together: two things that would get one name are a mistake that the
 * API server would not see (the second would change the first).
 */
#include <string.h>

#include "emitters/kubernetes_object.h"
#include "emitters/names.h"

bool kube_take(struct emit_files *files, struct diags *diags, const struct kube_object *o)
{
	const char *called = o->called ? o->called : o->name;
	struct buf key = BUF_INIT;
	struct name *n;

	buf_printf(&key, "%s/%s", o->kind, o->name);
	n = names_find(&files->names, key.p);
	buf_release(&key);
	if (!n->of) {
		n->of = names_keep(files->names, called);
		return true;
	}
	if (strcmp(n->of, called) == 0)
		return true;
	diag_report_line(diags, CF802, o->loc ? o->loc : "", "`%s` and `%s` would both be %s %s", n->of, called, o->kind, o->name);
	diag_help(diags, "give one of them another name, or emit them apart (--set NAME), each for a namespace of its own (--namespace)");
	return false;
}
