/* The bare baseline of bench data: one yajl pass over a file, with callbacks that do nothing. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

static int nothing(void *ctx)
{
	(void)ctx;
	return 1;
}

static int truth(void *ctx, int value)
{
	(void)ctx;
	(void)value;
	return 1;
}

static int number(void *ctx, const char *s, size_t len)
{
	(void)ctx;
	(void)s;
	(void)len;
	return 1;
}

static int text(void *ctx, const unsigned char *s, size_t len)
{
	(void)ctx;
	(void)s;
	(void)len;
	return 1;
}

int main(int argc, char **argv)
{
	static const yajl_callbacks callbacks = { nothing, truth, NULL, NULL, number, text, nothing, text, nothing, nothing, nothing };
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	char *p;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
		return 2;
	rewind(f);
	p = malloc((size_t)len + 1);
	if (!p || fread(p, 1, (size_t)len, f) != (size_t)len)
		return 2;
	yajl_handle h = yajl_alloc(&callbacks, NULL, NULL);
	bool ok = yajl_parse(h, (const unsigned char *)p, (size_t)len) == yajl_status_ok && yajl_complete_parse(h) == yajl_status_ok;
	yajl_free(h);
	free(p);
	return !ok || fclose(f);
}
