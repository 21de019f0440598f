/*
 * The flat layout against JSON: random types, random values of them; canonical text → image → the same text, byte for byte. Then images
 * that somebody spoilt: whatever is read from them is refused or is again a value of the type, and never anything beyond them.
 */
#include "base/mem.h"
#include "runtime/flat.h"
#include "runtime/value.h"
#include "testsuite/unit/plan_build.h"
#include "testsuite/unit/test.h"

enum { TYPES = 400, VALUES = 8, SPOILT = 40, MOST_FIELDS = 5 };

static uint64_t state = 20260301;

static uint32_t below(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* ---- a type ---- */

static uint32_t build_scalar(struct plan *p, enum plan_type_kind kind)
{
	return build_type(p, (struct plan_type){ .kind = (uint8_t)kind, .elem = PLAN_NONE, .name = "" });
}

static uint32_t build_of(struct plan *p, enum plan_type_kind kind, uint32_t elem)
{
	return build_type(p, (struct plan_type){ .kind = (uint8_t)kind, .elem = elem, .name = "" });
}

static uint32_t build_fields(struct plan *p, enum plan_type_kind kind, const char *const *name, const uint32_t *of, uint32_t count)
{
	uint32_t first = p->fields;

	for (uint32_t i = 0; i < count; i++)
		build_field(p, name[i], of[i]);
	return build_type(p, (struct plan_type){ .kind = (uint8_t)kind, .elem = PLAN_NONE, .name = "R", .first = first, .count = count });
}

static uint32_t random_type(struct plan *p, unsigned depth)
{
	static const enum plan_type_kind scalars[] = { PLAN_BOOL, PLAN_I32, PLAN_I64, PLAN_U32, PLAN_U64, PLAN_F32, PLAN_F64, PLAN_STRING,
		PLAN_BYTES, PLAN_TIME, PLAN_DURATION };
	uint32_t kind = depth ? below(16) : below(12), type;
	const char *name[MOST_FIELDS] = { "a", "bb", "c c", "d\"", "e" };
	uint32_t of[MOST_FIELDS] = { PLAN_NONE, PLAN_NONE, PLAN_NONE, PLAN_NONE, PLAN_NONE }, count;

	if (kind < 11) {
		type = build_scalar(p, scalars[kind]);
		if (scalars[kind] == PLAN_STRING && below(2))
			p->type[type].params = 1 + below(20);
		return type;
	}
	count = 1 + below(MOST_FIELDS);
	if (kind == 11)
		return build_fields(p, PLAN_ENUM, name, of, count);
	if (kind == 12)
		return build_of(p, PLAN_LIST, random_type(p, depth - 1));
	if (kind == 13)
		return build_of(p, PLAN_LIST, random_type(p, depth - 1));
	for (uint32_t i = 0; i < count; i++) {
		of[i] = random_type(p, depth - 1);
		if (p->type[of[i]].kind != PLAN_OPTIONAL && below(3) == 0)
			of[i] = build_of(p, PLAN_OPTIONAL, of[i]);
	}
	return build_fields(p, PLAN_RECORD, name, of, count);
}

/* ---- a value of it, as JSON that value_import makes canonical ---- */

static void random_text(uint32_t most, struct buf *out)
{
	uint32_t len = below(most + 1);

	buf_addch(out, '"');
	for (uint32_t i = 0; i < len; i++)
		buf_addch(out, (char)('a' + below(26)));
	buf_addch(out, '"');
}

static void random_value(const struct plan *p, uint32_t type, unsigned depth, struct buf *out)
{
	static const char *const numbers[] = { [PLAN_I32] = "-2147483648", [PLAN_I64] = "-9223372036854775808", [PLAN_U32] = "4294967295",
		[PLAN_U64] = "18446744073709551615", [PLAN_F32] = "-3.4028235e+38", [PLAN_F64] = "5e-324", [PLAN_DURATION] = "-9223372036.854775807",
		[PLAN_TIME] = "\"1677-09-21T00:12:43.145224193Z\"" };
	const struct plan_type *t = &p->type[type];
	uint32_t count = below(depth > 3 ? 2 : 5);

	switch ((enum plan_type_kind)t->kind) {
	case PLAN_BOOL: buf_addstr(out, below(2) ? "true" : "false"); break;
	case PLAN_STRING: random_text(t->params ? t->params : 40, out); break;
	case PLAN_BYTES: buf_addstr(out, below(2) ? "\"AAEC/w==\"" : "\"\""); break;
	case PLAN_TIME:
		if (below(4))
			buf_printf(out, "\"2025-03-01T14:%02u:%02u.%03uZ\"", below(60), below(60), below(1000));
		else
			buf_addstr(out, numbers[t->kind]);
		break;
	case PLAN_ENUM: buf_addch(out, '"');
		for (const char *s = p->field[t->first + below(t->count)].name; *s; s++)
			buf_printf(out, "%s%c", *s == '"' ? "\\" : "", *s);
		buf_addch(out, '"');
		break;
	case PLAN_LIST:
		buf_addch(out, '[');
		for (uint32_t i = 0; i < count; i++) {
			buf_addstr(out, i ? "," : "");
			random_value(p, t->elem, depth + 1, out);
		}
		buf_addch(out, ']');
		break;
	case PLAN_OPTIONAL:
		if (below(2))
			random_value(p, t->elem, depth, out);
		else
			buf_addstr(out, "null");
		break;
	case PLAN_RECORD:
		buf_addch(out, '{');
		for (uint32_t i = 0; i < t->count; i++) {
			const char *name = p->field[t->first + i].name;

			buf_printf(out, "%s\"%s%s\":", i ? "," : "", strchr(name, '"') ? "d\\" : name, strchr(name, '"') ? "\"" : "");
			random_value(p, p->field[t->first + i].type, depth, out);
		}
		buf_addch(out, '}');
		break;
	default:
		if (below(4))
			buf_printf(out, "%u", below(1000));
		else
			buf_addstr(out, numbers[t->kind]);
	}
}

/* ---- round trips ---- */

static void spoil(const struct plan *p, uint32_t type, const struct buf *image)
{
	struct buf natural = BUF_INIT, again = BUF_INIT, error = BUF_INIT;
	char *copy = mem_alloc(image->len);
	size_t len = image->len;

	memcpy(copy, image->p, len);
	for (uint32_t n = 1 + below(3); n; n--) {
		size_t at = below(8) ? FLAT_HEADER + below((uint32_t)(len - FLAT_HEADER)) : below((uint32_t)len);

		copy[at] = (char)(below(2) ? below(256) : (uint32_t)(unsigned char)copy[at] ^ (1u << below(8)));
	}
	if (below(10) == 0)
		len = below((uint32_t)len);
	copy = mem_resize(copy, len ? len : 1, 1);	/* so that a sanitiser sees what is read beyond it */
	if (flat_to_natural(p, type, copy, len, &natural, &error)) {
		CHECK(flat_to_natural(p, type, copy, len, NULL, &error));
		CHECK(value_import(p, type, FORMAT_NATURAL, buf_str(&natural), natural.len, &again, &error));
	} else {
		CHECK(error.len > 0);
		CHECK(!flat_to_natural(p, type, copy, len, NULL, &error));
	}
	mem_free(copy);
	buf_release(&natural);
	buf_release(&again);
	buf_release(&error);
}

static void round_trip(const struct plan *p, uint32_t type)
{
	struct buf json = BUF_INIT, natural = BUF_INIT, image = BUF_INIT, back = BUF_INIT, error = BUF_INIT;
	bool ok;

	random_value(p, type, 0, &json);
	ok = value_import(p, type, FORMAT_JSON, json.p, json.len, &natural, &error);
	CHECK(ok);
	ok = ok && flat_from_natural(p, type, buf_str(&natural), natural.len, &image, &error);
	CHECK(ok);
	ok = ok && flat_to_natural(p, type, image.p, image.len, &back, &error);
	CHECK(ok && back.len == natural.len && memcmp(buf_str(&back), buf_str(&natural), back.len) == 0);
	if (error.len)
		printf("%s\n%s\n", json.p, error.p);
	for (int i = 0; ok && i < SPOILT; i++)
		spoil(p, type, &image);
	buf_release(&json);
	buf_release(&natural);
	buf_release(&image);
	buf_release(&back);
	buf_release(&error);
}

static void random_types(void)
{
	for (int n = 0; n < TYPES; n++) {
		struct plan *p = plan_new();
		uint32_t type = random_type(p, 4);

		for (int i = 0; i < VALUES; i++)
			round_trip(p, type);
		plan_free(p);
	}
}

/* ---- what stands where, as calc-layout(5) says it ---- */

static void layout(void)
{
	struct plan *p = plan_new();
	uint32_t text = build_scalar(p, PLAN_STRING), file = build_scalar(p, PLAN_FILE), list, record, maybe;
	struct flat_layout l;
	uint64_t at = 0;
	struct buf out = BUF_INIT;

	p->type[text].params = 16;
	list = build_of(p, PLAN_LIST, build_scalar(p, PLAN_F64));
	maybe = build_of(p, PLAN_OPTIONAL, build_scalar(p, PLAN_I32));
	record = build_fields(p, PLAN_RECORD, (const char *[]){ "flag", "text", "list", "maybe" },
			      (uint32_t[]){ build_scalar(p, PLAN_BOOL), text, list, maybe }, 4);
	flat_layout_init(&l, p);
	CHECK(flat_size(&l, text).size == 20 && flat_size(&l, text).align == 4);
	CHECK(flat_size(&l, maybe).size == 8 && flat_size(&l, maybe).align == 4);
	CHECK(flat_size(&l, list).size == 16 && flat_size(&l, list).align == 8);
	CHECK(flat_size(&l, record).size == 48 && flat_size(&l, record).align == 8);
	CHECK(flat_place(&at, (struct flat_size){ 1, 1 }) == 0 && flat_place(&at, flat_size(&l, text)) == 4);
	flat_text(p, record, &out);
	CHECK(strcmp(out.p, "{flag:bool,text:string[16],list:[f64],maybe:i32?}") == 0);
	CHECK(flat_has_form(&l, record) && !flat_has_form(&l, file));
	flat_layout_release(&l);
	buf_release(&out);
	plan_free(p);
}

int main(void)
{
	layout();
	random_types();
	return test_end();
}
