/* Emitters: manifests of made-up sets hold what they must, errors have codes, and folders are written whole or not at all. */
#include "emitters/emit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "emitters/kubernetes_object.h"
#include "emitters/output.h"
#include "emitters/yaml.h"
#include "runtime/plan_images.h"
#include "runtime/plan_load.h"
#include "runtime/plan_places.h"
#include "testsuite/unit/plan_build.h"

#define CHECK(what) do { if (!(what)) fail(#what, __LINE__); } while (0)

static void fail(const char *what, int line)
{
	fprintf(stderr, "emit.c:%d: not true: %s\n", line, what);
	exit(1);
}

/* ---- running emitters ---- */

struct run {
	struct sources *sources;
	struct diags *diags;
	struct emit_files files;
	bool ok;
	char *said;
	size_t said_len;
};

static const struct emit_claim claims[] = { { "books", "books", NULL, NULL }, { "out", "results", "1Gi", "fast" },
	{ "files", "files", NULL, NULL } };
static const struct emit_options options = { .claim = claims, .claims = 3 };

static void run(struct run *r, const struct plan *p, const struct emit_options *o)
{
	FILE *to;

	*r = (struct run){ .sources = sources_new(), .files = EMIT_FILES_INIT, .ok = true };
	r->diags = diags_new(r->sources);
	for (enum emitter e = 0; e < EMITTERS; e++)
		if (e == EMIT_PLAN || e == EMIT_KUBERNETES)	/* the others are of a whole program */
			r->ok &= emit(e, &(struct emit_input){ .plan = p, .options = o, .diags = r->diags }, &r->files);
	emit_finish(&r->files, o);
	to = open_memstream(&r->said, &r->said_len);
	diag_print(r->diags, to, false);
	CHECK(fclose(to) == 0);
	CHECK(r->ok == (diag_errors(r->diags) == 0));
}

static void run_release(struct run *r)
{
	emit_files_release(&r->files);
	diags_free(r->diags);
	sources_free(r->sources);
	free(r->said);
}

