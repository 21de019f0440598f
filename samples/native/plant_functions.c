/* The native functions of plant.cf: readings in, statistics out, all of it in the memory that the steps share. */
#include "plant_functions.h"

#include <math.h>

int plant_sane(calc *c, plant_Reading_list_view r, double limit, plant_Reading_list *kept, plant_f64_list *odd)
{
	uint64_t good = 0;
	plant_Reading *keep;
	double *out;

	for (uint64_t i = 0; i < r.count; i++)
		good += fabs(r.item[i].value) <= limit;
	keep = plant_Reading_list_new(c, kept, good);
	out = plant_f64_list_new(c, odd, r.count - good);
	if (!keep || !out)
		return calc_fail(c, "no room for %llu readings", (unsigned long long)r.count);
	for (uint64_t i = 0; i < r.count; i++)
		if (fabs(r.item[i].value) <= limit)
			*keep++ = r.item[i];
		else
			*out++ = r.item[i].value;
	return 0;
}

static int is_same(const plant_string16 *a, const plant_string16 *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* How many different sensors there are; `first` tells whether reading i is its sensor's first. */
static uint64_t count_sensors(plant_Reading_list_view r)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < r.count; i++) {
		uint64_t k = 0;

		while (k < i && !is_same(&r.item[k].sensor, &r.item[i].sensor))
			k++;
		count += k == i;
	}
	return count;
}

int plant_stats(calc *c, plant_Reading_list_view r, plant_Stat_list *out)
{
	uint64_t sensors = count_sensors(r), known = 0;
	plant_Stat *stat = plant_Stat_list_new(c, out, sensors);

	if (!stat)
		return calc_fail(c, "no room for %llu sensors", (unsigned long long)sensors);
	for (uint64_t i = 0; i < r.count; i++) {
		uint64_t k = 0;

		while (k < known && !is_same(&stat[k].sensor, &r.item[i].sensor))
			k++;
		if (k == known)
			stat[known++].sensor = r.item[i].sensor;
		stat[k].n++;
		stat[k].mean += r.item[i].value;
		stat[k].spread += r.item[i].value * r.item[i].value;
		if (r.item[i].grade > stat[k].worst)
			stat[k].worst = r.item[i].grade;
	}
	for (uint64_t k = 0; k < sensors; k++) {
		double n = (double)stat[k].n;

		stat[k].mean /= n;
		stat[k].spread = sqrt(stat[k].spread / n - stat[k].mean * stat[k].mean);
	}
	return 0;
}

int plant_report(calc *c, calc_text_view title, plant_Stat_list_view stats, plant_f64_list_view odd, plant_Reading_list_view r, plant_Report *out)
{
	plant_Stat *stat = plant_Stat_list_new(c, &out->stats, stats.count);
	double *value = plant_f64_list_new(c, &out->outliers, odd.count);

	if (calc_text_set(c, &out->title, title.text, title.length) || !stat || !value)
		return calc_fail(c, "no room for the report");
	for (uint64_t i = 0; i < stats.count; i++)
		stat[i] = stats.item[i];
	for (uint64_t i = 0; i < odd.count; i++)
		value[i] = odd.item[i];
	for (uint64_t i = 0; i < r.count; i++)
		if (!out->first.there || r.item[i].at < out->first.value) {
			out->first.there = true;
			out->first.value = r.item[i].at;
		}
	return 0;
}
