/* The plan itself, as the engine reads it, with the places of its lines. */
#include "emitters/emit.h"

#include "base/file.h"

bool emit_plan(const struct emit_input *in, struct emit_files *files)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	bool added;

	file_encode_key(&name, in->plan->set.name, strlen(in->plan->set.name));
	buf_addstr(&name, ".plan.json");
	plan_write_placed(in->plan, &text);
	added = emit_files_add(files, name.p, &text);
	if (!added) {
		diag_report_line(in->diags, CF802, in->plan->set.loc, "two sets would be written to %s", name.p);
		diag_help(in->diags, "give one of the sets another name");
	}
	buf_release(&name);
	buf_release(&text);
	return added;
}
