/*
 * The journal on SQLite in WAL mode; the only file that includes sqlite3.h. One table, appended to, without an index:
 * a commit writes one page whatever the number of steps. What a run finds in it is looked up through a small table
 * in memory, filled once at opening. Small results stand in a table beside it, by their record. It knows nothing of engines,
 * slots or files of steps.
 */
#include "runtime/journal.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "base/mem.h"

enum { APPLICATION = 0x43464a31 };	/* "CFJ1" */

/* Steps that an earlier run left, by the hash of their path (or of their key: JOURNAL_BEGUN); and questions. */
struct known {
	uint64_t hash;
	int64_t row;		/* of the last JOURNAL_DONE, JOURNAL_GAVE_UP or JOURNAL_ANSWER; 0 = none */
	uint32_t used;
	bool released;		/* after that */
};

struct journal {
	sqlite3 *db;
	sqlite3_stmt *insert, *begin, *commit, *by_row, *keep, *kept;
	bool open_turn;
	struct known *known;
	size_t slots, count;	/* slots: a power of two, or 0 */
	char plan_hash[65];
	bool any_gave_up;
	bool published;			/* a run before this one did */
	struct buf error, text;		/* text: of the row that was looked up last */
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, step TEXT NOT NULL,"
	" attempt INTEGER NOT NULL, slot INTEGER NOT NULL, fingerprint BLOB, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,"
	" cpu INTEGER NOT NULL, rss INTEGER NOT NULL, how INTEGER NOT NULL, status INTEGER NOT NULL, text TEXT NOT NULL,"
	" sum INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS images (record INTEGER PRIMARY KEY, data BLOB NOT NULL, sum INTEGER NOT NULL)";
static const char all_columns[] =
	"SELECT id, kind, step, attempt, slot, fingerprint, start_us, end_us, cpu, rss, how, status, text, sum FROM record";
enum { COL_ID, COL_KIND, COL_STEP, COL_ATTEMPT, COL_SLOT, COL_FP, COL_START, COL_END, COL_CPU, COL_RSS, COL_HOW,
       COL_STATUS, COL_TEXT, COL_SUM };

const char *journal_kind_name(enum journal_kind kind)
{
	static const char *const names[JOURNAL_KINDS] = {
		[JOURNAL_RUN] = "run", [JOURNAL_BEGUN] = "begun", [JOURNAL_DONE] = "done",
		[JOURNAL_FAILED] = "failed", [JOURNAL_PUBLISHED] = "published", [JOURNAL_ENDED] = "ended",
		[JOURNAL_RELEASED] = "released", [JOURNAL_GAVE_UP] = "gave up", [JOURNAL_ANSWER] = "answer",
		[JOURNAL_SWAP] = "swap", [JOURNAL_SWAPPED] = "swapped", [JOURNAL_UNSWAPPED] = "not swapped",
	};

	return (unsigned)kind < JOURNAL_KINDS ? names[kind] : "?";
}

static int64_t checksum(const struct journal_record *r)
{
	uint64_t numbers[9] = { (uint64_t)r->kind, r->attempt, r->slot, r->start_us, r->end_us, r->cpu_us, r->max_rss,
				(uint64_t)r->end, (uint64_t)r->status };
	uint64_t parts[4] = { hash_bytes(numbers, sizeof numbers), hash_bytes(r->step, strlen(r->step)),
			      hash_bytes(r->text, strlen(r->text)), hash_bytes(r->fingerprint, sizeof r->fingerprint) };

	return (int64_t)hash_bytes(parts, sizeof parts);
}

static bool sql_failed(struct buf *error, sqlite3 *db, const char *doing)
{
	buf_printf(error, "%s: %s", doing, db ? sqlite3_errmsg(db) : "out of memory");
	return false;
}

static bool run_sql(sqlite3 *db, const char *sql, struct buf *error)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || sql_failed(error, db, "journal");
}

/* ---- reading ---- */

