/*
 * Images of values, for native functions: what one made is taken as it is, lists of such are gathered, and any other value is read in
 * its natural form. Nothing here makes a file.
 */
#include <errno.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "runtime/args_inner.h"
#include "runtime/flat.h"

static bool natural_image(struct resolver *v, engine_value value, uint32_t type, struct buf *out, bool *absent, struct buf *error)
{
	struct buf natural = BUF_INIT;
	bool ok = resolve_natural(v, value, &natural, absent, error);

	ok = ok && (*absent || flat_from_natural(resolve_plan(v), type, buf_str(&natural), natural.len, out, error));
	buf_release(&natural);
	return ok;
}

static bool gather(struct resolver *v, engine_value list, const struct engine_value_info *info, uint32_t type, struct buf *out, struct buf *error)
{
	const struct plan *p = resolve_plan(v);
	struct buf item = BUF_INIT;
	struct flat_gather g;
	bool ok = flat_gather_begin(&g, p, type, info->count, out, error);

	for (uint32_t i = 0; ok && i < info->count; i++) {
		engine_value one = engine_value_item(resolve_engine(v), list, i);
		bool absent = false;
		const char *image;
		uint32_t len;

		if (resolve_image(v, one, g.item, &image, &len)) {
			ok = flat_gather_add(&g, image, len, error);
			continue;
		}
		buf_clear(&item);
		ok = args_image(v, one, g.item, &item, &absent, error) && flat_gather_add(&g, buf_str(&item), absent ? 0 : item.len, error);
	}
	flat_gather_end(&g);
	buf_release(&item);
	return ok;
}

bool args_image(struct resolver *v, engine_value value, uint32_t type, struct buf *out, bool *absent, struct buf *error)
{
	uint32_t bare = resolve_bare_type(resolve_plan(v), type);
	struct engine_value_info info;
	struct buf path = BUF_INIT;
	bool stands = false, ok;
	const char *image;
	uint32_t len;

	*absent = false;
	engine_value_get(resolve_engine(v), value, &info);
	if (info.kind == EV_LIST)
		return gather(v, value, &info, bare, out, error);
	if (resolve_image(v, value, bare, &image, &len)) {
		*absent = len == 0;
		buf_add(out, image, len);
		return true;
	}
	ok = resolve_flat(v, value, bare, &path, &stands, error);
	if (ok && stands) {
		ok = file_read(path.p, LIMIT_DATA, out);
		if (!ok)
			buf_printf(error, "%s: %s", path.p, strerror(errno));
	} else if (ok) {
		ok = natural_image(v, value, bare, out, absent, error);
	}
	buf_release(&path);
	return ok;
}
