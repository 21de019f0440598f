/* Layout in a child process: a graph can keep Graphviz busy for hours, fill the memory, or end it. */
#include "tools/layout.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tools/layout_titles.h"

enum { MEMORY_MOST = 1 << 30, PICTURE_MOST = 256 << 20, WORDS_MOST = 4096, WAIT = 5 /* a busy machine */ };
enum { CHILD_DONE, CHILD_MISSING = 3, CHILD_FORMAT, CHILD_FAILED };

/* ---- the child ---- */

/* What is used of libgvc, and of the libcgraph that came with it. */
struct graphviz {
	void *(*context)(void);
	int (*layout)(void *context, void *graph, const char *engine);
	int (*render)(void *context, void *graph, const char *format, char **data, unsigned *len);
	void *(*read)(const char *text);
	void *(*attribute)(void *graph, int kind, const char *name, const char *value);
	void (*forget)(void *context, void *graph);
	struct layout_graph parts;
};

/* What mending a layout takes: without one of them, the layout stays as it is. */
static bool load_parts(void *lib, struct graphviz *g)
{
	const struct { void **at; const char *name; } of[] = {
		{ (void **)&g->forget, "gvFreeLayout" }, { (void **)&g->parts.first_frame, "agfstsubg" }, { (void **)&g->parts.next_frame, "agnxtsubg" },
		{ (void **)&g->parts.first_node, "agfstnode" }, { (void **)&g->parts.next_node, "agnxtnode" }, { (void **)&g->parts.first_line, "agfstout" },
		{ (void **)&g->parts.next_line, "agnxtout" }, { (void **)&g->parts.get, "agget" }, { (void **)&g->parts.set, "agset" },
		{ (void **)&g->parts.node, "agnode" },
	};
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (!(*of[i].at = dlsym(lib, of[i].name)))
			return false;
	return true;
}

static bool load(struct graphviz *g, const char *library)
{
	static const char *const names[] = { "libgvc.so.6", "libgvc.so.7", "libgvc.so.5", "libgvc.so" };
	void *lib = library ? dlopen(library, RTLD_NOW | RTLD_LOCAL) : NULL;
	for (size_t i = 0; !library && !lib && i < sizeof names / sizeof names[0]; i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!lib) {
		fprintf(stderr, "%s\n", dlerror());
		return false;
	}
	*(void **)&g->context = dlsym(lib, "gvContext");
	*(void **)&g->layout = dlsym(lib, "gvLayout");
	*(void **)&g->render = dlsym(lib, "gvRenderData");
	*(void **)&g->read = dlsym(lib, "agmemread");
	*(void **)&g->attribute = dlsym(lib, "agattr");
	if (g->context && g->layout && g->render && g->read && g->attribute) {
		if (!load_parts(lib, g))
			g->forget = NULL;
		return true;
	}
	fprintf(stderr, "%s is not Graphviz's library\n", library ? library : "libgvc");
	return false;
}

/* Sanitizers map more than any limit before anything runs: then there is none. */
static void limit_memory(void)
{
	struct rlimit most = { MEMORY_MOST, MEMORY_MOST };
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (f && fscanf(f, "%lu", &pages) == 1 && pages < (unsigned long)MEMORY_MOST / 4096)
		setrlimit(RLIMIT_AS, &most);
	if (f)
		fclose(f);
}

/*
 * The graph to render: as it was laid out, or one that has the same places and better ones of its titles. Graphviz takes places from a text only
 * (nop2). NULL: it cannot be laid out again, which it could before.
 */
static void *mend(const struct graphviz *g, void *context, void *graph)
{
	char *text = NULL;
	unsigned len = 0;
	void *again = g->forget && g->render(context, graph, "dot", &text, &len) == 0 && text ? g->read(text) : NULL;
	if (!again || !layout_titles(&g->parts, again))
		return graph;
	g->attribute(again, 0, "outputorder", "edgesfirst");
	g->forget(context, graph);
	if (g->layout(context, again, "nop2") == 0)
		return again;
	return g->layout(context, graph, "dot") == 0 ? graph : NULL;
}

