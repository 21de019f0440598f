/* The phases of a publication; copying and comparing of single files is publish_file.c. */
#include "runtime/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "runtime/publish_file.h"
#include "runtime/share_record.h"

enum { VERSION_DIGITS = 16 };

struct publication {
	struct publish_job *job;
	int pulse;
	struct buf *message;
	char version[VERSION_DIGITS + 1];
	struct buf manifest;
	bool several;
};

static enum share_status broken(struct publication *p, const char *doing, const char *path)
{
	buf_printf(p->message, "cannot %s %s: %s", doing, path, strerror(errno));
	return SHARE_FAILED;
}

static void final_path(const struct publish_target *t, const struct publish_file *f, struct buf *path)
{
	size_t len;

	buf_clear(path);
	buf_printf(path, "%s/%s", t->share, t->path);
	for (len = path->len; len > 1 && path->p[len - 1] == '/'; len--)
		;
	path->len = len;
	path->p[len] = '\0';
	if (t->folder && f)
		buf_printf(path, "/%s", f->name);
}

/* Where a file of several sinks stands first: in the version folder of its share. */
static void version_path(const struct publication *p, const struct publish_target *t, const struct publish_file *f, struct buf *path)
{
	buf_clear(path);
	buf_printf(path, "%s/.calcflow/", t->share);
	file_encode_key(path, p->job->set, strlen(p->job->set));
	buf_printf(path, "/%s", p->version);
	if (!f)
		return;
	buf_printf(path, "/%s", t->sink);
	if (t->folder)
		buf_printf(path, "/%s", f->name);
}

/* ---- 1: compare ---- */

static enum share_status other_content(struct publication *p, const char *path, const char *what)
{
	struct stat st;
	char when[32] = "";
	struct tm tm;

	if (stat(path, &st) == 0 && gmtime_r(&st.st_mtim.tv_sec, &tm))
		strftime(when, sizeof when, ", of %Y-%m-%dT%H:%M:%SZ", &tm);
	buf_printf(p->message, "%s %s%s, and is not overwritten. Look at it; then either move it away, or allow its replacement "
		   "(calcc run --replace), and resume (--resume): finished steps do not run again", path, what, when);
	return SHARE_UNCERTAIN;
}

static enum share_status meet(struct publication *p, const char *path, const char *what)
{
	if (!p->job->replace)
		return other_content(p, path, what);
	return publish_move_aside(path) ? SHARE_DONE : broken(p, "move aside", path);
}

static enum share_status compare_file(struct publication *p, struct publish_target *t, struct publish_file *f)
{
	struct buf path = BUF_INIT;
	enum share_status status = SHARE_DONE;

	final_path(t, f, &path);
	switch (publish_compare(f->from, path.p, p->pulse)) {
	case PUBLISH_ABSENT: break;
	case PUBLISH_EQUAL:
		f->stands = true;
		publish_clear(path.p);
		break;
	case PUBLISH_OTHER: status = meet(p, path.p, "exists with other content"); break;
	case PUBLISH_UNREADABLE: status = broken(p, "compare", path.p); break;
	}
	buf_release(&path);
	return status;
}

static bool is_of_another_sink(const struct publication *p, const struct publish_target *t, const char *path)
{
	struct buf other = BUF_INIT;
	bool same = false;

	for (size_t i = 0; !same && i < p->job->targets; i++) {
		if (&p->job->target[i] == t)
			continue;
		final_path(&p->job->target[i], NULL, &other);
		same = strncmp(other.p, path, strlen(path)) == 0 && (other.p[strlen(path)] == '/' || !other.p[strlen(path)]);
	}
	buf_release(&other);
	return same;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct publish_file *)a)->name, ((const struct publish_file *)b)->name);
}

/* A folder holds its items and nothing else: what an older run left would be read as an item. */
static enum share_status compare_folder(struct publication *p, struct publish_target *t)
{
	struct buf folder = BUF_INIT, path = BUF_INIT;
	enum share_status status = SHARE_DONE;
	struct dirent *entry;
	DIR *dir;

