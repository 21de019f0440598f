/* Command and environment of a step. Inputs that are no files yet are made by args_input.c. */
#include "runtime/args.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/mem.h"
#include "runtime/args_inner.h"
#include "runtime/flat.h"
#include "runtime/plan_images.h"
#include "runtime/value.h"
#include "runtime/window.h"

enum { ARGUMENT_MOST = 131071, ROOM_FOR_KERNEL = 8192 };	/* Linux: MAX_ARG_STRLEN without its NUL */
static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char *search_path_of(const struct host_options *o)
{
	const char *path = o->search_path ? o->search_path : getenv("PATH");

	return path && *path ? path : default_path;
}

struct args *args_new(const struct host_options *o, const struct engine *e, struct store *s, struct resolver *v,
		      const struct share_source *sources)
{
	struct args *a = mem_zalloc(1, sizeof *a);
	a->plan = engine_plan(e);
	a->options = o;
	a->engine = e;
	a->store = s;
	a->values = v;
	a->sources = sources;
	a->search_path = mem_strdup(search_path_of(o));
	a->exec_most = sysconf(_SC_ARG_MAX);
	a->source_folder = mem_zalloc(o->plan->sources ? o->plan->sources : 1, sizeof *a->source_folder);
	a->source_image = mem_zalloc(o->plan->sources ? o->plan->sources : 1, sizeof *a->source_image);
	return a;
}

void args_states(struct args *a, const struct states *s)
{
	a->states = s;
}

void args_free(struct args *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->programs; i++)
		mem_free(a->program[i]);
	for (uint32_t i = 0; i < a->options->plan->sources; i++) {
		mem_free(a->source_folder[i]);
		mem_free(a->source_image[i]);
	}
	mem_free(a->program);
	mem_free(a->source_folder);
	mem_free(a->source_image);
	mem_free(a->layout);
	mem_free(a->search_path);
	mem_free(a);
}

void args_job_init(struct args_job *j)
{
	memset(j, 0, sizeof *j);
	arena_init(&j->arena);
}

void args_job_clear(struct args_job *j)
{
	arena_reset(&j->arena);
	memset(&j->job, 0, sizeof j->job);
	j->made_inputs = false;
}

void args_job_release(struct args_job *j)
{
	arena_release(&j->arena);
}

/* ---- what can run here ---- */

