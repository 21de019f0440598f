/* A timeline as SVG: rows of slots, bars of steps in the colours of their functions, the critical path in black, what failed hatched. */
#include "runtime/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/utf8.h"

enum { WIDTH = 1200, RIGHT = 16, LINE = 16, MOST_ROWS = 200, MOST_BARS = 30000, COLOURS = 10, MOST_TICKS = 10 };
static const double CHAR = 6.2;	/* pixels of a character, at 11 */

/* Light enough for black letters; names stand in the bars and in the legend, so that it reads without colours. */
static const char *const colours[COLOURS + 1] = {
	"#8ecae6", "#ffc857", "#9ccf8b", "#f4a6c0", "#c9b1e6", "#f2a07b", "#74c7b8", "#d8c58a", "#adbbd9", "#e58f8f", "#d0d0d0" /* others */
};

struct use { sym_t function; uint64_t busy_us, count; };	/* of a function */

struct drawn {
	const struct timeline *t;
	const struct timeline_words *w;
	struct buf *out, text;
	uint32_t *order;		/* bars by row and start */
	uint32_t *chain;		/* of each of w->critical: its bar + 1; 0: it is not there */
	bool *critical;			/* of each bar */
	uint8_t *colour;		/* of each function */
	struct use *use;		size_t uses;
	size_t rows, slots_a_row;
	bool host;			/* row 0 is the host's */
	double left, top, high, row_high, scale, together;	/* together: pixels between two that are drawn as one */
};

/* ---- texts ---- */

static void put_character(struct buf *out, const char *s, unsigned bytes, uint32_t c)
{
	bool fit = bytes && c >= 0x20 && c != 0x7F && (c < 0x80 || c >= 0xA0) && !(c >= 0x202A && c <= 0x202E) && !(c >= 0x2066 && c <= 0x2069) &&
		   (c & 0xFFFE) != 0xFFFE;
	if (!fit)
		buf_addstr(out, "\xEF\xBF\xBD");
	else if (c == '<' || c == '>' || c == '&' || c == '"')
		buf_printf(out, "&#%u;", (unsigned)c);
	else
		buf_add(out, s, bytes);
}

/* At most so many characters; a cut one ends in an ellipsis. What XML cannot hold is replaced. */
static void put_text(struct buf *out, const char *s, size_t most)
{
	size_t len = strlen(s);

	for (size_t at = 0, count = 0; at < len; count++) {
		uint32_t c = 0;
		unsigned bytes = utf8_decode(s + at, len - at, &c);

		if (count + 1 >= most && at + (bytes ? bytes : 1) < len) {
			buf_addstr(out, "…");
			return;
		}
		put_character(out, s + at, bytes, c);
		at += bytes ? bytes : 1;
	}
}

/* "1.5 s": as exact as a step on the axis is. */
static void put_time(struct buf *out, uint64_t us, uint64_t exact)
{
	static const struct { uint64_t us; const char *unit; } units[] = { { 3600000000, "h" }, { 60000000, "min" }, { 1000000, "s" }, { 1000, "ms" }, { 1, "µs" } };
	unsigned u = 0, digits = 0;

	while (u < 4 && us < units[u].us)
		u++;
	for (uint64_t part = units[u].us; part > 1 && part > exact && digits < 3; part /= 10)
		digits++;
	buf_printf(out, "%.*f %s", (int)digits, (double)us / (double)units[u].us, units[u].unit);
}

static void put_duration(struct buf *out, uint64_t us)
{
	put_time(out, us, us / 100 ? us / 100 : 1);
}

static void label(struct drawn *d, double x, double y, const char *more, const char *text, size_t most)
{
	buf_printf(d->out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, more);
	put_text(d->out, text, most);
	buf_addstr(d->out, "</text>\n");
}

/* ---- places ---- */

static size_t row_of(const struct drawn *d, uint32_t slot)
{
	return slot == UINT32_MAX ? 0 : d->host + slot / d->slots_a_row;
}

static double x_of(const struct drawn *d, uint64_t us)
{
	return d->left + (us > d->w->begun_us ? (double)(us - d->w->begun_us) * d->scale : 0);
}

static double y_of(const struct drawn *d, size_t row)
{
	return d->top + (double)row * d->row_high;
}

struct place { uint64_t start; size_t row; uint32_t bar; };

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->bar > y->bar) - (x->bar < y->bar);
}

