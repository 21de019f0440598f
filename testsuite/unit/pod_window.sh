#!/bin/bash
# Of which window a pod is: said, by the name of the Job that a CronJob made, by the clock; and a quarterback that starts again goes on
# with the same.
. "$(dirname "$0")/pod_lib.sh"

cat >"$work/window.cf" <<'END'
type Reading { at: time, value: f64 }
window hour = every 1h late 2m then drop idle skip
source raw : [Reading] at share "/in/all.csv" in hour by at
sink result : file at share "/out/{window}.txt" in hour
function digest(r: [Reading]) -> file { command ["sh", "-c", "echo $CALC_WINDOW; cat {r}"] stdout out }
calcset s on pod {
    run result <- digest(raw)
    slots 3
    default image "x:1"
}
END

# pod_of OPTION...: a new pod with readings of three hours, started so.
options=()
start_quarterback() {
	"$bin/calc-quarterback" --root "$work/pod" --hash "$hash" --slots 3 --worker "$bin/calc-worker" --grace 20 "${options[@]}" \
		2>>"$work/quarterback.log" &
	pid[quarterback]=$!
}
pod_of() {
	options=("$@")
	make_pod "$work/window.cf"
	printf 'at,value\n%s\n%s\n%s\n' 2025-03-01T13:30:00Z,1 2025-03-01T14:30:00Z,2 2025-03-01T15:30:00Z,3 >"$work/pod/share/in/all.csv"
	start_pod
}
holds() { diff <(printf '%s' "$2") "$work/pod/share/out/$1" || fail "$1 differs"; }

pod_of --window 2025-03-01T14:00Z
wait_verdict 0
holds 20250301T1400Z.txt $'20250301T1400Z\n{"at":"2025-03-01T14:30:00Z","value":2}\n'
end_pod
pass "the window that is said"

# Scheduled at 16:02, when the hour from 15:00 closed; and at 16:01, when it was still open.
for minute in 29014082:20250301T1500Z 29014081:20250301T1400Z; do
	export CALC_JOB=plants-s-${minute%:*}
	pod_of --window job
	wait_verdict 0
	[ "$(ls "$work/pod/share/out")" = "${minute#*:}.txt" ] || fail "$minute: $(ls "$work/pod/share/out")"
	end_pod
	pass "the window that was due at minute ${minute%:*}"
done

# Made by hand from the CronJob: the last one that is closed, for which nothing came.
export CALC_JOB=plants-by-hand-1
pod_of --window=job
wait_verdict 0
[ -z "$(ls "$work/pod/share/out")" ] || fail "a window without data wrote $(ls "$work/pod/share/out")"
grep -q "the window is passed over" "$work/pod/ctl/last-word" || fail "the last word: $(cat "$work/pod/ctl/last-word")"
end_pod
pass "a Job by hand"

# The window that was kept counts, whatever is said to the next quarterback.
pod_of --window 2025-03-01T13:00Z
wait_verdict 0
end_pod
rm "$work/pod/ctl/last-word"
options=(--window 2025-03-01T14:00Z)
start_pod
wait_verdict 0
[ "$(grep -c "window hour of 2025-03-01T13:00:00Z" "$work/quarterback.log")" = 2 ] || fail "the next quarterback took another window"
end_pod
pass "it is kept"

pod_of --window 2025-03-01T14:30Z
wait_verdict 2
end_pod
pass "no window: the plan is refused"
unset CALC_JOB
echo "$passed passed, 0 failed, 0 skipped"