static const char *image_root(const struct host_options *o, const struct plan_func *f)
{
	const char *image = f->image[0] ? f->image : o->plan->set.image;

	for (uint32_t i = 0; i < o->image_roots; i++)
		if (strcmp(o->image_root[i].name, image) == 0)
			return o->image_root[i].dir;
	return NULL;
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find_below(const char *root, const char *search_path, const char *name, struct buf *path)
{
	for (const char *at = search_path, *end;; at = end + 1) {
		end = strchrnul(at, ':');
		buf_clear(path);
		if (end == at)		/* an empty part is the present folder */
			buf_printf(path, "./%s", name);
		else
			buf_printf(path, "%s%.*s/%s", root, (int)(end - at), at, name);
		if (is_program(path->p))
			return true;
		if (!*end)
			return false;
	}
}

bool args_find_program(const char *search_path, const char *name, struct buf *path)
{
	if (!strchr(name, '/'))
		return *name && find_below("", search_path, name, path);
	buf_addstr(path, name);
	return is_program(name);
}

static bool find_in_root(const char *root, const char *search_path, const char *name, struct buf *path)
{
	if (!strchr(name, '/'))
		return find_below(root, default_path, name, path) || find_below(root, search_path, name, path);
	buf_printf(path, "%s/%s", root, name);
	return is_program(path->p);
}

static void not_found(const struct host_options *o, const char *root, const char *name, struct buf *error)
{
	const char *search_path = search_path_of(o);

	if (root)
		buf_printf(error, "the command `%s` is not below %s, where --image-root says its image stands", name, root);
	else if (strchr(name, '/'))
		buf_printf(error, "the command `%s` does not exist, or may not be run", name);
	else if (strlen(search_path) <= 60)
		buf_printf(error, "the command `%s` is not in PATH (%s)", name, search_path);
	else	/* longer than all that matters here */
		buf_printf(error, "the command `%s` is not in PATH", name);
}

/* The program of native functions, as their steps will look for it. All of a plan have one. */
static bool find_native(const struct host_options *o, const struct plan_func *f, struct buf *error)
{
	const char *root = image_root(o, f), *name;
	struct buf path = BUF_INIT;
	struct arena arena;
	bool found;

	arena_init(&arena);
	name = flat_program_name(&arena, o->plan->program);
	found = root ? find_in_root(root, search_path_of(o), name, &path) : args_find_program(search_path_of(o), name, &path);
	if (!found) {
		buf_printf(error, "%s: function `%s` is native, and ", f->loc, f->name);
		not_found(o, root, name, error);
		buf_addstr(error, "\n  help: build its program (`calcc FLOW.cf --emit=stub -o DIR`, then make there), and name it with --native FILE or put it into PATH\n");
	}
	buf_release(&path);
	arena_release(&arena);
	return found;
}

bool args_native_possible(const struct host_options *o, struct buf *error)
{
	const struct plan_func *f = o->plan->func, *end = f + o->plan->funcs;

	while (f < end && !f->native)
		f++;
	return o->in_pod || o->native || f == end || find_native(o, f, error);
}

bool args_possible(const struct host_options *o, struct buf *error)
{
	const struct plan *p = o->plan;
	size_t before = error->len;

	for (uint32_t i = 0; !o->in_pod && i < p->funcs; i++) {
		const struct plan_func *f = &p->func[i];

		if (f->words == 0 && f->expr == PLAN_NONE && !f->native)
			buf_printf(error, "%s: function `%s` has an image and no command: it runs in a pod only\n"
				   "  help: give it a `command` beside its image, and here --image-root '%s=DIR'\n",
				   f->loc, f->name, f->image);
		for (uint32_t k = 0; k < f->secrets; k++) {
			const struct plan_secret *s = &p->secret[f->first_secret + k];

			if (!getenv(s->name))
				buf_printf(error, "%s: function `%s` needs the secret %s (\"%s/%s\"): set the variable %s\n",
					   f->loc, f->name, s->name, s->secret, s->key, s->name);
		}
	}
	return error->len == before;
}

/* A launch brings functions of its own. */
static void know_functions(struct args *a)
{
	size_t had = a->programs;

	if (a->plan->funcs <= had)
		return;
	a->program = mem_resize(a->program, a->plan->funcs, sizeof *a->program);
	a->programs = a->plan->funcs;
	memset(a->program + had, 0, (a->programs - had) * sizeof *a->program);
}

/* The program of a function, looked up once. In a pod the worker looks, in its own container. */
bool args_function_program(struct args *a, uint32_t func, const char *name, const char **program, struct buf *error)
{
	const char *root = image_root(a->options, &a->plan->func[func]);
	struct buf path = BUF_INIT;
	bool found;

	*program = name;
	if (a->options->in_pod)
		return true;
	know_functions(a);
	if (!a->program[func]) {
		found = root ? find_in_root(root, a->search_path, name, &path) : args_find_program(a->search_path, name, &path);
		if (found && path.p[0] != '/') {	/* the step runs in another folder */
			char *whole = realpath(path.p, NULL);

			a->program[func] = whole ? mem_strdup(whole) : NULL;
			free(whole);
		} else if (found) {
			a->program[func] = mem_strdup(path.p);
		}
		buf_release(&path);
	}
	*program = a->program[func];
	if (*program)
		return true;
	not_found(a->options, root, name, error);
	return false;
}

/* ---- words ---- */

void args_list_add(struct args_list *l, const char *text)
{
	l->item = mem_grow(l->item, &l->cap, l->count + 2, sizeof *l->item);
	l->item[l->count++] = text;
	l->item[l->count] = NULL;
}

static bool is_scalar(const struct plan *p, uint32_t type)
{
	uint8_t kind = p->type[resolve_bare_type(p, type)].kind;

	return kind <= PLAN_DURATION || kind == PLAN_ENUM;
}

static bool is_list_of_scalars(const struct plan *p, uint32_t type)
{
	uint32_t bare = resolve_bare_type(p, type);

	return p->type[bare].kind == PLAN_LIST && is_scalar(p, p->type[bare].elem);
}

static bool json_of(struct building *b, uint32_t param, struct buf *json, bool *absent)
{
	return resolve_json(b->a->values, engine_arg(b->a->engine, b->s->step, param), LIMIT_INLINE_VALUE, json, absent, b->error);
}

static bool add_scalar(struct building *b, const struct plan_part *part, uint32_t type, struct buf *word, bool *absent)
{
	struct buf json = BUF_INIT;
	bool ok = json_of(b, part->index, &json, absent);

	if (ok && !*absent)
		ok = value_argument(b->a->plan, type, part->text ? part->text : "", buf_str(&json), json.len, word, absent, b->error);
	buf_release(&json);
	return ok;
}

/* A state's name among the files of an attempt. */
static const char *state_file(struct building *b, const struct plan_use *u)
{
	return arena_printf(&b->out->arena, "%s" STATE_SUFFIX, b->a->plan->state[u->state].name);
}

/* What a state holds, in its own format; *there: it holds something. */
static bool state_input(struct building *b, const struct plan_use *u, struct buf *path, bool *there)
{
	const struct plan_state *s = &b->a->plan->state[u->state];
	struct plan_port port = { state_file(b, u), s->type, s->format };
	struct buf found = BUF_INIT;
	struct states_view view;
	bool ok = true;

	states_look(b->a->states, u->state, u->writes, &view, &found);
	*there = view.there;
	if (view.there && view.natural)
		ok = args_put_natural(b, &port, found.p, path);
	else
		buf_addstr(path, found.p);
	buf_release(&found);
	return ok;
}

/* The file of a state: of its own, with what it holds, where it is written. */
static bool add_state(struct building *b, const struct plan_use *u, struct buf *word, bool *absent)
{
	const struct plan *p = b->a->plan;

	if (u->param == PLAN_NONE && b->a->states) {
		if (!u->writes || p->state[u->state].mode == PLAN_SYNC)
			return state_input(b, u, word, absent);
		buf_printf(word, "%s/out/%s", b->s->folder, state_file(b, u));
		return true;
	}
	if (u->writes && u->result != PLAN_NONE) {
		buf_printf(word, "%s/out/%s", b->s->folder, p->port[b->func->first_result + u->result].name);
		return true;
	}
	if (!u->writes && u->param != PLAN_NONE)
		return args_input_path(b, u->param, word, absent);
	buf_printf(b->error, "nothing hands it the state `%s`", p->state[u->state].name);
	return false;
}

/* A written state begins as what it held: the command finds that in its file. Its own copy, for it may be changed in place. */
static bool fill_states(struct building *b)
{
	const struct plan *p = b->a->plan;
	bool ok = true;

	for (uint32_t i = 0; ok && i < b->func->uses; i++) {
		const struct plan_use *u = &p->use[b->func->first_use + i];
		struct buf from = BUF_INIT, to = BUF_INIT;
		bool absent = false;

		if (u->result != PLAN_NONE) {
			ok = args_input_path(b, u->param, &from, &absent);
			buf_printf(&to, "%s/out/%s", b->s->folder, p->port[b->func->first_result + u->result].name);
			ok = ok && (absent || store_copy(buf_str(&from), to.p, b->error));
		} else if (u->writes && u->param == PLAN_NONE && b->a->states && p->state[u->state].mode != PLAN_SYNC) {
			ok = state_input(b, u, &from, &absent);		/* absent: is it there? */
			ok = ok && store_begin_state(b->a->store, b->s->slot, p->state[u->state].name, absent ? from.p : NULL, b->error);
		}
		buf_release(&from);
		buf_release(&to);
	}
	return ok;
}

/* A part within a longer word, or a whole word that is one argument at most. */
static bool add_part(struct building *b, const struct plan_part *part, struct buf *word, bool *absent)
{
	const struct plan *p = b->a->plan;
	const struct plan_port *port;
	uint32_t type;

	*absent = false;
	if (part->kind == PART_TEXT) {
		buf_addstr(word, part->text);
		return true;
	}
	if (part->kind == PART_RESULT) {
		buf_printf(word, "%s/out/%s", b->s->folder, p->port[b->func->first_result + part->index].name);
		return true;
	}
	if (part->kind == PART_STATE)
		return add_state(b, &p->use[b->func->first_use + part->index], word, absent);
	port = &p->port[b->func->first_param + part->index];
	type = port->type;
	if (part->text && *part->text)
		type = value_path_type(p, port->type, part->text);
	if (type != PLAN_NONE && is_scalar(p, type))
		return add_scalar(b, part, port->type, word, absent);
	return args_input_path(b, part->index, word, absent);
}

/* Of a list of lists of files: one folder each. */
static bool add_folders(struct building *b, uint32_t param)
{
	struct value_files folders = { 0 };
	struct buf path = BUF_INIT;
	bool absent = false, ok = args_input_path(b, param, &path, &absent);

	ok = ok && (absent || value_files_read(path.p, &folders, b->error));
	for (size_t i = 0; ok && i < folders.count; i++)
		args_list_add(&b->argv, arena_strdup(&b->out->arena, folders.file[i].path));
	value_files_release(&folders);
	buf_release(&path);
	return ok;
}

static bool add_files(struct building *b, uint32_t param)
{
	struct value_files files = { 0 };
	bool absent = false;
	bool ok = resolve_files(b->a->values, engine_arg(b->a->engine, b->s->step, param), &files, &absent, b->error);

	for (size_t i = 0; ok && i < files.count; i++) {
		struct buf path = BUF_INIT;

		buf_addstr(&path, files.file[i].path);
		ok = args_hand_over(b, b->a->plan->port[b->func->first_param + param].name, (uint32_t)i, &path);
		args_list_add(&b->argv, arena_strdup(&b->out->arena, path.p));
		buf_release(&path);
	}
	value_files_release(&files);
	return ok;
}

static bool add_items(struct building *b, const struct plan_part *part, uint32_t type)
{
	struct buf json = BUF_INIT, texts = BUF_INIT;
	uint32_t count = 0;
	bool absent = false, ok = json_of(b, part->index, &json, &absent);

	if (ok && !absent)
		ok = value_arguments(b->a->plan, type, part->text ? part->text : "", buf_str(&json), json.len, &texts, &count, b->error);
	for (size_t at = 0; ok && count; count--) {
		args_list_add(&b->argv, arena_strdup(&b->out->arena, texts.p + at));
		at += strlen(texts.p + at) + 1;
	}
	buf_release(&json);
	buf_release(&texts);
	return ok;
}

/* A word that is one parameter alone: one argument per item of a list, none for an absent value. Scalars that say their format are a file. */
static bool add_alone(struct building *b, const struct plan_part *part, struct buf *word)
{
	const struct plan *p = b->a->plan;
	const struct plan_port *port = &p->port[b->func->first_param + part->index];
	uint32_t type = port->type, seen = type;
	bool absent, ok;

	if (part->text && *part->text)
		seen = value_path_type(p, type, part->text);
	if (seen == type && value_is_folder(p, type) && p->type[resolve_bare_type(p, type)].kind == PLAN_LIST)
		return value_is_file(p, p->type[resolve_bare_type(p, type)].elem) ? add_files(b, part->index) : add_folders(b, part->index);
	if (seen != PLAN_NONE && is_list_of_scalars(p, seen) && (port->format == FORMAT_NATURAL || (part->text && *part->text)))
		return add_items(b, part, type);
	ok = add_part(b, part, word, &absent);
	if (ok && !absent)
		args_list_add(&b->argv, arena_strndup(&b->out->arena, buf_str(word), word->len));
	return ok;
}

static bool add_word(struct building *b, const struct plan_word *w)
{
	const struct plan_part *part = &b->a->plan->part[w->first];
	struct buf word = BUF_INIT;
	bool ok = true, absent;

	if (w->count == 1 && part->kind == PART_PARAM) {
		ok = add_alone(b, part, &word);
	} else {
		for (uint32_t i = 0; ok && i < w->count; i++)
			ok = add_part(b, &part[i], &word, &absent);
		if (ok && strlen(buf_str(&word)) != word.len) {
			buf_addstr(b->error, "an argument holds a NUL byte, which no command line can carry");
			ok = false;
		}
		if (ok)
			args_list_add(&b->argv, arena_strndup(&b->out->arena, buf_str(&word), word.len));
	}
	buf_release(&word);
	return ok;
}

/* ---- environment ---- */

static bool is_declared(const struct building *b, const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (uint32_t i = 0; i < b->func->envs; i++) {
		const char *name = b->a->plan->env[b->func->first_env + i].name;

		if (strlen(name) == len && strncmp(name, entry, len) == 0)
			return true;
	}
	return false;
}

static void add_env(struct building *b, const char *entry)
{
	if (!is_declared(b, entry))
		args_list_add(&b->envp, entry);
}

static void add_declared(struct building *b)
{
	const struct plan *p = b->a->plan;
	struct arena *arena = &b->out->arena;

	for (uint32_t i = 0; i < b->func->envs; i++) {
		const struct plan_env *e = &p->env[b->func->first_env + i];
		struct buf entry = BUF_INIT;

		buf_printf(&entry, "%s=", e->name);
		for (uint32_t k = 0; k < e->value.count; k++)
			buf_addstr(&entry, p->part[e->value.first + k].text);
		args_list_add(&b->envp, arena_strdup(arena, entry.p));
		buf_release(&entry);
	}
	for (uint32_t i = 0; i < b->func->secrets; i++) {
		const char *name = p->secret[b->func->first_secret + i].name, *value = getenv(name);

		if (b->a->options->in_pod)
			args_list_add(&b->envp, name);
		else
			args_list_add(&b->envp, arena_printf(arena, "%s=%s", name, value ? value : ""));
	}
}

/* As {window} in a path; empty where the set has none. */
static void window_env(struct building *b)
{
	const struct plan *p = b->a->options->plan;
	struct buf text = BUF_INIT;

	if (p->slice.bound)
		window_part_text(&p->window[p->set.window], p->slice.start, "", &text);
	add_env(b, arena_printf(&b->out->arena, "CALC_WINDOW=%s", buf_str(&text)));
	buf_release(&text);
}

/* Where the API server is, as every client of it looks for that: in a pod its Service, elsewhere what the caller's own client uses. */
static void api_env(struct building *b)
{
	static const char *const names[] = { "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBECONFIG" };
	bool in_pod = b->a->options->in_pod;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (in_pod)
			add_env(b, names[i]);
		else if (value)
			add_env(b, arena_printf(&b->out->arena, "%s=%s", names[i], value));
	}
}

