// The native functions of plant.cf in C++: the same header, whose prototypes have C's names.
#include "plant_functions.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace {

template <typename View> struct Range {
	View view;
	auto begin() const { return view.item; }
	auto end() const { return view.item + view.count; }
};
template <typename View> Range<View> each(View view) { return { view }; }

std::string text(const plant_string16 &s) { return { s.text, s.length }; }

} // namespace

int plant_sane(calc *c, plant_Reading_list_view r, double limit, plant_Reading_list *kept, plant_f64_list *odd)
{
	auto all = each(r);
	auto good = [limit](const plant_Reading &one) { return std::fabs(one.value) <= limit; };
	auto count = static_cast<uint64_t>(std::count_if(all.begin(), all.end(), good));
	plant_Reading *keep = plant_Reading_list_new(c, kept, count);
	double *out = plant_f64_list_new(c, odd, r.count - count);

	if (!keep || !out)
		return calc_fail(c, "no room for %llu readings", static_cast<unsigned long long>(r.count));
	std::copy_if(all.begin(), all.end(), keep, good);
	for (const auto &one : all)
		if (!good(one))
			*out++ = one.value;
	return 0;
}

int plant_stats(calc *c, plant_Reading_list_view r, plant_Stat_list *out)
{
	std::vector<std::string> sensors;

	for (const auto &one : each(r))
		if (std::find(sensors.begin(), sensors.end(), text(one.sensor)) == sensors.end())
			sensors.push_back(text(one.sensor));
	plant_Stat *stat = plant_Stat_list_new(c, out, sensors.size());
	if (!stat)
		return calc_fail(c, "no room for %zu sensors", sensors.size());
	for (const auto &one : each(r)) {
		auto &s = stat[std::find(sensors.begin(), sensors.end(), text(one.sensor)) - sensors.begin()];

		s.sensor = one.sensor;
		s.n++;
		s.mean += one.value;
		s.spread += one.value * one.value;
		s.worst = std::max(s.worst, one.grade);
	}
	for (plant_Stat *s = stat; s < stat + sensors.size(); s++) {
		auto n = static_cast<double>(s->n);

		s->mean /= n;
		s->spread = std::sqrt(s->spread / n - s->mean * s->mean);
	}
	return 0;
}

int plant_report(calc *c, calc_text_view title, plant_Stat_list_view stats, plant_f64_list_view odd, plant_Reading_list_view r, plant_Report *out)
{
	plant_Stat *stat = plant_Stat_list_new(c, &out->stats, stats.count);
	double *value = plant_f64_list_new(c, &out->outliers, odd.count);

	if (calc_text_set(c, &out->title, title.text, title.length) || !stat || !value)
		return calc_fail(c, "no room for the report");
	std::copy(each(stats).begin(), each(stats).end(), stat);
	std::copy(each(odd).begin(), each(odd).end(), value);
	auto all = each(r);
	auto first = std::min_element(all.begin(), all.end(), [](const plant_Reading &a, const plant_Reading &b) { return a.at < b.at; });
	if (first != all.end())
		out->first = { true, first->at };
	return 0;
}
