/*
 * Long texts by parts: address space for all of it, memory for what is being read. What is kept is packed into one copy; a list says
 * where each piece came from, and for each BLOCK bytes of the text how many pieces begin before it, so that a look-up goes through the
 * few of one block.
 */
#include "base/source_part.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/mem.h"

enum { BLOCK = 512 };

struct piece { uint32_t at, copy; };	/* its first byte in the text and in `bytes`; it goes to the next one's copy */

struct source_part {
	int fd;
	char *text;
	size_t len, size;	/* size: of the address space */
	size_t read, dropped;	/* [dropped, read) is in memory; dropped is a page's beginning */
	bool whole;
	struct piece *piece;	size_t pieces, pieces_cap;
	uint32_t *before;	/* of blocks up to `blocks`: pieces that begin before it */
	size_t blocks;
	char *bytes;
	size_t bytes_used, last;	/* last: the end of what was kept so far */
};

static void *address_space(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static size_t before_size(size_t len) { return (len / BLOCK + 2) * sizeof(uint32_t); }

static void release(void *p, size_t size)
{
	if (p)
		(void)munmap(p, size);	/* of a range that is ours: it cannot fail */
}

static void release_spaces(struct source_part *p)
{
	release(p->text, p->size);
	release(p->before, before_size(p->len));
	release(p->bytes, p->size);
}

struct source_part *source_part_new(int fd, size_t len)
{
	struct source_part *p = mem_zalloc(1, sizeof *p);

	p->fd = fd;
	p->len = len;
	p->size = len + 1;
	p->text = address_space(p->size);
	p->before = address_space(before_size(len));
	p->bytes = address_space(p->size);
	if (p->text && p->before && p->bytes)
		return p;
	release_spaces(p);
	mem_free(p);
	errno = ENOMEM;
	return NULL;
}

void source_part_drop(void *part)
{
	struct source_part *p = part;

	(void)close(p->fd);	/* it was only read */
	release_spaces(p);
}

void source_part_free(struct source_part *p)
{
	if (!p)
		return;
	mem_let_go(p);
	source_part_drop(p);
	mem_free(p->piece);
	mem_free(p);
}

const char *source_part_text(const struct source_part *p)
{
	return p->text;
}

static bool read_to(struct source_part *p, size_t upto)
{
	while (p->read < upto) {
		ssize_t n = pread(p->fd, p->text + p->read, upto - p->read, (off_t)p->read);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EIO;
			return false;
		}
		p->read += (size_t)n;
	}
	return true;
}

bool source_part_need(struct source_part *p, size_t from, size_t upto)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), drop = from - from % page;

	if (p->whole)
		return true;
	if (drop > p->dropped) {
		/* fresh pages in the place of the old ones */
		(void)mmap(p->text + p->dropped, drop - p->dropped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		p->dropped = drop;
	}
	return read_to(p, upto);
}

size_t source_part_peek(const struct source_part *p, size_t from, char *buf, size_t len)
{
	ssize_t n;

	do
		n = pread(p->fd, buf, len, (off_t)from);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

void source_part_whole(struct source_part *p)
{
	if (p->whole)
		return;
	p->whole = true;
	p->read = 0;
	(void)read_to(p, p->len);	/* what the file has no more is NUL */
}

void source_part_keep(struct source_part *p, size_t at, size_t len)
{
	if (at < p->last || !len)
		return;
	while (p->blocks <= at / BLOCK)
		p->before[p->blocks++] = (uint32_t)p->pieces;
	p->piece = mem_grow(p->piece, &p->pieces_cap, p->pieces + 1, sizeof *p->piece);
	p->piece[p->pieces++] = (struct piece){ (uint32_t)at, (uint32_t)p->bytes_used };
	memcpy(p->bytes + p->bytes_used, p->text + at, len);
	p->bytes_used += len;
	p->last = at + len;
}

const char *source_part_kept(const struct source_part *p, size_t at)
{
	size_t block = at / BLOCK, from, to;

	if (at >= p->last)
		return NULL;
	from = p->before[block];
	to = block + 1 < p->blocks ? p->before[block + 1] : p->pieces;
	while (from < to) {	/* the last piece that begins at `at` or before */
		size_t middle = from + (to - from) / 2;

		if (p->piece[middle].at <= at)
			from = middle + 1;
		else
			to = middle;
	}
	if (!from)
		return NULL;
	const struct piece *k = &p->piece[from - 1];
	size_t end = from < p->pieces ? k[1].copy : p->bytes_used;

	return at - k->at < end - k->copy ? p->bytes + k->copy + (at - k->at) : NULL;
}
