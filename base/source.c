/*
 * Source texts in one 32-bit position space. Each text, and each decoded string, takes a range of it: two arrays
 * sorted by position, since ranges are only ever added at the end. Lines are found through checkpoints, one for
 * each BLOCK bytes of text, so that a place costs the same in a file of one line as in one of a million.
 */
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/source_part.h"

enum { BLOCK = 4096, BY_PARTS = 4 << 20, OPEN_AT_ONCE = 64 };	/* BY_PARTS: shorter files are read at once */

struct checkpoint {	/* the state at the first byte of a block */
	uint32_t line;		/* newlines before it */
	uint32_t column;	/* characters before it on its line */
	uint32_t line_start;	/* offsets */
	uint32_t line_end;
};

struct loaded {
	struct source source;	/* first: what callers hold */
	struct checkpoint *checkpoints;		/* made when the first place is asked for */
	struct source_part *part;		/* whose text it is; NULL: its own */
};

struct decoded {
	uint32_t base, len;
	const char *bytes;
	struct span origin;
	uint32_t made;	/* bytes of a place known by name + 1; 0: a decoded string */
};

struct sources {
	struct loaded **texts;
	size_t ntexts, texts_cap;
	unsigned open;	/* texts that are read by parts */
	char **files;	/* sources_file */
	size_t nfiles, files_cap;
	struct decoded *strings;
	size_t nstrings, strings_cap;
	struct arena bytes;
	uint32_t next;	/* first free position */
};

struct sources *sources_new(void)
{
	struct sources *s = mem_zalloc(1, sizeof *s);

	arena_init(&s->bytes);
	s->next = 1;
	return s;
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->ntexts; i++) {
		mem_free((char *)s->texts[i]->source.name);
		if (s->texts[i]->part)
			source_part_free(s->texts[i]->part);
		else
			mem_free((char *)s->texts[i]->source.text);
		mem_free(s->texts[i]->checkpoints);
		mem_free(s->texts[i]);
	}
	for (size_t i = 0; i < s->nfiles; i++)
		mem_free(s->files[i]);
	mem_free(s->files);
	mem_free(s->texts);
	mem_free(s->strings);
	arena_release(&s->bytes);
	mem_free(s);
}

/* A range of len bytes and one for the end; 0 when there is no room. */
static uint32_t take_positions(struct sources *s, size_t len)
{
	uint32_t base = s->next;

	if (len >= UINT32_MAX - base) {
		errno = EFBIG;
		return 0;
	}
	s->next += (uint32_t)len + 1;
	return base;
}

static struct loaded *add(struct sources *s, const char *name, const char *text, size_t len)
{
	uint32_t base = take_positions(s, len);
	struct loaded *l;

	if (!base)
		return NULL;
	l = mem_zalloc(1, sizeof *l);
	l->source = (struct source){ .name = mem_strdup(name), .text = text, .len = len, .base = base };
	s->texts = mem_grow(s->texts, &s->texts_cap, s->ntexts + 1, sizeof *s->texts);
	s->texts[s->ntexts++] = l;
	return l;
}

/* Takes over text, which is NUL-terminated memory of its own. */
static const struct source *add_owned(struct sources *s, const char *name, char *text, size_t len)
{
	struct loaded *l = add(s, name, text, len);

	if (l)
		return &l->source;
	mem_free(text);
	errno = EFBIG;
	return NULL;
}

const struct source *sources_add(struct sources *s, const char *name, const char *text, size_t len)
{
	return add_owned(s, name, mem_strndup(text, len), len);
}

const char *sources_file(const struct sources *s, size_t i)
{
	return i < s->nfiles ? s->files[i] : NULL;
}

static void note_file(struct sources *s, const char *path)
{
	for (size_t i = 0; i < s->nfiles; i++) {
		if (strcmp(s->files[i], path) == 0)
			return;
	}
	s->files = mem_grow(s->files, &s->files_cap, s->nfiles + 1, sizeof *s->files);
	s->files[s->nfiles++] = mem_strdup(path);
}

const struct source *sources_load(struct sources *s, const char *path, size_t limit)
{
	struct buf text = BUF_INIT;
	bool from_stdin = strcmp(path, "-") == 0;

	if (!from_stdin)
		note_file(s, path);
	if (!(from_stdin ? file_readfd(STDIN_FILENO, limit, &text) : file_read(path, limit, &text))) {
		int why = errno;

		buf_release(&text);
		errno = why;
		return NULL;
	}
	buf_reserve(&text, 1);
	text.p[text.len] = '\0';
	return add_owned(s, from_stdin ? "<stdin>" : path, text.p, text.len);
}

