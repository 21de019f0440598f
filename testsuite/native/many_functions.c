/* Twelve results, and a text that says what came of them. */
#include <stdio.h>
#include "many_functions.h"
static int fill(calc *c, many_f64_list *l, int64_t n)
{
	double *d = many_f64_list_new(c, l, (uint64_t)n);
	if (!d)
		return 1;
	for (int64_t i = 0; i < n; i++)
		d[i] = 1;
	return 0;
}
int ten(calc *c, int64_t n, many_f64_list *a, many_f64_list *b, int64_t *cc, int64_t *d, int64_t *e, int64_t *f, int64_t *g, int64_t *h, many_f64_list *i, int64_t *j, int64_t *k, calc_text *l)
{
	*cc = n; *d = 4; *e = 5; *f = 6; *g = 7; *h = 8; *j = 10; *k = 11;
	calc_absent(c, j);
	if (n % 200)
		calc_absent(c, b);
	return fill(c, a, n) || fill(c, b, n) || fill(c, i, n) || calc_text_set(c, l, "twelve", 6);
}
static double sum(many_f64_list_view v)
{
	double s = 0;
	for (uint64_t i = 0; i < v.count; i++)
		s += v.item[i];
	return s;
}
int back(calc *c, many_f64_list_view a, const many_f64_list_view *b, int64_t cc, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h, many_f64_list_view i, const int64_t *j, const int64_t *k, calc_text_view l, calc_text *out)
{
	char text[200];
	int n = snprintf(text, sizeof text, "%g %g %d %d %d %d %d %d %g %d %d %.*s", sum(a), b ? sum(*b) : -1, (int)cc, (int)d, (int)e, (int)f, (int)g, (int)h, sum(i), j ? (int)*j : -1, k ? (int)*k : -1, (int)l.length, l.text);
	return calc_text_set(c, out, text, (uint64_t)n);
}