static void build_env(struct building *b)
{
	struct arena *arena = &b->out->arena;
	bool in_pod = b->a->options->in_pod;

	add_env(b, in_pod ? "PATH" : arena_printf(arena, "PATH=%s", b->a->search_path));
	add_env(b, "LC_ALL=C.UTF-8");
	add_env(b, "TZ=UTC");
	add_env(b, arena_printf(arena, "CALC_FLOW=%s", b->a->plan->set.name));
	if (b->func->api)
		api_env(b);
	if (b->func->native) {		/* one program, many steps */
		add_declared(b);
		return;
	}
	add_env(b, arena_printf(arena, "HOME=%s/home", b->s->folder));
	if (b->a->options->slot_tmp)
		add_env(b, arena_printf(arena, "TMPDIR=%s", b->a->options->slot_tmp));
	else
		add_env(b, arena_printf(arena, "TMPDIR=%s/tmp", b->s->folder));
	add_env(b, arena_printf(arena, "CALC_STEP=%s", b->s->path));
	add_env(b, arena_printf(arena, "CALC_ATTEMPT=%u", b->s->attempt));
	add_env(b, arena_printf(arena, "CALC_SCRATCH=%s/cwd", b->s->folder));
	window_env(b);
	add_declared(b);
}

/* ---- all of it ---- */