static const char *text_of(struct run *r, const char *name)
{
	for (size_t i = 0; i < r->files.count; i++)
		if (strcmp(r->files.file[i].name, name) == 0)
			return buf_str(&r->files.file[i].text);
	fprintf(stderr, "no file %s\n%s\n", name, r->said);
	exit(1);
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

static void said(struct plan *p, const struct emit_options *o, const char *expected)
{
	struct run r;

	run(&r, p, o);
	if (r.ok || !strstr(r.said, expected)) {
		fprintf(stderr, "expected: %s\nsaid: %s\n", expected, r.said);
		exit(1);
	}
	run_release(&r);
	plan_free(p);
}

/* ---- manifests ---- */

static void test_manifests(void)
{
	struct plan *p = build_text();
	struct run a, b;
	const char *job;

	run(&a, p, &options);
	run(&b, p, &options);
	CHECK(a.ok && a.files.count == 7 && b.files.count == 7);
	for (size_t i = 0; i < a.files.count; i++) {
		CHECK(strcmp(a.files.file[i].name, b.files.file[i].name) == 0);
		CHECK(strcmp(a.files.file[i].text.p, b.files.file[i].text.p) == 0);
	}
	CHECK(strcmp(text_of(&a, "kustomization.yaml"),
		     "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- claim-results.yaml\n"
		     "- top-words.network.yaml\n- top-words.places.yaml\n- top-words.plan.yaml\n- top-words.yaml\n") == 0);
	job = text_of(&a, "top-words.yaml");
	CHECK(count_of(job, "image: \"calcflow/runtime:") == 2 && count_of(job, "image: \"plant/tools:1\"") == 3);
	CHECK(count_of(job, "restartPolicy: Always") == 4 && count_of(job, "drop: [ALL]") == 5);
	CHECK(count_of(job, "readOnlyRootFilesystem: true") == 5);
	CHECK(count_of(job, "mountPath: /calc/share/books\n          readOnly: true") == 4);	/* quarterback, slots */
	CHECK(count_of(job, "mountPath: /calc/share/out\n") == 1 && strstr(job, "claimName: results"));
	CHECK(strstr(job, "mountPath: /calc/data/slots/2\n          subPath: slots/2"));
	CHECK(count_of(job, "calcflow.dev/source: \"flow.cf:20\"") == 2 && strstr(job, "activeDeadlineSeconds: 86400"));
	CHECK(strstr(text_of(&a, "claim-results.yaml"), "storageClassName: fast"));
	CHECK(!strstr(job, "imagePullSecrets"));
	run_release(&a);
	run_release(&b);
	plan_free(p);
}

static void test_options(void)
{
	static const char *const pull[] = { "registry-key" };
	struct emit_options o = options;
	struct plan *p = build_text();
	struct run r;
	const char *job;

	o.registry = "registry.example.org/team/";
	o.runtime_image = "localhost:5000/calcflow@sha256:00ff";
	o.pull_secret = pull;
	o.pull_secrets = 1;
	o.uid_base = 5000;
	o.start_limit = 77;
	p->func[0].image = p->func[1].image = p->func[2].image = "docker.io/a/b:1";
	p->func[2].image = "tools";
	CHECK((plan_assign_images(p, false), true) && strcmp(p->set.slot_image[0], "docker.io/a/b:1") == 0);
	run(&r, p, &o);
	job = text_of(&r, "top-words.yaml");
	CHECK(count_of(job, "image: \"docker.io/a/b:1\"") == 2 && count_of(job, "image: registry.example.org/team/tools\n") == 1);
	CHECK(count_of(job, "image: \"localhost:5000/calcflow@sha256:00ff\"") == 2);
	CHECK(strstr(job, "imagePullSecrets:\n      - name: registry-key"));
	CHECK(strstr(job, "runAsUser: 5004") && strstr(job, "\"--uid-base\", \"5001\", \"--start-limit\", \"77\""));
	run_release(&r);
	plan_free(p);
}

static void test_secrets(void)
{
	static struct plan_secret secrets[] = { { "TOKEN", "crawler", "token" }, { "TOKEN", "crawler", "token" } };
	struct plan *p = build_text();
	struct run r;

	p->secret = secrets;
	p->secrets = 2;
	p->func[0].secrets = p->func[1].secrets = 1;
	p->func[1].first_secret = 1;
	run(&r, p, &options);
	CHECK(r.ok && count_of(text_of(&r, "top-words.yaml"), "secretKeyRef:\n              name: crawler\n              key: token") == 3);
	run_release(&r);
	secrets[1].key = "other";
	said(p, &options, "CF802");
}

static void test_refused(void)
{
	struct emit_options none = { .registry = NULL }, far = options;
	char registry[900];
	struct plan *p;

	said(build_text(), &none, "error[CF806]: flow.cf:7: share `books` has no claim");
	p = build_text();
	p->set.image = "";
	said(p, &options, "error[CF805]: flow.cf:3: function `split` has no image");
	p = build_text();
	p->set.slots = 1;
	p->func[0].image = "other:1";
	plan_assign_images(p, false);
	CHECK(p->roles == 1 && plan_swaps(p));
	plan_free(p);
	p = build_text();
	p->set.name = "__";
	said(p, &options, "CF801");
	p = build_text();
	p->set.slots = 500;
	memset(registry, 'r', sizeof registry);
	registry[sizeof registry - 1] = '\0';
	far.registry = registry;
	said(p, &far, "error[CF804]: flow.cf:20: the Job of `top_words` would be");
	p = build_text();
	p->set.slots = 4000000000;
	said(p, &options, "CF804");
}

static void test_names(void)
{
	struct plan *p = build_text();
	struct run r;

	p->set.name = "A very long name of a calculation set that nobody would ever want to type, not even once";
	run(&r, p, &options);
	CHECK(r.ok);
	for (size_t i = 0; i < r.files.count; i++)
		for (const char *at = buf_str(&r.files.file[i].text); (at = strstr(at, "  name: ")); at++)
			CHECK(strcspn(at + 8, "\n") <= 63);
	CHECK(strstr(text_of(&r, "kustomization.yaml"), "a-very-long-name-of-a-c"));
	run_release(&r);
	plan_free(p);
}

/* Two texts that get one name are refused; the same thing twice is not, and what is shortened or beyond ASCII stays apart. */
static void test_taken(void)
{
	static const char *const texts[] = { "A_b", "a_b", "t\xC3\xA4sk", "t\xC3\xB6sk", "A very long name of a calculation set that nobody would ever want to type, once",
		"A very long name of a calculation set that nobody would ever want to type, twice", "x-1" };
	struct emit_files files = EMIT_FILES_INIT;
	struct sources *sources = sources_new();
	struct diags *diags = diags_new(sources);
	struct arena a;

	arena_init(&a);
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
			struct kube_object o = { .kind = "Job", .name = kube_name(&a, texts[i], KUBE_NAME), .called = texts[i] };

			CHECK(o.name && kube_is_label(o.name) && strlen(o.name) <= KUBE_NAME);
			CHECK(kube_take(&files, diags, &o) == (i != 1));	/* a-b is A_b's */
		}
	CHECK(strcmp(kube_name(&a, "x-1", KUBE_NAME), "x-1") == 0 && !kube_name(&a, "--", KUBE_NAME));
	CHECK(diag_errors(diags) > 0);
	for (unsigned i = 0; i < 20000; i++) {	/* many, that differ at their ends alone */
		const char *text = arena_printf(&a, "%0100u", i);
		struct kube_object o = { .kind = "Service", .name = kube_name(&a, text, KUBE_NAME), .called = text };

		CHECK(kube_take(&files, diags, &o));
	}
	arena_release(&a);
	emit_files_release(&files);
	diags_free(diags);
	sources_free(sources);
}

