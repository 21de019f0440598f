#!/bin/bash
# limit: 300
# Network policies under a network that enforces them, which that of the node does with rules made for it: every connection that an
# edge needs is made, none else is, a set on a list computes what it computes on this machine, and a pod that takes on another image
# reaches the API server. Before the policies are enforced all of the connections are made.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
command -v iptables-restore >/dev/null || skip "there is no iptables"
texts=/usr/share/common-licenses
[ -d $texts ] || skip "there are no licences in $texts"
enter sh -c 'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables' 2>/dev/null || skip "rules do not see what goes over a bridge here"

# --- what there is ---

cp "$here/list.cf" "$WORK/list.cf"
(cd "$WORK" && "$CALCC" run -q list.cf licences --share licenses=$texts)
for mark in a b; do
	CC="${CC:-cc} -DMARK=\"$mark\"" static_program "$WORK/stamp-$mark" "$here/stamp.c"
	flow_image calcflow/test-$mark:1 "$WORK/stamp-$mark:/bin/stamp"
done
flow_image calcflow/case-list:1 --with sh --with wc --with grep --with awk --with sleep
cat >"$WORK/pods.cf" <<'END'
function a(x: file) -> file { command ["/bin/stamp", "{x}", "{out}"] image "calcflow/test-a:1" memory 32Mi cpu 50m }
function b(x: file) -> file { command ["/bin/stamp", "{x}", "{out}"] image "calcflow/test-b:1" memory 32Mi cpu 50m }
function wait() -> file { command ["sleep", "600"] stdout out image "calcflow/case-list:1" memory 32Mi cpu 50m }
flow both(x: file) -> file { return b(a(x)) }
source given : file at share "/data/in"
sink taken : file at share "/data/taken"
sink waited : file at share "/data/waited"
calcset swapping on pod { run taken <- both(given) slots 1 }
calcset waiting on pod { run waited <- wait() slots 1 }
END

# The cluster's DNS, and others who may come: pods in namespaces of their own, each with somebody who listens at 53 and 8080.
stranger() {
	kubectl create namespace "$2" >/dev/null 2>&1 || true
	kubectl -n "$2" delete pod "$1" --ignore-not-found --grace-period=0 --force >/dev/null 2>&1
	kubectl -n "$2" apply -f - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $1, labels: {k8s-app: $1, calcflow-suite: case}}
	spec:
	  automountServiceAccountToken: false
	  terminationGracePeriodSeconds: 0
	  containers: [{name: wait, image: "calcflow/case-list:1", command: [sleep, "600"], imagePullPolicy: Never}]
	END
	kubectl -n "$2" wait --for=condition=Ready "pod/$1" --timeout=30s >/dev/null
}
listeners=()
listen() {
	enter nsenter --target "${pid[$1]}" --net python3 -m http.server "$2" >/dev/null 2>&1 &
	listeners+=($!)
}
leave() {
	enter iptables -F 2>/dev/null || true
	kill "${listeners[@]}" ${enforcer:+"$enforcer"} 2>/dev/null || true
	kubectl delete pods --all-namespaces --selector calcflow-suite=case --wait=false >/dev/null 2>&1 || true
	kubectl delete -k "$WORK/swapping" --wait=false >/dev/null 2>&1 || true
}
enforcer=
trap leave EXIT

new_namespace enforced
licenses=$(flow_share licenses)
find $texts -maxdepth 1 -type f -exec cp -t "$licenses" {} +
chmod -R a+rX "$licenses"
flow_share results >/dev/null
data=$(flow_share data)
printf 'begin\n' >"$data/in"
chmod a+r "$data/in"
"$CALCC" "$WORK/list.cf" -o "$WORK/m" -q --claim licenses=licenses --claim results=results --namespace "$NAMESPACE"
apply_definition "$WORK/m/crd-calculationsets.yaml" calculationsets.calcflow.dev
kubectl apply --server-side -k "$WORK/m" >/dev/null
waiting=$(flow_compile "$WORK/pods.cf" waiting --claim data=data --namespace "$NAMESPACE")
swapping=$(flow_compile "$WORK/pods.cf" swapping --claim data=data --namespace "$NAMESPACE")
flow_apply waiting
stranger kube-dns kube-system
stranger runner calcflow-system
stranger other calcflow-elsewhere
kubectl wait --for=condition=Available deployment --all --timeout=90s >/dev/null || fail "not all Deployments are available"
flow_follow "$waiting"

# --- who is where ---

