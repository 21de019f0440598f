/* Bare words of YAML after the core schema of YAML 1.2, each asked only where the declared type allows it. */
#include "compiler/data_yaml_word.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool is(const struct json_event *ev, const char *lower, const char *title, const char *upper)
{
	size_t n = strlen(lower);
	return ev->len == n && (!memcmp(ev->text, lower, n) || !memcmp(ev->text, title, n) || !memcmp(ev->text, upper, n));
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits(const char *p, size_t len)
{
	size_t n = 0;
	while (n < len && is_digit(p[n]))
		n++;
	return n;
}

/* [digits][.digits][e[sign]digits], with a digit before or after the point. */
static bool decimal(const char *p, size_t len)
{
	size_t i = digits(p, len), found = i;
	if (i < len && p[i] == '.') {
		size_t n = digits(p + i + 1, len - i - 1);
		found += n;
		i += 1 + n;
	}
	if (found && i < len && (p[i] == 'e' || p[i] == 'E')) {
		i += 1 + (i + 1 < len && (p[i + 1] == '+' || p[i + 1] == '-'));
		size_t n = digits(p + i, len - i);
		return n && i + n == len;
	}
	return found && i == len;
}

/* 0x1f and 0o17, in decimal; false when they are none or too large. */
static bool based(struct json_event *ev, char number[YAML_NUMBER_TEXT])
{
	bool hex = ev->text[1] == 'x';
	uint64_t v = 0;
	for (size_t i = 2; i < ev->len; i++) {
		char c = ev->text[i];
		unsigned d = is_digit(c) ? (unsigned)(c - '0') : hex && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
			: hex && c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
		if (d >= (hex ? 16u : 8u) || v >> (hex ? 60 : 61))
			return false;
		v = v * (hex ? 16 : 8) + d;
	}
	ev->kind = JSON_NUMBER;
	ev->len = (size_t)snprintf(number, YAML_NUMBER_TEXT, "%" PRIu64, v);
	ev->text = number;
	return true;
}

static bool number_word(struct json_event *ev, char number[YAML_NUMBER_TEXT])
{
	const char *p = ev->text;
	size_t len = ev->len, sign = p[0] == '-' || p[0] == '+';
	if (len > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'o')) {
		based(ev, number);
		return true;
	}
	if (!decimal(p + sign, len - sign))
		return true;
	if (p[sign] == '0' && digits(p + sign, len - sign) > 1)
		return false;
	ev->kind = JSON_NUMBER;
	if (p[sign] == '.') {	/* JSON has a digit before the point */
		if (len - sign + 2 < YAML_NUMBER_TEXT) {
			ev->len = (size_t)snprintf(number, YAML_NUMBER_TEXT, "%s0%.*s", p[0] == '-' ? "-" : "", (int)(len - sign), p + sign);
			ev->text = number;
		} else {
			ev->kind = JSON_STRING;
		}
	} else if (p[0] == '+') {
		ev->text++;
		ev->len--;
	}
	return true;
}

bool yaml_word(struct json_event *ev, enum type_kind wanted, char number[YAML_NUMBER_TEXT])
{
	if (!ev->len || (ev->len == 1 && *ev->text == '~') || is(ev, "null", "Null", "NULL")) {
		ev->kind = JSON_NULL;
		return true;
	}
	switch (wanted) {
	case TYPE_BOOL:
		ev->boolean = is(ev, "true", "True", "TRUE");
		if (ev->boolean || is(ev, "false", "False", "FALSE"))
			ev->kind = JSON_BOOL;
		return true;
	case TYPE_I32: case TYPE_I64: case TYPE_U32: case TYPE_U64: case TYPE_F32: case TYPE_F64: case TYPE_DURATION:
		return number_word(ev, number);
	default:
		return true;
	}
}
