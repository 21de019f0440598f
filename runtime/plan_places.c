/*
 * Places are numbers: 0 for none, else 1 + line × files + file, each written as the difference to the one before, so that a line more moves one
 * number of a table. They are read whole, held against the plan's tables and a bound of memory, and only then given to its rows.
 */
#include "runtime/plan_places.h"

#include <errno.h>
#include <string.h>
#include "base/file.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sym.h"
#include "runtime/plan_shape.h"

enum {
	ROWS_OF_A_PART = 32768,	/* packed, 4.2 bytes for each: more than lines in any order take */
	ROW_TEXT = 32,		/* bytes of text for a row, over all of them */
	ROW_MEMORY = 256,	/* of memory for what its place is called: a file name and a line */
	LEAST = 64 * 1024,	/* of both, whatever the rows are */
	DEPTH = 2
};

/* ---- what has places: 0 is the set, then the plan's tables ---- */

struct table {
	const struct plan_object *o;
	char *rows;
	uint32_t count, places;		/* rows, and members of a row that are places */
};

static bool is_place(const struct plan_member *m)
{
	return m->kind == PLACE || m->kind == PLACE_OR_NULL;
}

static struct table table_of(const struct plan *p, unsigned i)
{
	struct table t = { .o = i ? &plan_tables[i - 1] : &plan_set_object };

	t.rows = i ? *(char *const *)((const char *)p + t.o->rows_at) : (char *)(uintptr_t)&p->set;
	t.count = i ? *(const uint32_t *)((const char *)p + t.o->count_at) : 1;
	for (unsigned m = 0; m < t.o->members; m++)
		t.places += is_place(&t.o->member[m]);
	return t;
}

/* The n-th place of a table: of its rows one after another. */
static const char **place_at(const struct table *t, size_t n)
{
	char *row = t->rows + n / t->places * t->o->size;
	size_t which = n % t->places;

	for (unsigned m = 0; m < t->o->members; m++)
		if (is_place(&t->o->member[m]) && which-- == 0)
			return (const char **)(void *)(row + t->o->member[m].at);
	return NULL;
}

static size_t places_of(const struct table *t)
{
	return (size_t)t->count * t->places;
}

uint64_t plan_places_rows(const struct plan *p)
{
	uint64_t rows = 0;

	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(p, i);

		rows += t.places ? t.count : 0;
	}
	return rows;
}

uint32_t plan_places_parts(const struct plan *p)
{
	return (uint32_t)(1 + plan_places_rows(p) / ROWS_OF_A_PART);
}

size_t plan_places_most(const struct plan *p)
{
	return (size_t)plan_places_rows(p) * ROW_TEXT + LEAST;
}

uint64_t plan_places_largest(const struct plan *p, uint64_t without)
{
	size_t most = 0;
	uint64_t largest = 0;

	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(p, i);

		if (places_of(&t) <= most || without >> i & 1)
			continue;
		most = places_of(&t);
		largest = UINT64_C(1) << i;
	}
	return largest;
}

/* ---- writing ---- */

/* What would stand in a message: no character in it may do more than that. */
static bool is_clean(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return len > 0;
}

/* "flow.cf:12" → 12, and the length of "flow.cf". Any other text is a file without a line. */
static uint64_t split(const char *loc, size_t *file)
{
	size_t len = strlen(loc), digits = 0;
	uint64_t line = 0, power = 1;

	while (digits < 9 && digits < len && loc[len - digits - 1] >= '0' && loc[len - digits - 1] <= '9') {
		line += power * (uint64_t)(loc[len - ++digits] - '0');
		power *= 10;
	}
	*file = len;
	if (!digits || len < digits + 2 || loc[len - digits] == '0' || loc[len - digits - 1] != ':')
		return 0;
	*file = len - digits - 1;
	return line;
}

static void write_table(struct json_writer *w, const struct table *t, struct symtab *files)
{
	uint64_t count = sym_count(files) - 1, before = 0;	/* without the empty one */

	json_key(w, t->o->name);
	json_array(w);
	for (size_t i = 0; i < places_of(t); i++) {
		const char *loc = *place_at(t, i);
		size_t file = 0;
		uint64_t line = loc ? split(loc, &file) : 0, code;
		sym_t name = file ? sym_find(files, loc, file) : 0;

		code = name ? line * count + name : 0;
		json_i64(w, (int64_t)(code - before));
		before = code;
	}
	json_array_end(w);
}