static const char *column_text(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

/* The row as a record whose texts live until the next step of `s`; false when its checksum does not fit. */
static bool row_record(sqlite3_stmt *s, struct journal_record *r)
{
	const void *fp = sqlite3_column_blob(s, COL_FP);

	memset(r, 0, sizeof *r);
	r->kind = (enum journal_kind)sqlite3_column_int(s, COL_KIND);
	r->step = column_text(s, COL_STEP);
	r->attempt = (uint32_t)sqlite3_column_int64(s, COL_ATTEMPT);
	r->slot = (uint32_t)sqlite3_column_int64(s, COL_SLOT);
	if (fp && sqlite3_column_bytes(s, COL_FP) == (int)sizeof r->fingerprint)
		memcpy(r->fingerprint, fp, sizeof r->fingerprint);
	r->start_us = (uint64_t)sqlite3_column_int64(s, COL_START);
	r->end_us = (uint64_t)sqlite3_column_int64(s, COL_END);
	r->cpu_us = (uint64_t)sqlite3_column_int64(s, COL_CPU);
	r->max_rss = (uint64_t)sqlite3_column_int64(s, COL_RSS);
	r->end = sqlite3_column_int(s, COL_HOW);
	r->status = sqlite3_column_int(s, COL_STATUS);
	r->text = column_text(s, COL_TEXT);
	return (unsigned)r->kind < JOURNAL_KINDS && sqlite3_column_int64(s, COL_SUM) == checksum(r);
}

/* Each record in order; stops where fn returns false. SQLITE_DONE: all was read; SQLITE_CORRUPT: a wrong checksum. */
static int each_row(sqlite3 *db, bool (*fn)(void *ctx, int64_t id, const struct journal_record *r), void *ctx)
{
	sqlite3_stmt *s;
	struct journal_record r;
	int status;
	struct buf sql = BUF_INIT;

	buf_printf(&sql, "%s ORDER BY id", all_columns);
	status = sqlite3_prepare_v2(db, sql.p, -1, &s, NULL);
	buf_release(&sql);
	if (status != SQLITE_OK)
		return status;
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		if (!row_record(s, &r)) {
			status = SQLITE_CORRUPT;
			break;
		}
		if (!fn(ctx, sqlite3_column_int64(s, COL_ID), &r)) {
			status = SQLITE_DONE;
			break;
		}
	}
	sqlite3_finalize(s);
	return status;
}

/* ---- what earlier runs left ---- */

static struct known *known_at(struct known *table, size_t slots, uint64_t hash)
{
	size_t i = (size_t)hash & (slots - 1);

	while (table[i].hash && table[i].hash != hash)
		i = (i + 1) & (slots - 1);
	return &table[i];
}

static void known_widen(struct journal *j)
{
	size_t slots = j->slots ? j->slots * 2 : 1024;
	struct known *wide = mem_zalloc(slots, sizeof *wide);

	for (size_t i = 0; i < j->slots; i++)
		if (j->known[i].hash)
			*known_at(wide, slots, j->known[i].hash) = j->known[i];
	mem_free(j->known);
	j->known = wide;
	j->slots = slots;
}

static uint64_t known_hash(const char *text)
{
	uint64_t h = hash_bytes(text, strlen(text));

	return h ? h : 1;
}

static bool learn(void *ctx, int64_t id, const struct journal_record *r)
{
	struct journal *j = ctx;
	struct known *k;

	if (r->kind == JOURNAL_RUN) {
		if (strlen(r->text) < sizeof j->plan_hash)
			memcpy(j->plan_hash, r->text, strlen(r->text) + 1);
		return true;
	}
	j->any_gave_up |= r->kind == JOURNAL_GAVE_UP;
	j->published |= r->kind == JOURNAL_PUBLISHED;
	if (!r->step[0])
		return true;
	if (j->count * 2 >= j->slots)
		known_widen(j);
	k = known_at(j->known, j->slots, known_hash(r->step));
	if (!k->hash) {
		k->hash = known_hash(r->step);
		j->count++;
	}
	if (r->attempt > k->used)
		k->used = r->attempt;
	if (r->kind == JOURNAL_DONE || r->kind == JOURNAL_GAVE_UP || r->kind == JOURNAL_ANSWER) {
		k->row = id;
		k->released = false;
	}
	k->released |= r->kind == JOURNAL_RELEASED;
	return true;
}

/* The row is of `step` itself, and not of another text with its hash. Its text is kept. */
static bool look_up(struct journal *j, int64_t row, const char *step, struct journal_record *r)
{
	bool ok;

	buf_clear(&j->text);
	sqlite3_bind_int64(j->by_row, 1, row);
	ok = sqlite3_step(j->by_row) == SQLITE_ROW && row_record(j->by_row, r) && strcmp(r->step, step) == 0;
	if (ok)
		buf_addstr(&j->text, r->text);
	sqlite3_reset(j->by_row);
	return ok;
}

