#!/bin/bash
# limit: 420
# What calcc emits of every sample and of three workflows, on a pod and on a list: the API server takes all of it, strictly, in a
# namespace that enforces "restricted", without a warning; applied again, nothing changes; `kubectl diff` shows nothing. No pod
# starts here (a quota sees to that), but those of one set on a list, whose Deployments become available.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR CALCFLOW_IMAGES

"$CALC_SRCDIR/testsuite/manifests/emit" "$WORK/all" >"$WORK/made" || { cat "$WORK/made"; fail "not everything could be emitted"; }

# The definition is there before an object of it, as everywhere.
definition() {
	local file
	file=$(find "$WORK/all" -name 'crd-*.yaml' ! -path '*/source/*' | head -n 1)
	[ -n "$file" ] || return 0
	kubectl apply --server-side --validate=strict --filename "$file" >/dev/null
	timeout 40 kubectl wait --for=condition=Established --filename "$file" --timeout=35s >/dev/null
}
# What changes with an object: its resourceVersion. That of a Deployment changes with its status too, which its controller writes
# as it tries to make pods; its generation does not.
versions() {
	local kinds
	kinds=$(awk '$1 == "kind:" && /^kind:/ { print $2 }' "$1" | sort -u | grep -v -x Deployment | paste -s -d ,)
	kubectl get "$kinds" -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' | sort
	kubectl get deployments -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation} {.metadata.labels}{"\n"}{end}' | sort
}
apply() {
	kubectl apply --server-side --validate=strict --filename "$1" >"$WORK/applied" 2>"$WORK/warnings" ||
		{ cat "$WORK/warnings"; fail "$1 was refused"; }
	[ ! -s "$WORK/warnings" ] || { cat "$WORK/warnings"; fail "there were warnings"; }
}

definition
for scope in pod list; do
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

grep -q '^made hello list ' "$WORK/made" || skip "sets on a list are not emitted"
new_namespace available
flow_share hello-list-out >/dev/null
# The share of the sample is ours; its claim is not to be made again.
rm "$WORK"/all/hello-list/claim-*.yaml
sed -i '/^- claim-/d' "$WORK/all/hello-list/kustomization.yaml"
started=$(now_ms)
kubectl apply --server-side --validate=strict --kustomize "$WORK/all/hello-list" >/dev/null
timeout 90 kubectl wait --for=condition=Available deployment --all --timeout=85s >/dev/null ||
	{ kubectl get pods -o wide; kubectl get events --sort-by=.lastTimestamp | tail -n 20; fail "not every Deployment becomes available"; }
measure "hello on a list: $(kubectl get deployments -o name | wc -l) Deployments available $(since_ms "$started") s after apply"
