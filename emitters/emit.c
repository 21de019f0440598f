/* The table of emitters, and the files that they make. */
#include "emitters/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "emitters/names.h"
#include "emitters/output.h"
#include "emitters/yaml.h"

enum { DRAIN = 1 << 17 };	/* bytes */
static const char kustomization[] = "kustomization.yaml";

static const struct {
	const char *name;
	bool (*run)(const struct emit_input *in, struct emit_files *files);
	const char *what;
} emitters[] = {
#define EMITTER(id, name, function, what) { name, function, what },
#include "emitters/emitters.def"
#undef EMITTER
};

const char *emitter_name(enum emitter e)
{
	return emitters[e].name;
}

const char *emitter_what(enum emitter e)
{
	return emitters[e].what;
}

enum emitter emitter_by_name(const char *name)
{
	enum emitter e = 0;

	while (e < EMITTERS && strcmp(emitters[e].name, name) != 0)
		e++;
	return e;
}

bool emit(enum emitter e, const struct emit_input *in, struct emit_files *files)
{
	return emitters[e].run(in, files);
}

void emit_files_release(struct emit_files *files)
{
	names_free(files->names);
	for (size_t i = 0; i < files->count; i++) {
		mem_free(files->file[i].name);
		buf_release(&files->file[i].text);
	}
	for (size_t i = 0; i < files->onces; i++) {
		mem_free(files->once[i].name);
		mem_free(files->once[i].instead);
		buf_release(&files->once[i].text);
		buf_release(&files->once[i].names);
	}
	mem_free(files->once);
	mem_free(files->file);
	*files = (struct emit_files)EMIT_FILES_INIT;
}

/* ---- a file, as it is made ---- */

struct open_file {
	char *name;
	struct buf text;
	struct output_file *out;	/* NULL: it stays in memory */
};

/* The text went on its way: it is kept where there is no folder. */
static void drain(void *ctx)
{
	struct open_file *f = ctx;

	if (!f->out || f->text.len < DRAIN)
		return;
	output_add(f->out, f->text.p, f->text.len);
	buf_clear(&f->text);
}

static struct open_file *open_file(struct emit_files *files, const char *name)
{
	struct open_file *f = mem_zalloc(1, sizeof *f);

	f->name = mem_strdup(name);
	if (files->to)
		f->out = output_begin(files->to, name);
	return f;
}

static bool is_same(const struct emit_file *have, const struct open_file *f, const char *hash)
{
	if (f->out)
		return strcmp(have->hash, hash) == 0;
	return have->text.len == f->text.len && (!f->text.len || memcmp(have->text.p, f->text.p, f->text.len) == 0);
}

/* Frees f, whose text was added unless there is a file of that name; false when that has another text. */
static bool close_file(struct emit_files *files, struct open_file *f)
{
	struct emit_file made = { .name = f->name };
	const char *hash = NULL;
	struct name *n;
	bool ok = true;

	if (f->out) {
		output_add(f->out, f->text.p, f->text.len);
		hash = output_end(f->out);
		snprintf(made.hash, sizeof made.hash, "%s", hash);
		buf_release(&f->text);
	}
	n = names_find(&files->names, f->name);
	if (!files->finished && strcmp(f->name, kustomization) == 0)
		ok = false;	/* that one is made last */
	else if (n->of)
		ok = is_same(&files->file[n->at], f, hash);
	else {
		n->of = n->key;
		n->at = files->count;
		made.text = f->text;
		files->file = mem_grow(files->file, &files->cap, files->count + 1, sizeof *files->file);
		files->file[files->count++] = made;
		mem_free(f);
		return true;
	}
	if (f->out)
		output_drop(f->out);
	buf_release(&f->text);
	mem_free(f->name);
	mem_free(f);
	return ok;
}

bool emit_files_add(struct emit_files *files, const char *name, struct buf *text)
{
	struct open_file *f = open_file(files, name);

	f->text = *text;
	*text = (struct buf)BUF_INIT;
	return close_file(files, f);
}

struct yaml_writer *emit_yaml_begin(struct emit_files *files, const char *name)
{
	struct open_file *f = open_file(files, name);
	struct yaml_writer *w = yaml_begin(&f->text);

	yaml_on_document(w, drain, f);
	return w;
}

bool emit_yaml_end(struct emit_files *files, struct yaml_writer *w)
{
	struct open_file *f = yaml_context(w);

	yaml_end(w);
	return close_file(files, f);
}

struct emit_once *emit_files_add_once(struct emit_files *files, const char *name, const char *instead, struct buf *text)
{
	struct emit_once *one;

	files->once = mem_grow(files->once, &files->once_cap, files->onces + 1, sizeof *files->once);
	one = &files->once[files->onces++];
	*one = (struct emit_once){ .name = mem_strdup(name), .instead = mem_strdup(instead), .text = *text };
	*text = (struct buf)BUF_INIT;
	return one;
}

/* ---- the end ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct emit_file *)a)->name, ((const struct emit_file *)b)->name);
}

bool emit_is_about_folder(const char *name)
{
	return strcmp(name, kustomization) == 0 || strcmp(name, EMIT_KUSTOMIZATION_NAMES) == 0;
}

static bool is_manifest(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".yaml") == 0 && !emit_is_about_folder(name);
}

/* Names of all manifests, for `kubectl apply -k`. */
static void add_kustomization(struct emit_files *files, const char *namespace)
{
	struct yaml_writer *w = NULL;
	bool names = names_find(&files->names, EMIT_KUSTOMIZATION_NAMES)->of != NULL;

	for (size_t i = 0; i < files->count; i++) {
		if (!is_manifest(files->file[i].name))
			continue;
		if (!w) {
			w = emit_yaml_begin(files, kustomization);
			yaml_map(w);
			yaml_pair(w, "apiVersion", "kustomize.config.k8s.io/v1beta1");
			yaml_pair(w, "kind", "Kustomization");
			if (namespace)
				yaml_pair(w, "namespace", namespace);
			yaml_key_list(w, "resources");
		}
		yaml_string(w, files->file[i].name);
	}
	if (!w)
		return;
	yaml_list_end(w);
	if (names)
		yaml_pair_words(w, "configurations", (const char *const[]){ EMIT_KUSTOMIZATION_NAMES, NULL });
	yaml_map_end(w);
	emit_yaml_end(files, w);
}

void emit_finish(struct emit_files *files, const struct emit_options *options)
{
	if (!files->count)
		return;
	qsort(files->file, files->count, sizeof *files->file, by_name);
	files->finished = true;
	add_kustomization(files, options ? options->namespace : NULL);
	qsort(files->file, files->count, sizeof *files->file, by_name);
}