/* What exec would refuse with E2BIG, said before and with the number that is too large. */
static bool fits_exec(const struct building *b)
{
	long most = b->a->exec_most;
	size_t total = ROOM_FOR_KERNEL;
	const struct args_list *lists[2] = { &b->argv, &b->envp };

	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < lists[k]->count; i++) {
			size_t len = strlen(lists[k]->item[i]);

			if (len > ARGUMENT_MOST) {
				buf_printf(b->error, "%s %zu of its command is %zu bytes long, and %d is the most that Linux takes: "
					   "hand the value over in a file", k ? "variable" : "argument", i, len, (int)ARGUMENT_MOST);
				return false;
			}
			total += len + 1 + sizeof(char *);
		}
	}
	if (most > 0 && total > (size_t)most) {
		buf_printf(b->error, "argument list too long: its command has %zu arguments in %zu bytes, and %ld is the most here: "
			   "hand the list over in a file or folder (\"{x}\" within a longer word, or stdin)", b->argv.count, total, most);
		return false;
	}
	return true;
}

/* A slot never swaps to an image that it has mounted: what the plan says holds at any time. */
static const char *mounted_image(const struct building *b)
{
	const struct plan *p = b->a->options->plan;
	const char *image = b->func->image[0] ? b->func->image : p->set.image;
	uint32_t role = b->a->options->image_mounts && p->roles ? plan_role_of(p, b->s->slot, image) : 0;

	if (role == 0 || role == PLAN_NONE || p->role[role - 1].way != ROLE_MOUNTED)
		return NULL;
	return arena_printf(&b->out->arena, "%s/%u", b->a->options->image_mounts, (unsigned)plan_mount_of(p, image));
}

