/*
 * The bare pass beside calcc's manifests: emit_yaml IN OUT NAME… reads each IN/NAME into libyaml's events, and then, which alone is
 * measured, hands copies of them to its emitter and writes what comes out, in parts as it comes, to OUT. Prints the seconds of processor
 * time of that. With -c in place of OUT it says by exit status whether the bytes are the same.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

enum { MOST_NAME = 4096 };

struct file {
	const char *name;
	unsigned char *text;
	size_t len;
	yaml_event_t *event;
	size_t events, cap;
};

static void *need(void *p)
{
	if (p)
		return p;
	perror("emit_yaml");
	exit(1);
}

static void read_text(struct file *f, const char *folder)
{
	char path[MOST_NAME];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, f->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0 && fstat(fd, &st) == 0 ? f : NULL);
	f->len = (size_t)st.st_size;
	f->text = need(malloc(f->len + 1));
	for (size_t at = 0; at < f->len;) {
		ssize_t n = read(fd, f->text + at, f->len - at);

		need(n > 0 ? f : NULL);
		at += (size_t)n;
	}
	close(fd);
}

static void read_events(struct file *f)
{
	yaml_parser_t parser;
	bool ended = false;

	need(yaml_parser_initialize(&parser) ? f : NULL);
	yaml_parser_set_input_string(&parser, f->text, f->len);
	while (!ended) {
		if (f->events == f->cap) {
			f->cap = f->cap ? f->cap * 2 : 1024;
			f->event = need(realloc(f->event, f->cap * sizeof *f->event));
		}
		need(yaml_parser_parse(&parser, &f->event[f->events]) ? f : NULL);
		ended = f->event[f->events++].type == YAML_STREAM_END_EVENT;
	}
	yaml_parser_delete(&parser);
}

/* As a program makes it: the emitter takes and frees what it is given. */
static void make_event(yaml_event_t *to, const yaml_event_t *e)
{
	int ok = 1;

	switch (e->type) {
	case YAML_STREAM_START_EVENT: ok = yaml_stream_start_event_initialize(to, YAML_UTF8_ENCODING); break;
	case YAML_STREAM_END_EVENT: ok = yaml_stream_end_event_initialize(to); break;
	case YAML_DOCUMENT_START_EVENT: ok = yaml_document_start_event_initialize(to, NULL, NULL, NULL, e->data.document_start.implicit); break;
	case YAML_DOCUMENT_END_EVENT: ok = yaml_document_end_event_initialize(to, 1); break;
	case YAML_MAPPING_START_EVENT: ok = yaml_mapping_start_event_initialize(to, NULL, NULL, 1, e->data.mapping_start.style); break;
	case YAML_MAPPING_END_EVENT: ok = yaml_mapping_end_event_initialize(to); break;
	case YAML_SEQUENCE_START_EVENT: ok = yaml_sequence_start_event_initialize(to, NULL, NULL, 1, e->data.sequence_start.style); break;
	case YAML_SEQUENCE_END_EVENT: ok = yaml_sequence_end_event_initialize(to); break;
	default:
		ok = yaml_scalar_event_initialize(to, NULL, NULL, e->data.scalar.value, (int)e->data.scalar.length, e->data.scalar.plain_implicit,
			e->data.scalar.quoted_implicit, e->data.scalar.style);
	}
	need(ok ? to : NULL);
}

struct out { int fd; const struct file *same; size_t at; };

static int put(void *ctx, unsigned char *p, size_t len)
{
	struct out *o = ctx;
	bool ok = o->same ? o->at + len <= o->same->len && memcmp(o->same->text + o->at, p, len) == 0 : write(o->fd, p, len) == (ssize_t)len;

	o->at += len;
	return ok;
}

static bool write_events(const struct file *f, struct out *o)
{
	yaml_emitter_t emitter;
	bool ok = yaml_emitter_initialize(&emitter);

	yaml_emitter_set_output(&emitter, put, o);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	for (size_t i = 0; ok && i < f->events; i++) {
		yaml_event_t event;

		make_event(&event, &f->event[i]);
		ok = yaml_emitter_emit(&emitter, &event);
	}
	yaml_emitter_delete(&emitter);
	return ok && (!o->same || o->at == o->same->len);
}

int main(int argc, char **argv)
{
	bool compare = argc > 2 && strcmp(argv[2], "-c") == 0;
	struct file *file = need(calloc((size_t)argc, sizeof *file));
	struct timespec before, after;

	if (argc < 4)
		return 2;
	for (int i = 3; i < argc; i++) {
		file[i].name = argv[i];
		read_text(&file[i], argv[1]);
		read_events(&file[i]);
	}
	need(compare || mkdir(argv[2], 0777) == 0 ? file : NULL);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	for (int i = 3; i < argc; i++) {
		char path[MOST_NAME];
		struct out o = { .fd = -1, .same = compare ? &file[i] : NULL };

		snprintf(path, sizeof path, "%s/%s", argv[2], argv[i]);
		if (!compare)
			o.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (!write_events(&file[i], &o) || (!compare && (o.fd < 0 || close(o.fd) != 0))) {
			fprintf(stderr, "emit_yaml: %s\n", path);
			return 1;
		}
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	printf("%.6f\n", (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9);
	return 0;
}
