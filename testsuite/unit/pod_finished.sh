#!/bin/bash
# A finished step never runs again while the pod lives: the quarterback is killed with -9 at random, again and again, while what was
# read is removed behind the steps. Chains, rounds, branches, launches, items that failed, sources that change meanwhile.
# Afterwards no step was finished twice or began after it was finished, and the result is that of a pod that nobody disturbed.
# KILLS sets how many kills a program, SEED which.
. "$(dirname "$0")/pod_lib.sh"

functions='
param witness: string
function make(n: i64, witness: string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; seq $1 >$2", "make", "{n}", "{out}", "{witness}"]
}
function add(text: file, n: i64, witness: string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$4; sleep 0.02; (cat $1; echo $2) >$3", "add", "{text}", "{n}", "{out}", "{witness}"]
}
function lines(text: file, witness: string) -> i64 {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; wc -l <$1 >$2", "lines", "{text}", "{out}", "{witness}"]
}
function numbers(n: i64, witness: string) -> [i64] {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; echo [$(seq -s, $1)] >$2", "numbers", "{n}", "{out}", "{witness}"]
}
enum Parity { odd even }
function parity(n: i64, witness: string) -> Parity {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; [ $(($1 % 2)) = 1 ] && echo '"'"'\"odd\"'"'"' >$2 || echo '"'"'\"even\"'"'"' >$2", "parity", "{n}", "{out}",
             "{witness}"]
}
function all(parts: [file], witness: string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$1; shift; cat \"$@\"", "all", "{witness}", "{parts}"]
    stdout out
}
sink result : file at share "/out/result"
'
body() {
	printf '%s\n%s\ncalcset s on pod {\n    run result <- f(%s)\n    slots 3\n    default image "x:1"\n}\n' "$functions" "$1" "${2:-}" >"$work/pod.cf"
}
new_pod() {
	make_pod "$work/pod.cf" -D "witness=$work/witness"
	mkdir -p "$work/pod/share/in/texts"
	seq 5 >"$work/pod/share/in/texts/a"
	seq 2 >"$work/pod/share/in/texts/b"
	seq 8 >"$work/pod/share/in/texts/d"
	printf '[4,2]\n' >"$work/pod/share/in/numbers.json"
}

# What the journal and the witness must say of any of them.
check_journal() {
	local twice
	"$calcc" journal --json "$work/pod/ctl" >"$work/journal" || fail "$1: no journal"
	sed -n 's/.*"kind":"done","step":"\([^"]*\)","attempt":\([0-9]*\).*/\1 \2/p' "$work/journal" >"$work/done"
	twice=$(cut -d' ' -f1 "$work/done" | sort | uniq -d | head -3)
	[ -z "$twice" ] || fail "$1: finished twice: $twice"
	awk 'NR == FNR { done[$1] = $2; next } ($1 in done) && $2 > done[$1] { print $1, $2, "after", done[$1] }' \
		"$work/done" "$work/witness" >"$work/after"
	[ ! -s "$work/after" ] || fail "$1: ran after it was finished: $(head -3 "$work/after")"
}

RANDOM=${SEED:-$$}
seed=${SEED:-$$}
# kill_quarterback NAME [COMMAND]: as often as there are kills and work, with the command before each.
kill_quarterback() {
	local child last='' from tries kills=0
	while [ $kills -lt "${KILLS:-12}" ] && [ ! -e "$work/pod/ctl/last-word" ]; do
		from=$(wc -l <"$work/witness") tries=0
		while [ $(($(wc -l <"$work/witness") - from)) -lt 2 ] && [ ! -e "$work/pod/ctl/last-word" ] && [ $tries -lt 200 ]; do
			tries=$((tries + 1))
			sleep 0.01
		done
		sleep "0.0$((RANDOM % 6))"
		child=$(quarterback_child)
		if [ -n "$child" ] && [ "$child" != "$last" ]; then
			${2:-:}
			kill -9 "$child" 2>/dev/null || true
			last=$child
			kills=$((kills + 1))
		fi
	done
	killed=$kills
}
# survives NAME [COMMAND]
survives() {
	new_pod
	start_pod
	wait_verdict 0
	cp "$work/pod/share/out/result" "$work/wanted"
	end_pod
	new_pod
	start_pod
	kill_quarterback "$@"
	wait_verdict 0
	cmp "$work/wanted" "$work/pod/share/out/result" || fail "$1: the result differs"
	end_pod
	check_journal "$1"
	pass "$1: $killed kills (SEED=$seed), $(wc -l <"$work/done") steps finished once"
}