static bool build_streams(struct building *b)
{
	const struct plan *p = b->a->plan;
	struct slot_job *job = &b->out->job;
	struct arena *arena = &b->out->arena;
	bool ok = true;

	if (b->func->stdin_param != PLAN_NONE) {
		struct buf path = BUF_INIT;
		bool absent = false;

		ok = args_input_path(b, b->func->stdin_param, &path, &absent);
		if (ok && !absent)
			job->stdin_path = arena_strdup(arena, path.p);
		buf_release(&path);
	}
	if (b->func->stdout_result != PLAN_NONE)
		job->stdout_path = arena_printf(arena, "%s/out/%s", b->s->folder,
						p->port[b->func->first_result + b->func->stdout_result].name);
	job->stderr_path = arena_printf(arena, "%s/stderr", b->s->folder);
	job->cwd = arena_printf(arena, "%s/cwd", b->s->folder);
	job->tmp = b->a->options->slot_tmp;
	job->image_root = mounted_image(b);
	job->attempt = b->a->options->in_pod ? arena_strdup(arena, b->s->folder) : NULL;
	job->timeout_ms = b->func->timeout_ms;
	job->grace_ms = b->a->options->grace_ms ? b->a->options->grace_ms : 10000;
	return ok;
}

/* A folder stands ready for each [file] result; for one that may be absent the command makes it. */
static bool make_result_folders(struct building *b)
{
	for (uint32_t r = 0; r < b->func->results; r++) {
		const struct plan_port *port = &b->a->plan->port[b->func->first_result + r];

		if (value_is_folder(b->a->plan, port->type) && b->a->plan->type[port->type].kind != PLAN_OPTIONAL &&
		    !store_begin_folder(b->a->store, b->s->slot, port->name, b->error))
			return false;
	}
	return true;
}