void plan_places_write(const struct plan *p, const char *hash, uint64_t without, struct buf *out)
{
	struct symtab *files = symtab_new();
	struct json_writer w;

	_Static_assert(PLACES_TABLES == sizeof without * 8, "a bit for each");
	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(p, i);

		for (size_t k = 0; !(without >> i & 1) && k < places_of(&t); k++) {
			const char *loc = *place_at(&t, k);
			size_t file = 0;

			if (loc)
				split(loc, &file);
			if (file && is_clean(loc, file))
				sym_intern(files, loc, file);
		}
	}
	json_writer_init(&w, out, 1);
	json_object(&w);
	json_key(&w, "calcflow_places");
	json_u64(&w, PLACES_VERSION);
	json_key(&w, "plan");
	json_string(&w, hash);
	json_key(&w, "files");
	json_array(&w);
	for (sym_t s = 1; s < sym_count(files); s++)
		json_string(&w, sym_text(files, s));
	json_array_end(&w);
	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(p, i);

		if (!(without >> i & 1) && places_of(&t))
			write_table(&w, &t, files);
	}
	json_object_end(&w);
	buf_addch(out, '\n');
	symtab_free(files);
}

/* ---- reading ---- */

enum where { BEFORE, IN_PLACES, IN_FILES, IN_TABLE, AFTER };
enum wanted { WANT_KEY, WANT_VERSION, WANT_PLAN, WANT_FILES, WANT_TABLE };

struct reading {
	struct plan *plan;
	const char *hash, *why;		/* it is refused */
	enum where where;
	enum wanted wanted;
	unsigned members;		/* that were seen: the first three have their order */
	struct arena names;
	const char **file;
	size_t files, file_cap;
	struct table table;		/* that is open */
	unsigned at;
	uint64_t *code[PLACES_TABLES];	/* of each table; NULL: it does not stand there */
	size_t codes;			/* of the open one */
};

static bool refuse(struct reading *r, const char *why)
{
	r->why = why;
	return false;
}

static bool is_text(const struct json_event *ev, const char *s)
{
	return strlen(s) == ev->len && memcmp(s, ev->text, ev->len) == 0;
}

static bool choose(struct reading *r, const struct json_event *ev)
{
	static const char *const first[] = { "calcflow_places", "plan", "files" };

	if (r->members < 3) {
		if (!is_text(ev, first[r->members]))
			return refuse(r, "they do not begin as places do");
		r->wanted = WANT_VERSION + r->members++;
		return true;
	}
	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(r->plan, i);

		if (!t.places || !is_text(ev, t.o->name))
			continue;
		if (r->code[i])
			return refuse(r, "a table stands there twice");
		r->code[i] = mem_alloc((places_of(&t) + 1) * sizeof **r->code);
		r->table = t;
		r->at = i;
		r->wanted = WANT_TABLE;
		return true;
	}
	return refuse(r, "a table that has no places");
}

static bool read_code(struct reading *r, const struct json_event *ev)
{
	bool less = ev->len && ev->text[0] == '-';
	uint64_t by = 0, before = r->codes ? r->code[r->at][r->codes - 1] : 0, code;

	if (ev->kind != JSON_NUMBER || r->codes == places_of(&r->table))
		return refuse(r, "a table that is not as long as the plan's");
	for (size_t i = less; i < ev->len; i++) {
		if (ev->text[i] < '0' || ev->text[i] > '9' || by > UINT64_MAX / 100)
			return refuse(r, "a number that is none of a place");
		by = by * 10 + (uint64_t)(ev->text[i] - '0');
	}
	if (less ? __builtin_sub_overflow(before, by, &code) : __builtin_add_overflow(before, by, &code))
		return refuse(r, "a number that is none of a place");
	if (code && (!r->files || (code - 1) / r->files > UINT32_MAX))
		return refuse(r, "a number that is none of a place");
	r->code[r->at][r->codes++] = code;
	return true;
}

static bool read_value(struct reading *r, const struct json_event *ev)
{
	enum wanted w = r->wanted;

	r->wanted = WANT_KEY;
	switch (w) {
	case WANT_VERSION: return (ev->kind == JSON_NUMBER && is_text(ev, "1")) || refuse(r, "they are of another version");
	case WANT_PLAN: return (ev->kind == JSON_STRING && is_text(ev, r->hash)) || refuse(r, "they are those of another plan");
	case WANT_FILES:
	case WANT_TABLE:
		r->where = w == WANT_FILES ? IN_FILES : IN_TABLE;
		r->codes = 0;
		return ev->kind == JSON_ARRAY || refuse(r, "no array where one must be");
	case WANT_KEY: break;
	}
	return refuse(r, "a value where none may be");
}

static bool on_event(void *ctx, const struct json_event *ev)
{
	struct reading *r = ctx;

	switch (r->where) {
	case BEFORE:
		r->where = IN_PLACES;
		return ev->kind == JSON_OBJECT || refuse(r, "they are no object");
	case IN_PLACES:
		if (ev->kind == JSON_OBJECT_END) {
			r->where = AFTER;
			return r->members == 3 || refuse(r, "they are not whole");
		}
		return ev->kind == JSON_KEY ? choose(r, ev) : read_value(r, ev);
	case IN_FILES:
		if (ev->kind == JSON_ARRAY_END) {
			r->where = IN_PLACES;
			return true;
		}
		if (ev->kind != JSON_STRING || !is_clean(ev->text, ev->len))
			return refuse(r, "a file that has no name");
		r->file = mem_grow(r->file, &r->file_cap, r->files + 1, sizeof *r->file);
		r->file[r->files++] = arena_strndup(&r->names, ev->text, ev->len);
		return true;
	case IN_TABLE:
		if (ev->kind != JSON_ARRAY_END)
			return read_code(r, ev);
		r->where = IN_PLACES;
		return r->codes == places_of(&r->table) || refuse(r, "a table that is not as long as the plan's");
	case AFTER: break;
	}
	return false;
}

