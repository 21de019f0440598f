/*
 * The bare pass beside `calcc FLOW -o OUT`: small_yaml IN OUT NAME… reads each IN/NAME through libyaml's parser, hands the events to
 * its emitter, and writes what comes out to OUT under temporary names that are changed when all are whole. It knows nothing else.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum { MOST_BYTES = 1 << 20, MOST_NAME = 4096 };

struct bytes { unsigned char *p; size_t len; };

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int keep(void *ctx, unsigned char *p, size_t len)
{
	struct bytes *b = ctx;
	if (len > MOST_BYTES - b->len)
		return 0;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	return 1;
}

static int copy_events(const struct bytes *in, struct bytes *out)
{
	yaml_parser_t parser;
	yaml_emitter_t emitter;
	int ok, ended = 0;

	if (!yaml_parser_initialize(&parser) || !yaml_emitter_initialize(&emitter))
		return 0;
	yaml_parser_set_input_string(&parser, in->p, in->len);
	yaml_emitter_set_output(&emitter, keep, out);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	do {
		yaml_event_t event;
		ok = yaml_parser_parse(&parser, &event);
		ended = ok && event.type == YAML_STREAM_END_EVENT;
		ok = ok && yaml_emitter_emit(&emitter, &event);	/* which takes the event */
	} while (ok && !ended);
	yaml_emitter_delete(&emitter);
	yaml_parser_delete(&parser);
	return ok;
}

static int read_all(const char *path, struct bytes *in)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, in->p, MOST_BYTES);
	in->len = n < 0 ? 0 : (size_t)n;
	return n >= 0 && n < MOST_BYTES && close(fd) == 0;
}

static int write_all(const char *path, const struct bytes *out)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd >= 0 && write(fd, out->p, out->len) == (ssize_t)out->len && close(fd) == 0;
}

int main(int argc, char **argv)
{
	struct bytes in = { malloc(MOST_BYTES), 0 }, out = { malloc(MOST_BYTES), 0 };
	char from[MOST_NAME], temp[MOST_NAME];

	if (argc < 4 || !in.p || !out.p)
		return fail("usage: small_yaml IN OUT NAME...");
	if (mkdir(argv[2], 0777) != 0)
		return fail(argv[2]);
	for (int i = 3; i < argc; i++) {
		snprintf(from, sizeof from, "%s/%s", argv[1], argv[i]);
		snprintf(temp, sizeof temp, "%s/.small-%d", argv[2], i);
		out.len = 0;
		if (!read_all(from, &in) || !copy_events(&in, &out) || !write_all(temp, &out))
			return fail(from);
	}
	for (int i = 3; i < argc; i++) {
		snprintf(temp, sizeof temp, "%s/.small-%d", argv[2], i);
		snprintf(from, sizeof from, "%s/%s", argv[2], argv[i]);
		if (rename(temp, from) != 0)
			return fail(from);
	}
	free(in.p);
	free(out.p);
	return 0;
}
