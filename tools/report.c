/* Diagnostics on their way out of calcc: which form, and where to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "tools/commands.h"

static void write_form(enum diagnostics_form form, const struct diags *d, struct buf *out)
{
	if (form == DIAGNOSTICS_SARIF)
		diag_sarif(d, out);
	else
		diag_json(d, out);
}

/* The text as a file of its own: without colours. */
static void write_text_form(const struct diags *d, struct buf *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	diag_print(d, f, false);
	if (fclose(f) == 0)
		buf_add(out, text, len);
	free(text);
}

static bool write_file(const struct options *o, const struct buf *out)
{
	if (file_replace(o->diagnostics_file, out->len ? out->p : "", out->len, 0644, NULL))
		return true;
	fprintf(stderr, "calcc: %s: %s\n", o->diagnostics_file, strerror(errno));
	return false;
}

/* 0: standard error is none. */
static unsigned terminal_columns(void)
{
	struct winsize size;

	return isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int report_diagnostics(const struct options *o, const struct diags *d, int status)
{
	struct buf out = BUF_INIT;
	int why = fflush(stdout) ? errno : 0;	/* who ends the program tells of it */

	if (o->diagnostics == DIAGNOSTICS_TEXT && o->diagnostics_file)
		write_text_form(d, &out);
	else if (o->diagnostics != DIAGNOSTICS_TEXT)
		write_form(o->diagnostics, d, &out);
	if (o->diagnostics == DIAGNOSTICS_TEXT || o->diagnostics_file)
		diag_print_within(d, stderr, o->colour, terminal_columns());
	else
		fwrite(buf_str(&out), 1, out.len, stderr);
	if (diag_errors(d) && status == CALC_EXIT_DONE)
		status = CALC_EXIT_WRONG;
	if (o->diagnostics_file && !write_file(o, &out) && (status == CALC_EXIT_DONE || status == CALC_EXIT_WRONG))
		status = CALC_EXIT_IO;
	buf_release(&out);
	errno = why ? why : errno;
	return status;
}