	final_path(t, NULL, &folder);
	dir = opendir(folder.p);
	if (!dir && errno != ENOENT)
		status = broken(p, "read", folder.p);
	while (dir && status == SHARE_DONE && (entry = readdir(dir))) {
		struct publish_file wanted = { .name = entry->d_name };

		if (entry->d_name[0] == '.' ||
		    (t->files && bsearch(&wanted, t->file, t->files, sizeof *t->file, by_name)))
			continue;
		buf_clear(&path);
		buf_printf(&path, "%s/%s", folder.p, entry->d_name);
		if (!is_of_another_sink(p, t, path.p))
			status = meet(p, path.p, "stands in the folder of a list that does not have it");
	}
	if (dir)
		closedir(dir);
	buf_release(&folder);
	buf_release(&path);
	return status;
}

static enum share_status compare_target(struct publication *p, struct publish_target *t)
{
	enum share_status status = SHARE_DONE;
	struct stat st;

	if (t->absent) {
		struct buf path = BUF_INIT;

		final_path(t, NULL, &path);
		if (lstat(path.p, &st) == 0)
			status = meet(p, path.p, "exists, and the value is absent");
		buf_release(&path);
		return status;
	}
	if (t->folder) {
		if (t->files)
			qsort(t->file, t->files, sizeof *t->file, by_name);
		for (size_t i = 1; i < t->files; i++) {
			if (strcmp(t->file[i - 1].name, t->file[i].name) == 0) {
				buf_printf(p->message, "sink `%s`: two files of its list are named `%s`", t->sink, t->file[i].name);
				return SHARE_FAILED;
			}
		}
		status = compare_folder(p, t);
	}
	for (size_t i = 0; status == SHARE_DONE && i < t->files; i++)
		status = compare_file(p, t, &t->file[i]);
	return status;
}

/* ---- what is published, by name and content ---- */

static void describe_file(struct json_writer *w, const struct publish_target *t, const struct publish_file *f)
{
	json_object(w);
	json_key(w, "sink");
	json_string(w, t->sink);
	json_key(w, "path");
	json_string(w, t->path);
	json_key(w, "name");
	json_string(w, f->name);
	json_key(w, "size");
	json_u64(w, f->size);
	json_key(w, "sha256");
	json_string(w, f->sha);
	json_object_end(w);
}

static enum share_status describe(struct publication *p)
{
	struct json_writer w;
	uint8_t digest[32];
	char hex[65];

	json_writer_init(&w, &p->manifest, 3);
	json_object(&w);
	json_key(&w, "set");
	json_string(&w, p->job->set);
	json_key(&w, "files");
	json_array(&w);
	for (size_t i = 0; i < p->job->targets; i++) {
		struct publish_target *t = &p->job->target[i];

		for (size_t k = 0; k < t->files; k++) {
			struct publish_file *f = &t->file[k];

			if (!publish_digest(f->from, p->pulse, f->sha, &f->size))
				return broken(p, "read", f->from);
			json_object(&w);
			describe_file(&w, t, f);
		}
	}
	json_array_end(&w);
	json_object_end(&w);
	buf_addch(&p->manifest, '\n');
	sha256_of(p->manifest.p, p->manifest.len, digest);
	sha256_hex(digest, hex);
	memcpy(p->version, hex, VERSION_DIGITS);
	p->version[VERSION_DIGITS] = '\0';
	return SHARE_DONE;
}

static bool record(struct publication *p, enum share_record_state state)
{
	struct share_record r = { .state = state, .attempt = 1, .time_us = p->job->time_us };
	struct buf key = BUF_INIT;
	uint8_t digest[32];
	bool ok = true;

	if (p->job->record_folder) {
		buf_printf(&key, "publish@%s", p->version);
		sha256_of(p->manifest.p, p->manifest.len, digest);
		memcpy(r.fingerprint, digest, sizeof r.fingerprint);
		ok = share_record_add(p->job->record_folder, key.p, &r, p->message);
	}
	buf_release(&key);
	return ok;
}

/* ---- 2 and 3: stage ---- */

static enum share_status place(struct publication *p, struct publish_target *t, struct publish_file *f)
{
	struct buf path = BUF_INIT;
	enum share_status status = SHARE_DONE;

	if (p->several)
		version_path(p, t, f, &path);
	else
		final_path(t, f, &path);
	if (!p->several && f->stands)
		status = SHARE_DONE;
	else if (!publish_parents(path.p))
		status = broken(p, "make the folder of", path.p);
	else
		switch (publish_copy(f->from, path.p, p->pulse)) {
		case PUBLISH_EQUAL: break;
		case PUBLISH_OTHER: status = other_content(p, path.p, "appeared meanwhile with other content"); break;
		case PUBLISH_ABSENT:
		case PUBLISH_UNREADABLE: status = broken(p, "write", path.p); break;
		}
	buf_release(&path);
	return status;
}

