#!/bin/bash
# States in a pod whose slots are other users than the quarterback: each finds what the step before left, may change its own copy in place or
# put another file there, and nothing else; the result is that of this machine.
# A `sync` state is written in place by all slots, whoever made its file.
# At a share and a pond what the pods of a Job did is there once, also when one takes the place of one that was deleted; two Jobs that write
# one state come one after another, and the next one goes on with it.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALCFLOW_IMAGES
flow_image localhost/test-state:1 --with sh --with cat --with mv --with sort --with sleep
cat >"$WORK/state.cf" <<'END'
lock turn at pod
state total : i64 = 100 at scratch guarded by turn
state words : [string] at scratch frozen
state open : string = "-1\n" at scratch sync
state made : file at scratch sync
sink result : i64 at share "/out/result"
sink notes : file at share "/out/notes"
function learn(n: i64) -> i64 { command ["sh", "-c", "echo '[\"a\"]' >$0; echo $1", "{words}", "{n}"] stdout out writes words }
function in_place(n: i64) -> i64 {
    command ["sh", "-c", "read v <$0 || test -n \"$v\"; echo $((v + $1)) >$0; echo $1", "{total}", "{n}"]
    stdout out
    writes total
}
function another(n: i64, l: i64) -> i64 {
    command ["sh", "-c", "cat $2 >/dev/null || exit 1; read v <$0 || test -n \"$v\"; echo $((v + $1)) >new; mv -f new $0; echo $1", "{total}", "{n}", "{words}"]
    stdout out
    reads words
    writes total
}
function all(xs: [i64], ys: [i64]) -> i64 { command ["cat", "{total}"] stdout out reads total }
function note(n: i64) -> i64 { command ["sh", "-c", "echo $2 >>$0 && echo $2 >>$1 && sleep 0.1 && echo $2", "{open}", "{made}", "{n}"] stdout out writes open, made }
function noted(xs: [i64]) -> file { command ["sort", "-n", "{open}", "{made}"] stdout out reads open, made }
flow f() -> (total: i64, notes: file) {
    l = learn(1)
    notes = noted(each i in range(0, 10) { note(i) })
    return all(each i in range(0, 10) { in_place(i) }, each i in range(0, 10) { another(i, l) }), notes
}
calcset states on pod {
    run result, notes <- f()
    slots 2
    default image "localhost/test-state:1"
}
END
new_namespace state
out=$(flow_share state-out)
job=$(flow_compile "$WORK/state.cf" states --claim out=state-out)
flow_apply states
flow_ends "$job" 180 Complete
[ "$(cat "$out/result")" = 190 ] || fail "another result: $(cat "$out/result")"
[ "$(tr '\n' ' ' <"$out/notes")" = '-1 0 0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 ' ] || fail "other notes: $(cat "$out/notes")"

# ---- from pod to pod ----
cat >"$WORK/tally.cf" <<'END'
lock turn at pod
pond hot { size 1Gi }
state total : i64 = 100 at share "/st/deep/total.json" guarded by turn
state seen : [string] = [] at pond hot guarded by turn
function add(n: i64, who: string) -> i64 {
    command ["sh", "-c", 'read v <$0 || test -n "$v"; echo $((v + 1)) >$0; read s <$1 || test -n "$s"; s=${s%]}; test "$s" = [ || s=$s,
        echo "$s\"$3.$2\"]" >$1; sleep 0.2; echo $2', "{total}", "{seen}", "{n}", "{who}"]
    stdout out
    writes total, seen
}
flow f(who: string) { done = each n in range(0, 10) { add(n, who) } }
for who in ["red", "blue"] {
    calcset "{who}" on pod {
        run f(who)
        slots 2
        default image "localhost/test-state:1"
    }
}
END
st=$(flow_share state-st)
hot=$(flow_share state-hot)
red=$(flow_compile "$WORK/tally.cf" red --claim st=state-st --claim pond/hot=state-hot)
blue=$(flow_compile "$WORK/tally.cf" blue --claim st=state-st --claim pond/hot=state-hot)
# counted RED BLUE: so many runs of each have been, and every step of each once.
counted() {
	local who i wanted
	[ "$(cat "$st/deep/total.json")" = $((100 + 10 * ($1 + $2))) ] || fail "total: $(cat "$st/deep/total.json") after $1 red and $2 blue"
	wanted=$(for ((i = 0; i < 10; i++)); do
		for ((n = 0; n < $1; n++)); do echo "red.$i"; done
		for ((n = 0; n < $2; n++)); do echo "blue.$i"; done
	done | sort)
	[ "$(tr -d '[]" \n' <"$hot/states/seen" | tr , '\n' | sort)" = "$wanted" ] || fail "steps: $(cat "$hot/states/seen")"
}
flow_apply red
flow_apply blue
flow_ends "$red" 180 Complete
flow_ends "$blue" 180 Complete
counted 1 1
# The same Job once more is another run. Its pod is taken away as it works, without a word to it, and another takes its place.
kubectl delete job "$red" >/dev/null
flow_apply red
pod=$(job_pod "$red")
works() { [ -n "$(find "$(volume_dir "$pod" data)/done/.states/total" -name '*add*' 2>/dev/null)" ]; }
wait_until 60 works || fail "no step of $pod has written"
kubectl delete pod "$pod" --grace-period=0 --force >/dev/null 2>&1
flow_ends "$red" 180 Complete
[ "$(job_pod "$red")" != "$pod" ] || fail "no other pod"
counted 2 1