static void sort_bars(struct drawn *d)
{
	struct place *place = mem_alloc((d->t->bars + 1) * sizeof *place);

	for (size_t i = 0; i < d->t->bars; i++)
		place[i] = (struct place){ d->t->bar[i].start_us, row_of(d, d->t->bar[i].slot), (uint32_t)i };
	qsort(place, d->t->bars, sizeof *place, by_place);
	for (size_t i = 0; i < d->t->bars; i++)
		d->order[i] = place[i].bar;
	mem_free(place);
}

static void name_row(struct drawn *d, size_t row, struct buf *out)
{
	uint32_t first = (uint32_t)((row - d->host) * d->slots_a_row), last = first + (uint32_t)d->slots_a_row - 1;

	buf_clear(out);
	if (d->host && row == 0) {
		buf_addstr(out, "host");
		return;
	}
	d->w->slot(d->w->ctx, first, out);
	if (d->slots_a_row == 1)
		return;
	buf_addstr(out, " – ");
	d->w->slot(d->w->ctx, last < d->t->slots - 1 ? last : (uint32_t)d->t->slots - 2, out);
}

static void measure(struct drawn *d)
{
	size_t slots = d->t->slots ? d->t->slots - 1 : 0, longest = 4;
	uint64_t whole = d->w->ended_us > d->w->begun_us ? d->w->ended_us - d->w->begun_us : 1;

	d->host = d->t->slots && d->t->last[0];
	d->slots_a_row = slots > MOST_ROWS ? (slots + MOST_ROWS - 1) / MOST_ROWS : 1;
	d->rows = d->host + (slots + d->slots_a_row - 1) / d->slots_a_row;
	d->row_high = d->rows <= 24 ? 22 : d->rows <= 60 ? 14 : 5;
	for (size_t row = 0; row < d->rows; row++) {
		name_row(d, row, &d->text);
		longest = d->text.len > longest ? d->text.len : longest;
	}
	d->left = (double)(longest < 24 ? longest : 24) * CHAR + 24;
	d->scale = (WIDTH - RIGHT - d->left) / (double)whole;
	d->together = (double)d->rows * WIDTH / MOST_BARS;
	d->together = d->together > 0.7 ? d->together : 0.7;
}

/* ---- functions ---- */

static int by_use(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->busy_us != y->busy_us)
		return x->busy_us > y->busy_us ? -1 : 1;
	return (x->function > y->function) - (x->function < y->function);
}

static void count_functions(struct drawn *d)
{
	size_t most = 0;

	for (size_t i = 0; i < d->t->bars; i++)
		most = d->t->bar[i].function > most ? d->t->bar[i].function : most;
	d->use = mem_zalloc(most + 1, sizeof *d->use);
	d->colour = mem_zalloc(most + 1, 1);
	for (size_t i = 0; i < d->t->bars; i++) {
		struct use *u = &d->use[d->t->bar[i].function];

		u->function = d->t->bar[i].function;
		u->busy_us += d->t->bar[i].busy_us;
		u->count += d->t->bar[i].count;
	}
	qsort(d->use, most + 1, sizeof *d->use, by_use);
	for (size_t i = 0; i <= most; i++)
		if (d->use[i].count)
			d->use[d->uses++] = d->use[i];
	for (size_t i = 0; i < d->uses; i++)
		d->colour[d->use[i].function] = (uint8_t)(i < COLOURS ? i : COLOURS);
}

/* A box of the legend, and its words behind it; the next line where it does not fit. */
static void legend_entry(struct drawn *d, double *x, double *y, const char *look)
{
	double wide = 30 + (double)d->text.len * CHAR;

	if (*x > 16 && *x + wide > WIDTH - RIGHT) {
		*x = 16;
		*y += LINE;
	}
	buf_printf(d->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"10\" %s/>\n", *x, *y - 9, look);
	label(d, *x + 17, *y, "", buf_str(&d->text), SIZE_MAX);
	*x += wide;
}

