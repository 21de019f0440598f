/* Records and epochs on a share. A line: version, state, time, key, fingerprint, attempt, checksum of all before it. */
#include "runtime/share_record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

enum { SUM_DIGITS = 16, MOST_RECORDS = 1 << 28, RECORD_VERSION = 1 };
#define TORN "~"
static const char *const state_names[] = { [RECORD_NONE] = "none", [RECORD_BEGUN] = "begun", [RECORD_DONE] = "done" };

static bool failed(struct buf *error, const char *doing, const char *path)
{
	buf_printf(error, "cannot %s %s: %s", doing, path, strerror(errno));
	return false;
}

static bool sync_folder(const char *path, struct buf *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		failed(error, "sync", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool share_record_folder(const char *share_dir, const char *set, struct buf *folder, struct buf *error)
{
	buf_printf(folder, "%s/.calcflow/", share_dir);
	file_encode_key(folder, set, strlen(set));
	return file_mkdirs(folder->p, 0777) || failed(error, "make", folder->p);
}

static void sum_of(const char *line, size_t len, char out[SUM_DIGITS + 1])
{
	uint8_t digest[32];
	char hex[65];

	sha256_of(line, len, digest);
	sha256_hex(digest, hex);
	memcpy(out, hex, SUM_DIGITS);
	out[SUM_DIGITS] = '\0';
}

/* ---- adding ---- */

/* A torn line of an earlier writer is marked as such: any other line that does not check out is damage. */
static bool ends_torn(int fd)
{
	struct stat st;
	char last = '\n';

	return fstat(fd, &st) == 0 && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
}

bool share_record_add(const char *folder, const char *key, const struct share_record *r, struct buf *error)
{
	struct buf path = BUF_INIT, line = BUF_INIT;
	char sum[SUM_DIGITS + 1];
	size_t start;
	int fd;
	bool ok;

	buf_printf(&path, "%s/record", folder);
	fd = open(path.p, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0 && ends_torn(fd))
		buf_addstr(&line, TORN "\n");
	start = line.len;
	buf_printf(&line, "%d %s %" PRIu64 " %s ", (int)RECORD_VERSION, state_names[r->state], r->time_us, key);
	for (size_t i = 0; i < sizeof r->fingerprint; i++)
		buf_printf(&line, "%02x", r->fingerprint[i]);
	buf_printf(&line, " %u ", r->attempt);
	sum_of(line.p + start, line.len - start, sum);
	buf_printf(&line, "%s\n", sum);
	ok = fd >= 0 && file_write_all(fd, line.p, line.len) && fsync(fd) == 0;
	if (!ok)
		failed(error, "write", path.p);
	if (fd >= 0 && close(fd) != 0 && ok)
		ok = failed(error, "write", path.p);
	ok = ok && sync_folder(folder, error);
	buf_release(&path);
	buf_release(&line);
	return ok;
}

/* ---- reading ---- */

static bool hex_bytes(const char *text, uint8_t out[16])
{
	for (int i = 0; i < 16; i++) {
		char pair[3] = { text[2 * i], text[2 * i] ? text[2 * i + 1] : '\0', '\0' }, *end;

		out[i] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2)
			return false;
	}
	return text[32] == '\0';
}

/* `line` is NUL-terminated and is cut up. */
static bool parse_line(char *line, size_t len, const char **key, struct share_record *r)
{
	char sum[SUM_DIGITS + 1], *field[7], *at = line;
	int n = 0;

	if (len <= SUM_DIGITS || strlen(line) != len)
		return false;
	sum_of(line, len - SUM_DIGITS, sum);
	if (strcmp(line + len - SUM_DIGITS, sum) != 0)
		return false;
	while (n < 7 && at) {
		field[n++] = at;
		at = strchr(at, ' ');
		if (at)
			*at++ = '\0';
	}
	if (n != 7 || strcmp(field[0], "1") != 0 || !hex_bytes(field[4], r->fingerprint))
		return false;
	r->state = strcmp(field[1], "done") == 0 ? RECORD_DONE : RECORD_BEGUN;
	r->time_us = strtoull(field[2], NULL, 10);
	r->attempt = (uint32_t)strtoul(field[5], NULL, 10);
	*key = field[3];
	return true;
}

bool share_record_find(const char *folder, const char *key, struct share_record *out, struct buf *error)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool ok, damaged = false;
	unsigned line_number = 0;

	memset(out, 0, sizeof *out);
	buf_printf(&path, "%s/record", folder);
	ok = file_read(path.p, MOST_RECORDS, &text) || errno == ENOENT || failed(error, "read", path.p);
	for (char *at = text.p, *end; ok && !damaged && at && at < text.p + text.len; at = end + 1) {
		struct share_record r;
		const char *of;

		line_number++;
		end = memchr(at, '\n', text.len - (size_t)(at - text.p));
		if (!end)
			break;		/* torn: it was never acknowledged */
		*end = '\0';
		if (end > at && end[-1] == TORN[0])
			continue;
		damaged = !parse_line(at, (size_t)(end - at), &of, &r);
		if (!damaged && strcmp(of, key) == 0)
			*out = r;
	}
	if (damaged) {
		buf_printf(error, "%s is damaged at line %u: look at it, and move it away when you know what was done", path.p, line_number);
		ok = false;
	}
	buf_release(&path);
	buf_release(&text);
	return ok;
}

/* ---- epochs ---- */

static bool highest_epoch(const char *folder, uint64_t *highest, struct buf *error)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	*highest = 0;
	if (!dir)
		return failed(error, "read", folder);
	while ((errno = 0, entry = readdir(dir))) {
		char *end;
		uint64_t n;

		if (strncmp(entry->d_name, "epoch.", 6) != 0)
			continue;
		n = strtoull(entry->d_name + 6, &end, 10);
		if (!*end && n > *highest)
			*highest = n;
	}
	if (errno) {
		failed(error, "read", folder);
		closedir(dir);
		return false;
	}
	closedir(dir);
	return true;
}

bool share_epoch_claim(const char *folder, uint64_t *epoch, struct buf *error)
{
	struct buf path = BUF_INIT;
	bool ok = highest_epoch(folder, epoch, error);
	uint64_t before = *epoch;
	int fd = -1;

	while (ok && fd < 0) {
		++*epoch;
		buf_clear(&path);
		buf_printf(&path, "%s/epoch.%" PRIu64, folder, *epoch);
		fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		ok = fd >= 0 || errno == EEXIST || failed(error, "make", path.p);
	}
	if (ok) {
		ok = fsync(fd) == 0 || failed(error, "sync", path.p);
		ok = close(fd) == 0 && ok && sync_folder(folder, error);
	}
	if (ok && before > 0) {		/* those before the one before are of no use to anybody */
		buf_clear(&path);
		buf_printf(&path, "%s/epoch.%" PRIu64, folder, before - 1);
		unlink(path.p);
	}
	buf_release(&path);
	return ok;
}

bool share_epoch_is_ours(const char *folder, uint64_t epoch, struct buf *error)
{
	uint64_t highest;

	if (!highest_epoch(folder, &highest, error))
		return false;
	if (highest == epoch)
		return true;
	buf_printf(error, "another run of this set has taken over the share (epoch %" PRIu64 "; this one is %" PRIu64 "): %s", highest,
		   epoch, folder);
	return false;
}
