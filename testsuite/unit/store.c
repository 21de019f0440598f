/* The store against steps that make the wrong things, and attempts that follow one another in a slot. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/store.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

static char folder[] = "/tmp/calc-store.XXXXXX";
static struct plan *plan;
static struct plan_func file_func, files_func, number_func, optional_func, native_func;

static struct plan_func func_of(const char *port, uint32_t type)
{
	uint32_t at = build_port(plan, port, type);

	return (struct plan_func){ .name = "f", .image = "", .loc = "t.cf:1", .expr = PLAN_NONE, .group = PLAN_NONE, .first_result = at, .results = 1 };
}

static void make_plan(void)
{
	uint32_t optional;

	plan = build_begin("t.cf", "t", 1);
	optional = build_type(plan, (struct plan_type){ .kind = PLAN_OPTIONAL, .elem = TYPE_FILE });
	file_func = func_of("out", TYPE_FILE);
	files_func = func_of("parts", TYPE_FILES);
	number_func = func_of("n", TYPE_I64);
	optional_func = func_of("maybe", optional);
	native_func = func_of("image", TYPE_I64);
	native_func.native = "f";
	plan->port[native_func.first_result].format = FORMAT_FLAT;
}

static struct store *open_store(bool empty)
{
	struct store_options o = { .data = folder, .slots = 2, .group = (gid_t)-1, .empty = empty };
	struct buf error = BUF_INIT;
	struct store *s = store_open(&o, &error);

	if (!CHECK(s != NULL))
		printf("  %s\n", buf_str(&error));
	buf_release(&error);
	return s;
}

static void put(const char *base, const char *name, const char *text)
{
	struct buf path = BUF_INIT;
	int fd;

	buf_printf(&path, "%s/%s", base, name);
	fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	CHECK(fd >= 0 && file_write_all(fd, text, strlen(text)) && close(fd) == 0);
	buf_release(&path);
}

typedef void making(const char *attempt);

static void nothing(const char *a) { (void)a; }
static void make_file(const char *a) { put(a, "out/out", "hello"); }
static void make_number(const char *a) { put(a, "out/n", " 42 \n"); }
static void make_word(const char *a) { put(a, "out/n", "forty-two"); }

static void at(const char *attempt, const char *name, char to[512])
{
	snprintf(to, 512, "%s/%s", attempt, name);
}

static void make_link(const char *a)
{
	char to[512];

	at(a, "out/out", to);
	CHECK(symlink("/etc/passwd", to) == 0);
}

static void make_link_above(const char *a)
{
	char to[512], from[512];

	at(a, "out", from);
	at(a, "elsewhere", to);
	CHECK(rename(from, to) == 0 && symlink("/etc", from) == 0);
}

/* In place of its folder for outputs a link to what another step has made. */
static void make_link_to_another(const char *a)
{
	char to[512], from[512];

	at(a, "out", from);
	at(a, "elsewhere", to);
	CHECK(rename(from, to) == 0 && symlink("../../../done/other", from) == 0);
}

static void make_pipe(const char *a)
{
	char to[512];

	at(a, "out/out", to);
	CHECK(mkfifo(to, 0660) == 0);
}

static void make_folder(const char *a)
{
	char to[512];

	at(a, "out/out", to);
	CHECK(mkdir(to, 0770) == 0);
}

static void make_hard_link(const char *a)
{
	char from[512], to[512];

	put(a, "cwd/secret", "x");
	at(a, "cwd/secret", from);
	at(a, "out/out", to);
	CHECK(link(from, to) == 0);
}

static void make_parts(const char *a)
{
	put(a, "out/parts/b", "2");
	put(a, "out/parts/a%2Fx", "1");
}

static void make_parts_and_more(const char *a)
{
	make_parts(a);
	put(a, "out/parts/c", "3");
}

static void make_part_link(const char *a)
{
	char to[512];

	make_parts(a);
	at(a, "out/parts/b", to);
	CHECK(unlink(to) == 0 && symlink("a%2Fx", to) == 0);
}

static void make_part_folder(const char *a)
{
	char to[512];

	at(a, "out/parts/b", to);
	CHECK(mkdir(to, 0770) == 0);
}

static void make_parts_file(const char *a)
{
	char to[512];

	at(a, "out/parts", to);
	CHECK(rmdir(to) == 0);
	put(a, "out/parts", "no folder");
}