static double put_legend(struct drawn *d, double y)
{
	double x = 16;
	uint64_t others = 0, busy = 0;
	bool failed = false;
	char look[64];

	for (size_t i = 0; i < d->uses; i++) {
		const struct use *u = &d->use[i];

		if (i >= COLOURS) {
			others += u->count;
			busy += u->busy_us;
			continue;
		}
		buf_clear(&d->text);
		buf_printf(&d->text, "%.40s ×%" PRIu64 ", ", sym_text(d->t->functions, u->function), u->count);
		put_duration(&d->text, u->busy_us);
		snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#888\"", colours[i]);
		legend_entry(d, &x, &y, look);
	}
	if (others) {
		buf_clear(&d->text);
		buf_printf(&d->text, "%zu other functions ×%" PRIu64 ", ", d->uses - COLOURS, others);
		put_duration(&d->text, busy);
		snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#888\"", colours[COLOURS]);
		legend_entry(d, &x, &y, look);
	}
	if (d->w->criticals > 1) {
		buf_clear(&d->text);
		buf_printf(&d->text, "critical path, %zu steps", d->w->criticals);
		legend_entry(d, &x, &y, "fill=\"none\" stroke=\"#000\" stroke-width=\"2\"");
	}
	for (size_t i = 0; i < d->t->bars && !failed; i++)
		failed = d->t->bar[i].failed;
	if (failed) {
		buf_clear(&d->text);
		buf_addstr(&d->text, "attempt that failed");
		legend_entry(d, &x, &y, "fill=\"url(#failed)\" stroke=\"#b00020\"");
	}
	return y;
}

/* ---- the critical path ---- */

struct wanted { uint32_t step, at; };

static int by_step(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->step > y->step) - (x->step < y->step);
}

/* The attempt of each step that counted: its last one. */
static void find_chain(struct drawn *d)
{
	size_t count = d->w->criticals;
	struct wanted *wanted = mem_alloc((count + 1) * sizeof *wanted);

	for (size_t i = 0; i < count; i++)
		wanted[i] = (struct wanted){ d->w->critical[i], (uint32_t)i };
	qsort(wanted, count, sizeof *wanted, by_step);
	for (size_t i = d->t->bars; i-- > 0 && count > 1;) {
		const struct wanted key = { d->t->bar[i].step, 0 }, *found = bsearch(&key, wanted, count, sizeof *wanted, by_step);

		if (found && d->t->bar[i].count == 1 && !d->chain[found->at]) {
			d->chain[found->at] = (uint32_t)i + 1;
			d->critical[i] = true;
		}
	}
	mem_free(wanted);
}

/* From the end of each to the start of the next, with a mark where it is too narrow for a border; those that no pixel tells apart are one. */
static void put_chain(struct drawn *d)
{
	double x = -1, y = -1;
	bool any = false;

	for (size_t i = 0; i < d->w->criticals; i++) {
		const struct timeline_bar *b = d->chain[i] ? &d->t->bar[d->chain[i] - 1] : NULL;

		if (!b)
			continue;
		double from = x_of(d, b->start_us), to = x_of(d, b->end_us), middle = y_of(d, row_of(d, b->slot)) + d->row_high / 2;
		if (any && from - x < 0.7 && to - x < 0.7 && middle - y < 0.1 && y - middle < 0.1)
			continue;
		if (any)
			buf_printf(d->out, "L%.1f %.1f", from, middle);
		else
			buf_printf(d->out, "<path class=\"chain\" d=\"M%.1f %.1f", from, middle);
		if (to - from < 2)
			buf_printf(d->out, "M%.1f %.1fv%.1f", from, middle - d->row_high / 2, d->row_high);
		buf_printf(d->out, "M%.1f %.1f", to, middle);
		any = true;
		x = to;
		y = middle;
	}
	if (any)
		buf_addstr(d->out, "\"/>\n");
}

/* ---- bars ---- */

struct run { double from, to; const struct timeline_bar *longest; uint64_t busy_us, count; bool failed, critical, narrow; };

static void tell_bar(struct drawn *d, const struct run *r, const struct timeline_bar *b)
{
	buf_addstr(d->out, "<title>");
	if (r->count == 1) {
		buf_clear(&d->text);
		d->w->step(d->w->ctx, b->step, &d->text);
		put_text(d->out, buf_str(&d->text), 200);
		buf_addstr(d->out, ": ");
		put_text(d->out, sym_text(d->t->functions, b->function), 80);
		buf_addstr(d->out, "(), ");
		put_duration(d->out, b->busy_us);
		buf_addstr(d->out, " from ");
		put_duration(d->out, b->start_us > d->w->begun_us ? b->start_us - d->w->begun_us : 0);
	} else {
		buf_printf(d->out, "%" PRIu64 " steps, the longest ", r->count);
		put_text(d->out, sym_text(d->t->functions, b->function), 80);
		buf_addstr(d->out, "(); busy ");
		put_duration(d->out, r->busy_us);
	}
	buf_addstr(d->out, r->failed ? r->count == 1 ? ", failed</title>" : ", some failed</title>" : "</title>");
}

