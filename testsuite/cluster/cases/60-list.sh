#!/bin/bash
# limit: 240
# A set on a list: the server takes every object, the Deployments become available, and the functions that their Services serve
# compute what the set computes on this machine. A change of one function replaces that group's pods and no others.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
texts=/usr/share/common-licenses
[ -d $texts ] || skip "there are no licences in $texts"
flow=$WORK/list.cf
cp "$(dirname "$0")/list.cf" "$flow"
claims=(--claim licenses=licenses --claim results=results)

(cd "$WORK" && "$CALCC" run -q "$flow" licences --share licenses=$texts)

new_namespace list
licenses=$(flow_share licenses)
find $texts -maxdepth 1 -type f -exec cp -t "$licenses" {} +
chmod -R a+rX "$licenses"
flow_share results >/dev/null
flow_image calcflow/case-list:1 --with sh --with wc --with grep --with awk --with sleep

# call SERVICE PORT FUNCTION BODY: through the Service, by the API server's proxy.
call() {
	printf '%s' "$4" >"$WORK/body.json"
	kubectl create --raw "/api/v1/namespaces/$NAMESPACE/services/http:$1:$2/proxy/$3" -f "$WORK/body.json"
}

claims+=(--namespace "$NAMESPACE")
"$CALCC" "$flow" -o "$WORK/m" "${claims[@]}" >/dev/null
apply_definition "$WORK/m/crd-calculationsets.yaml" calculationsets.calcflow.dev
started=$(now_ms)
kubectl apply --server-side --validate=strict -k "$WORK/m" >/dev/null
kubectl wait --for=condition=Available deployment --all --timeout=90s >/dev/null || {
	kubectl get pods -o wide
	kubectl describe pods | tail -n 40
	kubectl logs -l app.kubernetes.io/name=licences --all-containers --tail=5
	fail "not all Deployments are available"
}
measure "list of 2 groups, 2 workers each, 3 functions: $(since_ms "$started") s from apply to Available"
# Its autoscaler sees to the second worker.
kubectl wait deployment/licences-count --for=jsonpath='{.status.readyReplicas}'=2 --timeout=60s >/dev/null || fail "licences-count has not 2 workers"
[ -z "$(kubectl get pods -l app.kubernetes.io/name=idle -o name)" ] || fail "workers 0..4 has pods"
[ "$(kubectl get calcset licences -o 'jsonpath={.spec.groups[*].name}')" = "count keep" ] || fail "the CalculationSet has other groups"

kubectl diff --server-side -k "$WORK/m" || fail "kubectl diff sees a change"
# A client's apply always sends the selector of a PodDisruptionBudget, and says so; the server changes nothing.
kubectl apply -k "$WORK/m" >/dev/null 2>&1
versions() { kubectl get -k "$WORK/m" -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{"\n"}{end}'; }
before=$(versions)
if kubectl apply -k "$WORK/m" | grep -v 'unchanged$\|^poddisruptionbudget'; then fail "a second apply changed something"; fi
[ "$(versions)" = "$before" ] || fail "a second apply changed something on the server"

# The whole flow by hand.
started=$(now_ms)
n=0 counts=
for book in "$licenses"/*; do
	got=$(call licences-count 8080 count "{\"text\":{\"data\":\"$(base64 -w0 "$book")\"}}")
	counts=$counts${counts:+,}${got#'{"out":'}
	counts=${counts%\}}
	n=$((n + 1))
done
measure "$n requests through a Service: $(since_ms "$started") s"
kept=$(call licences-keep 8080 keep "{\"counts\":[$counts]}")
kept=${kept#'{"out":'}
total=$(call licences-keep 8081 sum "{\"counts\":${kept%\}}}")
[ "$total" = "{\"out\":$(tr -d '\n' <"$WORK/results/total.json")}" ] || fail "another result than on this machine: $total"

# What stands on the share is read in its place; what leads out of it is refused.
one=$(basename "$(find "$licenses" -type f | sort | head -n 1)")
call licences-count 8080 count "{\"text\":{\"share\":\"licenses\",\"path\":\"$one\"}}" >/dev/null
if call licences-count 8080 count '{"text":{"share":"licenses","path":"../../../etc/passwd"}}' 2>"$WORK/refused"; then fail "a path led out of its share"; fi
if call licences-count 8080 count '{"text":7}' 2>>"$WORK/refused"; then fail "a number was taken for a file"; fi
if call licences-count 8080 nothing '{}' 2>>"$WORK/refused"; then fail "an unknown function ran"; fi

# A state comes with the request and goes with the answer; the worker keeps none.
[ "$(call tallied-tally 8080 tally '{"more":3,"seen":4}')" = '{"out":4,"seen":7}' ] || fail "the state of tally is another"
[ "$(call tallied-tally 8080 tally '{"more":3,"seen":4}')" = '{"out":4,"seen":7}' ] || fail "a worker kept a state"
if call tallied-tally 8080 tally '{"more":3}' 2>>"$WORK/refused"; then fail "a request without its state was taken"; fi

# Rights: one group has an account, a Role and a token; what it does not say is denied, and the others have none.
[ "$(call tallied-may-read 8080 may_read '{"before":1}')" = '{"out":true}' ] || fail "may_read has no token, or is not told where the server is"
can() { kubectl auth can-i "$1" "$2" --as="system:serviceaccount:$NAMESPACE:$3" 2>/dev/null || true; }
[ "$(can get configmaps tallied-may-read)" = yes ] || fail "may_read may not get what it says"
[ "$(can list configmaps tallied-may-read)" = no ] || fail "may_read may list"
[ "$(can get secrets tallied-may-read)" = no ] || fail "may_read may get Secrets"
[ "$(can get configmaps tallied)" = no ] || fail "the other group has rights"

# Another command of `sum`: its group's pods are replaced, the other group's stay.
before=$(kubectl get pods -l app.kubernetes.io/component=workers-count -o name | sort)
other=$(kubectl get pods -l app.kubernetes.io/component=workers-keep -o name | sort)
sed -i 's/b += f\[1\]/b += 1 * f[1]/' "$flow"
"$CALCC" "$flow" -o "$WORK/m" "${claims[@]}" >/dev/null
kubectl apply --server-side --force-conflicts -k "$WORK/m" >/dev/null
kubectl rollout status deployment/licences-keep --timeout=90s >/dev/null || fail "the changed group is not there"
[ "$(kubectl get pods -l app.kubernetes.io/component=workers-count --field-selector status.phase=Running -o name | sort)" = "$before" ] ||
	fail "a change of sum replaced workers of count"
[ "$(kubectl get pods -l app.kubernetes.io/component=workers-keep -o name | sort)" != "$other" ] || fail "a change of sum replaced nothing"

# The definition's rules, a few of them.
refuses() {
	if kubectl patch calcset licences --type merge -p "$1" 2>"$WORK/why"; then fail "taken: $1"; fi
	grep -q "$2" "$WORK/why" || { cat "$WORK/why"; fail "not refused for its rule: $1"; }
}
refuses '{"spec":{"program":"other.cf"}}' 'the program of a set does not change'
refuses '{"spec":{"sets":[{"name":"a","scope":"Pod"}]}}' 'exactly one of groups and sets'
refuses '{"spec":{"routes":[{"path":"/x","function":"nobody"}]}}' 'no group runs'
kubectl delete crd calculationsets.calcflow.dev --wait=false >/dev/null
