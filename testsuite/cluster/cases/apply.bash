# What the cases that apply what calcc emits of every sample and workflow share: in one stream, strictly, without a warning; again,
# where nothing changes; `kubectl diff`, which shows nothing; and `kubectl delete -k`. No pod starts: a quota sees to that.
# Sourced after ../lib.sh. It must not know what is emitted.
# shellcheck shell=bash

apply_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# The definitions of other kinds are there before an object of them, as everywhere.
apply_definitions() {
	local file gateway
	file=$(find "$WORK/all" -name 'crd-*.yaml' ! -path '*/source/*' | head -n 1)
	apply_definition "$file" calculationsets.calcflow.dev
	if gateway=$("$cluster_suite/tools/get-gateway.sh"); then
		apply_definition "$gateway" httproutes.gateway.networking.k8s.io
	else
		measure "without routes: the definitions of the Gateway API cannot be had here"
		sed -i '/^made everything /d' "$WORK/made"
	fi
}

# What changes with an object: its resourceVersion. That of some changes with their status too, which controllers write; of those, what
# is asked for.
apply_versions() {
	local kinds some='Deployment HorizontalPodAutoscaler PodDisruptionBudget' kind
	kinds=$(awk '/^kind:/ { print $2 }' "$1" | sort -u | grep -v -x -E "${some// /|}" | paste -s -d ,)
	kubectl get "$kinds" -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' | sort
	for kind in $some; do
		kubectl get "$kind" -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.labels} {.spec}{"\n"}{end}' | sort
	done
}

apply_strictly() {
	kubectl apply --server-side --validate=strict --filename "$1" >"$WORK/applied" 2>"$WORK/warnings" ||
		{ cat "$WORK/warnings"; fail "$1 was refused"; }
	[ ! -s "$WORK/warnings" ] || { cat "$WORK/warnings"; fail "there were warnings"; }
}

# apply_scope pod|list: all of it in a namespace of its own.
apply_scope() {
	local scope=$1 all=$WORK/all.yaml sets=0 folder last='' attempt started
	"$CALC_SRCDIR/testsuite/manifests/emit" -w "$WORK/all" >"$WORK/made" || { cat "$WORK/made"; fail "not everything could be emitted"; }
	apply_definitions
	new_namespace "apply-$scope"
	kubectl label namespace "apply-$scope" pod-security.kubernetes.io/warn=restricted >/dev/null
	kubectl create quota no-pods --hard=pods=0 >/dev/null
	: >"$all"
	while read -r _ _ _ folder; do
		kubectl kustomize "$folder" >"$WORK/one" || fail "kubectl kustomize $folder"
		# The definition of a folder is that of every other: once is enough.
		awk -v first=$sets 'BEGIN { RS = "\n---\n"; ORS = RS } first == 0 || !/\nkind: CustomResourceDefinition\n/' "$WORK/one" >>"$all"
		sets=$((sets + 1)) last=$folder
	done < <(grep "^made [^ ]* $scope " "$WORK/made")
	[ $sets -ge 20 ] || fail "only $sets sets"
	started=$(now_ms)
	apply_strictly "$all"
	measure "$scope: $(grep -c "^kind:" "$all") objects of $sets sets applied in $(since_ms "$started") s"
	# A controller may write a status in between; that is seen once or twice, not always.
	for attempt in 1 2 3 4 5; do
		apply_versions "$all" >"$WORK/before"
		apply_strictly "$all"
		apply_versions "$all" >"$WORK/after"
		! cmp -s "$WORK/before" "$WORK/after" || break
		[ "$attempt" -lt 5 ] || { diff "$WORK/before" "$WORK/after" || true; fail "a second apply changed something"; }
	done
	started=$(now_ms)
	kubectl diff --server-side --filename "$all" >"$WORK/diff" 2>&1 || { head -n 60 "$WORK/diff"; fail "kubectl diff shows something"; }
	kubectl diff --kustomize "$last" >"$WORK/diff" 2>&1 || { head -n 60 "$WORK/diff"; fail "kubectl diff of $last shows something"; }
	measure "$scope: kubectl diff in $(since_ms "$started") s"
	kubectl get networkpolicies,deployments,jobs,cronjobs,calculationsets -o json >"$WORK/objects.json"
	! kubectl get httproutes -o json >"$WORK/routes.json" 2>/dev/null || python3 - "$WORK/objects.json" "$WORK/routes.json" <<-'END'
	import json, sys
	things, routes = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
	things["items"] += routes["items"]
	json.dump(things, open(sys.argv[1], "w", encoding="utf-8"))
	END
	python3 "$apply_here/policies.py" "$WORK/objects.json" >"$WORK/policies" || { cat "$WORK/policies"; fail "the network policies do not say what the edges say"; }
	measure "$scope: $(tail -n 1 "$WORK/policies")"
}

# apply_left: what there still is in the namespace of what calcc emits.
apply_left() {
	local kinds
	kinds=$(kubectl api-resources --namespaced --verbs=list,delete -o name | grep -v '^events' | paste -s -d ,)
	kubectl get "$kinds" --selector app.kubernetes.io/managed-by=calcc --ignore-not-found -o name
	kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings --selector app.kubernetes.io/managed-by=calcc -o name
}

# apply_deleted FOLDER: in a namespace of its own; what is applied is gone after `kubectl delete -k`, all of it.
apply_deleted() {
	kubectl apply --server-side --validate=strict --kustomize "$1" >/dev/null
	[ "$(apply_left | wc -l)" -ge 5 ] || fail "there is little to delete"
	kubectl delete --kustomize "$1" --timeout=60s >"$WORK/deleted" || { cat "$WORK/deleted"; fail "kubectl delete -k $1"; }
	[ -z "$(apply_left)" ] || { apply_left; fail "kubectl delete -k $1 left something"; }
}