bool journal_find(struct journal *j, const char *step, const char *key, struct journal_found *out)
{
	const struct known *k;
	struct journal_record r;

	memset(out, 0, sizeof *out);
	out->why = "";
	if (!j->slots)
		return false;
	k = known_at(j->known, j->slots, known_hash(key));
	out->used = k->used;		/* another step of the same hash: a higher number does no harm */
	k = known_at(j->known, j->slots, known_hash(step));
	if (k->used > out->used)
		out->used = k->used;
	if (!k->row)
		return out->used > 0;
	if (look_up(j, k->row, step, &r)) {
		out->finished = r.kind == JOURNAL_DONE;
		out->released = out->finished && k->released;
		out->gave_up = r.kind == JOURNAL_GAVE_UP;
		out->attempt = r.attempt;
		out->why = buf_str(&j->text);
		out->row = k->row;
		memcpy(out->fingerprint, r.fingerprint, sizeof out->fingerprint);
	}
	return true;
}

/* A row is told from another one's data too. */
static int64_t images_sum(int64_t row, const char *images, size_t len)
{
	uint64_t parts[2] = { (uint64_t)row, hash_bytes(images, len) };

	return (int64_t)hash_bytes(parts, sizeof parts);
}

bool journal_images(struct journal *j, int64_t row, const char **images, size_t *len)
{
	bool ok;

	buf_clear(&j->text);
	sqlite3_bind_int64(j->kept, 1, row);
	ok = sqlite3_step(j->kept) == SQLITE_ROW;
	if (ok) {
		buf_add(&j->text, sqlite3_column_blob(j->kept, 0), (size_t)sqlite3_column_bytes(j->kept, 0));
		ok = sqlite3_column_int64(j->kept, 1) == images_sum(row, buf_str(&j->text), j->text.len);
	}
	sqlite3_reset(j->kept);
	*images = buf_str(&j->text);
	*len = j->text.len;
	return ok;
}

const char *journal_answer(struct journal *j, const char *question, size_t *len, uint8_t fingerprint[16])
{
	struct journal_record r;
	const struct known *k;

	if (!j->slots)
		return NULL;
	k = known_at(j->known, j->slots, known_hash(question));
	if (!k->row || !look_up(j, k->row, question, &r) || r.kind != JOURNAL_ANSWER)
		return NULL;
	*len = j->text.len;
	if (fingerprint)
		memcpy(fingerprint, r.fingerprint, sizeof r.fingerprint);
	return buf_str(&j->text);
}

bool journal_any_gave_up(const struct journal *j)
{
	return j->any_gave_up;
}

bool journal_published(const struct journal *j)
{
	return j->published;
}

const char *journal_plan_hash(const struct journal *j)
{
	return j->plan_hash;
}

/* ---- opening ---- */

enum health { HEALTHY, DAMAGED, LATER_VERSION, UNUSABLE };

static int pragma_int(sqlite3 *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *s;
	int status = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (status != SQLITE_OK)
		return status;
	status = sqlite3_step(s);
	*value = status == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return status == SQLITE_ROW ? SQLITE_OK : status;
}

static bool is_damage(int status)
{
	return status == SQLITE_CORRUPT || status == SQLITE_NOTADB || status == SQLITE_FORMAT || status == SQLITE_ERROR;
}

static bool structure_is_sound(sqlite3 *db)
{
	sqlite3_stmt *s;
	bool ok = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL) == SQLITE_OK;

	ok = ok && sqlite3_step(s) == SQLITE_ROW && strcmp(column_text(s, 0), "ok") == 0;
	sqlite3_finalize(s);
	return ok;
}

/* An existing journal: is it ours, whole, and of our version? Learns its records. */
static enum health examine(struct journal *j)
{
	int64_t application = 0, version = 0, tables = 0;
	int status = pragma_int(j->db, "PRAGMA application_id", &application);