/* What plain `kubectl apply` cannot take is said; what no server takes is refused. */
static void test_large(void)
{
	struct plan *p = build_text();
	struct run r;

	p->set.slots = 300;
	p->set.slot_image = NULL;
	run(&r, p, &options);
	CHECK(r.ok && strstr(r.said, "warning[CF904]: flow.cf:20: the Job of `top_words` is ") && strstr(r.said, "--server-side"));
	run_release(&r);
	plan_free(p);
}

/* The values of plan.000, plan.001, … (key: "\n  plan.") in the manifests' text, joined. */
static unsigned join_chunks(const char *configs, const char *key, struct buf *out)
{
	unsigned chunks = 0;

	for (const char *at = configs; (at = strstr(at, key)); chunks++) {
		size_t len;

		at += strlen(key) + strlen("000: \"");
		len = strcspn(at, "\"");
		CHECK(len <= 180 * 1024 && base64_read(at, len, out));
	}
	return chunks;
}

/* A plan that no ConfigMap holds as text: gzip in several, none too large, and joined they are the plan. */
static void test_chunks(void)
{
	struct plan *p = build_workflow(100000, 50, 2);
	struct buf bytes = BUF_INIT, text = BUF_INIT, error = BUF_INIT;
	struct run r;
	const char *configs;
	unsigned chunks;

	p->func[0].name = "t\xC3\xA4sk";
	plan_write(p, &text);
	run(&r, p, &options);
	configs = text_of(&r, "workflow.plan.yaml");
	chunks = count_of(configs, "kind: ConfigMap");
	CHECK(r.ok && chunks >= 3 && count_of(configs, "immutable: true") == chunks && count_of(configs, "binaryData:") == chunks);
	CHECK(count_of(text_of(&r, "workflow.yaml"), "- configMap:") == chunks + 1);	/* and one of places */
	CHECK(join_chunks(configs, "\n  plan.", &bytes) == chunks && bytes.len < text.len / 2);
	CHECK(plan_unpack(&bytes, NULL, &error) && bytes.len == text.len && memcmp(bytes.p, text.p, text.len) == 0);
	buf_release(&bytes);
	buf_release(&text);
	buf_release(&error);
	run_release(&r);
	plan_free(p);
}

