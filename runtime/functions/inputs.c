/*
 * Inputs: images in files, mapped read-only. Those used last are kept, told by what the file system says of the file, so that what
 * many steps read is mapped once. An image's head is checked here; what is in it was checked by whoever took it from its maker.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/functions/inner.h"

const void *inputs_value(const char *image, uint64_t length, const calc_port *port)
{
	struct flat_head head;

	if (length < sizeof head)
		return NULL;
	memcpy(&head, image, sizeof head);
	if (memcmp(head.magic, "CALCFLAT", sizeof head.magic) != 0 || head.version != FLAT_IS || head.header != FLAT_HEAD ||
	    head.type != port->type || head.length != length || length - FLAT_HEAD < port->size)
		return NULL;
	return image + FLAT_HEAD;
}

static void forget(struct input *in)
{
	if (in->path && munmap((void *)(uintptr_t)in->image, (size_t)in->length) != 0)
		say("calc: an input cannot be unmapped");
	free(in->path);
	memset(in, 0, sizeof *in);
}

static bool is_same(const struct input *in, const char *path, const struct stat *st)
{
	return in->path && strcmp(in->path, path) == 0 && in->dev == (uint64_t)st->st_dev && in->ino == (uint64_t)st->st_ino &&
	       in->length == (uint64_t)st->st_size &&
	       in->changed == (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;
}

static bool map(struct input *in, const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	void *at = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= FLAT_HEAD)
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (fd >= 0 && close(fd) != 0 && at != MAP_FAILED) {
		munmap(at, (size_t)st.st_size);
		at = MAP_FAILED;
	}
	if (at == MAP_FAILED)
		return false;
	*in = (struct input){ .path = strdup(path), .image = at, .length = (uint64_t)st.st_size, .dev = (uint64_t)st.st_dev, .ino = (uint64_t)st.st_ino,
			      .changed = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec };
	if (in->path)
		return true;
	munmap(at, (size_t)st.st_size);
	return false;
}

/* The place of one that was not used in this call, the longest unused first; NULL: all are in use. */
static struct input *oldest(struct inputs *in)
{
	struct input *found = NULL;

	for (int i = 0; i < INPUTS_KEPT; i++) {
		struct input *one = &in->kept[i];

		if (one->path && one->used == in->clock)
			continue;
		if (!found || !one->path || (found->path && one->used < found->used))
			found = one;
	}
	return found;
}

static struct input *one_more(struct inputs *in)
{
	if (in->mores == in->more_cap) {
		size_t cap = in->more_cap ? in->more_cap * 2 : 16;
		struct input *more = realloc(in->more, cap * sizeof *more);

		if (!more)
			return NULL;
		in->more = more;
		in->more_cap = cap;
	}
	return &in->more[in->mores];
}

const void *inputs_open(struct inputs *in, const char *path, const calc_port *port)
{
	struct input *one = NULL;
	struct stat st;

	if (stat(path, &st) != 0)
		return NULL;
	for (int i = 0; i < INPUTS_KEPT && !one; i++)
		if (is_same(&in->kept[i], path, &st))
			one = &in->kept[i];
	if (!one) {
		one = oldest(in);
		if (one) {
			forget(one);
			if (!map(one, path))
				return NULL;
		} else {
			one = one_more(in);
			if (!one || !map(one, path))
				return NULL;
			in->mores++;
		}
	}
	one->used = in->clock;
	return inputs_value(one->image, one->length, port);
}

void inputs_end(struct inputs *in)
{
	while (in->mores)
		forget(&in->more[--in->mores]);
	in->clock++;
}

bool inputs_has(const struct inputs *in, const void *p)
{
	for (size_t i = 0; i < INPUTS_KEPT + in->mores; i++) {
		const struct input *one = i < INPUTS_KEPT ? &in->kept[i] : &in->more[i - INPUTS_KEPT];

		if (one->path && (uintptr_t)p >= (uintptr_t)one->image && (uintptr_t)p - (uintptr_t)one->image < one->length)
			return true;
	}
	return false;
}
