/*
 * Finds the counter "oom_kill" of the own cgroup once, and reads it from a descriptor kept open. In a container the path in
 * /proc/self/cgroup may be the node's while /sys/fs/cgroup shows the container's own group as root: both are tried.
 */
#include "runtime/worker_memory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/file.h"

enum { TEXT = 4096 };
static const char counter[] = "oom_kill ";

static int open_in(const char *root, const char *group, const char *file)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s%s/%s", root, group, file);

	return len > 0 && (size_t)len < sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static int open_either(const char *root, const char *group, const char *file)
{
	int fd = open_in(root, group, file);

	return fd >= 0 ? fd : open_in(root, "", file);
}

/* A line is NUMBER:CONTROLLERS:PATH; version 2 is "0::PATH". */
static int open_of_line(const char *line)
{
	const char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
	int fd;

	if (!path)
		return -1;
	if (strncmp(line, "0::", 3) == 0) {
		fd = open_either("/sys/fs/cgroup", path + 1, "memory.events");
		return fd >= 0 ? fd : open_either("/sys/fs/cgroup/unified", path + 1, "memory.events");
	}
	if (strncmp(controllers, ":memory:", 8) != 0)
		return -1;
	return open_either("/sys/fs/cgroup/memory", path + 1, "memory.oom_control");
}

void memory_kills_init(struct memory_kills *m)
{
	struct buf text = BUF_INIT;
	char *line, *rest;

	m->fd = -1;
	if (file_read("/proc/self/cgroup", 1 << 20, &text)) {
		rest = text.p;
		while (m->fd < 0 && (line = strsep(&rest, "\n")))
			m->fd = open_of_line(line);
	}
	buf_release(&text);
}

void memory_kills_release(struct memory_kills *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

static uint64_t find_count(const char *text)
{
	for (const char *at = text; (at = strstr(at, counter)); at++)
		if (at == text || at[-1] == '\n')
			return strtoull(at + strlen(counter), NULL, 10);
	return 0;
}

uint64_t memory_kills_count(const struct memory_kills *m)
{
	char text[TEXT + 1];
	ssize_t n = m->fd >= 0 ? pread(m->fd, text, TEXT, 0) : -1;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return find_count(text);
}

uint64_t memory_kills_of_machine(void)
{
	struct buf text = BUF_INIT;
	uint64_t count = file_read("/proc/vmstat", 1 << 20, &text) ? find_count(text.p) : 0;

	buf_release(&text);
	return count;
}
