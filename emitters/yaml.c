/* The YAML writer: libyaml's emitter behind our own calls. It fails only for want of memory. */
#include "emitters/yaml.h"

#include <inttypes.h>
#include <strings.h>
#include <yaml.h>
#include "base/mem.h"

struct yaml_writer {
	yaml_emitter_t emitter;
};

static int write_bytes(void *ctx, unsigned char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return 1;
}

static void need(int ok)
{
	if (!ok)
		mem_overflow();
}

static void put(struct yaml_writer *w, yaml_event_t *event)
{
	need(yaml_emitter_emit(&w->emitter, event));
}

static void begin_document(struct yaml_writer *w)
{
	yaml_event_t event;

	need(yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	put(w, &event);
}

static void end_document(struct yaml_writer *w)
{
	yaml_event_t event;

	need(yaml_document_end_event_initialize(&event, 1));
	put(w, &event);
}

struct yaml_writer *yaml_begin(struct buf *out)
{
	struct yaml_writer *w = mem_zalloc(1, sizeof *w);
	yaml_event_t event;

	need(yaml_emitter_initialize(&w->emitter));
	yaml_emitter_set_output(&w->emitter, write_bytes, out);
	yaml_emitter_set_unicode(&w->emitter, 1);
	yaml_emitter_set_width(&w->emitter, -1);
	yaml_emitter_set_indent(&w->emitter, 2);
	need(yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	put(w, &event);
	begin_document(w);
	return w;
}

void yaml_end(struct yaml_writer *w)
{
	yaml_event_t event;

	end_document(w);
	need(yaml_stream_end_event_initialize(&event));
	put(w, &event);
	yaml_emitter_delete(&w->emitter);
	mem_free(w);
}

void yaml_next_document(struct yaml_writer *w)
{
	yaml_event_t event;

	end_document(w);
	need(yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 0));
	put(w, &event);
}

void yaml_map(struct yaml_writer *w)
{
	yaml_event_t event;

	need(yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
	put(w, &event);
}

void yaml_map_end(struct yaml_writer *w)
{
	yaml_event_t event;

	need(yaml_mapping_end_event_initialize(&event));
	put(w, &event);
}

static void begin_list(struct yaml_writer *w, yaml_sequence_style_t style)
{
	yaml_event_t event;

	need(yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
	put(w, &event);
}

void yaml_list(struct yaml_writer *w)
{
	begin_list(w, YAML_BLOCK_SEQUENCE_STYLE);
}

void yaml_list_end(struct yaml_writer *w)
{
	yaml_event_t event;

	need(yaml_sequence_end_event_initialize(&event));
	put(w, &event);
}

static void put_scalar(struct yaml_writer *w, const char *s, size_t len, yaml_scalar_style_t style)
{
	yaml_event_t event;
	bool plain = style == YAML_PLAIN_SCALAR_STYLE;

	need(yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)len, plain, !plain, style));
	put(w, &event);
}

/* Letters that no reader resolves to anything but a string: begins with a letter or slash, and is no reserved word. */
static bool is_plain(const char *s)
{
	static const char *const reserved[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";

	if (!*s || (!strchr(letters, *s) && *s != '/') || s[strspn(s, others)])
		return false;
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (strcasecmp(s, reserved[i]) == 0)
			return false;
	return true;
}

void yaml_string(struct yaml_writer *w, const char *s)
{
	put_scalar(w, s, strlen(s), is_plain(s) ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void yaml_text(struct yaml_writer *w, const char *s, size_t len)
{
	put_scalar(w, s, len, YAML_LITERAL_SCALAR_STYLE);
}

void yaml_number(struct yaml_writer *w, uint64_t v)
{
	char text[24];

	put_scalar(w, text, (size_t)snprintf(text, sizeof text, "%" PRIu64, v), YAML_PLAIN_SCALAR_STYLE);
}

void yaml_bool(struct yaml_writer *w, bool v)
{
	put_scalar(w, v ? "true" : "false", v ? 4 : 5, YAML_PLAIN_SCALAR_STYLE);
}

void yaml_key_map(struct yaml_writer *w, const char *key)
{
	yaml_string(w, key);
	yaml_map(w);
}

void yaml_key_list(struct yaml_writer *w, const char *key)
{
	yaml_string(w, key);
	yaml_list(w);
}

void yaml_pair(struct yaml_writer *w, const char *key, const char *value)
{
	yaml_string(w, key);
	yaml_string(w, value);
}

void yaml_pair_number(struct yaml_writer *w, const char *key, uint64_t v)
{
	yaml_string(w, key);
	yaml_number(w, v);
}

void yaml_pair_bool(struct yaml_writer *w, const char *key, bool v)
{
	yaml_string(w, key);
	yaml_bool(w, v);
}

void yaml_pair_words(struct yaml_writer *w, const char *key, const char *const *words)
{
	yaml_string(w, key);
	begin_list(w, YAML_FLOW_SEQUENCE_STYLE);
	for (; *words; words++)
		yaml_string(w, *words);
	yaml_list_end(w);
}