/* One attempt: what `make` leaves is taken, or refused with a message that has `message` in it. */
static void attempt(struct store *s, const struct plan_func *f, making *make, const char *message)
{
	static uint32_t number;
	static const char *const names[] = { "a/x", "b" };
	struct store_take t = { .plan = plan, .func = f, .key = "k", .names = names, .count = 2, .exact = PLAN_NONE };
	struct buf path = BUF_INIT, error = BUF_INIT, tail = BUF_INIT;
	bool logged, ok;

	CHECK(store_begin(s, 0, "k", ++number, &path, &error));
	if (f == &files_func) {
		CHECK(store_begin_folder(s, 0, "parts", &error));
		t.exact = 0;
	}
	make(path.p);
	ok = store_take(s, 0, &t, &error);
	if (message)
		CHECK(!ok && strstr(buf_str(&error), message));
	else
		CHECK(ok);
	if (ok != !message || (message && !strstr(buf_str(&error), message)))
		printf("  wanted %s, got: %s\n", message ? message : "success", buf_str(&error));
	CHECK(store_has_outputs(s, plan, f, "k") == ok);
	store_end(s, 0, true, "/nonexistent/log", &tail, &logged);
	CHECK(!logged);
	buf_release(&path);
	buf_release(&error);
	buf_release(&tail);
}

static void takes_only_what_is_right(struct store *s)
{
	struct buf path = BUF_INIT, text = BUF_INIT;

	attempt(s, &file_func, make_file, NULL);
	attempt(s, &file_func, nothing, "was not made");
	attempt(s, &file_func, make_link, "symbolic link");
	attempt(s, &file_func, make_link_above, "no longer the one");
	buf_printf(&path, "%s/done/other", folder);
	CHECK(mkdir(path.p, 0750) == 0);
	put(path.p, "out", "another's");
	attempt(s, &file_func, make_link_to_another, "no longer the one");
	CHECK(store_has_outputs(s, plan, &file_func, "other"));
	buf_clear(&path);
	attempt(s, &file_func, make_pipe, "named pipe");
	attempt(s, &file_func, make_folder, "a folder");
	attempt(s, &file_func, make_hard_link, "2 hard links");
	attempt(s, &files_func, make_parts, NULL);
	attempt(s, &files_func, make_parts_and_more, "it made `c`");
	attempt(s, &files_func, nothing, "it did not make `a%2Fx`");
	attempt(s, &files_func, make_part_link, "symbolic link");
	attempt(s, &files_func, make_part_folder, "a folder");
	attempt(s, &files_func, make_parts_file, "must be a folder");
	attempt(s, &optional_func, nothing, NULL);
	attempt(s, &number_func, make_word, "does not fit its type: line 1");
	attempt(s, &number_func, make_number, NULL);
	store_output_path(s, "k", "n", &path);
	CHECK(file_read(path.p, 100, &text));
	CHECK_TEXT(buf_str(&text), "42\n");
	buf_release(&path);
	buf_release(&text);
}

static ino_t folder_of(struct store *s, const char *key, uint32_t number, struct buf *path)
{
	struct buf error = BUF_INIT;
	struct stat st = { 0 };

	buf_clear(path);
	CHECK(store_begin(s, 1, key, number, path, &error) && stat(path->p, &st) == 0);
	buf_release(&error);
	return st.st_ino;
}

/* A folder in which a step left something is never handed on. */
static void hands_on_clean_folders_only(struct store *s)
{
	static const char *const places[] = { "x", "out/x", "cwd/x", "home/x", "tmp/x" };
	struct buf path = BUF_INIT, tail = BUF_INIT, log = BUF_INIT;
	ino_t first = folder_of(s, "p", 1, &path), next;
	uint32_t number = 1;
	bool logged;

	buf_printf(&log, "%s/log", folder);
	store_end(s, 1, true, log.p, &tail, &logged);
	CHECK(!logged && folder_of(s, "q", 1, &path) == first);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char x[512];

		put(path.p, places[i], "left");
		store_end(s, 1, i == 1, log.p, &tail, &logged);
		next = folder_of(s, "p", ++number, &path);
		at(path.p, places[i], x);
		CHECK(!file_exists(x));
		(void)next;
	}
	put(path.p, "stderr", "a complaint\n");
	store_end(s, 1, false, log.p, &tail, &logged);
	CHECK(logged && file_exists(log.p));
	CHECK_TEXT(buf_str(&tail), "a complaint\n");
	unlink(log.p);
	folder_of(s, "last", 7, &path);
	buf_release(&path);
	buf_release(&tail);
	buf_release(&log);
}

/* ---- images that travel: many steps come and go, some know them again from the journal ---- */

enum { STEPS = 700, ROUNDS = 20000 };

static void image_of(uint32_t n, struct buf *out)
{
	struct buf text = BUF_INIT, error = BUF_INIT;

	buf_printf(&text, "%u", n);
	buf_clear(out);
	CHECK(flat_from_natural(plan, TYPE_I64, text.p, text.len, out, &error));
	buf_release(&text);
	buf_release(&error);
}

