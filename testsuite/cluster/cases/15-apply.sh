#!/bin/bash
# limit: 420
# What calcc emits of every sample and of three workflows on a pod: the API server takes all of it, strictly, in a namespace that
# enforces "restricted", without a warning; applied again, nothing changes; `kubectl diff` shows nothing. No pod starts here: a
# quota sees to that.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR CALCFLOW_IMAGES

"$CALC_SRCDIR/testsuite/manifests/emit" "$WORK/all" >"$WORK/made" || { cat "$WORK/made"; fail "not everything could be emitted"; }

versions() {
	kubectl get --filename "$1" -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' | sort -u
}
apply() {
	kubectl apply --server-side --validate=strict --filename "$1" >"$WORK/applied" 2>"$WORK/warnings" ||
		{ cat "$WORK/warnings"; fail "$1 was refused"; }
	[ ! -s "$WORK/warnings" ] || { cat "$WORK/warnings"; fail "there were warnings"; }
}

for scope in pod; do
	new_namespace "apply-$scope"
	kubectl label namespace "apply-$scope" pod-security.kubernetes.io/warn=restricted >/dev/null
	kubectl create quota no-pods --hard=pods=0 >/dev/null
	all=$WORK/$scope.yaml sets=0
	: >"$all"
	while read -r _ _ _ folder; do
		kubectl kustomize "$folder" >"$WORK/one" || fail "kubectl kustomize $folder"
		cat "$WORK/one" <(echo ---) >>"$all"
		sets=$((sets + 1)) last=$folder
	done < <(grep "^made [^ ]* $scope " "$WORK/made")
	[ $sets -gt 0 ] || continue
	apply "$all"
	# A controller may write a status in between; that is seen once or twice, not always.
	for attempt in 1 2 3 4 5; do
		versions "$all" >"$WORK/before"
		apply "$all"
		versions "$all" >"$WORK/after"
		! cmp -s "$WORK/before" "$WORK/after" || break
		[ "$attempt" -lt 5 ] || { diff "$WORK/before" "$WORK/after" || true; fail "a second apply changed something"; }
	done
	kubectl diff --server-side --filename "$all" >"$WORK/diff" 2>&1 || { head -n 60 "$WORK/diff"; fail "kubectl diff shows something"; }
	kubectl diff --kustomize "$last" >"$WORK/diff" 2>&1 || { head -n 60 "$WORK/diff"; fail "kubectl diff of $last shows something"; }
	measure "$scope: $(grep -c "^kind:" "$all") objects of $sets sets"
	kubectl delete namespace "apply-$scope" --wait=false >/dev/null
done
