#!/bin/bash
# States in a pod: slots get them to read and hand the next version over; a step's change is there once, whatever becomes of the quarterback,
# which is killed with -9 again and again. KILLS sets how many kills, SEED when.
. "$(dirname "$0")/pod_lib.sh"

cat >"$work/pod.cf" <<'END'
param witness: string
lock turn at pod
state seen : [i64] = [] at scratch guarded by turn
state words : [string] at scratch frozen
sink result : [i64] at share "/out/result"
function learn(n: i64) -> i64 { command ["sh", "-c", "echo '[\"a\"]' >$0; echo $1", "{words}", "{n}"] stdout out writes words }
function add(n: i64, l: i64, witness: string) -> i64 {
    command ["sh", "-c", "echo $2 >>$3; grep -q a $1 || exit 1; tr -d ']\n' <$0 >text; (cat text; grep -q '[0-9]' text && printf ,; echo $2]) >$0; sleep 0.02; echo $2", "{seen}", "{words}", "{n}", "{witness}"]
    stdout out
    reads words
    writes seen
}
function all(xs: [i64]) -> [i64] { command ["cat", "{seen}"] stdout out reads seen }
flow f() -> [i64] {
    l = learn(1)
    return all(each i in range(0, 40) { add(i, l, witness) })
}
calcset s on pod {
    run result <- f()
    slots 3
    default image "x:1"
}
END

# each_once WHAT: every number is in the result once.
each_once() {
	tr -d '[]\n' <"$work/pod/share/out/result" | tr , '\n' | sort -n | tr '\n' ' ' >"$work/got"
	[ "$(cat "$work/got")" = "$(seq -s' ' 0 39) " ] || fail "$1: $(cat "$work/pod/share/out/result")"
	pass "$1"
}

make_pod "$work/pod.cf" -D "witness=$work/witness"
start_pod
wait_verdict 0
end_pod
each_once "steps of three slots take turns"
[ "$(ls "$work/pod/data/done/.states/seen" | grep -c add)" = 1 ] || fail "versions are left: $(ls "$work/pod/data/done/.states/seen")"

RANDOM=${SEED:-$$}
make_pod "$work/pod.cf" -D "witness=$work/witness"
start_pod
for ((n = 0; n < ${KILLS:-12}; n++)); do
	began=$(wc -l <"$work/witness")
	for ((i = 0; i < 500; i++)); do		# a step has been finished since, when the next but one has begun
		[ "$(wc -l <"$work/witness")" -lt $((began + 3)) ] || break
		read -rt 0.01 <> <(:) || true
	done
	read -rt "0.0$((RANDOM % 50))" <> <(:) || true
	child=$(quarterback_child)
	[ -n "$child" ] || break
	kill -9 "$child" 2>/dev/null || break
done
wait_verdict 0
end_pod
[ "$n" -gt 0 ] || fail "no kill"
each_once "each change is there once after $n kills"

# ---- one that synchronises itself: a file of all slots, as it stands; what was written stays, whatever becomes of the quarterback ----
cat >"$work/sync.cf" <<'END'
state seen : file at scratch sync
state first : string = "first\n" at scratch sync
sink result : file at share "/out/result"
function add(n: i64) -> i64 { command ["sh", "-c", "exec 9>>$0; flock 9; echo $1 >&9; sleep 0.02; echo $1", "{seen}", "{n}"] stdout out writes seen }
function all(xs: [i64]) -> file { command ["sh", "-c", "sort -un $0; cat $1", "{seen}", "{first}"] stdout out reads seen, first }
flow f() -> file { return all(each i in range(0, 40) { add(i) }) }
calcset s on pod {
    run result <- f()
    slots 3
    default image "x:1"
}
END
make_pod "$work/sync.cf"
start_pod
kills=0
for ((n = 0; n < 5; n++)); do
	for ((i = 0; i < 500; i++)); do
		[ "$(cat "$work/pod/data/live/seen" 2>/dev/null | wc -l)" -lt $((n * 7 + 3)) ] || break
		read -rt 0.01 <> <(:) || true
	done
	child=$(quarterback_child)
	[ -z "$child" ] || ! kill -9 "$child" 2>/dev/null || kills=$((kills + 1))
done
wait_verdict 0
end_pod
[ "$kills" -gt 0 ] || fail "no kill"
diff <(seq 0 39; echo first) "$work/pod/share/out/result" || fail "another result"
pass "what steps write together is there ($kills kills)"
echo "$passed passed, 0 failed, 0 skipped"
