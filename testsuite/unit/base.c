/* Memory, texts, positions, names, hashes, suggestions, exit statuses. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/exit.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/print.h"
#include "base/source.h"
#include "base/suggest.h"
#include "base/sym.h"
#include "base/utf8.h"
#include "testsuite/unit/test.h"

#include <inttypes.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_arena(void)
{
	struct arena a;
	char *first;

	arena_init(&a);
	first = arena_strdup(&a, "first");
	for (int i = 0; i < 100000; i++)
		memset(arena_alloc(&a, (size_t)i % 100), i, (size_t)i % 100);
	CHECK_TEXT(first, "first");
	CHECK(((uintptr_t)arena_alloc(&a, 3) & 7) == 0);
	memset(arena_alloc(&a, 10 << 20), 1, 10 << 20);
	CHECK_TEXT(arena_printf(&a, "%d-%s", 5, "x"), "5-x");
	arena_reset(&a);
	CHECK(a.total > 0 && a.at < a.end);
	arena_release(&a);
	CHECK(a.total == 0);
}

static void test_buf(void)
{
	struct buf b = BUF_INIT;

	CHECK_TEXT(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_addch(&b, 'x');
	buf_printf(&b, "%s%d", "y", 7);
	CHECK(b.len == 1002 && strcmp(b.p + 1000, "y7") == 0);
	buf_clear(&b);
	CHECK_TEXT(buf_str(&b), "");
	buf_release(&b);
}

__attribute__((format(printf, 3, 4)))
static int print(char *to, size_t room, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = print_text(to, room, fmt, ap);
	va_end(ap);
	return len;
}

__attribute__((format(printf, 3, 4)))
static int print_as_ever(char *to, size_t room, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(to, room, fmt, ap);
	va_end(ap);
	return len;
}

/* One format by both, in every room up to one that is too large, with what stands behind it untouched. */
#define SAME_AS_STDIO(...) \
	for (size_t room = 0; room < 70; room++) { \
		char ours[80], theirs[80]; \
		int ours_len, theirs_len; \
		memset(ours, '#', sizeof ours); \
		memset(theirs, '#', sizeof theirs); \
		ours_len = print(ours, room, __VA_ARGS__); \
		theirs_len = print_as_ever(theirs, room, __VA_ARGS__); \
		CHECK(ours_len == theirs_len && memcmp(ours, theirs, room) == 0 && ours[room] == '#'); \
	}

static void test_print(void)
{
	const char *volatile none = NULL;

	SAME_AS_STDIO("%s", "");
	SAME_AS_STDIO("nothing, 100%%, %c%c", 'x', '%');
	SAME_AS_STDIO("%s/%s.%u", "a/folder", "key%5B1%5D", 1U);
	SAME_AS_STDIO("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	SAME_AS_STDIO("%u %u|%lu|%llu|%zu", 0U, UINT_MAX, ULONG_MAX, ULLONG_MAX, SIZE_MAX);
	SAME_AS_STDIO("%lu%llu%zu", 0UL, 10ULL, (size_t)99);
	SAME_AS_STDIO("%5d|%-5s|%.2f|%x|%ld|%+d|%.*s", 7, "ab", 1.5, 255U, -3L, 4, 2, "abc");
	for (uint64_t n = 1; n < UINT64_MAX / 7; n *= 7)
		SAME_AS_STDIO("%" PRIu64 ":%" PRIu32 ":%d", n, (uint32_t)n, (int)(uint32_t)n);
	{
		char text[20];

		CHECK(print(text, sizeof text, "%s.", none) == 7 && strcmp(text, "(null).") == 0);
	}
}

static void test_sym(void)
{
	struct symtab *t = symtab_new();
	char name[32];
	bool same = true;

	CHECK(sym_cstr(t, "") == 0 && sym_find(t, "x", 1) == 0);
	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof name, "name%d", i);
		same = same && sym_cstr(t, name) == (sym_t)i + 1;
	}
	CHECK(same && sym_count(t) == 50001);
	CHECK(sym_find(t, "name77", 6) == 78);
	CHECK_TEXT(sym_text(t, 78), "name77");
	CHECK(sym_intern(t, "a\0b", 3) != sym_cstr(t, "a"));
	CHECK(sym_len(t, sym_find(t, "a\0b", 3)) == 3);
	symtab_free(t);
}

static void check_place(const struct sources *s, uint32_t at, uint32_t line, uint32_t column)
{
	struct place p = source_place(s, (struct span){ at, 1 });

	if (!CHECK(p.source && p.line == line && p.column == column))
		printf("  at %u: %u:%u, wanted %u:%u\n", at, p.line, p.column, line, column);
}