declare -A pid address
find_pod() {	# find_pod NAME NAMESPACE POD CONTAINER
	address[$1]=$(kubectl -n "$2" get pod "$3" -o 'jsonpath={.status.podIP}')
	pid[$1]=$(kubectl() { command kubectl -n "$find_in" "$@"; }; find_in=$2; container_pid "$3" "$4")
	[ -n "${address[$1]}" ] && [ -n "${pid[$1]}" ] || fail "pod $3 of $2 is nowhere"
}
find_worker() {
	local pod container
	pod=$(kubectl get pods -o name | sed -n "s|^pod/\($1-[a-z0-9]*-[a-z0-9]*\)$|\1|p" | head -n 1)
	container=$(kubectl get pod "$pod" -o 'jsonpath={.spec.containers[0].name}')
	find_pod "$2" "$NAMESPACE" "$pod" "$container"
}
find_worker licences-count count
find_worker licences-keep keep
find_worker tallied-may-read reads
find_pod pod "$NAMESPACE" "$(job_pod "$waiting")" quarterback
find_pod dns kube-system kube-dns wait
find_pod runner calcflow-system runner wait
find_pod other calcflow-elsewhere other wait
address[api]=10.96.0.1
for name in dns other pod; do listen $name 53; done
for name in other pod; do listen $name 8080; done

# What is refused stays unanswered: how long one waits for that is the fourth word.
connects() { enter nsenter --target "${pid[$1]}" --net timeout "${4:-5}" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "${address[$2]}" "$3" 2>/dev/null; }
pairs="
runner count 8080 yes
runner keep 8080 yes
runner keep 8081 yes
runner reads 8080 yes
runner pod 8080 no
keep count 8080 yes
count keep 8080 no
count reads 8080 no
count api 443 no
reads api 443 yes
keep dns 53 yes
reads dns 53 yes
count dns 53 no
pod dns 53 no
pod api 443 no
pod count 8080 no
count pod 8080 no
other count 8080 no
other keep 8081 no
other pod 8080 no
keep other 8080 no
reads other 53 no
reads other 8080 no
other dns 53 yes
"
every_pair() {	# every_pair no: as the last word says; yes: each is made
	local a b port word expected limit got wrong=0
	while read -r a b port word; do
		[ -n "$a" ] || continue
		expected=$word
		[ "$1" = no ] || expected=yes
		limit=5
		[ $expected = yes ] || limit=1
		if connects "$a" "$b" "$port" $limit </dev/null; then got=yes; else got=no; fi
		[ $got = $expected ] || { echo "$a to $b at $port: $got, not $expected"; wrong=1; }
	done <<<"$pairs"
	return $wrong
}
wait_until 10 connects other pod 53 || fail "nobody listens"
every_pair yes || fail "not enforced, and connections are not made"

# --- enforced, as pods come and go ---

enforce() {
	kubectl get networkpolicies,pods --all-namespaces -o json >"$WORK/objects.json" &&
		python3 "$here/enforce.py" "$WORK/objects.json" >"$WORK/rules" && enter iptables-restore --wait <"$WORK/rules"
}
enforce || fail "the rules are not taken"
chains=$(grep -c REJECT "$WORK/rules")
(while sleep 0.3; do enforce || true; done) >/dev/null 2>&1 &
enforcer=$!
every_pair no || fail "enforced, other connections are made than the edges need"
measure "$(grep -c ' yes$' <<<"$pairs") connections made and $(grep -c ' no$' <<<"$pairs") refused, by $chains chains of rules"

flow_apply swapping
flow_ends "$swapping" 120 Complete
[ "$(tr '\n' ' ' <"$data/taken")" = "begin a b " ] || fail "enforced, the pod with two images made $(cat "$data/taken")"

# The whole flow, asked for from where CalculationSets are run.
cat >"$WORK/ask.py" <<'END'
import base64, json, os, sys, urllib.request
count, keep, texts = sys.argv[1:]
def call(address, port, function, body):
    request = urllib.request.Request("http://%s:%s/%s" % (address, port, function), json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=20))["out"]
counts = [call(count, 8080, "count", {"text": {"data": base64.b64encode(open(os.path.join(texts, t), "rb").read()).decode()}})
          for t in sorted(os.listdir(texts)) if os.path.isfile(os.path.join(texts, t))]
print(json.dumps(call(keep, 8081, "sum", {"counts": call(keep, 8080, "keep", {"counts": counts})}), separators=(",", ":")))
END
total=$(enter nsenter --target "${pid[runner]}" --net python3 "$WORK/ask.py" "${address[count]}" "${address[keep]}" "$licenses")
[ "$total" = "$(tr -d '\n' <"$WORK/results/total.json")" ] || fail "enforced, another result than on this machine: $total"
kubectl wait --for=condition=Available deployment --all --timeout=30s >/dev/null || fail "enforced, not all Deployments stay available"