static bool take_image(struct store *s, const char *key, const char *image, uint32_t len)
{
	struct store_take t = { .plan = plan, .func = &native_func, .key = key, .exact = PLAN_NONE };
	struct buf images = BUF_INIT, error = BUF_INIT;
	bool ok;

	slot_images_add(&images, image, len);
	t.images = (struct slot_images){ images.p, images.len };
	ok = store_take(s, 0, &t, &error);
	CHECK(ok || error.len > 0);
	buf_release(&images);
	buf_release(&error);
	return ok;
}

static void is_number(struct store *s, const char *key, uint32_t n)
{
	struct store_result r = { plan, &native_func, key, 0 };
	struct buf path = BUF_INIT, text = BUF_INIT, error = BUF_INIT;

	store_output_path(s, key, "image", &path);
	CHECK(!file_exists(path.p));
	CHECK(store_natural(s, &r, path.p, &error) && store_flat(s, &r, path.p, &error) && file_read(path.p, 100, &text));
	CHECK(strtoul(buf_str(&text), NULL, 10) == n);
	buf_addstr(&path, FLAT_SUFFIX);
	CHECK(file_exists(path.p));
	buf_release(&path);
	buf_release(&text);
	buf_release(&error);
}

/* A pod's store holds fewer: the others get files, when they are taken and when they are known again. */
static void overflows(void)
{
	struct store_options o = { .data = folder, .slots = 1, .in_pod = true, .group = (gid_t)-1 };
	struct buf image = BUF_INIT, told = BUF_INIT, error = BUF_INIT, path = BUF_INIT;
	struct store *s = store_open(&o, &error);
	const uint32_t many = 50000;
	uint32_t files = 0, len, found = 0;
	const char *there;
	char key[32];

	if (!CHECK(s != NULL))
		return;
	for (uint32_t i = 0; i < many; i++) {
		snprintf(key, sizeof key, "full%u", i);
		image_of(i, &image);
		buf_clear(&told);
		slot_images_add(&told, image.p, (uint32_t)image.len);
		CHECK(store_images_recall(s, plan, &native_func, key, (struct slot_images){ told.p, told.len }));
		files += !store_image(s, key, 0, &there, &len);
		found += store_has_outputs(s, plan, &native_func, key);
		if (!store_image(s, key, 0, &there, &len) && files < 3) {
			struct store_result r = { plan, &native_func, key, 0 };

			buf_clear(&path);
			store_output_path(s, key, "image", &path);
			buf_clear(&image);
			CHECK(store_natural(s, &r, path.p, &error) && file_read(path.p, 100, &image) && strtoul(buf_str(&image), NULL, 10) == i);
		}
		if (files > 10)
			break;
	}
	CHECK(files == 11 && found > files);
	store_close(s);
	buf_release(&image);
	buf_release(&told);
	buf_release(&error);
	buf_release(&path);
}

static void keeps_images(struct store *s)
{
	static uint32_t number[STEPS];		/* 0: not there */
	struct buf image = BUF_INIT, told = BUF_INIT;
	const char *there;
	uint32_t len;
	char key[32];

	srand(5);
	for (uint32_t i = 1; i < ROUNDS; i++) {
		uint32_t k = (uint32_t)rand() % STEPS;

		snprintf(key, sizeof key, "step%%5B%u%%5D", k);
		CHECK(store_image(s, key, 0, &there, &len) == (number[k] > 0) && store_has_outputs(s, plan, &native_func, key) == (number[k] > 0));
		image_of(number[k], &image);
		CHECK(!number[k] || (len == image.len && memcmp(there, image.p, len) == 0));
		buf_clear(&told);
		if (number[k] && i % 3 == 0) {		/* another run */
			CHECK(store_images_tell(s, key, &told));
			store_images_forget(s, key);
			CHECK(!store_image(s, key, 0, &there, &len));
			CHECK(store_images_recall(s, plan, &native_func, key, (struct slot_images){ told.p, told.len }));
		} else if (number[k] && i % 3 == 1) {
			store_images_forget(s, key);
			number[k] = 0;
		} else {
			number[k] = i;
			image_of(i, &image);
			CHECK(take_image(s, key, image.p, (uint32_t)image.len));
		}
	}
	overflows();
	image_of(12, &image);
	CHECK(take_image(s, "made", image.p, (uint32_t)image.len));
	is_number(s, "made", 12);
	image_of(13, &image);
	CHECK(take_image(s, "made", image.p, (uint32_t)image.len));	/* again: nothing of the first remains */
	store_release(s, "made");
	CHECK(take_image(s, "made", image.p, (uint32_t)image.len));
	is_number(s, "made", 13);
	store_release(s, "made");
	CHECK(!store_has_outputs(s, plan, &native_func, "made"));
	image.p[8]++;
	CHECK(!take_image(s, "made", image.p, (uint32_t)image.len) && !take_image(s, "made", "", 0) && !take_image(s, "made", image.p, 70));
	CHECK(!store_has_outputs(s, plan, &native_func, "made"));
	CHECK(!store_images_recall(s, plan, &native_func, "made", (struct slot_images){ "\1\0\0", 3 }) && !store_images_tell(s, "made", &told));
	buf_release(&image);
	buf_release(&told);
}