/* Places of every position against counting from the start. */
static void test_places(void)
{
	struct sources *s = sources_new();
	struct buf text = BUF_INIT;
	const struct source *src;
	uint32_t line = 1, column = 1;
	unsigned wrong = 0;

	sources_add(s, "empty", "", 0);
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, i % 700 == 0 ? "%05000dé\n" : i % 3 ? "é%d" : "x%d\n", i);
	src = sources_add(s, "text", text.p, text.len);
	for (size_t i = 0; i < text.len; i++) {
		struct place p = source_place(s, (struct span){ src->base + (uint32_t)i, 1 });
		const char *end = memchr(text.p + i, '\n', text.len - i);

		if ((text.p[i] & 0xC0) == 0x80) {
			column--;
			p.column--;	/* inside a character, not asked for */
			p.column = column;
		}
		wrong += p.line != line || p.column != column || p.source != src ||
			 p.line_text + p.line_len != src->text + (end ? (size_t)(end - text.p) : text.len);
		column++;
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		}
	}
	CHECK(wrong == 0);
	CHECK(source_of(s, src->base) == src && source_of(s, src->base - 1) != src);
	CHECK(source_place(s, SPAN_NONE).source == NULL);
	buf_release(&text);
	sources_free(s);
}

static void test_decoded(void)
{
	struct sources *s = sources_new();
	const struct source *src = sources_add(s, "data", "ab\n\"c\\n\"", 8);
	uint32_t at = sources_decoded(s, "c\n", 2, (struct span){ src->base + 3, 5 });

	CHECK(at && strcmp(source_bytes(s, at), "c\n") == 0);
	check_place(s, at + 1, 2, 1);
	check_place(s, src->base + 8, 2, 6);
	CHECK(source_origin(s, (struct span){ at, 1 }).len == 5);
	CHECK(source_of(s, at) == src);
	sources_free(s);
}

static void test_utf8(void)
{
	static const char *const bad[] = { "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFF" };
	uint32_t c;
	char out[4];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(utf8_decode(bad[i], strlen(bad[i]), &c) == 0);
	for (uint32_t want = 1; want <= 0x10FFFF; want = want < 0x900 ? want + 1 : want + 97) {
		if (want >= 0xD800 && want <= 0xDFFF)
			continue;
		if (utf8_decode(out, utf8_encode(want, out), &c) == 0 || c != want)
			CHECK(!"every character survives");
	}
	CHECK(utf8_valid_prefix("abcdefghij\xC3\xA9\xC3", 13) == 12);
}

static const char *nearest(const char *wanted, const char *a, const char *b)
{
	struct suggest s;

	suggest_init(&s, wanted);
	suggest_offer(&s, a);
	suggest_offer(&s, b);
	return s.best ? s.best : "-";
}

static void test_suggest(void)
{
	CHECK_TEXT(nearest("comand", "command", "cpu"), "command");
	CHECK_TEXT(nearest("raedings", "readings", "reading"), "readings");
	CHECK_TEXT(nearest("plants", "sets", "plant"), "plant");
	CHECK_TEXT(nearest("Limit", "limit", "time"), "limit");
	CHECK_TEXT(nearest("x", "y", "z"), "-");
	CHECK_TEXT(nearest("readings", "cpu", "merge"), "-");
}

static void test_hash(void)
{
	struct sha256 *h = sha256_new();
	uint8_t digest[32];
	char hex[65];

	sha256_add(h, "a", 1);
	sha256_add(h, "bc", 2);
	sha256_end(h, digest);
	sha256_hex(digest, hex);
	CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(hash_bytes("abc", 3) == hash_bytes("abc", 3) && hash_bytes("abc", 3) != hash_bytes("abd", 3));
}

static void handler(void)
{
	_exit(9);
}

/* The status of a child that asks for what no machine has; `with` is its failure handler. */
static int status_without_memory(void (*with)(void), size_t count, size_t size)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		mem_on_failure(with);
		mem_resize(NULL, count, size);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WEXITSTATUS(status);
}

static void test_mem(void)
{
	size_t cap = 0;
	int *p = mem_grow(NULL, &cap, 3, sizeof *p);

	CHECK(cap >= 3);
	for (size_t i = 0; i < 1000; i++) {
		p = mem_grow(p, &cap, i + 1, sizeof *p);
		p[i] = (int)i;
	}
	CHECK(p[999] == 999 && cap >= 1000 && cap < 3000);
	mem_free(p);
	CHECK(status_without_memory(NULL, SIZE_MAX / 2, 3) == 74);
	CHECK(status_without_memory(handler, SIZE_MAX / 2, 3) == 9);
	CHECK(calc_exit_meaning(CALC_EXIT_USAGE) && !calc_exit_meaning(99));
}

int main(void)
{
	test_mem();
	test_arena();
	test_buf();
	test_print();
	test_sym();
	test_places();
	test_decoded();
	test_utf8();
	test_suggest();
	test_hash();
	return test_end();
}
