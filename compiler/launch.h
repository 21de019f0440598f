/*
 * A flow as data, made at run time: compiled against the plan that launches it (calc-graph(5), "A flow on its own"). The plan is all
 * that is known of the program: its functions and types are what the flow may name.
 */
#ifndef CALC_COMPILER_LAUNCH_H
#define CALC_COMPILER_LAUNCH_H

#include "base/buf.h"
#include "runtime/plan.h"

/*
 * `spec`, `len` bytes of JSON, as a flow of type `flow_type` of p (a PLAN_FLOW): a plan with parameters and results, which plan_check
 * and plan_check_launch accept; the caller frees it. NULL with a message that names line and column. The form of host_options.launch.
 */
struct plan *compile_launch(void *ctx, const struct plan *p, const char *spec, size_t len, uint32_t flow_type, struct buf *error);

#endif
