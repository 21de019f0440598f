/* Counting the items of a list ahead of its reader. It knows strings, brackets and commas, nothing else of JSON. */
#include "base/json_ahead.h"

#include <string.h>

/* Behind the quote that ends the string which is open, or the end of the text. */
static const char *past_string(struct json_ahead *json, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (json->escaped) {
			json->escaped = false;
		} else if (*p == '\\') {
			json->escaped = true;
		} else if (*p == '"') {
			json->in_string = false;
			return p + 1;
		}
	}
	return end;
}

void json_ahead_feed(struct json_ahead *json, const char *text, size_t len)
{
	static const uint8_t means[256] = { ['"'] = 1, [','] = 2, ['['] = 3, ['{'] = 3, [']'] = 4, ['}'] = 4 };
	const char *p = text, *end = text + len;
	if (json->in_string)
		p = past_string(json, p, end);
	while (p < end && !json->done) {
		uint8_t what = means[(unsigned char)*p++];
		switch (what) {
		case 1:
			json->in_string = true;
			p = past_string(json, p, end);
			break;
		case 2: json->items += !json->depth; break;
		case 3: json->depth++; break;
		case 4:
			json->done = !json->depth;
			json->depth -= !json->done;
			break;
		default: break;
		}
	}
}
