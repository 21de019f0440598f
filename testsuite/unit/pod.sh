#!/bin/bash
# The programs of a pod as plain processes below a folder: quarterback, three workers, verdict. A flow whose steps leave daemons
# behind, undisturbed and then under kill -9 of children and guards at random; draining; plans that are refused.
# KILLS sets how many kills, SEED which.
. "$(dirname "$0")/pod_lib.sh"

cat >"$work/pod.cf" <<'END'
param witness: string
param items: i64 = 40
function work(n: i64, witness: string) -> file {
    command ["sh", "-c", "echo $0 >>$2; sleep 0.0$(($0 % 5 + 1)); echo $0 >$1; (sleep 1; echo late >>$1) & exit 0",
             "{n}", "{out}", "{witness}"]
    retries 100
}
function all(parts: [file]) -> file {
    command ["sh", "-c", "cat \"$@\"", "sh", "{parts}"]
    stdout out
    retries 100
}
flow f() -> file {
    parts = each n in range(items) { work(n, witness) }
    kept = [p for p in parts]	// computed by the quarterback: its files outlive those that it was made from
    return all(kept)
}
sink result : file at share "/out/result.txt"
calcset s on pod {
    run result <- f()
    slots 3
    default image "x:1"
}
END

new_pod() { make_pod "$work/pod.cf" -D "witness=$work/witness" -D "items=$1"; }
expect_result() {
	seq 0 $(($1 - 1)) | cmp - "$work/pod/share/out/result.txt" || fail "the result differs"
}

# Undisturbed.
new_pod 20
start_pod
wait_verdict 0
expect_result 20
[ "$(sort -n "$work/witness" | uniq -c | awk '$1 != 1')" = "" ] || fail "a step ran twice"
[ "$(stat -c %a "$work/pod/bin/calc-worker" "$work/pod/link/0" "$work/pod/data/slots/1" | tr '\n' ' ')" = "755 2750 2750 " ] ||
	fail "modes of the folders"
end_pod
expect_result 20
pass "a flow ends as done, and its result stays as it was"

# The plan as gzip, as it is stored when it is large: the hash is that of its text.
new_pod 5
gzip -nc "$work/plan" >"$work/packed"
head -c 700 "$work/packed" >"$work/pod/plan/plan.000"
tail -c +701 "$work/packed" >"$work/pod/plan/plan.001"
start_pod
wait_verdict 0
expect_result 5
end_pod
pass "a plan that is stored as gzip runs"

# A container that starts again after the end has nothing to do; the verdict that starts late neither waits.
start_quarterback
"$bin/calc-verdict" --root "$work/pod" >"$work/verdict.log" || fail "a late verdict"
end_pod
pass "a last word is for ever"

# Kills: children of the guards mostly, the guards themselves (a container's end) now and then. Two losses fail a step, whatever
# its retries: so the next kill waits until a dozen further attempts began, and the step that was hit had its turn.
attempts() { cat "$work/witness" 2>/dev/null | wc -l; }
went_on() {
	local from=$1 tries=0
	while [ $(($(attempts) - from)) -lt 12 ] && [ ! -e "$work/pod/ctl/last-word" ] && [ $tries -lt 600 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
}
RANDOM=${SEED:-$$}
seed=${SEED:-$$}
new_pod 150
start_pod
kills=0
while [ $kills -lt "${KILLS:-30}" ] && [ ! -e "$work/pod/ctl/last-word" ]; do
	names=(quarterback slot-0 slot-1 slot-2)
	name=${names[RANDOM % 4]}
	victim=${pid[$name]}
	before=$(attempts)
	if [ $((RANDOM % 8)) != 0 ]; then
		child=$(cut -d' ' -f1 "/proc/$victim/task/$victim/children" 2>/dev/null || true)
		[ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
	else
		kill -9 "$victim" 2>/dev/null || true
		wait "$victim" 2>/dev/null || true
		# the end of a container is the end of everything in it; here its children need a moment
		if [ "$name" = quarterback ]; then start_quarterback; else start_slot "${name#slot-}"; fi
	fi
	kills=$((kills + 1))
	went_on "$before"
	sleep "0.0$((RANDOM % 10))"	# anywhere in the life of what runs then
done
wait_verdict 0
expect_result 150
end_pod
[ "$(sort -un "$work/witness" | wc -l)" = 150 ] || fail "the witness has not seen every step"
pass "$kills kills (SEED=$seed), $(wc -l <"$work/witness") attempts of 150 steps, the result is the same"

# Draining: the word is drained, the verdict's status is that of an evicted pod.
new_pod 2000
start_pod
until [ -s "$work/witness" ]; do sleep 0.01; done
kill "${pid[verdict]}"
"$bin/calc-quarterback" --root "$work/pod" --drain --grace 20
grep -q '"verdict":"drained"' "$work/pod/ctl/last-word" || fail "not drained: $(cat "$work/pod/ctl/last-word")"
wait_verdict 143
end_pod
pass "a pod drains"

# Five deaths without getting on: no slot ever comes.
new_pod 1
start_quarterback
for ((n = 0; n < 5; n++)); do
	until child=$(cut -d' ' -f1 "/proc/${pid[quarterback]}/task/${pid[quarterback]}/children") && [ -n "$child" ] &&
		[ "$child" != "${last:-}" ] || [ -e "$work/pod/ctl/last-word" ]; do sleep 0.01; done
	kill -9 "$child" 2>/dev/null || true
	last=$child
done
"$bin/calc-verdict" --root "$work/pod" >"$work/verdict.log" && fail "a quarterback that died five times is done"
end_pod
pass "deaths without getting on end in a verdict"

# What is refused: another plan, a torn one, none.
refused() {
	start_pod
	wait_verdict 2
	end_pod
	grep -q "$1" "$work/verdict.log" || fail "the last word does not say \"$1\": $(cat "$work/verdict.log")"
	pass "refused: $1"
}
new_pod 1
hash=${hash//[0-8]/9}
refused "and not"
new_pod 1
rm "$work/pod/plan/plan.001"
refused "and not"
new_pod 1
gzip -nc "$work/plan" | head -c -9 >"$work/pod/plan/plan.000"
rm "$work/pod/plan/plan.001"
refused "cut off"
new_pod 1
head -c 40000000 /dev/zero | gzip -nc >"$work/pod/plan/plan.000"
rm "$work/pod/plan/plan.001"
refused "and not"
new_pod 1
printf '{"calcflow_plan":999}' >"$work/pod/plan/plan.000"
rm "$work/pod/plan/plan.001"
hash=$(sha256sum <"$work/pod/plan/plan.000" | cut -d' ' -f1)
refused "another version"

# Garbage is no last word.
new_pod 1
for word in '' '{}' '{"calcflow_last_word":1,"plan":"x","verdict":"done","message":""}' "$(printf 'done\n')"; do
	printf '%s' "$word" >"$work/pod/ctl/last-word"
	status=0
	"$bin/calc-verdict" --root "$work/pod" --grace 1 >"$work/verdict.log" &
	pid[verdict]=$!
	until [ -e "/proc/${pid[verdict]}/fd/4" ]; do sleep 0.01; done	# its watch is set
	kill "${pid[verdict]}"
	wait_verdict 143
done
pass "garbage is no last word"
echo "$passed passed"
