/* An empty file system over what is hidden, and in it the worker's own folder, bound at the path that it always had. */
#include "runtime/sight.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>
#include "base/file.h"

/* Through its descriptor: the path may be covered by now. */
static bool bind(int fd, const char *at)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	return mount(from, at, NULL, MS_BIND, NULL) == 0;
}

static bool cover(const struct slot_sight *s, int own)
{
	if (mount("none", s->hidden, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") != 0)
		return false;
	if (file_mkdirs(s->own, 0755) && bind(own, s->own) &&
	    mount("none", s->hidden, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0)
		return true;
	umount2(s->hidden, MNT_DETACH);
	return false;
}

static int open_folder(const char *path)
{
	return path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

bool sight_limit(const struct slot_sight *s)
{
	int own = open_folder(s->own), memory = open_folder(s->memory);
	bool ok = own >= 0 && cover(s, own);

	if (ok && memory >= 0)
		(void)!bind(memory, "/dev/shm");	/* a machine without one lacks nothing */
	if (own >= 0)
		close(own);
	if (memory >= 0)
		close(memory);
	return ok;
}
