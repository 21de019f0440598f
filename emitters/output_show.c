/* What a write would change, as a unified diff: files that come, change and go. Nothing is touched. */
#include "emitters/output_inner.h"

#include <errno.h>
#include <string.h>
#include "base/file.h"
#include "base/mem.h"
#include "emitters/diff.h"

enum { DIFF_LIMIT = 1 << 30 };

static void put_diff(const struct output *o, const char *name, const struct buf *from, const struct buf *to, struct buf *out)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", o->dir, name);
	diff_unified(&(struct diff_text){ from ? path.p : "/dev/null", from ? from->p : "", from ? from->len : 0 },
		     &(struct diff_text){ to ? path.p : "/dev/null", to ? to->p : "", to ? to->len : 0 }, out);
	buf_release(&path);
}

/* false with a failure, or without one when it is not there, or is no file: look_at_all() in output.c refuses that. */
static bool read_there(struct output *o, const char *name, struct buf *text)
{
	if (o->dirfd < 0)
		errno = ENOENT;
	else if (file_readat(o->dirfd, name, DIFF_LIMIT, text))
		return true;
	if (errno != ENOENT && errno != EISDIR && errno != ELOOP)
		output_fail(o, "read", name);
	return false;
}

void output_show_file(struct output_file *f)
{
	struct buf there = BUF_INIT, text = f->text;
	bool is_there = read_there(f->o, f->name, &there);

	f->text = (struct buf)BUF_INIT;
	f->differs = !is_there || there.len != text.len || (text.len && memcmp(there.p, text.p, text.len) != 0);
	if (f->differs && !f->o->failed)
		put_diff(f->o, f->name, is_there ? &there : NULL, &text, &f->text);
	buf_release(&there);
	buf_release(&text);
}

void output_show_stale(struct output *o, const char *name, struct buf *out)
{
	struct buf there = BUF_INIT;

	if (read_there(o, name, &there))
		put_diff(o, name, &there, NULL, out);
	buf_release(&there);
}