static enum share_status write_manifest(struct publication *p)
{
	struct buf path = BUF_INIT;
	enum share_status status = SHARE_DONE;

	version_path(p, &p->job->target[0], NULL, &path);
	buf_addstr(&path, "/manifest.json");
	if (!publish_parents(path.p) || !publish_text(path.p, p->manifest.p, p->manifest.len))
		status = broken(p, "write", path.p);
	buf_release(&path);
	return status;
}

/* ---- 4: link ---- */

static enum share_status link_file(struct publication *p, struct publish_target *t, struct publish_file *f)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	enum share_status status = SHARE_DONE;

	version_path(p, t, f, &from);
	final_path(t, f, &to);
	if (!publish_parents(to.p))
		status = broken(p, "make the folder of", to.p);
	else if (link(from.p, to.p) != 0) {
		if (errno != EEXIST)
			status = broken(p, "link", to.p);
		else if (publish_compare(from.p, to.p, p->pulse) != PUBLISH_EQUAL)
			status = other_content(p, to.p, "appeared meanwhile with other content");
	}
	if (status == SHARE_DONE)
		publish_clear(to.p);
	buf_release(&from);
	buf_release(&to);
	return status;
}

static enum share_status sync_target(struct publication *p, struct publish_target *t)
{
	struct buf path = BUF_INIT;
	enum share_status status = SHARE_DONE;

	final_path(t, NULL, &path);
	if (t->folder && !t->absent) {
		buf_addstr(&path, "/.");
		if (!publish_parents(path.p))	/* an empty list is an empty folder */
			status = broken(p, "make", path.p);
		path.len -= 2;
		path.p[path.len] = '\0';
		if (status == SHARE_DONE && !publish_sync(path.p))
			status = broken(p, "sync", path.p);
	}
	if (status == SHARE_DONE && !t->absent && !publish_sync_parent(path.p))
		status = broken(p, "sync the folder of", path.p);
	buf_release(&path);
	return status;
}

typedef enum share_status for_file(struct publication *p, struct publish_target *t, struct publish_file *f);

static enum share_status each_file(struct publication *p, for_file *fn)
{
	enum share_status status = SHARE_DONE;

	for (size_t i = 0; status == SHARE_DONE && i < p->job->targets; i++) {
		struct publish_target *t = &p->job->target[i];

		for (size_t k = 0; status == SHARE_DONE && k < t->files; k++) {
			share_pulse(p->pulse);
			status = fn(p, t, &t->file[k]);
		}
	}
	return status;
}

static enum share_status make_visible(struct publication *p)
{
	enum share_status status = each_file(p, place);

	if (status == SHARE_DONE && p->several)
		status = write_manifest(p);
	if (status == SHARE_DONE && p->several)
		status = each_file(p, link_file);
	for (size_t i = 0; status == SHARE_DONE && i < p->job->targets; i++)
		status = sync_target(p, &p->job->target[i]);
	return status;
}

enum share_status publish_run(void *job, int pulse, struct buf *message)
{
	struct publication p = { .job = job, .pulse = pulse, .message = message };
	enum share_status status = SHARE_DONE;

	p.several = p.job->targets > 1;
	for (size_t i = 0; status == SHARE_DONE && i < p.job->targets; i++)
		status = compare_target(&p, &p.job->target[i]);
	if (status == SHARE_DONE)
		status = publish_states_compare(p.job, pulse, message);
	if (status == SHARE_DONE && (p.several || p.job->record_folder))
		status = describe(&p);
	if (status == SHARE_DONE && p.job->epoch && !share_epoch_is_ours(p.job->record_folder, p.job->epoch, message))
		status = SHARE_UNCERTAIN;
	if (status == SHARE_DONE && !record(&p, RECORD_BEGUN))
		status = SHARE_FAILED;
	if (status == SHARE_DONE)
		status = make_visible(&p);
	if (status == SHARE_DONE)
		status = publish_states_replace(p.job, pulse, message);
	if (status == SHARE_DONE && !record(&p, RECORD_DONE))
		status = SHARE_UNCERTAIN;
	buf_release(&p.manifest);
	return status;
}