static int draw(const char *dot, const char *format, const char *library, unsigned seconds, int to)
{
	struct rlimit time = { seconds, seconds + 1 }, none = { 0, 0 };
	struct graphviz g;
	char *data = NULL;
	unsigned len = 0;
	void *context, *graph;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &time);
	setrlimit(RLIMIT_CORE, &none);
	limit_memory();
	if (!load(&g, library))
		return CHILD_MISSING;
	context = g.context();
	graph = context ? g.read(dot) : NULL;
	if (!graph)
		return CHILD_FAILED;
	if (!strcmp(format, "png"))	/* 96 pixels an inch: what is larger is made smaller, for its packing takes longer than its layout */
		g.attribute(graph, 0, "size", "30,30");
	if (g.layout(context, graph, "dot") != 0)
		return CHILD_FORMAT;	/* its layout engines are plugins too */
	graph = mend(&g, context, graph);
	if (!graph || g.render(context, graph, format, &data, &len) != 0 || !data)
		return CHILD_FORMAT;
	return file_write_all(to, data, len) ? CHILD_DONE : CHILD_FAILED;
}

/* ---- the parent ---- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Appends what is there; false when it is over, or more than `most`. */
static bool take(int fd, struct buf *to, size_t most)
{
	char part[65536];
	ssize_t n = read(fd, part, sizeof part);
	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0 && to->len + (size_t)n <= most)
		buf_add(to, part, (size_t)n);
	return n > 0 && to->len + (size_t)n <= most + sizeof part;
}

/* Reads both until the child closed them; false when its time is over. */
static bool listen_to(const int fd[2], struct buf *out, struct buf *why, int64_t until)
{
	struct pollfd poll_for[2] = { { fd[0], POLLIN, 0 }, { fd[1], POLLIN, 0 } };
	while (poll_for[0].fd >= 0 || poll_for[1].fd >= 0) {
		int64_t left = until - now_ms();
		if (left <= 0)
			return false;
		if (poll(poll_for, 2, (int)left) < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < 2; i++)
			if (poll_for[i].revents && !take(fd[i], i ? why : out, i ? WORDS_MOST : PICTURE_MOST))
				poll_for[i].fd = -1;
	}
	return true;
}

static enum layout_result result_of(int status, const char *format, struct buf *why)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE)
		return LAYOUT_DONE;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_MISSING)
		return LAYOUT_MISSING;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_FORMAT) {
		if (!why->len)
			buf_printf(why, "its plugin for %s is not installed", format);
		return LAYOUT_MISSING;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return LAYOUT_SLOW;
	if (!why->len)
		buf_printf(why, WIFSIGNALED(status) ? "it ended by signal %d" : "it ended with status %d", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return LAYOUT_FAILED;
}

enum layout_result layout(const char *dot, const char *format, const char *library, unsigned seconds, struct buf *out, struct buf *why)
{
	int picture[2], words[2], status = 0;
	size_t from = out->len;
	if (pipe2(picture, O_CLOEXEC) != 0) {
		buf_addstr(why, strerror(errno));
		return LAYOUT_FAILED;
	}
	if (pipe2(words, O_CLOEXEC) != 0) {
		buf_addstr(why, strerror(errno));
		close(picture[0]);
		close(picture[1]);
		return LAYOUT_FAILED;
	}
	fflush(NULL);	/* the child must not write what was not written yet */
	pid_t child = fork();
	if (child == 0) {
		dup2(words[1], STDERR_FILENO);
		_exit(draw(dot, format, library, seconds, picture[1]));
	}
	close(picture[1]);
	close(words[1]);
	bool in_time = false;
	if (child < 0)
		buf_addstr(why, strerror(errno));
	else
		in_time = listen_to((int[2]){ picture[0], words[0] }, out, why, now_ms() + (int64_t)seconds * 1000 * WAIT);
	close(picture[0]);
	close(words[0]);
	if (child < 0)
		return LAYOUT_FAILED;
	if (!in_time)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	enum layout_result result = in_time ? result_of(status, format, why) : LAYOUT_SLOW;
	if (result != LAYOUT_DONE)
		out->len = from;
	while (why->len && why->p[why->len - 1] == '\n')
		why->p[--why->len] = '\0';
	return result;
}