	if (status == SQLITE_OK)
		status = pragma_int(j->db, "PRAGMA user_version", &version);
	if (status == SQLITE_OK)
		status = pragma_int(j->db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (status != SQLITE_OK)
		return is_damage(status) ? DAMAGED : UNUSABLE;
	if (tables == 0 && application == 0)
		return HEALTHY;		/* killed before it was made */
	if (application != APPLICATION)
		return DAMAGED;
	if (version > JOURNAL_VERSION)
		return LATER_VERSION;
	if (!structure_is_sound(j->db))
		return DAMAGED;
	status = each_row(j->db, learn, j);
	return status == SQLITE_DONE ? HEALTHY : is_damage(status) ? DAMAGED : UNUSABLE;
}

static bool prepare(struct journal *j)
{
	static const char insert[] = "INSERT INTO record (kind, step, attempt, slot, fingerprint, start_us, end_us, cpu, rss,"
				     " how, status, text, sum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
	static const char keep[] = "INSERT INTO images (record, data, sum) VALUES (?,?,?)", kept[] = "SELECT data, sum FROM images WHERE record=?";
	struct buf by_row = BUF_INIT, head = BUF_INIT;
	bool ok;

	buf_printf(&head, "BEGIN; %s; PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", schema, APPLICATION,
		   JOURNAL_VERSION);
	buf_printf(&by_row, "%s WHERE id=?", all_columns);
	ok = run_sql(j->db, "PRAGMA journal_mode=WAL", &j->error) &&
	     run_sql(j->db, "PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=2000; PRAGMA temp_store=MEMORY", &j->error) &&
	     run_sql(j->db, head.p, &j->error);
	if (ok)
		ok = (sqlite3_prepare_v3(j->db, insert, -1, SQLITE_PREPARE_PERSISTENT, &j->insert, NULL) == SQLITE_OK &&
		      sqlite3_prepare_v3(j->db, "BEGIN IMMEDIATE", -1, SQLITE_PREPARE_PERSISTENT, &j->begin, NULL) == SQLITE_OK &&
		      sqlite3_prepare_v3(j->db, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &j->commit, NULL) == SQLITE_OK &&
		      sqlite3_prepare_v3(j->db, by_row.p, -1, SQLITE_PREPARE_PERSISTENT, &j->by_row, NULL) == SQLITE_OK &&
		      sqlite3_prepare_v3(j->db, keep, -1, SQLITE_PREPARE_PERSISTENT, &j->keep, NULL) == SQLITE_OK &&
		      sqlite3_prepare_v3(j->db, kept, -1, SQLITE_PREPARE_PERSISTENT, &j->kept, NULL) == SQLITE_OK) ||
		     sql_failed(&j->error, j->db, "journal");
	buf_release(&by_row);
	buf_release(&head);
	return ok;
}

static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };

static void remove_files(const char *path)
{
	for (int i = 0; i < SUFFIXES; i++) {
		struct buf name = BUF_INIT;

		buf_printf(&name, "%s%s", path, suffixes[i]);
		unlink(name.p);		/* what stays is met again by sqlite3_open, which says so */
		buf_release(&name);
	}
}

static bool set_aside(const char *path, struct buf *notice)
{
	struct buf to = BUF_INIT;
	struct stat st;
	int n = 1;
	bool ok = true;

	do {
		buf_clear(&to);
		buf_printf(&to, "%s.damaged-%d", path, n++);
	} while (lstat(to.p, &st) == 0);
	for (int i = 0; i < SUFFIXES; i++) {
		struct buf from = BUF_INIT, target = BUF_INIT;

		buf_printf(&from, "%s%s", path, suffixes[i]);
		buf_printf(&target, "%s%s", to.p, suffixes[i]);
		ok = (rename(from.p, target.p) == 0 || errno == ENOENT) && ok;
		buf_release(&from);
		buf_release(&target);
	}
	if (ok)
		buf_printf(notice, "the journal %s is damaged: it was set aside as %s, and finished steps run again", path, to.p);
	buf_release(&to);
	return ok;
}

static void forget(struct journal *j)
{
	sqlite3_finalize(j->insert);
	sqlite3_finalize(j->begin);
	sqlite3_finalize(j->commit);
	sqlite3_finalize(j->by_row);
	sqlite3_finalize(j->keep);
	sqlite3_finalize(j->kept);
	j->insert = j->begin = j->commit = j->by_row = j->keep = j->kept = NULL;
	sqlite3_close(j->db);
	j->db = NULL;
	mem_free(j->known);
	j->known = NULL;
	j->slots = j->count = 0;
	j->plan_hash[0] = '\0';
	j->published = j->any_gave_up = false;
}

static enum health try_open(struct journal *j, const char *path)
{
	int status = sqlite3_open_v2(path, &j->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	enum health health;

	if (status != SQLITE_OK) {
		sql_failed(&j->error, j->db, path);
		return is_damage(status) ? DAMAGED : UNUSABLE;
	}
	sqlite3_busy_timeout(j->db, 2000);	/* a reader (`calcc journal`) holds it for moments */
	health = examine(j);
	if (health == UNUSABLE)
		sql_failed(&j->error, j->db, path);
	if (health == LATER_VERSION)
		buf_printf(&j->error, "%s was written by a later version of calcc: use that one, or another work folder", path);
	if (health == HEALTHY && !prepare(j))
		return UNUSABLE;
	return health;
}

struct journal *journal_open(const char *path, bool keep, struct buf *notice, struct buf *error)
{
	struct journal *j = mem_zalloc(1, sizeof *j);
	enum health health;

