/* Names that Kubernetes accepts, and images with their registry. */
#include "emitters/kubernetes_object.h"

#include <string.h>

#include "base/hash.h"
#include "compiler/compilation.h"
#include "runtime/plan_images.h"

enum { HASH_DIGITS = 16 };	/* 64 bits: of a million names, two meet with a chance of 1 to 37 million; then kube_take() says so */

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

const char *kube_name(struct arena *a, const char *text, size_t max)
{
	size_t len = strlen(text), made = 0;
	char *name = arena_alloc(a, len + HASH_DIGITS + 2), hex[65];
	bool lost = false;
	uint8_t digest[32];

	for (size_t i = 0; i < len; i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

		lost |= (unsigned char)c >= 0x80;
		if (is_lower_or_digit(c))
			name[made++] = c;
		else if (made && name[made - 1] != '-')
			name[made++] = '-';
	}
	while (made && name[made - 1] == '-')
		made--;
	if (lost || made > max) {
		sha256_of(text, len, digest);
		sha256_hex(digest, hex);
		if (made > max - HASH_DIGITS - 1)
			made = max - HASH_DIGITS - 1;
		if (made && name[made - 1] != '-')
			name[made++] = '-';
		memcpy(name + made, hex, HASH_DIGITS);
		made += HASH_DIGITS;
	}
	name[made] = '\0';
	return made ? name : NULL;
}

const char *kube_part_of(struct arena *a, const struct compilation *program)
{
	const char *base = program ? program->program_name : "", *dot = strrchr(base, '.'), *name;

	name = kube_name(a, arena_printf(a, "%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base), KUBE_NAME);
	return name ? name : "calcflow";
}

const char *kube_revision(struct arena *a, const void *p, size_t len)
{
	uint8_t digest[32];
	char hex[65];

	sha256_of(p, len, digest);
	sha256_hex(digest, hex);
	return arena_printf(a, "%.*s", KUBE_REVISION, hex);
}

bool kube_is_label(const char *name)
{
	return strlen(name) <= KUBE_NAME && !strchr(name, '.') && kube_is_subdomain(name);
}

bool kube_is_subdomain(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > 253 || !is_lower_or_digit(name[0]) || !is_lower_or_digit(name[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.' && (!is_lower_or_digit(name[i - 1]) || !is_lower_or_digit(name[i + 1])))
			return false;
		if (!is_lower_or_digit(name[i]) && name[i] != '-' && name[i] != '.')
			return false;
	}
	return true;
}

bool kube_is_label_value(const char *value)
{
	size_t len = strlen(value);

	if (len > KUBE_NAME || (len && (!is_alphanumeric(value[0]) || !is_alphanumeric(value[len - 1]))))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(value[i]) && !strchr("-_.", value[i]))
			return false;
	return true;
}

const char *kube_image(struct arena *a, const char *image, const char *registry)
{
	struct buf name = BUF_INIT;
	const char *out;

	plan_image_from(image, registry, &name);
	out = arena_strdup(a, buf_str(&name));
	buf_release(&name);
	return out;
}
