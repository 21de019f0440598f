#!/bin/bash
# States in a pod whose slots are other users than the quarterback: each finds what the step before left, may change its own copy in place or
# put another file there, and nothing else; the result is that of this machine.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALCFLOW_IMAGES
flow_image localhost/test-state:1 --with sh --with cat --with mv --with sort
cat >"$WORK/state.cf" <<'END'
lock turn at pod
state total : i64 = 100 at scratch guarded by turn
state words : [string] at scratch frozen
sink result : i64 at share "/out/result"
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
flow f() -> i64 {
    l = learn(1)
    return all(each i in range(0, 10) { in_place(i) }, each i in range(0, 10) { another(i, l) })
}
calcset states on pod {
    run result <- f()
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
