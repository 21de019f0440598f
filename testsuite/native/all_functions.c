/* Copies of everything that can be passed, made field by field; a C and a C++ compiler take it. */
#include <stdio.h>
#include "all_functions.h"

#define TRY(what) do { if (what) return 1; } while (0)

static int text(calc *c, calc_text *to, const calc_text *from)
{
	calc_text_view v = calc_text_get(from);

	return calc_text_set(c, to, v.text, v.length);
}

static int inner(calc *c, all_Inner *to, const all_Inner *from)
{
	all_Point_list_view small = all_Point_list_get(&from->small);
	all_f64_list_list_view matrix = all_f64_list_list_get(&from->matrix);
	all_i32_list_list_list_view cube = all_i32_list_list_list_get(&from->cube);
	all_Point *points;
	all_f64_list *rows;
	all_i32_list_list *planes;

	to->p = from->p;
	to->grade = from->grade;
	to->ok = from->ok;
	TRY(!(points = all_Point_list_new(c, &to->small, small.count)));
	if (small.count)
		memcpy(points, small.item, small.count * sizeof *points);
	TRY(!(rows = all_f64_list_list_new(c, &to->matrix, matrix.count)));
	for (uint64_t i = 0; i < matrix.count; i++) {
		all_f64_list_view row = all_f64_list_get(&matrix.item[i]);
		double *made = all_f64_list_new(c, &rows[i], row.count);

		TRY(!made);
		for (uint64_t k = 0; k < row.count; k++)
			made[k] = row.item[k];
	}
	TRY(!(planes = all_i32_list_list_list_new(c, &to->cube, cube.count)));
	for (uint64_t i = 0; i < cube.count; i++) {
		all_i32_list_list_view plane = all_i32_list_list_get(&cube.item[i]);
		all_i32_list *lines = all_i32_list_list_new(c, &planes[i], plane.count);

		TRY(!lines);
		for (uint64_t k = 0; k < plane.count; k++) {
			all_i32_list_view line = all_i32_list_get(&plane.item[k]);
			int32_t *made = all_i32_list_new(c, &lines[k], line.count);

			TRY(!made);
			for (uint64_t n = 0; n < line.count; n++)
				made[n] = line.item[n];
		}
	}
	return 0;
}

static int label(calc *c, all_Label *to, const all_Label *from)
{
	all_string_list_view tags = all_string_list_get(&from->tags);
	all_bytes_list_view blobs = all_bytes_list_get(&from->blob);
	calc_text *made;

	TRY(text(c, &to->text, &from->text));
	TRY(all_string6_set(&to->short_, from->short_.text, from->short_.length));
	TRY(text(c, &to->raw, &from->raw));
	TRY(!(made = all_string_list_new(c, &to->tags, tags.count)));
	for (uint64_t i = 0; i < tags.count; i++)
		TRY(text(c, &made[i], &tags.item[i]));
	TRY(!(made = all_bytes_list_new(c, &to->blob, blobs.count)));
	for (uint64_t i = 0; i < blobs.count; i++)
		TRY(text(c, &made[i], &blobs.item[i]));
	return 0;
}

#define COPY(kind, type, field) do { \
		all_##kind##_list_view v_ = all_##kind##_list_get(&from->field); \
		type *made_ = all_##kind##_list_new(c, &to->field, v_.count); \
		TRY(!made_); \
		for (uint64_t i_ = 0; i_ < v_.count; i_++) \
			made_[i_] = v_.item[i_]; \
	} while (0)

static int outer(calc *c, all_Outer *to, const all_Outer *from)
{
	all_Inner_list_view more = all_Inner_list_get(&from->more);
	all_Inner *made;

	to->name.there = from->name.there;
	if (from->name.there)
		TRY(text(c, &to->name.value, &from->name.value));
	TRY(inner(c, &to->inner, &from->inner));
	TRY(!(made = all_Inner_list_new(c, &to->more, more.count)));
	for (uint64_t i = 0; i < more.count; i++)
		TRY(inner(c, &made[i], &more.item[i]));
	TRY(label(c, &to->label, &from->label));
	to->at = from->at;
	to->took = from->took;
	to->big = from->big;
	to->neg = from->neg;
	to->u = from->u;
	to->maybe.there = from->maybe.there;
	if (from->maybe.there)
		COPY(i32, int32_t, maybe.value);
	COPY(i32_optional, all_i32_optional, opt_list);
	COPY(time, int64_t, when);
	COPY(Grade, all_Grade, grades);
	COPY(bool, bool, flags);
	return 0;
}