chain=$(for ((i = 1; i < 25; i++)); do echo "    t$i = add(t$((i - 1)), $i, witness)"; done)
body "flow f() -> file {
    t0 = make(3, witness)
$chain
    return t24
}"
survives chain

body 'flow f() -> file {
    start = make(1, witness)
    long = cycle t from start until lines(t, witness) >= 12 max 40 { add(t, 7, witness) }
    twice = cycle t from long for 6 { add(t, 9, witness) }
    return twice
}'
survives rounds

body 'flow branch(n: i64) -> file {
    t = make(n, witness)
    return match parity(n, witness) {
        odd => add(add(t, 100, witness), 101, witness)
        even => add(t, 200, witness)
    }
}
flow f() -> file {
    few = numbers(6, witness)
    parts = each n in few { branch(n) }
    more = [n * 2 for n in numbers(len(few), witness)]
    others = each n in more { when n > 4 { branch(n) } else { make(n, witness) } }
    whole = all(parts, witness)
    rest = all(others, witness)
    return all([whole, rest], witness)
}'
survives branches

# An item that failed for good stays failed, though it would be made now that others went on without it.
body 'function shaky(n: i64, witness: string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; [ $1 != 3 -o -e $3.luck ] && seq $1 >$2", "shaky", "{n}", "{out}", "{witness}"]
}
function some(parts: [file?], witness: string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$1; shift; cat \"$@\"", "some", "{witness}", "{parts}"]
    stdout out
}
flow f() -> file {
    few = numbers(5, witness)
    parts = each n in few partial { add(shaky(n, witness), n, witness) }
    whole = some(parts, witness)
    t = add(whole, 1, witness)
    u = add(add(add(add(t, 1, witness), 2, witness), 3, witness), 4, witness)
    return u
}'
try_luck() {
	if grep -q '^whole ' "$work/witness"; then touch "$work/witness.luck"; fi
}
survives failures try_luck

# What a source holds is what it held when the pod began.
body 'source texts : [file] at share "/in/texts/*"
source many : [i64] at share "/in/numbers.json"
flow f(texts: [file], many: [i64]) -> file {
    first = each t in texts { add(add(t, 1, witness), 2, witness) }
    second = each n in many { add(make(n, witness), n, witness) }
    whole = all(first, witness)
    t = all([whole, all(second, witness)], witness)
    return add(add(add(add(t, 1, witness), 2, witness), 3, witness), 4, witness)
}' 'texts, many'
change_sources() {
	seq 3 >"$work/pod/share/in/texts/c"
	printf '[4,2,7]\n' >"$work/pod/share/in/numbers.json"
}
survives sources change_sources

body 'function spec(text: string, witness: string) -> flow(file, string) -> file {
    command ["sh", "-c", "echo $CALC_STEP $CALC_ATTEMPT >>$3; sleep 0.02; echo \"$1\" >$2", "spec", "{text}", "{out}", "{witness}"]
}
flow f(text: string) -> file {
    t = launch spec(text, witness) with (make(2, witness), witness)
    return add(add(add(add(t, 1, witness), 2, witness), 3, witness), 4, witness)
}' "'"'{"flow": {"params": ["t", "w"], "nodes": [
        {"name": "a", "call": "add", "args": {"text": {"param": "t"}, "n": 1, "witness": {"param": "w"}}},
        {"name": "b", "call": "add", "args": {"text": {"step": "a"}, "n": 2, "witness": {"param": "w"}}},
        {"name": "c", "call": "add", "args": {"text": {"step": "b"}, "n": 3, "witness": {"param": "w"}}}],
        "results": [{"step": "c"}]}}'"'"
survives launch

# A `once` step whose outputs were read and removed is no doubt.
body "function first(witness: string) -> file {
    command [\"sh\", \"-c\", \"echo \$CALC_STEP \$CALC_ATTEMPT >>\$2; seq 3 >\$1\", \"first\", \"{out}\", \"{witness}\"]
    effect once
}
flow f() -> file {
    t0 = first(witness)
$chain
    return t24
}"
new_pod
start_pod
until [ "$(wc -l <"$work/witness")" -ge 4 ]; do sleep 0.01; done
kill_quarterback once
wait_verdict 0
end_pod
check_journal once
pass "once: $killed kills (SEED=$seed)"
echo "$passed passed"
