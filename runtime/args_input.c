/*
 * Inputs as files. What already stands in the right form is read in place; the rest is made below data/in: a value in
 * the format of its port, a folder of symbolic links for a list of files.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args_inner.h"
#include "runtime/value.h"

static bool input_path(struct building *b, const char *port, struct buf *path, bool make)
{
	if (!make) {
		store_inputs_path(b->a->store, b->s->slot, b->s->key, b->s->attempt, path);
		buf_printf(path, "/%s", port);
		return true;
	}
	if (!store_inputs(b->a->store, b->s->slot, b->s->key, b->s->attempt, path, b->error))
		return false;
	b->out->made_inputs = true;
	buf_printf(path, "/%s", port);
	return true;
}

/* To a worker that is kept apart: its own copy, where it would not see the file in its place. */
bool args_hand_over(struct building *b, const char *port, uint32_t item, struct buf *path)
{
	struct store_hand hand = { .slot = b->s->slot, .attempt = b->s->attempt, .item = item, .key = b->s->key, .port = port };
	struct buf to = BUF_INIT;
	bool ok = true;

	if (path->len && store_must_hand_over(b->a->store, path->p)) {
		b->out->made_inputs = true;
		ok = store_hand_over(b->a->store, &hand, path->p, &to, b->error);
		buf_clear(path);
		buf_addstr(path, buf_str(&to));
	}
	buf_release(&to);
	return ok;
}

bool args_put_input(struct building *b, const char *port, const char *text, size_t len, struct buf *path)
{
	return input_path(b, port, path, true) && store_put(path->p, text, len, b->error) && args_hand_over(b, port, PLAN_NONE, path);
}

/* A file, or a folder of files. */
static bool link_one(const struct store *s, const char *from, const char *to, struct buf *error)
{
	struct stat st;

	if (!store_must_hand_over(s, from))
		return symlink(from, to) == 0;
	return lstat(from, &st) == 0 && S_ISDIR(st.st_mode) ? store_link_folder(from, to, error) : store_link(from, to, error);
}

static bool link_all(const struct store *s, const struct value_files *files, const char *folder, struct buf *error)
{
	struct buf link = BUF_INIT;
	bool ok = mkdir(folder, 0750) == 0;

	if (!ok)
		buf_printf(error, "cannot make the folder %s: %s", folder, strerror(errno));
	for (size_t i = 0; ok && i < files->count; i++) {
		buf_clear(&link);
		buf_printf(&link, "%s/%s", folder, files->file[i].name);
		ok = link_one(s, files->file[i].path, link.p, error);
		if (!ok && errno == EEXIST) {	/* one file twice in a list of inputs is one file of the folder */
			char there[4096];
			ssize_t n = readlink(link.p, there, sizeof there);

			ok = n == (ssize_t)strlen(files->file[i].path) && memcmp(there, files->file[i].path, (size_t)n) == 0;
			errno = EEXIST;
		}
		if (!ok && !error->len)
			buf_printf(error, "cannot link `%s` into a folder of inputs: %s", files->file[i].name, strerror(errno));
	}
	buf_release(&link);
	return ok;
}

static bool make_folder(struct building *b, engine_value value, const char *folder, bool *absent);

/* An item of a list of lists of files: in its place, or made there. */
static bool make_item(struct building *b, engine_value item, const char *to)
{
	struct buf path = BUF_INIT;
	bool stands = false, absent = false, ok = resolve_place(b->a->values, item, &path, &stands, &absent, b->error);

	if (ok && stands) {
		ok = link_one(b->a->store, path.p, to, b->error);
		if (!ok && !b->error->len)
			buf_printf(b->error, "cannot link %s into a folder of inputs: %s", path.p, strerror(errno));
	} else if (ok && !absent) {
		ok = make_folder(b, item, to, &absent);
	}
	buf_release(&path);
	return ok;
}

/* A list of lists that the engine made. */
static bool make_lists(struct building *b, engine_value value, uint32_t count, const char *folder)
{
	int digits = snprintf(NULL, 0, "%u", count ? count - 1 : 0);
	struct buf path = BUF_INIT;
	bool ok = mkdir(folder, 0750) == 0;

	if (!ok)
		buf_printf(b->error, "cannot make the folder %s: %s", folder, strerror(errno));
	for (uint32_t i = 0; ok && i < count; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%0*u", folder, digits, i);
		ok = make_item(b, engine_value_item(b->a->engine, value, i), path.p);
	}
	buf_release(&path);
	return ok;
}

static bool make_folder(struct building *b, engine_value value, const char *folder, bool *absent)
{
	const struct plan *p = b->a->plan;
	struct value_files files = { 0 };
	struct engine_value_info info;
	bool ok;

	engine_value_get(b->a->engine, value, &info);
	if (info.kind == EV_LIST && value_is_folder(p, p->type[resolve_bare_type(p, info.type)].elem))
		return make_lists(b, value, info.count, folder);
	ok = resolve_files(b->a->values, value, &files, absent, b->error);

	if (ok && !*absent)
		ok = link_all(b->a->store, &files, folder, b->error);
	value_files_release(&files);
	return ok;
}

