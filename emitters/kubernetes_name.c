/* Names that Kubernetes accepts, and images with their registry. */
#include "emitters/kubernetes.h"

#include "base/hash.h"

enum { HASH_DIGITS = 8 };

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
	uint8_t digest[32];

	for (size_t i = 0; i < len; i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

		if (is_lower_or_digit(c))
			name[made++] = c;
		else if (made && name[made - 1] != '-')
			name[made++] = '-';
	}
	if (made > max) {
		sha256_of(text, len, digest);
		sha256_hex(digest, hex);
		made = max - HASH_DIGITS;
		name[made - 1] = '-';
		memcpy(name + made, hex, HASH_DIGITS);
		made += HASH_DIGITS;
	}
	while (made && name[made - 1] == '-')
		made--;
	name[made] = '\0';
	return made ? name : NULL;
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

/* The part before the first slash is a registry when it has a dot or a port, or is localhost. */
static bool names_registry(const char *image)
{
	size_t first = strcspn(image, "/");

	if (image[first] != '/')
		return false;
	return memchr(image, '.', first) || memchr(image, ':', first) || (first == 9 && memcmp(image, "localhost", 9) == 0);
}

const char *kube_image(struct arena *a, const char *image, const char *registry)
{
	size_t len = registry ? strlen(registry) : 0;

	while (len && registry[len - 1] == '/')
		len--;
	if (len == 0 || names_registry(image))
		return image;
	return arena_printf(a, "%.*s/%s", (int)len, registry, image);
}
