/*
 * wftask: the stand-in for every program of a workflow. Fails when an input is absent, hashes all inputs, works for a
 * while, and writes outputs whose every byte depends on the task, the output's name and all inputs. The same is
 * computed by the script `wf` beside it, without any of this. It must not know what runs it.
 *
 *   wftask --task=FILE --inputs=DIR --sizes=FILE --seconds=S --made=DIR --report=FILE
 *
 * task: JSON with id, inputFiles, outputFiles. inputs, made: folders whose names are file_encode_key of the files'.
 * sizes: JSON, the size of each output in bytes; each is at least one.
 *
 * Work is sleep, not load: what is tried is who waits for whom, and a machine with two cores can sleep in many slots.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

enum { BLOCK = 65536, JSON_MOST = 1 << 30, JSON_DEPTH = 64, MOST_SECONDS = 1000000000 };

struct text {
	char *p;
	size_t len;
};
struct texts {
	struct text *at;
	size_t count, cap;
};
struct task {
	struct text id;
	struct texts inputs, outputs;
	uint64_t *size;
	size_t sizes, sizes_cap;
};

/* Where the reader of the task's JSON stands: fields of the outermost object matter, and lists right below them. */
struct reading {
	struct task *task;
	unsigned depth;
	enum { OTHER, ID, INPUTS, OUTPUTS } field;
};

static int fail(const char *what, const char *name, size_t len)
{
	fprintf(stderr, "wftask: %s: %.*s%s%s\n", what, (int)len, name, errno ? ": " : "", errno ? strerror(errno) : "");
	return 1;
}

/* ---- reading ---- */

static struct text text_of(const struct json_event *ev)
{
	return (struct text){ mem_strndup(ev->text, ev->len), ev->len };
}

static void add_text(struct texts *l, const struct json_event *ev)
{
	l->at = mem_grow(l->at, &l->cap, l->count + 1, sizeof *l->at);
	l->at[l->count++] = text_of(ev);
}

static bool key_is(const struct json_event *ev, const char *name)
{
	return ev->len == strlen(name) && memcmp(ev->text, name, ev->len) == 0;
}

static bool on_task(void *ctx, const struct json_event *ev)
{
	struct reading *r = ctx;

	switch (ev->kind) {
	case JSON_OBJECT: case JSON_ARRAY: r->depth++; break;
	case JSON_OBJECT_END: case JSON_ARRAY_END: r->depth--; break;
	case JSON_KEY:
		if (r->depth == 1)
			r->field = key_is(ev, "id") ? ID : key_is(ev, "inputFiles") ? INPUTS : key_is(ev, "outputFiles") ? OUTPUTS : OTHER;
		break;
	case JSON_STRING:
		if (r->depth == 1 && r->field == ID)
			r->task->id = text_of(ev);
		else if (r->depth == 2 && r->field == INPUTS)
			add_text(&r->task->inputs, ev);
		else if (r->depth == 2 && r->field == OUTPUTS)
			add_text(&r->task->outputs, ev);
		break;
	default: break;
	}
	return true;
}

static bool on_sizes(void *ctx, const struct json_event *ev)
{
	struct task *t = ctx;

	if (ev->kind != JSON_NUMBER)
		return ev->kind == JSON_ARRAY || ev->kind == JSON_ARRAY_END;
	char *number = mem_strndup(ev->text, ev->len);
	long long size = strtoll(number, NULL, 10);
	mem_free(number);
	t->size = mem_grow(t->size, &t->sizes_cap, t->sizes + 1, sizeof *t->size);
	t->size[t->sizes++] = size < 1 ? 1 : (uint64_t)size;
	return true;
}

static bool read_json(const char *path, bool (*on)(void *, const struct json_event *), void *ctx)
{
	struct buf text = BUF_INIT;
	struct json_error error;
	bool ok = file_read(path, JSON_MOST, &text);

	if (!ok) {
		fail("cannot read", path, strlen(path));
	} else if (!json_read(buf_str(&text), text.len, JSON_DEPTH, on, ctx, &error)) {
		fprintf(stderr, "wftask: %s: byte %zu: %s\n", path, error.at, error.message);
		ok = false;
	}
	buf_release(&text);
	return ok;
}

/* ---- inputs ---- */

static bool hash_file(const char *path, char hex[65])
{
	static char block[BLOCK];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[32];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	struct sha256 *h = sha256_new();
	while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			sha256_add(h, block, (size_t)n);
	sha256_end(h, digest);
	sha256_hex(digest, hex);
	close(fd);
	return n == 0;
}

static void path_of(struct buf *path, const char *folder, const struct text *name)
{
	buf_clear(path);
	buf_printf(path, "%s/", folder);
	file_encode_key(path, name->p, name->len);
}

/* What stands for all inputs: "NAME NUL HASH newline" for each, in the task's order. */
static bool hash_inputs(const struct task *t, const char *folder, struct buf *out)
{
	struct buf path = BUF_INIT;
	char hex[65];
	bool ok = true;

	for (size_t i = 0; ok && i < t->inputs.count; i++) {
		path_of(&path, folder, &t->inputs.at[i]);
		ok = hash_file(path.p, hex);
		if (!ok) {
			fail("an input is absent or cannot be read", t->inputs.at[i].p, t->inputs.at[i].len);
			break;
		}
		buf_add(out, t->inputs.at[i].p, t->inputs.at[i].len + 1);
		buf_printf(out, "%s\n", hex);
	}
	buf_release(&path);
	return ok;
}

