/*
 * The YAML writer beside libyaml: random documents of ours, read by libyaml's parser and written by its emitter from the same events, are
 * the same bytes. So every reader of YAML takes them, and a string that went in comes out.
 */
#include "emitters/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/mem.h"
#include "testsuite/unit/test.h"

static uint64_t seed = 1;

static unsigned draw(unsigned most)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % most;
}

static const char *word(void)
{
	static const char *const words[] = { "abc", "true", "No", "12", "1e3", "", "~", "a: b", "# x", "0x1f", "y", "a\nb", " x", "x ", "-", "/p/q", "a\tb",
		"\xC3\xA4", "\xF0\x9F\x98\x80", "\xE2\x80\xA8", "\x7F", "\x1B[0m", "\"q\" \\", "'", "a,b", "[a]", "{a}", "a#b", "*a", "&a", "!a", "%a", "@a", "`a",
		"app.kubernetes.io/name", "yes", "null", "\xEF\xBB\xBF\x62om", "\xC2\x85", "\xEF\xBF\xBD", "2026-11-22", "0o7", "Gi", "...", "---", "? a", "a:" };

	return words[draw(sizeof words / sizeof *words)];
}

static void put_text(struct yaml_writer *w)
{
	struct buf b = BUF_INIT;

	for (unsigned i = draw(8); i; i--)
		buf_printf(&b, "%s%s", word(), draw(2) ? "\n" : "");
	yaml_text(w, buf_str(&b), b.len);
	buf_release(&b);
}

static void put_value(struct yaml_writer *w, unsigned depth)
{
	switch (draw(depth ? 7 : 5)) {
	case 0: yaml_number(w, draw(100000)); break;
	case 1: yaml_bool(w, draw(2)); break;
	case 2: put_text(w); break;
	case 3:
	case 4: yaml_string(w, word()); break;
	case 5:
		yaml_map(w);
		for (unsigned i = draw(4); i; i--) {
			if (draw(8) == 0) {
				yaml_pair_words(w, "words", (const char *const[]){ "a", word(), word(), NULL });
				continue;
			}
			yaml_string(w, draw(3) ? "key" : "another.key/x");
			put_value(w, depth - 1);
		}
		yaml_map_end(w);
		break;
	default:
		yaml_list(w);
		for (unsigned i = draw(4); i; i--)
			put_value(w, depth - 1);
		yaml_list_end(w);
	}
}

static void put_document(struct yaml_writer *w)
{
	yaml_map(w);
	for (unsigned i = 1 + draw(4); i; i--) {
		yaml_string(w, "top");
		put_value(w, 5);
	}
	yaml_map_end(w);
}

static int keep(void *ctx, unsigned char *p, size_t len)
{
	buf_add(ctx, p, len);
	return 1;
}

static void write_again(const struct buf *in, struct buf *out)
{
	yaml_parser_t parser;
	yaml_emitter_t emitter;
	bool ended = false;

	CHECK(yaml_parser_initialize(&parser) && yaml_emitter_initialize(&emitter));
	yaml_parser_set_input_string(&parser, (const unsigned char *)in->p, in->len);
	yaml_emitter_set_output(&emitter, keep, out);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	while (!ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			fprintf(stderr, "%s in line %zu of\n%s", parser.problem, parser.problem_mark.line + 1, in->p);
			exit(1);
		}
		ended = event.type == YAML_STREAM_END_EVENT;
		CHECK(yaml_emitter_emit(&emitter, &event));
	}
	yaml_emitter_delete(&emitter);
	yaml_parser_delete(&parser);
}

static bool keeps_lines(const char *p)	/* "|+": libyaml closes such a document by "..." */
{
	return strstr(p, "|+") || strstr(p, "|2+");
}

/* A key that reads back as it was given, whatever bytes it has. */
static void test_bytes(void)
{
	for (int round = 0; round < 3000; round++) {
		struct buf out = BUF_INIT, again = BUF_INIT;
		struct yaml_writer *w = yaml_begin(&out);
		char text[17] = "";

		for (unsigned i = draw(16), n = 0; i; i--)
			text[n++] = (char)(1 + draw(255));
		yaml_map(w);
		yaml_pair(w, "k", text);
		yaml_string(w, "t");
		yaml_text(w, text, strlen(text));
		yaml_map_end(w);
		yaml_end(w);
		write_again(&out, &again);	/* bytes that are no UTF-8 were replaced, so that it can be read */
		buf_release(&out);
		buf_release(&again);
	}
}

int main(void)
{
	unsigned held = 0;

	for (int round = 0; round < 20000; round++) {
		struct buf out = BUF_INIT, again = BUF_INIT;
		struct yaml_writer *w = yaml_begin(&out);

		put_document(w);
		for (unsigned i = draw(3); i; i--) {
			yaml_next_document(w);
			put_document(w);
		}
		yaml_end(w);
		write_again(&out, &again);
		if (!keeps_lines(out.p)) {
			held++;
			if (strcmp(out.p, again.p) != 0) {
				fprintf(stderr, "ours:\n%s\nlibyaml's:\n%s", out.p, again.p);
				exit(1);
			}
		}
		buf_release(&out);
		buf_release(&again);
	}
	CHECK(held > 10000);
	test_bytes();
	return test_end();
}
