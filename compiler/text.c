/* Scalars from text and to text. Pure functions over bytes. */
#include "compiler/text.h"

#include <string.h>

enum text_result text_number(const char *p, size_t len, type_t type, word_t *out)
{
	enum number_kind kind = (enum number_kind)(type - TYPE_I32);
	double d;
	enum text_result r;
	if (kind < NUMBER_F32)
		return number_read_integer(kind, p, len, out);
	r = number_read_float(kind, p, len, &d);
	*out = word_f64(d);
	return r;
}

static const struct unit { const char *text; enum quantity q; int64_t times; } units[] = {
	{ "ns", QUANTITY_TIME, 1 }, { "us", QUANTITY_TIME, 1000 }, { "ms", QUANTITY_TIME, 1000000 },
	{ "s", QUANTITY_TIME, 1000000000 }, { "m", QUANTITY_TIME, 60000000000 }, { "h", QUANTITY_TIME, 3600000000000 },
	{ "d", QUANTITY_TIME, 86400000000000 },
	{ "", QUANTITY_BYTES, 1 }, { "Ki", QUANTITY_BYTES, 1 << 10 }, { "Mi", QUANTITY_BYTES, 1 << 20 },
	{ "Gi", QUANTITY_BYTES, 1 << 30 }, { "Ti", QUANTITY_BYTES, (int64_t)1 << 40 },
	{ "m", QUANTITY_CORES, 1 }, { "", QUANTITY_CORES, 1000 },
};

const char *quantity_units(enum quantity q)
{
	return q == QUANTITY_TIME ? "ms, s, m, h or d" : q == QUANTITY_BYTES ? "Ki, Mi, Gi or Ti" : "m (thousandths of a core), or none";
}

enum text_result text_quantity(const char *p, size_t len, enum quantity q, int64_t *out)
{
	size_t digits = 0;
	uint64_t v;

	while (digits < len && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	enum text_result r = number_read_integer(NUMBER_U64, p, digits, &v);
	if (r != TEXT_OK)
		return r;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct unit *u = &units[i];
		if (u->q != q || strlen(u->text) != len - digits || memcmp(u->text, p + digits, len - digits))
			continue;
		if (v > (uint64_t)(INT64_MAX / u->times))
			return TEXT_RANGE;
		*out = (int64_t)v * u->times;
		return TEXT_OK;
	}
	return TEXT_BAD;
}

enum text_result text_time(const char *p, size_t len, int64_t *ns)
{
	struct rfc3339 t;
	enum text_result r = rfc3339_read(p, len, &t);
	return r == TEXT_OK && !rfc3339_to_ns(t, ns) ? TEXT_RANGE : r;
}
