#!/bin/bash
# limit: 60
# A step ends well and leaves daemons behind that would write into its output later, by path and by an open descriptor: none
# lives on, and what is published is what stood there at the step's end.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"

witness_begin 7703
cat >"$WORK/haunt" <<'END'
echo good >"$1"
exec 9>>"$1"
late='trap "" HUP TERM; sleep 1; echo late >&9; echo late >>"$1"; witness tell "$2" "$3" late'
sh -c "$late" late "$@" &
setsid sh -c "$late" late "$@" &
setsid sh -c "setsid sh -c '$late' late \"\$@\" &" later "$@" &
witness tell "$2" "$3" left
END
flow_image calcflow/test-daemon:1 --with sh --with sleep --with setsid --with cat \
	"$WORK/witness-tool:/usr/bin/witness" "$WORK/haunt:/haunt"
cat >"$WORK/daemon.cf" <<'END'
param witness: string
param port: i64
function haunted() -> file { command ["sh", "/haunt", "{out}", "{witness}", "{port}"] }
function later(x: file) -> file {
    command ["sh", "-c", 'sleep 3; cat "$1"', "later", "{x}"]
    stdout out
}
flow daemon() -> (early: file, late: file) {
    x = haunted()
    return x, later(x)
}
sink early : file at share "/out/early"
sink late : file at share "/out/late"
calcset daemon on pod {
    run early, late <- daemon()
    slots 2
    default cpu 100m
    default image "calcflow/test-daemon:1"
}
END
new_namespace daemon
out=$(flow_share out)
job=$(flow_compile "$WORK/daemon.cf" daemon --claim out=out -D "witness=$witness_address" -D "port=$witness_port")
flow_apply daemon
flow_ends "$job" 40 Complete
[ "$(cat "$WORK/witness")" = left ] || { cat "$WORK/witness"; fail "the witness heard of daemons, or not of the step"; }
echo good | cmp - "$out/early" || fail "early: $(cat "$out/early")"
echo good | cmp - "$out/late" || fail "late: $(cat "$out/late")"