struct stale { int count; struct buf told; };

static void found_stale(void *ctx, const char *key, uint32_t number)
{
	struct stale *stale = ctx;

	stale->count++;
	buf_printf(&stale->told, "%s.%u ", key, number);
}

static const char *stale_attempts(struct store *s, struct stale *stale)
{
	struct buf error = BUF_INIT;

	stale->count = 0;
	buf_clear(&stale->told);
	CHECK(store_stale(s, found_stale, stale, &error));
	buf_release(&error);
	return buf_str(&stale->told);
}

/* What a host that is killed leaves; `path` gets the name of the last attempt's folder. */
static void begin_and_die(struct buf *path)
{
	struct buf error = BUF_INIT;
	int ends[2];
	char text[200];
	ssize_t n;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		struct store *s = open_store(false);
		bool logged;

		if (!store_begin(s, 0, "first", 1, path, &error))
			_exit(1);
		store_end(s, 0, false, "/nowhere", NULL, &logged);
		buf_clear(path);
		if (!store_begin(s, 0, "second%2Fx", 7, path, &error))
			_exit(1);
		buf_clear(path);
		if (!store_begin(s, 1, "stale", 12, path, &error))
			_exit(1);
		n = write(ends[1], path->p, path->len + 1);
		_exit(n < 0);
	}
	close(ends[1]);
	n = read(ends[0], text, sizeof text);
	CHECK(n > 1 && waitpid(pid, NULL, 0) == pid);
	buf_addstr(path, n > 1 && strrchr(text, '/') ? strrchr(text, '/') + 1 : "");
	close(ends[0]);
	buf_release(&error);
}

static void finds_stale_attempts(void)
{
	struct buf path = BUF_INIT, error = BUF_INIT;
	struct stale stale = { 0, BUF_INIT };
	struct store *s;
	char *name;

	begin_and_die(&path);
	name = mem_strdup(buf_str(&path));
	buf_clear(&path);
	buf_printf(&path, "%s/slots/1/%s/out", folder, name);
	s = open_store(false);
	CHECK(store_has_outputs(s, plan, &number_func, "k"));
	CHECK_TEXT(stale_attempts(s, &stale), "second%2Fx.7 stale.12 ");
	CHECK(file_exists(path.p));
	store_close(s);		/* it did not come to writing that down */
	s = open_store(false);
	CHECK_TEXT(stale_attempts(s, &stale), "second%2Fx.7 stale.12 ");
	CHECK(store_clear(s, &error) && !file_exists(path.p));
	CHECK_TEXT(stale_attempts(s, &stale), "");
	store_release(s, "k");
	CHECK(!store_has_outputs(s, plan, &number_func, "k"));
	buf_clear(&path);
	CHECK(store_begin(s, 1, "again", 1, &path, &error) && !strstr(path.p, name));	/* no folder's name comes twice */
	CHECK_TEXT(stale_attempts(s, &stale), "again.1 ");
	store_close(s);		/* in order: nothing is in flight */
	s = open_store(false);
	CHECK_TEXT(stale_attempts(s, &stale), "");
	store_close(s);
	mem_free(name);
	buf_release(&stale.told);
	buf_release(&path);
	buf_release(&error);
}

/* Of a worker that died: clean as it looks, the next attempt does not get it. */
static void abandons_folders(struct store *s)
{
	struct buf first = BUF_INIT, second = BUF_INIT, error = BUF_INIT;
	bool logged;

	CHECK(store_begin(s, 0, "a", 1, &first, &error));
	store_end(s, 0, false, "/nowhere", NULL, &logged);
	CHECK(file_exists(first.p));
	store_abandon(s, 0);
	store_abandon(s, 0);
	CHECK(!file_exists(first.p) && store_begin(s, 0, "b", 1, &second, &error));
	CHECK(strcmp(first.p, second.p) != 0 && file_exists(second.p));
	store_end(s, 0, false, "/nowhere", NULL, &logged);
	buf_release(&first);
	buf_release(&second);
	buf_release(&error);
}

int main(void)
{
	struct store *s;

	if (!mkdtemp(folder))
		return 99;
	make_plan();
	s = open_store(true);
	takes_only_what_is_right(s);
	hands_on_clean_folders_only(s);
	abandons_folders(s);
	keeps_images(s);
	store_close(s);
	finds_stale_attempts();
	plan_free(plan);
	file_remove_tree(AT_FDCWD, folder);
	return test_end();
}