/* A source's folder is made once and serves every step. */
static bool source_folder(struct building *b, engine_value value, uint32_t source, struct buf *path, bool *absent)
{
	char **known = &b->a->source_folder[source];

	if (!*known) {
		struct buf folder = BUF_INIT;

		buf_printf(&folder, "%s/in/source.%u.files", store_data(b->a->store), source);
		if (make_folder(b, value, folder.p, absent))
			*known = mem_strdup(folder.p);
		buf_release(&folder);
	}
	if (*known)
		buf_addstr(path, *known);
	return *known != NULL;
}

static bool folder_path(struct building *b, engine_value value, const char *port, struct buf *path, bool *absent)
{
	struct engine_value_info info;
	bool stands;

	engine_value_get(b->a->engine, value, &info);
	if (info.kind == EV_SOURCE)
		return source_folder(b, value, info.source, path, absent);
	if (!resolve_place(b->a->values, value, path, &stands, absent, b->error))
		return false;
	if (stands)
		return true;
	if (*absent)
		return input_path(b, port, path, false);
	return input_path(b, port, path, true) && make_folder(b, value, path->p, absent);
}

static bool write_value(struct building *b, const struct plan_port *port, struct buf *natural, const char *path)
{
	const struct plan *p = b->a->plan;
	uint32_t type = resolve_bare_type(p, port->type);
	struct buf text = BUF_INIT;
	bool ok = value_export(p, type, (enum plan_format)port->format, buf_str(natural), natural->len, &text, b->error) &&
		  store_put(path, buf_str(&text), text.len, b->error);

	buf_release(&text);
	return ok;
}

/* A parameter may stand in several words: what was made for the first serves all. */
static bool made_before(struct building *b, const struct plan_port *port, struct buf *path)
{
	struct buf made = BUF_INIT;
	struct stat st;
	bool there = b->out->made_inputs && input_path(b, port->name, &made, false) && lstat(made.p, &st) == 0;

	if (there)
		buf_addstr(path, made.p);
	buf_release(&made);
	return there;
}

bool args_put_natural(struct building *b, const struct plan_port *port, const char *natural, struct buf *path)
{
	const struct plan *p = b->a->plan;
	uint32_t type = resolve_bare_type(p, port->type);
	struct buf text = BUF_INIT, made = BUF_INIT;
	bool ok;

	if (value_is_file(p, type) || port->format == FORMAT_NATURAL || port->format == value_natural_format(p, type)) {
		buf_addstr(path, natural);
		return args_hand_over(b, port->name, PLAN_NONE, path);
	}
	if (made_before(b, port, path))
		return true;
	ok = file_read(natural, LIMIT_DATA, &text);
	if (!ok)
		buf_printf(b->error, "cannot read %s: %s", natural, strerror(errno));
	ok = ok && input_path(b, port->name, &made, true) && write_value(b, port, &text, made.p) && args_hand_over(b, port->name, PLAN_NONE, &made);
	if (ok)
		buf_addstr(path, made.p);
	buf_release(&text);
	buf_release(&made);
	return ok;
}

static bool value_path(struct building *b, engine_value value, const struct plan_port *port, struct buf *path, bool *absent)
{
	const struct plan *p = b->a->plan;
	uint32_t type = resolve_bare_type(p, port->type);
	struct buf natural = BUF_INIT, made = BUF_INIT;
	bool stands = false, ok = true;

	if (port->format == FORMAT_FLAT && (!resolve_flat(b->a->values, value, type, path, &stands, b->error) || stands))
		return stands;
	if (value_is_file(p, type) || port->format == FORMAT_NATURAL || port->format == value_natural_format(p, type))
		ok = resolve_place(b->a->values, value, path, &stands, absent, b->error);
	if (!ok || stands)
		return ok;
	if (value_is_file(p, type)) {
		if (*absent)
			return input_path(b, port->name, path, false);
		buf_addstr(b->error, "a file that stands nowhere");
		return false;
	}
	ok = resolve_natural(b->a->values, value, &natural, absent, b->error) && input_path(b, port->name, &made, !*absent);
	if (ok && !*absent)
		ok = write_value(b, port, &natural, made.p);
	if (ok)
		buf_addstr(path, made.p);
	buf_release(&natural);
	buf_release(&made);
	return ok;
}

bool args_input_path(struct building *b, uint32_t param, struct buf *path, bool *absent)
{
	const struct plan_port *port = &b->a->plan->port[b->func->first_param + param];
	engine_value value = engine_arg(b->a->engine, b->s->step, param);
	struct buf found = BUF_INIT;
	bool ok;

	*absent = false;
	if (made_before(b, port, path))
		return true;
	if (value_is_folder(b->a->plan, resolve_bare_type(b->a->plan, port->type)))
		ok = folder_path(b, value, port->name, &found, absent);
	else
		ok = value_path(b, value, port, &found, absent);
	if (ok && !*absent)
		ok = args_hand_over(b, port->name, PLAN_NONE, &found);
	if (ok)
		buf_addstr(path, buf_str(&found));
	buf_release(&found);
	return ok;
}
