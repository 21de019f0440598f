/* The table of emitters, and the files that they make. */
#include "emitters/emit.h"

#include <stdlib.h>
#include "base/mem.h"
#include "emitters/kubernetes_object.h"
#include "emitters/yaml.h"

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
	kube_taken_free(files->taken);
	for (size_t i = 0; i < files->count; i++) {
		mem_free(files->file[i].name);
		buf_release(&files->file[i].text);
	}
	mem_free(files->file);
	*files = (struct emit_files)EMIT_FILES_INIT;
}

bool emit_files_add(struct emit_files *files, const char *name, struct buf *text)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct buf *have = &files->file[i].text;

		if (strcmp(files->file[i].name, name) != 0)
			continue;
		if (have->len != text->len || memcmp(have->p, text->p, text->len) != 0)
			return false;
		buf_release(text);
		return true;
	}
	files->file = mem_grow(files->file, &files->cap, files->count + 1, sizeof *files->file);
	files->file[files->count++] = (struct emit_file){ mem_strdup(name), *text };
	*text = (struct buf)BUF_INIT;
	return true;
}

/* ---- files of documents ---- */

struct open_file {
	char *name;
	struct buf text;
};

static void drain(void *ctx)
{
	(void)ctx;
}

struct yaml_writer *emit_yaml_begin(struct emit_files *files, const char *name)
{
	struct open_file *f = mem_zalloc(1, sizeof *f);
	struct yaml_writer *w = yaml_begin(&f->text);

	(void)files;
	f->name = mem_strdup(name);
	yaml_on_document(w, drain, f);
	return w;
}

bool emit_yaml_end(struct emit_files *files, struct yaml_writer *w)
{
	struct open_file *f = yaml_context(w);
	bool ok;

	yaml_end(w);
	ok = emit_files_add(files, f->name, &f->text);
	buf_release(&f->text);
	mem_free(f->name);
	mem_free(f);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct emit_file *)a)->name, ((const struct emit_file *)b)->name);
}

static bool is_manifest(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

/* Names of all manifests, for `kubectl apply -k`. The namespace is the user's choice. */
static void add_kustomization(struct emit_files *files)
{
	struct buf text = BUF_INIT;
	struct yaml_writer *w = yaml_begin(&text);
	bool any = false;

	yaml_map(w);
	yaml_pair(w, "apiVersion", "kustomize.config.k8s.io/v1beta1");
	yaml_pair(w, "kind", "Kustomization");
	yaml_key_list(w, "resources");
	for (size_t i = 0; i < files->count; i++)
		if (is_manifest(files->file[i].name)) {
			yaml_string(w, files->file[i].name);
			any = true;
		}
	yaml_list_end(w);
	yaml_map_end(w);
	yaml_end(w);
	if (any)
		emit_files_add(files, "kustomization.yaml", &text);
	buf_release(&text);
}

void emit_finish(struct emit_files *files)
{
	if (!files->count)
		return;
	qsort(files->file, files->count, sizeof *files->file, by_name);
	add_kustomization(files);
	qsort(files->file, files->count, sizeof *files->file, by_name);
}
