#!/bin/bash
# A pond of a pod is a folder beside those of its shares: sources are read there, sinks published there, also where a share is called `pond`.
. "$(dirname "$0")/pod_lib.sh"

cat >"$work/pond.cf" <<'END'
pond hot { size 1Gi }
source old : file at pond hot
source raw : file at share "/pond/hot/old"
sink kept : file at pond hot
function join(x: file, y: file) -> file { command ["cat", "{x}", "{y}"] stdout out }
calcset s on pod {
    run kept <- join(old, raw)
    slots 3
    default image "x:1"
}
END
start_quarterback() {
	"$bin/calc-quarterback" --root "$work/pod" --hash "$hash" --slots 3 --worker "$bin/calc-worker" --grace 20 2>>"$work/quarterback.log" &
	pid[quarterback]=$!
}
make_pod "$work/pond.cf"
mkdir -p "$work/pod/pond/hot" "$work/pod/share/pond/hot"
echo node >"$work/pod/pond/hot/old"
echo share >"$work/pod/share/pond/hot/old"
start_pod
wait_verdict 0
diff <(printf 'node\nshare\n') "$work/pod/pond/hot/kept" || fail "another result"
end_pod
pass "sources and sinks at a pond"
echo "$passed passed, 0 failed, 0 skipped"
