/* The graph as data: one document for a whole program, NAME.graph.json, whatever its sets can run. */
#include "emitters/emit.h"

#include <string.h>

#include "compiler/graph_json.h"

bool emit_graph(const struct emit_input *in, struct emit_files *files)
{
	struct buf name = BUF_INIT, text = BUF_INIT;
	const char *program = in->program->program_name, *dot = strrchr(program, '.');
	size_t len = dot && dot > program ? (size_t)(dot - program) : strlen(program);
	bool ok = graph_json_write(in->program, !in->without_places, &text);

	if (len > 6 && !memcmp(program + len - 6, ".graph", 6))
		len -= 6;
	buf_add(&name, program, len);
	buf_addstr(&name, ".graph.json");
	if (ok)
		ok = emit_files_add(files, buf_str(&name), &text);
	buf_release(&name);
	buf_release(&text);
	return ok;
}
