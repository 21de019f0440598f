/* The ring's other side is functions/main.c. Small inputs travel in the request's own memory: opening them there costs as much. */
#include "runtime/native.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/worker_step.h"

enum { SPINS = 64, SPIN_US = 20, RESULTS_ROOM = 64 << 10, LOG_PART = 65536, LOG_MOST = 1 << 20, LOG_MODE = 0640 };

void native_init(struct native *n)
{
	*n = (struct native){ .feed_fd = -1, .back_fd = -1, .bell = -1, .log = -1 };
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void native_gone(struct native *n)
{
	if (n->feed)
		munmap(n->feed, WIRE_FEED_SIZE);
	if (n->back)
		munmap((void *)(uintptr_t)n->back, WIRE_BACK_SIZE);
	close_one(&n->feed_fd);
	close_one(&n->back_fd);
	close_one(&n->bell);
	close_one(&n->log);
	buf_release(&n->key);
	native_init(n);
}

void native_end(struct native *n)
{
	if (n->pid > 0) {
		kill(-n->pid, SIGKILL);
		kill(n->pid, SIGKILL);
		while (waitpid(n->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
	native_gone(n);
}

/* ---- starting ---- */

static void *make_piece(const char *name, size_t size, int protection, int *fd)
{
	void *at = MAP_FAILED;

	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd >= 0 && ftruncate(*fd, (off_t)size) == 0)
		at = mmap(NULL, size, protection, MAP_SHARED, *fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

/* What is mapped stays; nobody can write feed but through our mapping, and neither piece changes its size. */
static bool seal_pieces(struct native *n)
{
	return fcntl(n->feed_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0 &&
	       fcntl(n->back_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

static bool make_memory(struct native *n)
{
	n->feed = make_piece("calc-feed", WIRE_FEED_SIZE, PROT_READ | PROT_WRITE, &n->feed_fd);
	n->back = make_piece("calc-back", WIRE_BACK_SIZE, PROT_READ, &n->back_fd);
	if (!n->feed || !n->back || !seal_pieces(n))
		return false;
	n->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	n->feed->magic = WIRE_MAGIC;
	n->feed->version = WIRE_VERSION;
	n->feed->ring = WIRE_RING;
	n->feed->feed_size = WIRE_FEED_SIZE;
	n->feed->back_size = WIRE_BACK_SIZE;
	n->arena = WIRE_HEAD;
	return n->bell >= 0;
}

/* A file without a name beside the attempt; where that is not possible, memory. */
static int make_log(const struct slot_job *job)
{
	int fd = open(job->cwd, O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, LOG_MODE);

	if (fd < 0) {
		fd = memfd_create("calc-log", MFD_CLOEXEC);
		if (fd >= 0)
			fcntl(fd, F_SETFL, O_APPEND);
	}
	return fd;
}

static void make_key(const struct slot_job *job, struct buf *key)
{
	buf_add(key, job->argv[0], strlen(job->argv[0]) + 1);
	for (const char *const *e = job->envp; *e; e++)
		buf_add(key, *e, strlen(*e) + 1);
}

static bool is_program_of(const struct native *n, const struct slot_job *job)
{
	struct buf key = BUF_INIT;
	bool same;

	make_key(job, &key);
	same = n->pid > 0 && key.len == n->key.len && memcmp(key.p, n->key.p, key.len) == 0;
	buf_release(&key);
	return same;
}

int native_ready(struct native *n, const struct slot_job *job)
{
	const char *argv[2] = { job->argv[0], NULL };
	struct step_program program = { .argv = argv, .envp = job->envp, .cwd = "/" };
	int error = 0, null;

	if (is_program_of(n, job))
		return 0;
	native_end(n);
	if (!make_memory(n) || (n->log = make_log(job)) < 0)
		error = errno;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	program.in = null;
	program.out = program.err = n->log;
	program.more[0] = n->feed_fd;
	program.more[1] = n->back_fd;
	program.more[2] = n->bell;
	program.mores = 3;
	if (!error)
		error = null < 0 ? errno : step_spawn(&program, &n->pid);
	close_one(&null);
	if (error)
		native_end(n);
	else
		make_key(job, &n->key);
	return error;
}

bool native_has_begun(const struct native *n)
{
	return n->back && atomic_load((_Atomic uint32_t *)(uintptr_t)&n->back->ready) == 1;
}

/* ---- asking ---- */

static void put_text(struct buf *b, uint32_t *offset, const char *text)
{
	*offset = 0;
	if (!text || !*text)
		return;
	*offset = (uint32_t)b->len;
	buf_add(b, text, strlen(text) + 1);
}

static void *at_offset(struct buf *b, size_t offset)
{
	return b->p + offset;
}

/* The texts come behind the tables: a request is built whole, and then copied. */
static void build(const struct native_request *q, struct buf *b)
{
	struct wire_request head = { .token = q->token, .layout = q->layout, .attempt = q->attempt, .inputs = q->inputs, .outputs = q->outputs };
	size_t in = sizeof head, out = in + q->inputs * sizeof(struct wire_input);
	size_t texts = out + q->outputs * sizeof(struct wire_output);

	buf_reserve(b, texts + 1);
	memset(b->p, 0, texts);
	b->len = texts;
	for (uint32_t i = 0; i < q->inputs; i++) {
		const struct native_value *v = &q->input[i];
		struct wire_input one = { .where = v->where, .at = v->at, .length = v->length };

		put_text(b, &one.path, v->where == WIRE_IN_FILE ? v->path : NULL);
		memcpy(at_offset(b, in + i * sizeof one), &one, sizeof one);
	}
	for (uint32_t i = 0; i < q->outputs; i++) {
		const struct native_value *v = &q->output[i];
		struct wire_output one = { .at = v->at, .room = v->length };

		put_text(b, &one.path, v->where == WIRE_IN_FILE ? v->path : NULL);
		memcpy(at_offset(b, out + i * sizeof one), &one, sizeof one);
	}
	put_text(b, &head.function, q->function);
	put_text(b, &head.step, q->step);
	put_text(b, &head.scratch, q->scratch);
	head.length = (uint32_t)b->len;
	memcpy(b->p, &head, sizeof head);
}

static void wake(struct native *n)
{
	if (atomic_load((_Atomic uint32_t *)(uintptr_t)&n->back->sleeping))
		syscall(SYS_futex, &n->feed->asked, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Room in the arena, which begins again when nothing is under way. */
static bool take_room(struct native *n, uint64_t bytes, uint64_t *at)
{
	*at = n->arena;
	if (bytes > WIRE_FEED_SIZE - n->arena)
		return false;
	n->arena = (n->arena + bytes + 63) & ~(uint64_t)63;
	if (n->arena > WIRE_FEED_SIZE)
		n->arena = WIRE_FEED_SIZE;
	return true;
}

static bool post(struct native *n, const struct buf *request)
{
	uint64_t at;

	if (n->asked - n->answered >= WIRE_RING || !take_room(n, request->len, &at))
		return false;
	memcpy((char *)n->feed + at, request->p, request->len);
	n->feed->at[n->asked % WIRE_RING] = at;
	n->asked++;
	atomic_store(&n->feed->asked, n->asked);
	wake(n);
	return true;
}

bool native_ask(struct native *n, const struct native_request *q)
{
	struct buf request = BUF_INIT;
	bool ok;

	build(q, &request);
	ok = request.len < WIRE_FEED_SIZE / 2 && post(n, &request);
	buf_release(&request);
	return ok;
}

/* ---- answers ---- */

bool native_answered(struct native *n, struct wire_answer *a)
{
	uint32_t answered = atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)&n->back->answered, memory_order_acquire);

	if (answered - n->answered - 1 >= n->asked - n->answered)	/* none, or more than were asked */
		return false;
	memcpy(a, &n->back->answer[n->answered % WIRE_RING], sizeof *a);
	n->answered++;
	if (n->answered == n->asked)
		n->arena = WIRE_HEAD;
	if (a->end >= WIRE_ENDS)
		a->end = WIRE_BAD_REQUEST;
	for (int i = 0; i < WIRE_SPANS; i++)
		if (a->span[i].at > WIRE_BACK_SIZE || a->span[i].length > WIRE_BACK_SIZE - a->span[i].at)
			a->span[i].at = a->span[i].length = 0;
	return true;
}

static bool has_answer(const struct native *n)
{
	return atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)&n->back->answered, memory_order_acquire) != n->answered;
}

static bool look_for_answer(const struct native *n)
{
	uint64_t until = step_now_us() + SPIN_US;

	do {
		for (int i = 0; i < SPINS; i++) {
			if (has_answer(n))
				return true;
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
	} while (step_now_us() < until);
	return false;
}

bool native_wait_a_little(struct native *n)
{
	bool found = has_answer(n);

	if (!found && wire_looks(&n->patience)) {
		found = look_for_answer(n);
		wire_looked(&n->patience, found);
	}
	if (found)
		return true;
	atomic_store(&n->feed->listening, 1);
	return has_answer(n);
}

void native_clear_bell(struct native *n)
{
	uint64_t count;

	if (read(n->bell, &count, sizeof count) < 0 && errno != EAGAIN)
		return;
	atomic_store(&n->feed->listening, 0);
}

void native_take_log(struct native *n, const char *path)
{
	struct stat st;
	char *part;
	int to;

	if (n->log < 0 || fstat(n->log, &st) != 0 || (uint64_t)st.st_size <= n->logged)
		return;
	to = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, LOG_MODE);
	part = mem_alloc(LOG_PART);
	for (ssize_t got; to >= 0 && (got = pread(n->log, part, LOG_PART, (off_t)n->logged)) > 0; n->logged += (uint64_t)got)
		if (!file_write_all(to, part, (size_t)got))
			break;
	mem_free(part);
	if (to >= 0)
		close(to);
	if (n->logged > LOG_MOST && ftruncate(n->log, 0) == 0)
		n->logged = 0;
}

/* ---- a job ---- */

/* false: not there, or not small; it is read by its path then. */
static bool read_small(struct native *n, const char *path, struct native_value *v)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	uint64_t at;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= FLAT_HEADER && st.st_size <= SLOT_MOST_IMAGE &&
		  take_room(n, (uint64_t)st.st_size, &at) && pread(fd, (char *)n->feed + at, (size_t)st.st_size, 0) == st.st_size;

	if (fd >= 0)
		close(fd);
	if (ok)
		*v = (struct native_value){ .where = WIRE_IN_FEED, .at = at, .length = (uint64_t)st.st_size };
	return ok;
}

/* One that came with the job. false: no image, or no room. */
static bool take_image(struct native *n, struct slot_images *images, struct native_value *v, bool *there)
{
	const char *image;
	uint32_t len;
	uint64_t at;

	if (!slot_images_next(images, &image, &len))
		return false;
	*there = len != SLOT_ELSEWHERE;
	if (!*there)
		return true;
	if (len == 0) {
		*v = (struct native_value){ .where = WIRE_ABSENT };
		return true;
	}
	if (len < FLAT_HEADER || !take_room(n, len, &at))
		return false;
	memcpy((char *)n->feed + at, image, len);
	*v = (struct native_value){ .where = WIRE_IN_FEED, .at = at, .length = len };
	return true;
}

static bool take_inputs(struct native *n, const struct slot_job *job, struct native_value *value)
{
	struct slot_images images = job->images;

	for (uint32_t i = 0; i < job->inputs; i++) {
		const char *path = job->argv[1 + i];
		bool there = false;

		if (job->images.len && !take_image(n, &images, &value[i], &there))
			return false;
		if (!there && *path && !read_small(n, path, &value[i]))
			value[i] = (struct native_value){ .where = WIRE_IN_FILE, .path = path };
	}
	return true;
}

/* Each request has rooms of its own in back: those of one before may still be read. */
static void give_rooms(const struct native *n, struct native_value *result, const char *const *path, uint32_t count)
{
	uint64_t first = WIRE_HEAD + n->asked % WIRE_RING * RESULTS_ROOM, room = SLOT_MOST_IMAGE;

	if (count * room > RESULTS_ROOM)
		room = RESULTS_ROOM / WIRE_SPANS;
	for (uint32_t i = 0; i < count; i++)
		result[i] = (struct native_value){ .where = WIRE_IN_FILE, .path = path[i], .at = i < WIRE_SPANS ? first + i * room : 0,
						   .length = i < WIRE_SPANS ? room : 0 };
}

bool native_run(struct native *n, const struct slot_job *job)
{
	uint32_t count = 0, inputs = job->inputs;
	struct native_request q = { .token = job->token, .layout = job->layout, .function = job->native, .step = job->step,
				    .scratch = job->cwd, .attempt = job->nth };
	struct native_value *value;
	uint64_t arena = n->arena;
	bool ok;

	while (job->argv[1 + count])
		count++;
	if (inputs > count || count > WIRE_MOST_PORTS)
		return false;
	value = mem_zalloc(count + 1, sizeof *value);	/* all absent */
	give_rooms(n, value + inputs, job->argv + 1 + inputs, count - inputs);
	q.input = value;
	q.inputs = inputs;
	q.output = value + inputs;
	q.outputs = count - inputs;
	ok = take_inputs(n, job, value) && native_ask(n, &q);
	if (!ok)
		n->arena = arena;
	mem_free(value);
	return ok;
}

void native_images(const struct native *n, const struct wire_answer *a, struct buf *out)
{
	for (uint32_t i = 0; i < a->results && i < WIRE_SPANS; i++) {
		uint64_t at = a->span[i].at, length = a->span[i].length;

		if (at >= WIRE_HEAD && length <= SLOT_MOST_IMAGE && out->len + length <= RESULTS_ROOM)
			slot_images_add(out, (const char *)n->back + at, (uint32_t)length);
		else
			slot_images_add(out, NULL, SLOT_ELSEWHERE);
	}
}

enum slot_end native_slot_end(uint32_t wire_end)
{
	static const enum slot_end ends[] = { [WIRE_DONE] = SLOT_EXITED, [WIRE_FAILED] = SLOT_FUNCTION_FAILED,
		[WIRE_NO_FUNCTION] = SLOT_NO_FUNCTION, [WIRE_OTHER_LAYOUT] = SLOT_OTHER_LAYOUT, [WIRE_BAD_INPUT] = SLOT_BAD_INPUT,
		[WIRE_NO_ROOM] = SLOT_NO_ROOM, [WIRE_OVERRUN] = SLOT_OVERRUN, [WIRE_BAD_REQUEST] = SLOT_NO_ANSWER };

	return wire_end < WIRE_ENDS ? ends[wire_end] : SLOT_NO_ANSWER;
}