static void put_run(struct drawn *d, const struct run *r, size_t row)
{
	const struct timeline_bar *b = r->longest;
	double wide = r->to - r->from < 0.7 ? 0.7 : r->to - r->from, gap = d->row_high >= 14 ? 2 : 0.5;
	size_t fits = wide > 12 && d->row_high >= 14 ? (size_t)((wide - 6) / CHAR) : 0;

	buf_printf(d->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" ", r->from, y_of(d, row) + gap, wide, d->row_high - 2 * gap);
	buf_printf(d->out, "fill=\"%s\"", r->failed ? "url(#failed)" : colours[d->colour[b->function]]);
	if (r->critical)
		buf_addstr(d->out, " class=\"critical\"");
	else if (r->failed)
		buf_addstr(d->out, " stroke=\"#b00020\"");
	else if (r->count > 1)
		buf_addstr(d->out, " fill-opacity=\"0.7\"");
	else if (wide > 3)
		buf_addstr(d->out, " stroke=\"#888\" stroke-width=\"0.5\"");
	buf_addch(d->out, '>');
	tell_bar(d, r, b);
	buf_addstr(d->out, "</rect>\n");
	if (fits < 3)
		return;
	buf_clear(&d->text);
	if (r->count > 1) {
		buf_printf(&d->text, "%s ×%" PRIu64, sym_text(d->t->functions, b->function), r->count);
		if (d->text.len - 1 <= fits)	/* a cut number would be another one */
			label(d, r->from + 3, y_of(d, row) + d->row_high / 2 + 4, "", buf_str(&d->text), fits);
		return;
	}
	d->w->step(d->w->ctx, b->step, &d->text);
	const char *slash = strrchr(buf_str(&d->text), '/'), *name = slash && strlen(buf_str(&d->text)) > fits ? slash + 1 : buf_str(&d->text);
	label(d, r->from + 3, y_of(d, row) + d->row_high / 2 + 4, "", name, fits);
}

/* In their row's order. What is too narrow to be seen alone is drawn with what stands right before it, but not over the critical path. */
static void put_bars(struct drawn *d)
{
	struct run run = { 0 };
	size_t row = 0;

	for (size_t i = 0; i < d->t->bars; i++) {
		const struct timeline_bar *b = &d->t->bar[d->order[i]];
		double from = x_of(d, b->start_us), to = x_of(d, b->end_us);
		size_t at = row_of(d, b->slot);
		bool narrow = to - from < 2 || b->count > 1, critical = d->critical[d->order[i]] && !narrow;

		bool other = run.count && (b->function != run.longest->function || b->failed != run.failed);

		if (run.count && at == row && !critical && !run.critical && narrow && run.narrow && from - run.to < d->together &&
		    (!other || run.to - run.from < 2 * d->together)) {
			run.to = to > run.to ? to : run.to;
			if (b->busy_us > run.longest->busy_us)
				run.longest = b;
			run.busy_us += b->busy_us;
			run.count += b->count;
			run.failed |= b->failed;
			continue;
		}
		if (run.count)
			put_run(d, &run, row);
		run = (struct run){ from, to, b, b->busy_us, b->count, b->failed, critical, narrow };
		row = at;
	}
	if (run.count)
		put_run(d, &run, row);
}

/* ---- around them ---- */

static void put_rows(struct drawn *d)
{
	size_t each = d->row_high >= 12 ? 1 : (size_t)(12 / d->row_high) + 1;

	for (size_t row = 0; row < d->rows; row++) {
		if (row % 2 == 0)
			buf_printf(d->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#f5f6f8\"/>\n", d->left, y_of(d, row),
				   WIDTH - RIGHT - d->left, d->row_high);
		if (row % each)
			continue;
		name_row(d, row, &d->text);
		label(d, d->left - 8, y_of(d, row) + (d->row_high >= 12 ? d->row_high / 2 + 4 : 9), " text-anchor=\"end\"", buf_str(&d->text), 24);
	}
}

