#!/bin/bash
# limit: 300
# As 15-apply-pod, on a list, with sets of sets, ponds, routes, workers that come and go, and the definition of CalculationSets, whose
# fields and columns are looked at as a person would.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/apply.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR

apply_scope list
for field in spec spec.plan spec.scratch spec.window spec.groups spec.groups.workers spec.groups.functions spec.edges spec.sources spec.sinks \
	spec.shares spec.ponds spec.routes spec.sets status status.steps status.groups status.conditions; do
	kubectl explain "calculationset.$field"
done >"$WORK/explained"
for words in '<\[\]Object> -required-' 'Functions that share workers' 'enum: Pending, Running'; do
	grep -q -e "$words" "$WORK/explained" || { cat "$WORK/explained"; fail "kubectl explain does not say $words"; }
done
! grep -B 1 '<no description>' "$WORK/explained" || fail "fields without a description"
kubectl get calcset hello -o wide >"$WORK/columns"
head -n 1 "$WORK/columns" | grep -q 'NAME  *PHASE  *STEPS  *DONE  *FAILED  *SOURCE  *PLAN  *AGE' || fail "other columns: $(cat "$WORK/columns")"
grep -q '^hello .*hello.cf:[0-9]' "$WORK/columns" || fail "its line: $(cat "$WORK/columns")"
# The Gateway API's own rules are in force, and no gateway is here that would say anything of a route.
if kubectl get httproute everything-render -o json >"$WORK/route" 2>/dev/null; then
	[ "$(kubectl get httproute everything-render -o 'jsonpath={.spec.parentRefs[0].name} {.spec.rules[0].backendRefs[0].name} {.status.parents}')" = "public everything-render " ] ||
		fail "the route leads elsewhere: $(cat "$WORK/route")"
	if sed 's/"ReplaceFullPath"/"ReplacePrefixMatch"/' "$WORK/route" | kubectl replace --filename - >"$WORK/refused" 2>&1; then
		fail "a route that is wrong was taken"
	fi
	grep -q 'replaceFullPath\|ReplacePrefixMatch' "$WORK/refused" || fail "refused for another reason: $(cat "$WORK/refused")"
fi
kubectl delete namespace apply-list --wait=false >/dev/null
new_namespace gone-list
apply_deleted "$WORK/all/fleet-list"
! kubectl get crd calculationsets.calcflow.dev >/dev/null 2>&1 || fail "the definition is still there"
