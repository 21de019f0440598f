#!/bin/bash
# States at a share and at a pond from pod to pod: what a run's steps did is there once, whatever becomes of quarterbacks and of whole pods,
# which are killed with -9; pods that write one state come one after another; who wrote between is not passed over.
# KILLS sets how many quarterbacks and pods are killed, SEED when.
. "$(dirname "$0")/pod_lib.sh"

cat >"$work/count.cf" <<'END'
param run: string = "r"
param fails: i64 = 99
lock turn at pod
pond hot { size 1Gi }
state total : i64 = 100 at share "/st/deep/total.json" guarded by turn
state seen : [string] = [] at share "/st/seen.json" guarded by turn
state latest : string? at pond hot
sink result : [i64] at share "/out/result"
function add(n: i64, run: string, fails: i64) -> i64 {
    command ["sh", "-c", 'echo $(($(cat $0) + 1)) >$0; [ $2 != $4 ] || exit 1
        tr -d "]\n" <$1 >text; (cat text; grep -q r text && printf ,; echo "\"$3.$2\"]") >$1; echo $2',
        "{total}", "{seen}", "{n}", "{run}", "{fails}"]
    stdout out
    writes total, seen
}
function note(xs: [i64], run: string) -> file { command ["sh", "-c", 'printf %s "$1" >$0', "{latest}", "{run}"] stdout out writes latest }
flow f() -> [i64] {
    xs = each i in range(0, 6) { add(i, run, fails) }
    noted = note(xs, run)
    return xs
}
calcset s on pod {
    run result <- f()
    slots 3
    default image "x:1"
}
END

# A pod NAME of run RUN: in $work/NAME, its processes in ${pid[NAME/…]}.
st=$work/st
hot=$work/hot
mkdir "$st" "$hot"
begin_pod() {
	local name=$1 run=$2 root=$work/$1 i
	shift 2
	rm -rf "$root"
	mkdir -p "$root"/{ctl,bin,link,data,ipc,share/out,pond,plan}
	ln -s "$st" "$root/share/st"
	ln -s "$hot" "$root/pond/hot"
	pod_plan "${program:-$work/count.cf}" -D "run=r$run" "$@" >"$root/plan/plan.000"
	hash=$(sha256sum <"$root/plan/plan.000" | cut -d' ' -f1)
	CALC_RUN=$run "$bin/calc-quarterback" --root "$root" --hash "$hash" --slots 3 --worker "$bin/calc-worker" --grace 8 \
		${quarterback_options[@]+"${quarterback_options[@]}"} 2>>"$work/$name.quarterback.log" &
	pid[$name/quarterback]=$!
	"$bin/calc-quarterback" --root "$root" --wait-ready || fail "--wait-ready"
	for i in 0 1 2; do
		"$root/bin/calc-worker" --slot $i --hash "$hash" --socket "$root/link/$i/socket" 2>>"$work/$name.slot.log" &
		pid[$name/slot-$i]=$!
	done
	"$bin/calc-verdict" --root "$root" --grace 8 >"$work/$name.verdict.log" &	# itself: it is killed, and nothing must be left of it
	pid[$name/verdict]=$!
}
names() { local n; for n in "${!pid[@]}"; do [ "${n%%/*}" != "$1" ] || echo "$n"; done; }
# gone NAME SIGNAL: to all of the pod; nothing of it may live.
gone() {
	local n
	for n in $(names "$1"); do kill "-$2" "${pid[$n]}" 2>/dev/null || true; done
	for n in $(names "$1"); do
		wait "${pid[$n]}" 2>/dev/null || true
		unset "pid[$n]"
	done
	for ((n = 0; n < 500; n++)); do
		pgrep -f "$work/$1(/| |\$)" >/dev/null || return 0
		sleep_to 10
	done
	fail "processes are left: $(pgrep -af "$work/$1(/| |\$)")"
}
# ends NAME STATUS: its verdict, within a minute.
ends() {
	local status=0 i
	for ((i = 0; i < 6000; i++)); do
		[ "$(cut -d' ' -f3 "/proc/${pid[$1/verdict]}/stat" 2>/dev/null)" != Z ] && kill -0 "${pid[$1/verdict]}" 2>/dev/null || break
		sleep_to 10
	done
	[ $i -lt 6000 ] || fail "there is no verdict of $1"
	wait "${pid[$1/verdict]}" || status=$?
	unset "pid[$1/verdict]"
	[ $status = "$2" ] || { cat "$work/$1/ctl/last-word"; fail "the verdict of $1 ended with $status, not $2"; }
	gone "$1" TERM
}
sleep_to() { read -rt "$(printf '0.%03d' "$1")" <> <(:) || true; }