/* The text of a place. Appends nothing for none. */
static void say(const struct reading *r, uint64_t code, struct buf *out)
{
	uint64_t line;

	if (!code)
		return;
	line = (code - 1) / r->files;
	buf_addstr(out, r->file[(code - 1) % r->files]);
	if (line)
		buf_printf(out, ":%llu", (unsigned long long)line);
}

/* Walks over all places. With `give` the plan gets them, without they are counted: rows that follow each other at one place share its text. */
static bool walk(struct reading *r, bool give)
{
	size_t most = (size_t)plan_places_rows(r->plan) * ROW_MEMORY + LEAST, used = 0;
	struct buf text = BUF_INIT;

	for (unsigned i = 0; i <= plan_table_count && used <= most; i++) {
		struct table t = table_of(r->plan, i);
		const char *made = NULL;

		for (size_t k = 0; r->code[i] && k < places_of(&t) && used <= most; k++) {
			uint64_t code = r->code[i][k];

			if (k && code != r->code[i][k - 1])
				made = NULL;
			if (!code)
				continue;
			if (!made) {
				buf_clear(&text);
				say(r, code, &text);
				used += text.len + 1;
				made = give ? arena_strndup(&r->plan->arena, text.p, text.len) : "";
			}
			if (give)
				*place_at(&t, k) = made;
		}
	}
	buf_release(&text);
	return used <= most || refuse(r, "they are too large");
}

bool plan_places_read(struct plan *p, const char *hash, const char *json, size_t len, struct buf *error)
{
	struct reading r = { .plan = p, .hash = hash };
	struct json_error err;
	bool ok;

	arena_init(&r.names);
	if (len > plan_places_most(p))
		ok = refuse(&r, "they are too large");
	else
		ok = json_read(json, len, DEPTH, on_event, &r, &err) && walk(&r, false) && walk(&r, true);
	if (!ok)
		buf_printf(error, "the places of the plan's lines are not known: %s", r.why ? r.why : err.message);
	for (unsigned i = 0; i < PLACES_TABLES; i++)
		mem_free(r.code[i]);
	mem_free(r.file);
	arena_release(&r.names);
	return ok;
}

/* ---- the folder ---- */

static void stand_at_program(struct plan *p)
{
	for (unsigned i = 0; i <= plan_table_count; i++) {
		struct table t = table_of(p, i);

		if (t.rows == (char *)p->expr)	/* stands where its function does */
			continue;
		for (size_t k = 0; k < places_of(&t); k++) {
			const char **place = place_at(&t, k);

			if (*place && !**place)
				*place = p->program;
		}
	}
}

/* false: *error says why, or there are none. */
static bool join_parts(const struct plan *p, const char *dir, struct buf *bytes, struct buf *error)
{
	for (uint32_t i = 0; i < plan_places_parts(p); i++) {
		struct buf path = BUF_INIT;
		bool ok;

		buf_printf(&path, "%s/places.%03u", dir, (unsigned)i);
		ok = file_read(path.p, PLACES_PART, bytes);
		if (!ok && (errno != ENOENT || i))
			buf_printf(error, "the places of the plan's lines are not known: %s: %s", path.p, strerror(errno));
		buf_release(&path);
		if (!ok)
			return false;
	}
	return true;
}

bool plan_places_unpack(const struct plan *p, struct buf *bytes, struct buf *error)
{
	struct buf text = BUF_INIT;
	const char *why = NULL;
	uint8_t digest[32];
	uint64_t size;

	if (!bytes->len || !gzip_is(bytes->p, bytes->len))
		return true;
	if (!gzip_measure(bytes->p, bytes->len, plan_places_most(p), &size, digest, &why) || !gzip_unpack(bytes->p, bytes->len, size, &text, &why)) {
		buf_printf(error, "the places of the plan's lines are not known: they cannot be unpacked: %s", why);
		buf_release(&text);
		return false;
	}
	buf_release(bytes);
	*bytes = text;
	return true;
}

bool plan_places_load(struct plan *p, const char *hash, const char *dir, struct buf *error)
{
	size_t before = error->len;
	struct buf bytes = BUF_INIT;

	if (join_parts(p, dir, &bytes, error) && plan_places_unpack(p, &bytes, error))
		plan_places_read(p, hash, buf_str(&bytes), bytes.len, error);
	stand_at_program(p);
	buf_release(&bytes);
	return error->len == before;
}
