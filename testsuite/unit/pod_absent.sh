#!/bin/bash
# A slot that never comes, as when its image cannot be had: it is named after the start limit; a run that only it could go on
# with fails at once, any other goes on; and a pod that cannot end is given up, so that its Job fails.
. "$(dirname "$0")/pod_lib.sh"
# shellcheck disable=SC2034
quarterback_options=(--start-limit 1)

cat >"$work/pod.cf" <<'END'
function first() -> file { image "example/present:1" command ["sh", "-c", "sleep 0.1; echo first >$0", "{out}"] }
function second(x: file) -> file { image "example/other:1" command ["sh", "-c", "cat $0 >$1; echo second >>$1", "{x}", "{out}"] }
function third(x: file) -> file { image "example/present:1" command ["sh", "-c", "sleep 2; cat $0 >$1", "{x}", "{out}"] }
flow alone() -> file { return third(first()) }
flow both() -> file { return second(first()) }
sink result : file at share "/out/result.txt"
sink other : file at share "/out/other.txt"
calcset "alone" on pod { run result <- alone() slots 3 }
calcset "both" on pod { run other <- both() slots 3 }
END

# begin SET SLOT…: the quarterback and those slots; no verdict, whose container waits for all of them.
begin() {
	local set=$1 i
	shift
	make_pod "$work/pod.cf" --set "$set"
	mkdir "$work/pod/give-up"
	: >"$work/quarterback.log"
	start_quarterback
	"$bin/calc-quarterback" --root "$work/pod" --wait-ready || fail "--wait-ready"
	for i; do start_slot "$i"; done
}
# comes FILE: within ten seconds.
comes() {
	local tries=0
	until [ -e "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "no $1"
		sleep 0.05
	done
}
# says FILE TEXT
says() { grep -qF -- "$2" "$1" || { cat "$1"; fail "$(basename "$1") does not say: $2"; }; }
# leaves STATUS: on SIGTERM the guard ends with that.
leaves() {
	local status=0
	kill "${pid[quarterback]}"
	wait "${pid[quarterback]}" || status=$?
	unset 'pid[quarterback]'
	[ $status = "$1" ] || fail "the guard ended with $status, not $1"
	end_pod
}

begin both 0
comes "$work/pod/give-up/now"
says "$work/pod/ctl/last-word" '"verdict":"failed"'
says "$work/pod/ctl/last-word" 'slot 1 has never started: its image is `example/other:1`; 1 more waits behind it'
says "$work/pod/ctl/last-word" '1 steps finished, 0 failed'
[ "$(stat -c %s "$work/pod/give-up/now")" -gt 65536 ] || fail "the volume holds that"
leaves 1
pass "what only an absent slot could run fails the run, which names the slot and its image"

begin alone 0
comes "$work/pod/ctl/last-word"
says "$work/pod/ctl/last-word" '"verdict":"done"'
says "$work/quarterback.log" 'slot 1 has never started: its image is `example/present:1`; 1 more waits behind it (1 s)'
[ ! -e "$work/pod/give-up/now" ] || fail "given up although the verdict may still come"
comes "$work/pod/give-up/now"
says "$work/quarterback.log" "the pod cannot end by itself: slot 1 has never started"
leaves 1
pass "the others go on without it, and the pod that cannot end is given up"

begin both 0
sleep 0.5
start_slot 1
start_slot 2
comes "$work/pod/ctl/last-word"
says "$work/pod/ctl/last-word" '"verdict":"done"'
! grep -q 'never started' "$work/quarterback.log" || fail "a slot that came is missed"
leaves 0
pass "a slot that comes in time is waited for"

begin both 0
sleep 0.2
leaves 0
pass "a pod that is ended before has given nothing up"

echo "$passed passed, 0 failed"