/* Places of 100,000 rows, each at a line far from the one before, or each in a file of its own: in the ConfigMaps that the Job names. */
static void test_places(bool files)
{
	struct plan *p = build_workflow(10, 5, 2);
	struct buf bytes = BUF_INIT, text = BUF_INIT, error = BUF_INIT;
	uint64_t random = 88172645463325252U;
	char hash[65];
	struct run r;
	unsigned parts;

	for (unsigned i = 0; i < 100000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		build_expr(p, (struct plan_expr){ .kind = EXPR_CONST, .type = TYPE_I64,
			.loc = files ? arena_printf(&p->arena, "%016llx.cf:1", (unsigned long long)random) : arena_printf(&p->arena, "flow.cf:%u", (unsigned)(random % 2000000) + 1) });
	}
	plan_hash(p, hash);
	parts = plan_places_parts(p);
	run(&r, p, &options);
	CHECK(r.ok && parts == 4 && count_of(text_of(&r, "workflow.yaml"), "optional: true") == parts);
	CHECK(join_chunks(text_of(&r, "workflow.places.yaml"), "\n  places.", &bytes) == parts);
	CHECK(plan_places_unpack(p, &bytes, &error) && plan_places_read(p, hash, bytes.p, bytes.len, &error));
	plan_places_write(p, hash, files ? plan_places_largest(p, 0) : 0, &text);	/* no room: all but the expressions' */
	CHECK(bytes.len == text.len && memcmp(bytes.p, text.p, text.len) == 0);
	buf_release(&bytes);
	buf_release(&text);
	buf_release(&error);
	run_release(&r);
	plan_free(p);
}

static void test_yaml(void)
{
	static const char *const quoted[] = { "true", "No", "12", "1e3", "", "~", "null", "a: b", "# x", "0x1f", "y", "a\nb" };
	static const char *const plain[] = { "abc", "/calc/data", "v1", "batch/v1", "RuntimeDefault" };

	for (size_t i = 0; i < sizeof quoted / sizeof quoted[0] + sizeof plain / sizeof plain[0]; i++) {
		bool quote = i < sizeof quoted / sizeof quoted[0];
		struct buf out = BUF_INIT;
		struct yaml_writer *w = yaml_begin(&out);

		yaml_map(w);
		yaml_pair(w, "k", quote ? quoted[i] : plain[i - sizeof quoted / sizeof quoted[0]]);
		yaml_map_end(w);
		yaml_end(w);
		CHECK((strncmp(out.p, "k: \"", 4) == 0) == quote);
		buf_release(&out);
	}
}

/* ---- folders ---- */

static void add(struct emit_files *files, const char *name, const char *text)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, text);
	CHECK(emit_files_add(files, name, &b));
}

static bool has_text(const char *dir, const char *name, const char *text)
{
	struct buf path = BUF_INIT, have = BUF_INIT;
	bool same;

	buf_printf(&path, "%s/%s", dir, name);
	same = file_read(path.p, 1 << 20, &have) && strcmp(buf_str(&have), text) == 0;
	buf_release(&path);
	buf_release(&have);
	return same;
}

static void put(const char *dir, const char *name, const char *text)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", dir, name);
	CHECK(file_replace(path.p, text, strlen(text), 0644, NULL));
	buf_release(&path);
}

static bool write_to(const char *dir, struct emit_files *files, struct emit_written *w, const char *expected)
{
	struct buf error = BUF_INIT;
	bool ok = emit_write(dir, files, w, &error);

	if (!ok && !strstr(error.p, expected)) {
		fprintf(stderr, "expected: %s\nsaid: %s\n", expected, error.p);
		exit(1);
	}
	CHECK(ok == (*expected == '\0'));
	buf_release(&error);
	emit_files_release(files);
	return ok;
}