/* 1, 2, 5, 10, 20, 50 … up to seconds; then what divides minutes, hours and days. */
static uint64_t tick_of(uint64_t whole)
{
	static const uint32_t seconds[] = { 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400 };
	uint64_t tick = 1;

	for (unsigned i = 0; whole / tick > MOST_TICKS && tick < 10000000; i++)
		tick = i % 3 == 1 ? tick / 2 * 5 : tick * 2;
	for (size_t i = 0; whole / tick > MOST_TICKS && i < sizeof seconds / sizeof seconds[0]; i++)
		tick = (uint64_t)seconds[i] * 1000000;
	while (whole / tick > MOST_TICKS)
		tick *= 2;
	return tick;
}

static void put_axis(struct drawn *d)
{
	uint64_t whole = d->w->ended_us > d->w->begun_us ? d->w->ended_us - d->w->begun_us : 1, tick = tick_of(whole);

	for (uint64_t at = 0; at <= whole; at += tick) {
		double x = x_of(d, d->w->begun_us + at);

		buf_printf(d->out, "<path class=\"tick\" d=\"M%.1f %.1fV%.1f\"/>\n", x, d->top - 4, d->top + (double)d->rows * d->row_high);
		buf_clear(&d->text);
		if (at)
			put_time(&d->text, at, tick);
		else
			buf_addch(&d->text, '0');
		label(d, x, d->top - 7, x > WIDTH - 50 ? " text-anchor=\"end\"" : " text-anchor=\"middle\"", buf_str(&d->text), SIZE_MAX);
	}
}

/* Where one run ended and the next began, whenever that was. */
static void put_seams(struct drawn *d)
{
	double bottom = d->top + (double)d->rows * d->row_high, first = d->left, last = d->left;

	for (size_t i = 1; i < d->w->runs; i++) {
		double x = x_of(d, d->w->run[i]);

		if (x - last >= 1 || i + 1 == d->w->runs)
			buf_printf(d->out, "<path class=\"seam\" d=\"M%.1f %.1fV%.1f\"/>\n", x, d->top - 4, bottom + 12);
		last = x;
	}
	if (d->w->runs < 2)
		return;
	if (last - first > 14 * CHAR)
		label(d, first, bottom + 12, "", d->w->runs == 2 ? "earlier run" : "earlier runs", SIZE_MAX);
	label(d, last > WIDTH - 80 ? last - 4 : last + 4, bottom + 12, last > WIDTH - 80 ? " text-anchor=\"end\"" : "", "this run", SIZE_MAX);
}

void timeline_svg(const struct timeline *t, const struct timeline_words *w, struct buf *out)
{
	struct drawn d = { .t = t, .w = w, .out = out };
	struct buf body = BUF_INIT;

	d.order = mem_alloc((t->bars + 1) * sizeof *d.order);
	d.critical = mem_zalloc(t->bars + 1, sizeof *d.critical);
	d.chain = mem_zalloc(w->criticals + 1, sizeof *d.chain);
	measure(&d);
	sort_bars(&d);
	count_functions(&d);
	find_chain(&d);
	d.out = &body;
	label(&d, 16, 22, " font-size=\"14\" font-weight=\"bold\"", w->title, 150);
	d.top = put_legend(&d, 44) + 34;
	d.high = d.top + (double)d.rows * d.row_high + 16;
	put_rows(&d);
	put_axis(&d);
	put_bars(&d);
	put_chain(&d);
	put_seams(&d);
	buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
			"viewBox=\"0 0 %d %.0f\" font-family=\"Helvetica,Arial,sans-serif\" font-size=\"11\">\n<title>", WIDTH, d.high, WIDTH, d.high);
	put_text(out, w->title, 200);
	buf_addstr(out, "</title>\n<defs><pattern id=\"failed\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
			"<rect width=\"5\" height=\"5\" fill=\"#fff\"/><rect width=\"2\" height=\"5\" fill=\"#b00020\"/></pattern></defs>\n"
			"<style>.critical{stroke:#000;stroke-width:2}.chain{stroke:#000;stroke-width:1.2;stroke-dasharray:5 1.5;fill:none}"
			".seam{stroke:#000;stroke-width:1.5;stroke-dasharray:1 2}.tick{stroke:#ccd;stroke-width:.7}text{pointer-events:none}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
	buf_add(out, body.p, body.len);
	buf_addstr(out, "</svg>\n");
	buf_release(&body);
	buf_release(&d.text);
	mem_free(d.order);
	mem_free(d.critical);
	mem_free(d.chain);
	mem_free(d.use);
	mem_free(d.colour);
}
