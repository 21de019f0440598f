/*
 * libcalcc while every allocation fails once: each program of testsuite/faulty is compiled, checked and emitted with the first allocation
 * failing, then the second, … until nothing fails. Every call returns; when memory is out the context holds nothing any more: no
 * memory, no descriptor, no temporary file; a folder has all of an emission or nothing of it. And the same for a graph that is built
 * call by call. Skipped in builds without --enable-faults.
 */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "lib/calcc.h"
#include "testsuite/unit/test.h"

enum { MOST = 100000 };

static char folder[] = "/tmp/calc-library.XXXXXX";
static unsigned long tried;

struct job {
	const char *program;	/* NULL: it is built */
	const char *emitter;	/* NULL: only checked; "graph": calcc_graph */
	bool to_folder;
};

static int take(void *ctx, const char *name, const char *bytes, size_t len)
{
	size_t *total = ctx;

	*total += strlen(name) + len + (len && bytes[0] == '\0');
	return 0;
}

static void hear(void *ctx, const struct calcc_diagnostic *d)
{
	size_t *total = ctx;

	*total += strlen(d->message) + strlen(d->help);
}

static enum calcc_status build(struct calcc *c)
{
	static const char *const fields[] = { "id", "string", "n", "i64?" }, *const words[] = { "f", "{r}", "{out}" }, *const ids[] = { "a", "b" };
	static const char *const none[] = { NULL }, *const a[] = { "a", NULL }, *const *const parents[] = { none, a };
	struct calcc_value from = calcc_from("rs");
	enum calcc_status s = calcc_begin(c, "built");

#define THEN(call) if (s == CALCC_OK) s = call
	THEN(calcc_record(c, "R", 2, fields));
	THEN(calcc_function(c, "f"));
	THEN(calcc_param(c, "r", "R"));
	THEN(calcc_result(c, NULL, "file"));
	THEN(calcc_command(c, 3, words));
	THEN(calcc_attribute(c, "cpu", "500m"));
	THEN(calcc_end(c));
	THEN(calcc_source(c, "rs", "[R]", "/in/rs.json"));
	THEN(calcc_sink(c, "fs", "[file]", "/out/fs"));
	THEN(calcc_set(c, "s"));
	THEN(calcc_attribute_number(c, "slots", 2));
	THEN(calcc_each(c, "per", &from, 1));
	THEN(calcc_call(c, "made", "f"));
	THEN(calcc_arg(c, "r", calcc_item("per")));
	THEN(calcc_at(c, "12:5"));
	THEN(calcc_end(c));
	THEN(calcc_give(c, calcc_step("made")));
	THEN(calcc_end(c));
	THEN(calcc_steps(c, "rows", 2, ids, parents));
	THEN(calcc_end(c));
	THEN(calcc_sink_value(c, "fs", calcc_step("per")));
	THEN(calcc_end(c));
	THEN(calcc_check(c));
#undef THEN
	return s;
}

/* All calls of a job. `total` changes with everything that is said and given. */
static enum calcc_status work(const struct job *j, const char *out, size_t *total)
{
	struct calcc *c = calcc_new();
	enum calcc_status s = CALCC_MEMORY;

	if (!c)
		return s;
	calcc_diagnostics(c, hear, total);
	s = j->program ? calcc_compile_file(c, j->program) : build(c);
	if (s == CALCC_OK && j->emitter && strcmp(j->emitter, "kubernetes") == 0)
		s = calcc_claim(c, "out", "claim,1Gi");
	if (s == CALCC_OK && j->to_folder)
		s = calcc_emit_to(c, j->emitter, NULL, out);
	else if (s == CALCC_OK && j->emitter && strcmp(j->emitter, "graph") == 0)
		s = calcc_graph(c, 1, take, total);
	else if (s == CALCC_OK && j->emitter)
		s = calcc_emit(c, j->emitter, NULL, take, total);
	if (s == CALCC_MEMORY) {	/* a lost context: calls say so, and touch nothing */
		CHECK(calcc_check(c) == CALCC_MISUSE && calcc_sets(c) == 0);
		CHECK(calcc_graph(c, 0, take, total) == CALCC_MISUSE);
	}
	calcc_free(c);
	return s;
}

static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

/* Blocks that somebody holds, of this program and of all libraries. A sanitiser has allocators of its own, and looks for leaks itself. */
static long live;

#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size), *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

void *malloc(size_t size)
{
	void *p = __libc_malloc(size);

	live += p != NULL;
	return p;
}