static void test_folder(const char *dir)
{
	struct emit_files f = EMIT_FILES_INIT;
	struct emit_written w;

	put(dir, "mine", "hands off");
	add(&f, "a", "one");
	add(&f, "b", "two");
	write_to(dir, &f, &w, "");
	CHECK(w.written == 2 && w.same == 0 && has_text(dir, "a", "one") && has_text(dir, "b", "two"));
	add(&f, "a", "one");
	add(&f, "b", "two");
	write_to(dir, &f, &w, "");
	CHECK(w.written == 0 && w.same == 2);
	add(&f, "a", "new");			/* b is stale */
	add(&f, "c", "");
	write_to(dir, &f, &w, "");
	CHECK(w.written == 2 && w.removed == 1 && has_text(dir, "a", "new") && has_text(dir, "c", "") && !has_text(dir, "b", "two"));
	add(&f, "a", "newer");			/* someone else's file: nothing changes at all */
	add(&f, "mine", "ours");
	write_to(dir, &f, &w, "/mine is there and was not written by calcc");
	CHECK(has_text(dir, "a", "new") && has_text(dir, "mine", "hands off"));
	put(dir, "a", "edited");		/* ours, changed by hand */
	add(&f, "a", "newer");
	write_to(dir, &f, &w, "/a was changed since calcc wrote it");
	CHECK(has_text(dir, "a", "edited"));
	add(&f, "c", "");			/* stale, but changed: it stays */
	write_to(dir, &f, &w, "");
	CHECK(w.removed == 0 && has_text(dir, "a", "edited") && has_text(dir, "mine", "hands off"));
	add(&f, "../evil", "x");
	write_to(dir, &f, &w, "cannot be the name");
	put(dir, ".calcflow", "nonsense\n");
	add(&f, "c", "x");
	write_to(dir, &f, &w, "damaged");
	CHECK(has_text(dir, "c", ""));
}

/* A folder where one file cannot be put: nothing of the others appears, and no temporary stays. */
static void test_failure(const char *dir)
{
	struct emit_files f = EMIT_FILES_INIT;
	struct emit_written w;
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/link", dir);
	CHECK(symlink("/etc/passwd", path.p) == 0);
	add(&f, "first", "1");
	add(&f, "link", "2");
	write_to(dir, &f, &w, "/link is there and was not written by calcc");
	CHECK(unlink(path.p) == 0);
	CHECK(rmdir(dir) == 0);			/* nothing is left in it */
	CHECK(!emit_write("/proc/nowhere", &f, &w, &path) && strstr(path.p, "cannot make folder"));
	buf_release(&path);
}

/* A disk that is full in the middle: the folder is as it was, and still ours. */
static void test_full(const char *dir)
{
	struct rlimit small = { 500, RLIM_INFINITY }, all;
	struct emit_files f = EMIT_FILES_INIT;
	struct emit_written w;
	char large[600];

	add(&f, "a", "old");
	write_to(dir, &f, &w, "");
	memset(large, 'x', sizeof large);
	large[sizeof large - 1] = '\0';
	add(&f, "a", "new");
	add(&f, "b", large);
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &all) == 0 && setrlimit(RLIMIT_FSIZE, &small) == 0);
	write_to(dir, &f, &w, "/b: ");
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	CHECK(has_text(dir, "a", "old") && w.written == 0);
	add(&f, "c", "");			/* and then there is room: `a` is still ours */
	write_to(dir, &f, &w, "");
	CHECK(w.removed == 1 && w.written == 1);
}

int main(void)
{
	char full[] = "emit-test-XXXXXX", dir[] = "emit-test-XXXXXX", empty[] = "emit-test-XXXXXX";

	test_manifests();
	test_options();
	test_secrets();
	test_refused();
	test_names();
	test_taken();
	test_large();
	test_chunks();
	test_places(false);
	test_places(true);
	test_yaml();
	CHECK(mkdtemp(dir) && mkdtemp(empty) && mkdtemp(full));
	test_full(full);
	test_folder(dir);
	test_failure(empty);
	CHECK(file_remove_tree(AT_FDCWD, dir) && file_remove_tree(AT_FDCWD, full));
	return 0;
}
