/* `calcc run`: options to host, host to person. */
#include "tools/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/exit.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "compiler/launch.h"
#include "runtime/journal.h"
#include "runtime/plan.h"
#include "tools/run_show.h"

bool run_binding(char *text, struct host_binding *out)
{
	char *equals = strrchr(text, '=');

	if (!equals || equals == text || !equals[1])
		return false;
	*equals = '\0';
	*out = (struct host_binding){ .name = text, .dir = equals + 1 };
	return true;
}

/* The work folder as an absolute path: steps run elsewhere. NULL with errno. */
static char *work_folder(const struct plan *plan, const char *said)
{
	struct buf path = BUF_INIT;
	char *cwd;

	if (said && said[0] == '/')
		return mem_strdup(said);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	buf_printf(&path, "%s/", cwd);
	free(cwd);
	if (said) {
		buf_addstr(&path, said);
	} else {
		buf_addstr(&path, ".calcflow/");
		file_encode_key(&path, plan->set.name, strlen(plan->set.name));
	}
	return path.p;		/* handed over */
}

int run_command(const struct plan *plan, const struct run_options *o)
{
	char *work = work_folder(plan, o->work_dir);
	struct buf data = BUF_INIT;
	struct host_report report;
	struct host_options host = { .launch = compile_launch, .plan = plan, .ctl = work, .resume = o->resume, .replace = o->replace, .slots = o->slots,
				     .group = (gid_t)-1, .uid_base = UINT32_MAX, .share = o->share, .shares = o->shares,
				     .image_root = o->image_root, .image_roots = o->image_roots, .native = o->native };
	struct show show;
	int status;

	if (!work) {
		fprintf(stderr, "calcc: the present folder has no path: %s\n", strerror(errno));
		return CALC_EXIT_IO;
	}
	buf_printf(&data, "%s/data", work);
	host.data = data.p;
	show_init(&show, plan, o, work);
	host.begun = show_begun;
	host.event = show_event;
	host.ctx = &show;
	signal(SIGPIPE, SIG_IGN);
	host_run(&host, &report);
	show_clear(&show);
	if (o->json)
		show_json_report(&show, &report);
	show_report(&show, &report);
	status = host_exit_status(&report);
	if (show.broken && status == CALC_EXIT_DONE)
		status = CALC_EXIT_IO;
	host_report_release(&report);
	buf_release(&data);
	mem_free(work);
	return status;
}

/* ---- calcc journal ---- */

static void print_time(uint64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[32] = "-";
	struct tm tm;

	if (us && gmtime_r(&seconds, &tm))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	printf("%s.%06uZ", text, (unsigned)(us % 1000000));
}

static bool print_record(void *ctx, const struct journal_record *r)
{
	char wall[24];

	(void)ctx;
	print_time(r->end_us);
	printf(" %-9s", journal_kind_name(r->kind));
	if (r->kind == JOURNAL_DONE || r->kind == JOURNAL_FAILED) {
		show_time(wall, r->end_us > r->start_us ? r->end_us - r->start_us : 0);
		if (r->slot == HOST_NO_SLOT)
			printf(" attempt %u computed %s ", r->attempt, wall);
		else
			printf(" attempt %u slot %u %s ", r->attempt, r->slot, wall);
	} else if (r->kind == JOURNAL_BEGUN) {
		printf(" attempt %u ", r->attempt);
	} else {
		putchar(' ');
	}
	show_text(stdout, r->step, SIZE_MAX);
	if (*r->text) {
		fputs(*r->step ? ": " : "", stdout);
		show_text(stdout, r->text, SIZE_MAX);
	}
	putchar('\n');
	return !ferror(stdout);
}

static bool print_json(void *ctx, const struct journal_record *r)
{
	struct buf line = BUF_INIT;
	struct json_writer w;
	char hex[33];

	(void)ctx;
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", r->fingerprint[i]);
	json_writer_init(&w, &line, 0);
	json_object(&w);
	json_key(&w, "kind");
	json_string(&w, journal_kind_name(r->kind));
	json_key(&w, "step");
	json_string(&w, r->step);
	json_key(&w, "attempt");
	json_u64(&w, r->attempt);
	json_key(&w, "slot");
	if (r->slot == HOST_NO_SLOT)
		json_null(&w);
	else
		json_u64(&w, r->slot);
	json_key(&w, "start_us");
	json_u64(&w, r->start_us);
	json_key(&w, "end_us");
	json_u64(&w, r->end_us);
	json_key(&w, "cpu_us");
	json_u64(&w, r->cpu_us);
	json_key(&w, "max_rss");
	json_u64(&w, r->max_rss);
	json_key(&w, "status");
	json_i64(&w, r->status);
	json_key(&w, "fingerprint");
	json_string(&w, hex);
	json_key(&w, "text");
	json_string(&w, r->text);
	json_object_end(&w);
	puts(line.p);
	buf_release(&line);
	return !ferror(stdout);
}

int run_journal(const char *work_dir, bool json)
{
	struct buf path = BUF_INIT, error = BUF_INIT;
	int status = CALC_EXIT_DONE;

	signal(SIGPIPE, SIG_IGN);
	buf_printf(&path, "%s/journal.db", work_dir);
	if (!file_exists(path.p)) {
		fprintf(stderr, "calcc: %s holds no journal: it is no work folder of calcc; a run's is .calcflow/SET, or what --work-dir said\n", work_dir);
		status = CALC_EXIT_USAGE;
	} else if (!journal_read(path.p, json ? print_json : print_record, NULL, &error)) {
		fprintf(stderr, "calcc: %s\n", error.p);
		status = CALC_EXIT_IO;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (errno != EPIPE)	/* who reads has seen enough */
			fprintf(stderr, "calcc: the records cannot be written: %s\n", strerror(errno));
		status = CALC_EXIT_IO;
	}
	buf_release(&path);
	buf_release(&error);
	return status;
}
