/*
 * Fuzz target: the body of a request to a served function. The first byte chooses a type; what fits is put where a step would find it,
 * read back as an answer, and must fit again.
 */
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/serve_value.h"
#include "testsuite/fuzz/fuzz.h"

enum { STRING, NUMBER, TEXT, FILES, FILE_OR_NOT, BOX, BOXES, FOLDERS, CHOICE, MANY, TYPES };
static const struct plan_type types[TYPES] = {
	[STRING] = { .kind = PLAN_STRING }, [NUMBER] = { .kind = PLAN_I64 }, [TEXT] = { .kind = PLAN_FILE },
	[FILES] = { .kind = PLAN_LIST, .elem = TEXT }, [FILE_OR_NOT] = { .kind = PLAN_OPTIONAL, .elem = TEXT },
	[BOX] = { .kind = PLAN_RECORD, .name = "Box", .first = 0, .count = 4 }, [BOXES] = { .kind = PLAN_LIST, .elem = BOX },
	[FOLDERS] = { .kind = PLAN_LIST, .elem = FILES }, [CHOICE] = { .kind = PLAN_CHOICE, .first = 4, .count = 2 },
	[MANY] = { .kind = PLAN_LIST, .elem = FILE_OR_NOT },
};
static const struct plan_field fields[] = { { "doc", TEXT }, { "n", NUMBER }, { "more", FILE_OR_NOT }, { "all", FILES }, { "Box", BOX }, { "file", TEXT } };

static char folder[] = "/tmp/fuzz-serve.XXXXXX";

static void remove_folder(void)
{
	file_remove_tree(AT_FDCWD, folder);
}

static void check(struct serve_values *v, uint32_t type, const char *json, size_t len, const char *path)
{
	struct buf error = BUF_INIT, answer = BUF_INIT, again = BUF_INIT;
	bool fits, put;

	v->only_check = true;
	fits = serve_value_put(v, type, json, len, path, &error);
	if (!fits && !error.len)
		abort();
	buf_clear(&error);
	v->only_check = false;
	put = serve_value_put(v, type, json, len, path, &error);
	if (put && !fits)
		abort();
	if (put) {	/* what fits can fail here only for a path that is too long */
		buf_clear(&error);
		if (!serve_value_get(v->plan, type, path, 1 << 20, &answer, &error))
			abort();
		v->only_check = true;
		if (!serve_value_put(v, type, buf_str(&answer), answer.len, path, &again))
			abort();
	}
	file_remove_tree(AT_FDCWD, path);
	buf_release(&error);
	buf_release(&answer);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan *p;
	struct serve_values v = { 0 };
	struct buf path = BUF_INIT;

	if (!p) {
		p = plan_new();
		p->type = arena_zalloc(&p->arena, TYPES, sizeof *p->type);
		memcpy(p->type, types, sizeof types);
		p->types = TYPES;
		p->field = arena_zalloc(&p->arena, sizeof fields / sizeof fields[0], sizeof *p->field);
		memcpy(p->field, fields, sizeof fields);
		p->fields = sizeof fields / sizeof fields[0];
		if (!mkdtemp(folder))
			abort();
		atexit(remove_folder);
	}
	if (size < 1)
		return 0;
	v.plan = p;
	buf_printf(&path, "%s/value", folder);
	check(&v, data[0] % TYPES, (const char *)data + 1, size - 1, path.p);
	buf_release(&path);
	return 0;
}
