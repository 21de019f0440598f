#!/bin/bash
# limit: 300
# A program that is applied again. With a comment above it and lines between: the same Jobs, done or running, and not touched; nothing is
# refused; what runs, or runs again, names the new lines. With another command: another Job. A CronJob and the Deployments of a list stay as
# they are, too, but for the annotation that says where they stand.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES

flow_image calcflow/test-comment:1 --with sh --with cat --with sleep
new_namespace comment
results=$(flow_share out)
cat >"$WORK/comment.cf" <<'END'
function write(x: i64) -> file {
    image "calcflow/test-comment:1"
    command ["sh", "-c", 'echo "$1" >"$2"', "write", "{x}", "{out}"]
}
function fail_late(a: file) -> file {
    image "calcflow/test-comment:1"
    command ["sh", "-c", 'sleep 1; exit 7', "fail", "{a}", "{out}"]
}
flow quick() -> file { return write(1) }
flow late() -> file {
    a = write(2)
    b = fail_late(a)
    return b
}
window hourly = every 1h
sink one : file at share "/out/one"
sink two : file at share "/out/two"
sink three : file at share "/out/{window}" in hourly
sink four : file at share "/out/four"
calcset quick on pod { run one <- quick()  slots 1  default cpu 100m }
calcset late on pod { run two <- late()  slots 1  default cpu 100m }
calcset hourly on pod { run three <- quick()  slots 1  default cpu 100m }
calcset served on list { run four <- quick()  default cpu 100m }
END

apply() {
	"$calcc" "$WORK/comment.cf" -o "$WORK/m" --emit kubernetes --claim out=out >"$WORK/compiled" || { cat "$WORK/compiled"; fail "it does not compile"; }
	kubectl apply "$@" -k "$WORK/m" >"$WORK/applied" 2>&1 || { cat "$WORK/applied"; fail "apply $*"; }
}
# What must stay: of every object that runs something who it is and its generation. (That of a Deployment grows with its annotations; each
# template that it had is a ReplicaSet.)
state() {
	kubectl get jobs,cronjobs,replicasets --output 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.generation}{"\n"}{end}' | sort
	kubectl get deployments --output 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\n"}{end}' | sort
}
job_of() { awk '/^kind: Job/ { job = 1 } job && $1 == "name:" { print $2; exit }' "$WORK/m/$1.yaml"; }
line_of() { grep -n "$1" "$WORK/comment.cf" | cut -d: -f1; }

# twice OPTION...: applied with these, then with lines more, then changed.
twice() {
	local quick late before
	apply "$@"
	quick=$(job_of quick)
	late=$(job_of late)
	flow_ends "$quick" 60 Complete
	flow_ends "$late" 60 Failed
	flow_says "$(flow_message "$late")" "comment.cf:$(line_of 'b = fail_late')" "exit status 7"
	before=$(state)
	pods=$(kubectl get pods --output 'jsonpath={.items[*].metadata.uid}')
	sed -i '1i // A comment above.\n' "$WORK/comment.cf"
	sed -i 's/^calcset late/\n\/\/ and between\n&/' "$WORK/comment.cf"
	apply "$@"
	[ "$(state)" = "$before" ] || fail "a comment changed something that runs: $(diff <(echo "$before") <(state))"
	[ "$(kubectl get pods --output 'jsonpath={.items[*].metadata.uid}')" = "$pods" ] || fail "a comment changed pods"
	for kind in job/"$quick" job/"$late" cronjob/hourly; do
		local set=${kind##*/}
		set=${set%%-*}
		[ "$(kubectl get "$kind" --output 'jsonpath={.metadata.annotations.calcflow\.dev/source}')" = "comment.cf:$(line_of "^calcset $set")" ] ||
			fail "$kind does not say where it stands now"
	done
	measure "$(grep -c unchanged "$WORK/applied" || true) objects unchanged, $(grep -c configured "$WORK/applied" || true) configured by two comments ($*)"
	# The same Job anew, as when its time to live was over: the new line.
	kubectl delete job "$late" --wait >/dev/null
	apply "$@"
	flow_ends "$late" 60 Failed
	flow_says "$(flow_message "$late")" "comment.cf:$(line_of 'b = fail_late')"
	# A real change.
	sed -i 's/return write(1)/return write(1 + 10)/' "$WORK/comment.cf"
	apply "$@"
	[ "$(job_of quick)" != "$quick" ] || fail "another value is the same Job"
	[ "$(job_of late)" = "$late" ] || fail "what one set computes is another Job of the other"
	kubectl get job "$(job_of quick)" >/dev/null || fail "no other Job"
	kubectl delete jobs --all --wait >/dev/null
	sed -i 's/1 + 10/1/' "$WORK/comment.cf"
}

twice --server-side
kubectl delete --ignore-not-found -k "$WORK/m" >/dev/null
find "$results" -mindepth 1 -delete
twice