	if (!keep)
		remove_files(path);
	health = try_open(j, path);
	if (health == DAMAGED) {
		forget(j);
		buf_clear(&j->error);
		if (set_aside(path, notice))
			health = try_open(j, path);
		else
			buf_printf(&j->error, "the journal %s is damaged and cannot be set aside: %s", path, strerror(errno));
	}
	if (health == HEALTHY)
		return j;
	buf_addstr(error, buf_str(&j->error));
	journal_close(j);
	return NULL;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	forget(j);
	buf_release(&j->error);
	buf_release(&j->text);
	mem_free(j);
}

/* ---- writing ---- */

const char *journal_error(const struct journal *j)
{
	return j->error.p ? j->error.p : "";
}

static bool step_once(struct journal *j, sqlite3_stmt *s)
{
	int status = sqlite3_step(s);

	if (status != SQLITE_DONE) {
		buf_clear(&j->error);
		sql_failed(&j->error, j->db, "the journal cannot be written");
	}
	sqlite3_reset(s);
	return status == SQLITE_DONE;
}

static bool add_images(struct journal *j, const struct journal_record *r)
{
	int64_t row = sqlite3_last_insert_rowid(j->db);

	sqlite3_bind_int64(j->keep, 1, row);
	sqlite3_bind_blob(j->keep, 2, r->images, (int)r->images_len, SQLITE_STATIC);
	sqlite3_bind_int64(j->keep, 3, images_sum(row, r->images, r->images_len));
	return step_once(j, j->keep);
}

bool journal_add(struct journal *j, const struct journal_record *r)
{
	sqlite3_stmt *s = j->insert;
	struct journal_record whole = *r;

	if (!whole.step)
		whole.step = "";
	if (!whole.text)
		whole.text = "";
	if (!j->open_turn && !step_once(j, j->begin))
		return false;
	j->open_turn = true;
	sqlite3_bind_int(s, COL_KIND, (int)whole.kind);
	sqlite3_bind_text(s, COL_STEP, whole.step, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, COL_ATTEMPT, whole.attempt);
	sqlite3_bind_int64(s, COL_SLOT, whole.slot);
	sqlite3_bind_blob(s, COL_FP, whole.fingerprint, sizeof whole.fingerprint, SQLITE_STATIC);
	sqlite3_bind_int64(s, COL_START, (int64_t)whole.start_us);
	sqlite3_bind_int64(s, COL_END, (int64_t)whole.end_us);
	sqlite3_bind_int64(s, COL_CPU, (int64_t)whole.cpu_us);
	sqlite3_bind_int64(s, COL_RSS, (int64_t)whole.max_rss);
	sqlite3_bind_int(s, COL_HOW, whole.end);
	sqlite3_bind_int(s, COL_STATUS, whole.status);
	sqlite3_bind_text(s, COL_TEXT, whole.text, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, COL_SUM, checksum(&whole));
	if (!step_once(j, s) || (whole.images_len && !add_images(j, &whole)))
		return false;
	return whole.kind != JOURNAL_BEGUN || learn(j, 0, &whole);	/* this run already asks for it */
}

bool journal_commit(struct journal *j)
{
	if (!j->open_turn)
		return true;
	if (!step_once(j, j->commit)) {
		sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
		j->open_turn = false;
		return false;
	}
	j->open_turn = false;
	return true;
}

/* ---- for people ---- */

struct reading {
	bool (*fn)(void *ctx, const struct journal_record *r);
	void *ctx;
};

static bool pass_on(void *ctx, int64_t id, const struct journal_record *r)
{
	const struct reading *reading = ctx;

	(void)id;
	return reading->fn(reading->ctx, r);
}

bool journal_read(const char *path, bool (*fn)(void *ctx, const struct journal_record *r), void *ctx, struct buf *error)
{
	struct reading reading = { fn, ctx };
	sqlite3 *db = NULL;
	int64_t application = 0;
	int status = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (status == SQLITE_OK) {
		sqlite3_busy_timeout(db, 2000);
		status = pragma_int(db, "PRAGMA application_id", &application);
	}
	if (status == SQLITE_OK && application != APPLICATION)
		status = SQLITE_NOTADB;
	if (status == SQLITE_OK)
		status = each_row(db, pass_on, &reading);
	if (status != SQLITE_DONE)
		buf_printf(error, "%s: %s", path,
			   is_damage(status) ? "this is no journal of calcc, or it is damaged" : sqlite3_errmsg(db));
	sqlite3_close(db);
	return status == SQLITE_DONE;
}
