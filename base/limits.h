/* Limits of input, from one table. */
#ifndef CALC_BASE_LIMITS_H
#define CALC_BASE_LIMITS_H

enum calc_limit {
#define LIMIT(name, value, unit, what) LIMIT_##name = value,
#include "base/limits.def"
#undef LIMIT
};

#endif