static bool add_command(struct building *b)
{
	for (uint32_t i = 0; i < b->func->words; i++)
		if (!add_word(b, &b->a->plan->word[b->func->first_word + i]))
			return false;
	if (b->argv.count == 0)
		buf_addstr(b->error, "its command is empty");
	return b->argv.count > 0;
}

bool args_build(struct args *a, const struct args_step *s, struct args_job *out, struct buf *error)
{
	struct building b = { .a = a, .s = s, .func = engine_func(a->engine, s->step), .out = out, .error = error };
	const char *program = "";
	bool ok = true;

	if (b.func->native) {
		ok = args_native(&b);
	} else {
		ok = add_command(&b) && args_function_program(a, (uint32_t)(b.func - a->plan->func), b.argv.item[0], &program, error);
		if (ok)
			b.argv.item[0] = program;
	}
	ok = ok && make_result_folders(&b) && fill_states(&b) && build_streams(&b);
	if (ok)
		build_env(&b);
	ok = ok && (b.func->native || fits_exec(&b));
	if (ok) {
		size_t argv = (b.argv.count + 1) * sizeof(char *), envp = (b.envp.count + 1) * sizeof(char *);

		out->job.argv = memcpy(arena_alloc(&out->arena, argv), b.argv.item, argv);
		out->job.envp = memcpy(arena_alloc(&out->arena, envp), b.envp.item, envp);
	}
	mem_free(b.argv.item);
	mem_free(b.envp.item);
	return ok;
}