/* The file's size where it is long and can be read by parts, else 0. */
static size_t long_file(int fd, size_t limit)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < BY_PARTS || (uint64_t)st.st_size > limit)
		return 0;
	return (size_t)st.st_size;
}

/* It owns the descriptor from then on; NULL with errno: it does not. */
static struct source_part *part_of(int fd, size_t len)
{
	struct source_part *part;

	mem_hold(file_close, file_held(fd));
	part = source_part_new(fd, len);
	mem_let_go(file_held(fd));
	if (part)
		mem_hold(source_part_drop, part);
	return part;
}

const struct source *sources_open(struct sources *s, const char *path, size_t limit)
{
	int fd = s->open < OPEN_AT_ONCE ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	size_t len = fd >= 0 ? long_file(fd, limit) : 0;
	struct source_part *part = len ? part_of(fd, len) : NULL;
	struct loaded *l;

	if (!part) {
		if (fd >= 0)
			(void)close(fd);	/* it was not even read */
		return sources_load(s, path, limit);
	}
	l = add(s, path, source_part_text(part), len);
	if (!l) {
		source_part_free(part);
		errno = EFBIG;
		return NULL;
	}
	l->source.partial = true;
	l->part = part;
	s->open++;
	note_file(s, path);
	return &l->source;
}

bool source_need(const struct source *src, size_t from, size_t upto)
{
	return !src->partial || source_part_need(((const struct loaded *)src)->part, from, upto);
}

void source_keep(const struct source *src, size_t at, size_t len)
{
	if (src->partial)
		source_part_keep(((const struct loaded *)src)->part, at, len);
}

size_t source_peek(const struct source *src, size_t from, char *buf, size_t len)
{
	if (from >= src->len)
		return 0;
	if (len > src->len - from)
		len = src->len - from;
	if (src->partial)
		return source_part_peek(((const struct loaded *)src)->part, from, buf, len);
	memcpy(buf, src->text + from, len);
	return len;
}

uint32_t sources_decoded(struct sources *s, const char *bytes, size_t len, struct span origin)
{
	uint32_t base = take_positions(s, len);
	struct span from;

	if (!base)
		return 0;
	from = source_origin(s, origin);	/* before the row is there that is looked through */
	s->strings = mem_grow(s->strings, &s->strings_cap, s->nstrings + 1, sizeof *s->strings);
	s->strings[s->nstrings++] = (struct decoded){
		.base = base,
		.len = (uint32_t)len,
		.bytes = arena_strndup(&s->bytes, bytes, len),
		.origin = from,
	};
	return base;
}

uint32_t sources_made(struct sources *s, const char *text, size_t len, struct span origin)
{
	uint32_t base = take_positions(s, 0);
	struct span from;

	if (!base)
		return 0;
	from = source_origin(s, origin);
	s->strings = mem_grow(s->strings, &s->strings_cap, s->nstrings + 1, sizeof *s->strings);
	s->strings[s->nstrings++] = (struct decoded){
		.base = base,
		.bytes = len ? arena_strndup(&s->bytes, text, len) : "",
		.origin = from,
		.made = (uint32_t)len + 1,
	};
	return base;
}

static struct loaded *text_at(const struct sources *s, uint32_t at)
{
	size_t from = 0, to = s->ntexts;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		struct loaded *l = s->texts[middle];

		if (at < l->source.base)
			to = middle;
		else if (at - l->source.base > l->source.len)
			from = middle + 1;
		else
			return l;
	}
	return NULL;
}

static const struct decoded *decoded_at(const struct sources *s, uint32_t at)
{
	size_t from = 0, to = s->nstrings;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct decoded *d = &s->strings[middle];

		if (at < d->base)
			to = middle;
		else if (at - d->base > d->len)
			from = middle + 1;
		else
			return d;
	}
	return NULL;
}

const char *source_made(const struct sources *s, struct span sp, size_t *len)
{
	const struct decoded *d = decoded_at(s, sp.at);

	if (!d || !d->made)
		return NULL;
	*len = d->made - 1;
	return d->bytes;
}

struct span source_origin(const struct sources *s, struct span sp)
{
	const struct decoded *d = decoded_at(s, sp.at);

	return d ? d->origin : sp;
}

const struct source *source_of(const struct sources *s, uint32_t at)
{
	struct loaded *l = text_at(s, source_origin(s, (struct span){ at, 0 }).at);

	return l ? &l->source : NULL;
}

const char *source_bytes(const struct sources *s, uint32_t at)
{
	const struct decoded *d = decoded_at(s, at);
	struct loaded *l;

	if (d)
		return d->bytes + (at - d->base);
	l = text_at(s, at);
	if (l && l->part) {
		const char *kept = source_part_kept(l->part, at - l->source.base);

		if (kept)
			return kept;
		source_part_whole(l->part);
	}
	return l ? l->source.text + (at - l->source.base) : NULL;
}