int identity(calc *c, const all_Outer *o, calc_text_view t, calc_text_view raw, bool flag, all_Grade g, int64_t d, int64_t at, const int64_t *n,
	     all_i64_list_list_view xs, all_Outer *copy, calc_text *said, calc_text *raw2, int64_t *half, int64_t *total)
{
	*total = 0;
	for (uint64_t i = 0; i < xs.count; i++) {
		all_i64_list_view row = all_i64_list_get(&xs.item[i]);

		for (uint64_t k = 0; k < row.count; k++)
			*total += row.item[k];
	}
	if (!flag || g != all_Grade_poor || d != INT64_C(90000000000) || at != o->at || (n && *n != o->neg))
		return calc_fail(c, "%s: another value than was written", calc_step(c));
	if (n && *n % 2 == 0)
		*half = *n / 2;
	else
		calc_absent(c, half);
	TRY(calc_text_set(c, said, t.text, t.length));
	TRY(calc_text_set(c, raw2, raw.text, raw.length));
	return outer(c, copy, o);
}

int pick(calc *c, all_Outer_list_view os, uint32_t limit, all_Outer_list *out)
{
	uint64_t count = os.count < limit ? os.count : limit;
	all_Outer *made = all_Outer_list_new(c, out, count);

	TRY(!made);
	for (uint64_t i = 0; i < count; i++)
		TRY(outer(c, &made[i], &os.item[i]));
	return 0;
}

int sum_up(calc *c, all_Outer_list_view os, all_string_list_view texts, all_i64_optional_list_view halves, all_Summary *out)
{
	calc_text *names = all_string_list_new(c, &out->names, os.count);
	char all[64] = "";
	size_t len = 0;

	TRY(!names);
	out->n = (int64_t)os.count;
	for (uint64_t i = 0; i < halves.count; i++)
		out->sum += halves.item[i].there ? (double)halves.item[i].value : 0.25;
	for (uint64_t i = 0; i < texts.count && len < sizeof all - 16; i++) {
		calc_text_view v = calc_text_get(&texts.item[i]);

		len += (size_t)snprintf(all + len, sizeof all - len, "%.*s;", (int)v.length, v.text);
	}
	TRY(calc_text_set(c, &out->texts, all, len));
	for (uint64_t i = 0; i < os.count; i++) {
		TRY(text(c, &names[i], &os.item[i].label.text));
		out->last.there = true;
		out->last.value = os.item[i].at;
		out->worst = os.item[i].inner.grade;
		out->took += os.item[i].took.there ? os.item[i].took.value : 0;
	}
	out->first.there = os.count > 0;
	return os.count ? outer(c, &out->first.value, &os.item[0]) : 0;
}

int series(calc *c, int64_t n, all_f64_list *out)
{
	double *item = all_f64_list_new(c, out, (uint64_t)n);

	TRY(!item);
	for (int64_t i = 0; i < n; i++)
		item[i] = (double)i;
	return 0;
}

int total_of(calc *c, all_f64_list_list_view all, double *out)
{
	(void)c;
	*out = 0;
	for (uint64_t i = 0; i < all.count; i++) {
		all_f64_list_view one = all_f64_list_get(&all.item[i]);

		for (uint64_t k = 0; k < one.count; k++)
			*out += one.item[k];
	}
	return 0;
}

int more(calc *c, int64_t n, int64_t *m, bool *stop, all_Grade *grade)
{
	*m = n + 1;
	*stop = *m >= 3;
	*grade = all_Grade_fair;
	if (n % 2)
		calc_absent(c, grade);
	return 0;
}