void *calloc(size_t count, size_t size)
{
	void *p = __libc_calloc(count, size);

	live += p != NULL;
	return p;
}

void *realloc(void *p, size_t size)
{
	void *moved = __libc_realloc(p, size);

	live += !p && moved;
	return moved;
}

void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}
#endif

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* `whole`: what stands there when nothing fails. */
static bool is_torn(const char *out, unsigned whole)
{
	unsigned n = files_in(out);

	return n > 2 && n < whole;	/* the list of files comes first, and names what is on its way */
}

static void try_all(const struct job *j)
{
	size_t whole = 0, total;
	struct buf out = BUF_INIT;
	enum calcc_status wanted, s = CALCC_MEMORY;
	unsigned files;
	int descriptor;
	long before;

	buf_printf(&out, "%s/out", folder);
	wanted = work(j, out.p, &whole);
	files = files_in(out.p);
	file_remove_tree(AT_FDCWD, out.p);
	descriptor = next_descriptor();
	before = live;
	for (unsigned nth = 1; s == CALCC_MEMORY && nth < MOST && test_failed < 5; nth++) {
		bool fine;

		total = 0;
		mem_fail_at(nth);
		s = work(j, out.p, &total);
		mem_fail_at(0);
		fine = (s == CALCC_MEMORY || (s == wanted && total == whole)) && next_descriptor() == descriptor && live == before &&
		       !is_torn(out.p, files);
		if (!fine)
			printf("%s, %s: allocation %u: status %d, wanted %d; %zu of %zu said; descriptor %d, was %d; %ld blocks are left; %u of %u files\n",
			       j->program ? j->program : "built", j->emitter ? j->emitter : "checked", nth, (int)s, (int)wanted, total, whole,
			       next_descriptor(), descriptor, live - before, files_in(out.p), files);
		before = live;
		test_check(fine, "the failure of an allocation", __FILE__, (int)nth);
		if (j->to_folder)
			file_remove_tree(AT_FDCWD, out.p);
		tried++;
	}
	CHECK(s == wanted || test_failed >= 5);
	buf_release(&out);
}

/* What the program says, as a document, is a program too. */
static int keep_document(void *ctx, const char *name, const char *bytes, size_t len)
{
	(void)name;
	return !file_replace(ctx, bytes, len, 0644, NULL);
}

static void try_document(const char *program)
{
	static const struct job jobs[] = { { .emitter = "plan" }, { .emitter = "graph" } };
	struct calcc *c = calcc_new();
	struct buf path = BUF_INIT;
	bool there;

	buf_printf(&path, "%s/document.json", folder);
	there = calcc_compile_file(c, program) == CALCC_OK && calcc_graph(c, 1, keep_document, path.p) == CALCC_OK;
	calcc_free(c);
	for (size_t i = 0; there && i < sizeof jobs / sizeof *jobs; i++) {
		struct job j = jobs[i];

		j.program = path.p;
		try_all(&j);
	}
	buf_release(&path);
}

static void try_program(const char *program)
{
	static const struct job jobs[] = {
		{ .emitter = "plan" }, { .emitter = "kubernetes" }, { .emitter = "dot" }, { .emitter = "graph" }, { .emitter = "plan", .to_folder = true },
	};

	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		struct job j = jobs[i];

		j.program = program;
		try_all(&j);
	}
	if (program)
		try_document(program);
}

static bool has_faults(void)
{
	struct calcc *c;

	mem_fail_at(1);
	c = calcc_new();
	mem_fail_at(0);
	calcc_free(c);
	return !c;
}

int main(int argc, char **argv)
{
	const char *source = getenv("CALC_SRCDIR");
	struct buf pattern = BUF_INIT;
	glob_t found;

	if (!has_faults()) {
		printf("0 passed, 0 failed, 1 skipped\n");
		return 77;
	}
	if (!mkdtemp(folder))
		return 99;
	buf_printf(&pattern, "%s/testsuite/faulty/%s", source ? source : ".", argc > 1 ? argv[1] : "*.cf");
	if (!CHECK(glob(pattern.p, 0, NULL, &found) == 0))
		return 1;
	for (size_t i = 0; i < found.gl_pathc; i++)
		try_program(found.gl_pathv[i]);
	try_program(NULL);
	globfree(&found);
	buf_release(&pattern);
	file_remove_tree(AT_FDCWD, folder);
	printf("%lu failed allocations\n", tried);
	return test_end();
}
