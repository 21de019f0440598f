/*
 * Mends that look beside the program: a name that is unknown here and declared in a module of the same folder, and a path whose file
 * is there by nearly that name. Reads a few files, at the margin only; a folder of many programs is left alone.
 */
#include "compiler/mend.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum { MODULES_MOST = 32, MODULE_BYTES = 1 << 20, NAMES_MOST = 1000 };

/* A module that was found missing: its text. */
struct missed {
	const char *text;
	const struct missed *up;
};

static const char *const type_words[] = { "type", "enum", "tree", NULL };
static const char *const callable_words[] = { "function", "flow", NULL };
static const char *const data_words[] = { "param", "let", "source", "sink", "state", "pond", "lock", "window", NULL };
static const char *const *const space_words[] = { [MEND_TYPE] = type_words, [MEND_CALLABLE] = callable_words, [MEND_DATA] = data_words };

static bool is_word_byte(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

/* The word, blanks behind it and no more of a word; the end of all that, or NULL. */
static const char *after_word(const char *p, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(p, word, len) || is_word_byte(p[len]))
		return NULL;
	return p + len + strspn(p + len, " \t");
}

static bool line_declares(const char *line, const char *const *words, const char *name)
{
	for (; *words; words++) {
		const char *p = after_word(line, *words);
		if (p && after_word(p, name))
			return true;
	}
	return false;
}

/* Does a line of the text, at the margin, declare the name? A program with sets of its own is no module. */
static bool text_declares(const char *text, const char *const *words, const char *name)
{
	bool found = false;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (after_word(line, "calcset"))
			return false;
		found |= line_declares(line, words, name);
	}
	return found;
}

static const char *folder_of(struct compilation *c, const char *file)
{
	const char *slash = strrchr(file, '/');
	return !slash ? "." : slash == file ? "/" : arena_strndup(&c->arena, file, (size_t)(slash - file));
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);
	return n > e && strcmp(name + n - e, end) == 0;
}

static void close_folder(void *dir)
{
	closedir(dir);
}

/* Names in the folder that end so, at most `most`; 0 when there are more, or none. */
static size_t list_folder(struct compilation *c, const char *folder, const char *end, const char **name, size_t most)
{
	DIR *d = opendir(folder);
	size_t n = 0;
	if (!d)
		return 0;
	mem_hold(close_folder, d);
	for (struct dirent *e; (e = readdir(d)) && n <= most;) {
		if (e->d_name[0] == '.' || !ends_in(e->d_name, end))
			continue;
		if (n < most)
			name[n] = arena_strdup(&c->arena, e->d_name);
		n++;
	}
	mem_let_go(d);
	closedir(d);
	return n <= most ? n : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void note_missed(struct compilation *c, const char *text)
{
	struct missed *m = arena_alloc(&c->arena, sizeof *m);
	*m = (struct missed){ arena_strdup(&c->arena, text), c->missed };
	c->missed = m;
}

bool mend_was_missed(const struct compilation *c, const struct node *n, enum mend_space space)
{
	for (const struct missed *m = c->missed; m; m = m->up) {
		if (text_declares(m->text, space_words[space], name_of(c, n->sym)))
			return true;
	}
	return false;
}

/* The first module beside `src` that declares the name; NULL: none does. */
static const char *declaring_module(struct compilation *c, const struct source *src, const char *const *words, const char *name)
{
	const char *module[MODULES_MOST], *folder = folder_of(c, src->name), *self = strrchr(src->name, '/');
	size_t n = list_folder(c, folder, ".cf", module, MODULES_MOST);
	qsort(module, n, sizeof *module, by_name);
	for (size_t i = 0; i < n; i++) {
		struct buf text = BUF_INIT;
		if (strcmp(module[i], self ? self + 1 : src->name) == 0)
			continue;
		bool found = file_read(arena_printf(&c->arena, "%s/%s", folder, module[i]), MODULE_BYTES, &text) && text_declares(buf_str(&text), words, name);
		if (found)
			note_missed(c, buf_str(&text));
		buf_release(&text);
		if (found)
			return module[i];
	}
	return NULL;
}

/* Where an import is put in: behind the last, else above the first declaration, behind a comment that stands for itself. */
static struct span place_of_import(struct compilation *c, const struct source *src, bool *behind)
{
	const struct node *items = c->module ? kid(c->module, 0) : NULL;
	const char *p = src->text;
	*behind = false;
	for (uint32_t i = 0; i < list_len(items); i++) {
		const struct node *n = list_at(items, i);
		if (n->kind != N_IMPORT || source_of(c->sources, n->span.at) != src)
			continue;
		*behind = true;
		p = src->text + (n->span.at + n->span.len - src->base);
	}
	if (*behind)
		return (struct span){ src->base + (uint32_t)(p - src->text), 0 };
	while (p[0] == '/' && p[1] == '/' && p[2] != '/' && strchr(p, '\n'))
		p = strchr(p, '\n') + 1;
	if (p > src->text && *p == '\n')
		p++;
	else
		p = src->text;
	return (struct span){ src->base + (uint32_t)(p - src->text), 0 };
}

bool mend_missing_import(struct compilation *c, const struct node *n, enum mend_space space)
{
	enum { TELLING = 3 };	/* letters of a name that a param elsewhere does not have by chance */
	const struct source *src = source_of(c->sources, n->span.at);
	if (c->options->no_files || !src || src->partial || !suggest_wanted(c) || (space == MEND_DATA && strlen(name_of(c, n->sym)) < TELLING))
		return false;
	const char *module = declaring_module(c, src, space_words[space], name_of(c, n->sym));
	if (!module)
		return false;
	bool behind;
	struct span at = place_of_import(c, src, &behind);
	const char *text = arena_printf(&c->arena, behind ? "\nimport \"%s\"" : "import \"%s\"\n", module);
	diag_fix(c->diags, at, text, "`%s` is declared in %s: write `import \"%s\"` at the top", name_of(c, n->sym), module, module);
	return true;
}

bool mend_path(struct compilation *c, const struct node *path, const char *file)
{
	const char *name[NAMES_MOST], *dot = strrchr(file, '.'), *base = strrchr(file, '/');
	struct suggest s;
	if (c->options->no_files)
		return false;
	base = base ? base + 1 : file;
	suggest_init(&s, base);
	size_t n = list_folder(c, folder_of(c, file), dot && dot > base ? dot : "", name, NAMES_MOST);
	qsort(name, n, sizeof *name, by_name);
	for (size_t i = 0; i < n; i++)
		suggest_offer(&s, name[i]);
	if (!s.best)
		return false;
	struct span at = diag_word(c->diags, path->span, base);
	diag_fix(c->diags, at, s.best, "did you mean `%s`?", s.best);
	return true;
}
