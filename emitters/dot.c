/* Pictures among what is emitted: NAME.dot of each set; NAME.mmd where it is asked for. */
#include <string.h>

#include "base/file.h"
#include "emitters/emit.h"
#include "emitters/picture.h"

static bool add(const struct emit_input *in, struct emit_files *files, const char *suffix, struct buf *text)
{
	const char *set = name_of(in->program, in->set->name);
	struct buf name = BUF_INIT;
	bool added;
	file_encode_key(&name, set, strlen(set));
	buf_addstr(&name, suffix);
	added = emit_files_add(files, buf_str(&name), text);
	if (!added) {
		diag_report(in->diags, CF802, in->set->span, "two sets would be drawn in %s", buf_str(&name));
		diag_help(in->diags, "give one of the sets another name");
	}
	buf_release(&name);
	buf_release(text);
	return added;
}

bool emit_dot(const struct emit_input *in, struct emit_files *files)
{
	struct picture_options o = { (size_t)(in->set - in->program->program.set), PICTURE_MOST_NODES, PICTURE_MOST_LINES, BY_ROW };
	struct buf text = BUF_INIT;
	picture_dot(in->program, &o, &text, NULL);
	return add(in, files, ".dot", &text);
}

bool emit_mermaid(const struct emit_input *in, struct emit_files *files)
{
	struct picture_options o = { (size_t)(in->set - in->program->program.set), PICTURE_MOST_NODES, MERMAID_MOST_LINES, BY_ROW };
	struct buf text = BUF_INIT;
	picture_mermaid(in->program, &o, &text);
	return add(in, files, ".mmd", &text);
}
