#!/bin/bash
# limit: 240
# A set with a window of a minute is a CronJob: a Job that it makes when a minute is due, one made by hand and one for a minute that was
# missed run the window that was due, and publish under the window's name what `calcc run --window` makes; the same window again
# publishes nothing.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC

cat >"$WORK/windows.cf" <<'END'
type Reading { at: time, value: f64 }
window minute = every 1m late 1m then drop idle fail
source raw : [Reading] at share "/in/{window.year}/rows.jsonl" in minute by at
sink sums : file at share "/out/{window}.txt" in minute
function sum(r: [Reading]) -> file {
    command ["sh", "-c", 'wc -l <"$1"; cat "$1"; echo "$2 to $3, $CALC_WINDOW"', "sum", "{r}", "{window}", "{window.end}"]
    stdout out
    image "calcflow/test-windows:1"
}
calcset minutes on pod { run sums <- sum(raw)  slots 1  default cpu 100m }
END
flow_image calcflow/test-windows:1 --with sh --with wc --with cat --with echo
new_namespace windows
in=$(flow_share in)
out=$(flow_share out)
# Three rows for each minute, from some that were missed to some that will not be waited for.
first=$((EPOCHSECONDS / 60 - 20))
for ((m = first; m < first + 40; m++)); do
	for s in 0 20 59; do
		read -r year at < <(date -u -d "@$((m * 60 + s))" '+%Y %Y-%m-%dT%H:%M:%SZ')
		mkdir -p "$in/$year"
		echo "{\"at\":\"$at\",\"value\":$((m % 60)).$s}" >>"$in/$year/rows.jsonl"
	done
done
chown -R "$flow_owner" "$in"

"$calcc" "$WORK/windows.cf" --set minutes -o "$WORK/minutes" --claim in=in --claim out=out >/dev/null
flow_apply minutes
[ "$(kubectl get cronjob minutes -o 'jsonpath={.spec.schedule} {.spec.concurrencyPolicy}')" = "* * * * * Forbid" ] || fail "another schedule"

# published JOB MINUTE: it completes, and the window that begins then is there, as this machine makes it.
published() {
	local start name
	flow_ends "$1" 90 Complete
	start=$(date -u -d "@$(($2 * 60))" +%Y-%m-%dT%H:%M:%SZ)
	name=$(date -u -d "@$(($2 * 60))" +%Y%m%dT%H%MZ).txt
	flow_says "$(kubectl logs "job/$1" -c quarterback)" "window minute of $start"
	[ -f "$out/$name" ] || fail "$1 did not publish $name: $(ls "$out")"
	"$calcc" run "$WORK/windows.cf" minutes --window "$start" --quiet --share "in=$in" --share "out=$WORK/here" --work-dir "$WORK/$1.work" --replace >&2
	cmp "$WORK/here/$name" "$out/$name" || fail "$1: another result than on this machine"
	[ "$(wc -l <"$out/$name")" = 5 ] || fail "$1: other rows: $(cat "$out/$name")"
}
# by_hand JOB: as a person makes one, at once.
by_hand() { kubectl create job "$1" --from=cronjob/minutes >/dev/null; }

# One run of a set at a time: one that the schedule begins beside one by hand would take its place, and leave it uncertain.
kubectl patch cronjob minutes --patch '{"spec":{"suspend":true}}' >/dev/null
for job in $(kubectl get jobs -o name); do flow_ends "${job#*/}" 90 Complete; done

# Of now: the last minute whose time for what comes late is over, too, when the pod begins.
by_hand now
flow_ends now 60 Complete
started=$(date -u -d "$(kubectl logs job/now -c quarterback | sed -n 's/.*window minute of \([^ ]*\).*/\1/p' | head -n 1)" +%s)
now=$((started / 60))
created=$(date -u -d "$(kubectl get job now -o 'jsonpath={.metadata.creationTimestamp}')" +%s)
[ $now -ge $((created / 60 - 2)) ] && [ $now -le $((created / 60 - 1)) ] || fail "the window that began at $started is not the one due at $created"
published now $now

# Of a minute that was missed: a Job of the name that the CronJob would have given it.
missed=$((now - 7))
by_hand "minutes-$((missed + 2))"
published "minutes-$((missed + 2))" $missed

# The same again.
listing() { find "$out" -name '*.txt' -printf '%f %i %T@\n' | sort; }
kubectl delete job "minutes-$((missed + 2))" --wait=true >/dev/null
by_itself=$(kubectl get jobs -o name | sed -n 's|job.batch/minutes-||p' | sort | tail -n 1)
[ -z "$by_itself" ] || published "minutes-$by_itself" $((by_itself - 2))
before=$(listing)
by_hand "minutes-$((missed + 2))"
flow_ends "minutes-$((missed + 2))" 60 Complete
[ "$(listing)" = "$before" ] || { listing; fail "the same window published something: before $before"; }

# By its schedule.
if [ -z "$by_itself" ]; then
	kubectl patch cronjob minutes --patch '{"spec":{"suspend":false}}' >/dev/null
	scheduled() { by_itself=$(kubectl get jobs -o name | sed -n 's|job.batch/minutes-||p' | grep -v "^$((missed + 2))$" | tail -n 1); [ -n "$by_itself" ]; }
	wait_until 90 scheduled || fail "the CronJob made no Job in 90 s"
	published "minutes-$by_itself" $((by_itself - 2))
fi
due=$(date -u -d "$(kubectl get job "minutes-$by_itself" -o 'jsonpath={.metadata.creationTimestamp}')" +%s)
[ $((by_itself * 60)) -le "$due" ] && [ $((by_itself * 60 + 60)) -gt "$due" ] || fail "the Job of minute $by_itself was made at $due"
measure "$(find "$out" -name '*.txt' | wc -l) windows published: by schedule, by hand, and one that was missed"