/* ---- outputs ---- */

/* SHA-256 of id NUL name NUL size NUL and the inputs: what all blocks of an output begin with. */
static void seed_of(const struct task *t, size_t i, const struct buf *inputs, char seed[65])
{
	struct sha256 *h = sha256_new();
	struct buf size = BUF_INIT;
	uint8_t digest[32];

	buf_printf(&size, "%" PRIu64, t->size[i]);
	sha256_add(h, t->id.p, t->id.len + 1);
	sha256_add(h, t->outputs.at[i].p, t->outputs.at[i].len + 1);
	sha256_add(h, size.p, size.len + 1);
	if (inputs->len)
		sha256_add(h, inputs->p, inputs->len);
	sha256_end(h, digest);
	sha256_hex(digest, seed);
	buf_release(&size);
}

/* Block k is SHA-256 of "SEED k"; the last one is cut to the size. */
static bool write_blocks(int fd, const char *seed, uint64_t size, char hex[65])
{
	static uint8_t block[BLOCK];
	struct sha256 *whole = sha256_new();
	struct buf word = BUF_INIT;
	uint8_t digest[32];
	bool ok = true;

	for (uint64_t k = 0, written = 0; ok && written < size;) {
		size_t n = 0;
		for (; n < BLOCK && written + n < size; n += 32, k++) {
			buf_clear(&word);
			buf_printf(&word, "%s %" PRIu64, seed, k);
			sha256_of(word.p, word.len, block + n);
		}
		if (n > size - written)
			n = (size_t)(size - written);
		sha256_add(whole, block, n);
		ok = file_write_all(fd, block, n);
		written += n;
	}
	sha256_end(whole, digest);
	sha256_hex(digest, hex);
	buf_release(&word);
	return ok;
}

static bool write_output(const struct task *t, size_t i, const struct buf *inputs, const char *folder, char hex[65])
{
	struct buf path = BUF_INIT;
	char seed[65];
	path_of(&path, folder, &t->outputs.at[i]);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok = fd >= 0;

	seed_of(t, i, inputs, seed);
	ok = ok && write_blocks(fd, seed, t->size[i], hex);
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (!ok)
		fail("cannot write", path.p, path.len);
	buf_release(&path);
	return ok;
}

static bool write_outputs(const struct task *t, const struct buf *inputs, const char *folder, struct buf *report)
{
	struct json_writer w;
	bool ok = true;

	json_writer_init(&w, report, 0);
	json_object(&w);
	json_key(&w, "id");
	json_stringn(&w, t->id.p, t->id.len);
	json_key(&w, "made");
	json_array(&w);
	for (size_t i = 0; ok && i < t->outputs.count; i++) {
		char hex[65];
		ok = write_output(t, i, inputs, folder, hex);
		if (!ok)
			break;
		json_object(&w);
		json_key(&w, "name");
		json_stringn(&w, t->outputs.at[i].p, t->outputs.at[i].len);
		json_key(&w, "bytes");
		json_u64(&w, t->size[i]);
		json_key(&w, "sha256");
		json_string(&w, hex);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	return ok;
}

/* ---- the task ---- */

static void work_for(double seconds)
{
	struct timespec rest = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

static const char *option(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=')
			return argv[i] + len + 1;
	fprintf(stderr, "wftask: %s= is missing\n", name);
	exit(2);
}

static void release(struct texts *l)
{
	for (size_t i = 0; i < l->count; i++)
		mem_free(l->at[i].p);
	mem_free(l->at);
}

static bool run(struct task *t, int argc, char **argv)
{
	struct reading r = { .task = t };
	struct buf inputs = BUF_INIT, report = BUF_INIT;
	const char *path = option(argc, argv, "--report"), *made = option(argc, argv, "--made");
	double seconds = strtod(option(argc, argv, "--seconds"), NULL);
	bool ok = read_json(option(argc, argv, "--task"), on_task, &r) && read_json(option(argc, argv, "--sizes"), on_sizes, t);

	if (ok && (!t->id.p || t->sizes != t->outputs.count || !(seconds >= 0 && seconds <= MOST_SECONDS))) {
		fprintf(stderr, "wftask: no id, %zu sizes for %zu outputs, or no time: %g s\n", t->sizes, t->outputs.count, seconds);
		ok = false;
	}
	ok = ok && hash_inputs(t, option(argc, argv, "--inputs"), &inputs);
	if (ok)
		work_for(seconds);
	ok = ok && write_outputs(t, &inputs, made, &report);
	if (ok && !file_replace(path, report.p, report.len, 0666, NULL)) {
		fail("cannot write", path, strlen(path));
		ok = false;
	}
	buf_release(&inputs);
	buf_release(&report);
	return ok;
}

int main(int argc, char **argv)
{
	struct task t = { .id = { NULL, 0 } };
	bool ok = run(&t, argc, argv);

	mem_free(t.id.p);
	release(&t.inputs);
	release(&t.outputs);
	mem_free(t.size);
	return ok ? 0 : 1;
}