runs=""
# counted [RUN…] WHAT: of all runs that were ever named here each step has been once.
counted() {
	local r i
	while [ $# -gt 1 ]; do
		runs="$runs $1"
		shift
	done
	[ "$(cat "$st/deep/total.json")" = $((100 + 6 * $(wc -w <<<"$runs"))) ] || fail "$1: $(cat "$st/deep/total.json") after$runs"
	for r in $runs; do for i in 0 1 2 3 4 5; do echo "r$r.$i"; done; done | sort >"$work/wanted"
	tr -d '[]" \n' <"$st/seen.json" | tr , '\n' | sort >"$work/got"
	diff "$work/wanted" "$work/got" || fail "$1: other steps"
	pass "$1"
}

begin_pod a 1
ends a 0
counted 1 "a pod writes what its steps left"
begin_pod a 2
ends a 0
counted 2 "the next one goes on"
[ "$(cat "$hot/states/latest")" = r2 ] || fail "at the pond: $(cat "$hot/states/latest")"
begin_pod a 2
ends a 0
counted "a pod in place of one that had published all changes nothing"
[ "$(find "$st/.calcflow/states" -name 'deep*was-*' | wc -l)" = 1 ] || fail "kept: $(ls "$st/.calcflow/states")"

begin_pod a 1
ends a 3
grep -q 'this run (s@1) wrote .* and something else stands there since' "$work/a/ctl/last-word" || fail "$(cat "$work/a/ctl/last-word")"
counted "a run that came before another does not begin again"

begin_pod a 3 -D fails=4
ends a 1
counted "a step that fails leaves the share as it was"

# ---- two pods at once, whose quarterbacks are killed ----
# done_in NAME: steps in its journal. Five deaths without one more are the end.
done_in() { "$calcc" journal "$work/$1/ctl" --json 2>/dev/null | grep -c '"kind":"done"' || true; }
RANDOM=${SEED:-$$}
begin_pod a 4
begin_pod b 5
kills=0
declare -A before=([a]=-1 [b]=-1)
until=$((SECONDS + 60))
while [ "$kills" -lt "${KILLS:-12}" ] && [ $SECONDS -lt $until ]; do
	[ ! -e "$work/a/ctl/last-word" ] || [ ! -e "$work/b/ctl/last-word" ] || break
	sleep_to $((RANDOM % 40))
	name=$([ $((RANDOM % 2)) = 0 ] && echo a || echo b)
	guard=${pid[$name/quarterback]}
	child=$(cut -d' ' -f1 "/proc/$guard/task/$guard/children" 2>/dev/null || true)
	made=$(done_in $name)
	[ -n "$child" ] && [ "$made" -gt "${before[$name]}" ] || continue
	kill -9 "$child" 2>/dev/null || continue
	before[$name]=$made
	kills=$((kills + 1))
done
ends a 0
ends b 0
[ "$kills" -gt 0 ] || fail "no kill"
counted 4 5 "two pods come one after another ($kills quarterbacks were killed)"

# ---- whole pods are killed, and others take their place ----
kills=0
said=0
for ((run = 6; run < 6 + ${KILLS:-12}; run++)); do
	for ((n = 0; n < 2 + RANDOM % 3; n++)); do
		begin_pod a $run
		for ((i = RANDOM % 80; i > 0; i--)); do
			[ ! -e "$work/a/ctl/last-word" ] || break
			sleep_to 5
		done
		[ ! -e "$work/a/ctl/last-word" ] || said=$((said + 1))
		gone a KILL
		kills=$((kills + 1))
	done
	begin_pod a $run
	ends a 0
	counted $run "run $run"
done
pass "pods in place of others ($kills were killed, $said of them behind their last word)"

# ---- a lock that another holds ----
before=$(wc -l <"$work/a.quarterback.log")
exec 7>"$st/.calcflow/states/seen.json.lock"
flock 7
begin_pod a 90 7>&-
for ((i = 0; i < 1000; i++)); do
	! tail -n "+$((before + 1))" "$work/a.quarterback.log" | grep -q 'in the hands of another run' || break
	sleep_to 10
done
[ $i -lt 1000 ] || fail "it does not say that it waits"
kill -TERM "${pid[a/quarterback]}" "${pid[a/verdict]}"
ends a 143
exec 7>&-
counted "a pod that waits for a lock can end"

# ---- windows ----
cat >"$work/hours.cf" <<'END'
param run: string
window hour = every 1h late 2m then drop idle skip
state hours : [string] = [] at share "/st/hours.json"
source raw : file at share "/st/raw" in hour
sink result : file at share "/out/{window}" in hour
function add(x: file) -> file {
    command ["sh", "-c", 'tr -d "]\n" <$0 >text; (cat text; grep -q T text && printf ,; echo "\"$1\"]") >$0', "{hours}", "{window}"]
    stdout out
    writes hours
}
calcset s on pod {
    run result <- add(raw)
    slots 3
    default image "x:1"
}
END
echo raw >"$st/raw"
program=$work/hours.cf
for at in 13 14 14 15; do
	quarterback_options=(--window 2025-03-01T$at:00Z)
	begin_pod a "uid-$at-$RANDOM"
	ends a 0
done
[ "$(tr -d ' \n' <"$st/hours.json")" = '["20250301T1300Z","20250301T1400Z","20250301T1500Z"]' ] || fail "windows: $(cat "$st/hours.json")"
pass "a window that is run again is the same run"
echo "$passed passed, 0 failed, 0 skipped"
