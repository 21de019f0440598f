/*
 * Fuzz target: bytes as what a worker wrote into its half of the ring, read by the program of native functions. Files are left out: the
 * rest of a request must be refused or served, and nothing beyond the two pieces of memory be touched.
 */
#include "runtime/functions/main.c"
#include "testsuite/fuzz/fuzz.h"

enum { PIECE = 65536 };

static int add_up(calc *c, const void *const *in, void *const *out)
{
	(void)c;
	*(double *)out[0] = in[0] && in[1] ? *(const double *)in[0] + *(const double *)in[1] : 0;
	return 0;
}

static bool names_files(const struct program *p)
{
	struct request q;
	bool files = false;

	if (!read_request(p, &q))
		return false;
	for (uint32_t i = 0; i < q.r.inputs; i++)
		files |= q.in[i].where == WIRE_IN_FILE;
	for (uint32_t i = 0; i < q.r.outputs; i++)
		files |= q.out[i].path != 0;
	return files;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const calc_port ports[] = { { 7, 8, 8 }, { 7, 8, 8 }, { 7, 8, 8 } };
	static const calc_function functions[] = { { "add", 9, 2, 1, ports, add_up } };
	static struct program p;
	struct wire_answer a = { 0 };
	struct wire_feed *feed = calloc(1, PIECE);
	char *back = calloc(1, PIECE);

	if (!feed || !back || size > PIECE - WIRE_HEAD)
		size = 0;
	if (feed && back) {
		memcpy((char *)feed + WIRE_HEAD, data, size);
		feed->at[0] = WIRE_HEAD;
		p.function = functions;
		p.functions = 1;
		p.feed = feed;
		p.back = (struct wire_back *)(void *)back;
		p.feed_size = p.back_size = PIECE;
		p.call.feed = (const char *)feed;
		p.call.views = p.call.back = back;
		if (!names_files(&p))
			serve_one(&p, &a);
	}
	free(feed);
	free(back);
	return 0;
}
