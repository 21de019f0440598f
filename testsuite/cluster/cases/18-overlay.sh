#!/bin/bash
# limit: 240
# An overlay of kustomize on what calcc wrote, with a prefix, a suffix, another namespace and labels of its own: every name that an
# object says is that of an object, the workers serve, and a pod set swaps images of its own pod and of no other. Beside it the same
# set stands as it was yesterday, with other images: whose policy is about its own quarterback only.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC CALCFLOW_IMAGES
for mark in a b c; do
	CC="${CC:-cc} -DMARK=\"$mark\"" static_program "$WORK/stamp-$mark" "$here/stamp.c"
	flow_image calcflow/test-$mark:1 "$WORK/stamp-$mark:/bin/stamp"
done
flow_image calcflow/case-list:1 --with sh --with wc

{
	sed '/^calcset/d; /mounted/d' "$here/roles.cf"
	cat <<-'FLOW'
	calcset swap on pod { run swapped <- all(given) }
	sink listed : i64 at share "/data/listed.json"
	sink kept   : i64 at pond warm
	pond warm { size 1Mi }
	function length(x: file) -> i64 { command ["sh", "-c", "wc -c <$0", "{x}"] stdout out image "calcflow/case-list:1" cpu 20m memory 16Mi }
	calcset list on list { run listed <- length(given)  route length at "/length" }
	calcset warm on list { run kept <- length(given)  workers 0..1 }
	calcset both on list { run swap()  run list()  run warm() }
	FLOW
} >"$WORK/overlay.cf"

new_namespace overlaid
data=$(flow_share data)
printf 'begin\n' >"$data/in"
chmod a+r "$data/in"
compile=("$calcc" "$WORK/overlay.cf" --quiet --claim data=data --gateway public)
"${compile[@]}" -o "$WORK/base" --namespace base
"${compile[@]}" -o "$WORK/yesterday" --namespace overlaid --registry registry.example --set swap
mkdir "$WORK/overlay"
cat >"$WORK/overlay/kustomization.yaml" <<-END
	namePrefix: stg-
	nameSuffix: -x
	namespace: overlaid
	resources: [../base]
	labels:
	- pairs: {team: blue}
	  includeSelectors: true
	  includeTemplates: true
END
kubectl kustomize "$WORK/overlay" >"$WORK/all.yaml" 2>"$WORK/warnings" || { cat "$WORK/warnings"; fail "kubectl kustomize"; }
[ ! -s "$WORK/warnings" ] || { cat "$WORK/warnings"; fail "kustomize warns"; }

# --- every name is one ---

apply_definition "$WORK/base/crd-calculationsets.yaml" calculationsets.calcflow.dev
routes=yes
if gateway=$("$cluster_suite/tools/get-gateway.sh"); then
	apply_definition "$gateway" httproutes.gateway.networking.k8s.io
else
	routes=
fi
awk -v routes=$routes 'BEGIN { RS = "\n---\n"; ORS = RS } routes || !/\nkind: HTTPRoute\n/' "$WORK/all.yaml" >"$WORK/some.yaml"
kubectl apply --server-side --validate=strict --filename "$WORK/yesterday/swap.roles.yaml" >/dev/null
kubectl apply --server-side --validate=strict --filename "$WORK/some.yaml" >/dev/null
names() { kubectl get "$1" -l team=blue -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}'; }
# says KIND JSONPATH TARGETS: what objects of KIND say there, each the name of an object of TARGETS; prints how many.
says() {
	local said name count=0
	said=$(kubectl get "$1" -l team=blue -o "jsonpath={range .items[*]}{range $2}{@}{\"\n\"}{end}{end}")
	for name in $said; do
		grep -qxF -e "$name" <(names "$3") || fail "$1 says $name, which is the name of no object of $3"
		count=$((count + 1))
	done
	[ $count -gt 0 ] || fail "no $1 says $2"
	measure "$count names of $3, said by $1"
}
says calculationsets '.spec.groups[*].deployment' deployments
says calculationsets '.spec.groups[*].service' services
says calculationsets '.spec.plan.configMaps[*]' configmaps
says calculationsets '.spec.ponds[*].claim' persistentvolumeclaims
says calculationsets '.spec.sets[?(@.scope=="List")].name' calculationsets
says deployments '.spec.template.spec.serviceAccountName' serviceaccounts
[ -z "$routes" ] || says httproutes '.spec.rules[*].backendRefs[*].name' services

# --- it works ---

kubectl wait --for=condition=Available deployment -l app.kubernetes.io/name=list --timeout=60s >/dev/null || { kubectl get pods; fail "the workers of list are not available"; }
printf '{"x":{"share":"data","path":"in"}}' >"$WORK/body.json"
got=$(kubectl create --raw "/api/v1/namespaces/$NAMESPACE/services/http:stg-list-length-x:8080/proxy/length" -f "$WORK/body.json")
[ "$got" = '{"out":6}' ] || fail "the Service answers $got"

kubectl patch "$(kubectl get jobs -l app.kubernetes.io/name=swap -o name)" --patch '{"spec":{"suspend":false}}' >/dev/null
job=$(kubectl get jobs -l app.kubernetes.io/name=swap -o 'jsonpath={.items[0].metadata.name}')
flow_ends "$job" 120 Complete
[ "$(tr '\n' ' ' <"$data/swapped")" = "begin a b c " ] || fail "by swap: $(cat "$data/swapped")"

pod=$(job_pod "$job")
account=$(kubectl get pod "$pod" -o 'jsonpath={.spec.serviceAccountName}')
[ "$account" = "$(kubectl get serviceaccounts -o name | sed -n 's,.*/\(stg-swap-roles-.*-x\)$,\1,p')" ] || fail "its account is $account"
token=$(kubectl create token "$account" --bound-object-kind Pod --bound-object-name "$pod")
other=$(kubectl get pods -l app.kubernetes.io/name=list -o 'jsonpath={.items[0].metadata.name}')
try() { kubectl --token="$token" patch pod "$1" --patch "{\"spec\":{\"$2\":[{\"name\":\"$3\",\"image\":\"$4\"}]}}" 2>&1; }
try "$pod" initContainers slot-0 calcflow/test-a:1 >/dev/null || fail "it may not change its slot"
! said=$(try "$pod" initContainers slot-0 calcflow/evil:1) || fail "it may take another image"
grep -q 'images of its plan only' <<<"$said" || fail "not refused by the policy: $said"
! said=$(try "$other" containers length calcflow/test-a:1) || fail "it may change another pod"
grep -q 'its own pod only' <<<"$said" || fail "not refused by the policy: $said"
kubectl delete validatingadmissionpolicies,validatingadmissionpolicybindings -l app.kubernetes.io/managed-by=calcc >/dev/null
kubectl delete crd calculationsets.calcflow.dev --wait=false >/dev/null