static bool starts_character(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

static void make_checkpoints(struct loaded *l)
{
	const char *text = l->source.text;
	size_t blocks = l->source.len / BLOCK + 1;
	uint32_t line = 0, column = 0, line_start = 0;
	uint32_t line_end = (uint32_t)l->source.len;

	l->checkpoints = mem_zalloc(blocks, sizeof *l->checkpoints);
	for (size_t i = 0; i <= l->source.len; i++) {
		if (i % BLOCK == 0)
			l->checkpoints[i / BLOCK] = (struct checkpoint){ line, column, line_start, 0 };
		if (text[i] == '\n') {
			line++;
			column = 0;
			line_start = (uint32_t)i + 1;
		} else {
			column += starts_character(text[i]);
		}
	}
	for (size_t b = blocks; b-- > 0;) {
		size_t from = b * BLOCK, to = from + BLOCK < l->source.len ? from + BLOCK : l->source.len;
		const char *newline = memchr(text + from, '\n', to - from);

		if (newline)
			line_end = (uint32_t)(newline - text);
		l->checkpoints[b].line_end = line_end;
	}
}

struct place source_place(const struct sources *s, struct span sp)
{
	struct span origin = source_origin(s, sp);
	struct loaded *l = text_at(s, origin.at);
	struct checkpoint state;
	const char *text, *newline;
	uint32_t at, end, block;

	if (!l)
		return (struct place){ 0 };
	if (l->part)
		source_part_whole(l->part);
	if (!l->checkpoints)
		make_checkpoints(l);
	text = l->source.text;
	at = origin.at - l->source.base;
	block = at / BLOCK;
	state = l->checkpoints[block];
	for (uint32_t i = block * BLOCK; i < at; i++) {
		if (text[i] == '\n') {
			state.line++;
			state.column = 0;
			state.line_start = i + 1;
		} else {
			state.column += starts_character(text[i]);
		}
	}
	end = (uint32_t)l->source.len - at > BLOCK ? (block + 1) * BLOCK : (uint32_t)l->source.len;
	newline = end > at ? memchr(text + at, '\n', end - at) : NULL;
	if (newline)
		end = (uint32_t)(newline - text);
	else if (end < l->source.len)
		end = l->checkpoints[end / BLOCK].line_end;
	return (struct place){
		.source = &l->source,
		.line = state.line + 1,
		.column = state.column + 1,
		.line_text = text + state.line_start,
		.line_len = end - state.line_start,
	};
}

const struct source *source_walk(const struct sources *s, struct source_walk *w, struct span sp, uint32_t *line, uint32_t *column)
{
	sp = source_origin(s, sp);
	if (!w->source || sp.at < w->at || sp.at - w->source->base > w->source->len || sp.at - w->at > BLOCK) {
		struct place p = source_place(s, sp);

		if (!p.source)
			return NULL;
		*w = (struct source_walk){ p.source, sp.at, p.line, p.column };
	}
	for (; w->at < sp.at; w->at++) {
		char c = w->source->text[w->at - w->source->base];

		w->column = c == '\n' ? 1 : w->column + starts_character(c);
		w->line += c == '\n';
	}
	*line = w->line;
	*column = w->column;
	return w->source;
}

static bool is_named(const struct source *src, const char *file, size_t len)
{
	const char *slash = strrchr(src->name, '/'), *last = slash ? slash + 1 : src->name;

	return strlen(last) == len && memcmp(last, file, len) == 0;
}

struct span source_line(const struct sources *s, const char *file, size_t len, uint32_t line)
{
	for (size_t i = 0; i < s->ntexts; i++) {
		const struct source *src = &s->texts[i]->source;
		const char *p = src->text;

		if (src->partial || !line || !is_named(src, file, len))
			continue;
		for (uint32_t n = 1; p && n < line; n++) {
			p = strchr(p, '\n');
			p += p != NULL;
		}
		if (!p || !*p)
			continue;
		p += strspn(p, " \t");
		return (struct span){ src->base + (uint32_t)(p - src->text), (uint32_t)strcspn(p, "\r\n") };
	}
	return SPAN_NONE;
}

struct span span_join(struct span a, struct span b)
{
	uint32_t from, to;

	if (!a.at)
		return b;
	if (!b.at)
		return a;
	from = a.at < b.at ? a.at : b.at;
	to = a.at + a.len > b.at + b.len ? a.at + a.len : b.at + b.len;
	return (struct span){ from, to - from };
}
