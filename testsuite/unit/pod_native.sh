#!/bin/bash
# Native functions in the programs of a pod, as plain processes: secrets and PATH are the containers' own, which the quarterback does not
# know; results that stand in no file outlive a quarterback that is killed, and no finished step runs again.
. "$(dirname "$0")/pod_lib.sh"
src=$(realpath "${CALC_SRCDIR:-$(dirname "$0")/../..}")

cat >"$work/n.cf" <<'END'
param witness: string
param items: i64 = 300
function one(x: i64, witness: string) -> i64 {
    native "one"
    secret TOKEN from "vault/token"
    retries 100
}
function add(xs: [i64], witness: string) -> (sum: i64, said: string) {
    native "add"
    secret TOKEN from "vault/token"
    retries 100
}
function tell(n: i64) -> file {
    command ["sh", "-c", "echo $0 $TOKEN >$1; [ -z \"$MISSING\" ]", "{n}", "{out}"]
    secret TOKEN from "vault/token"
    secret MISSING from "vault/none"
}
flow f() -> (a: file, b: string) {
    sum, said = add(each x in range(items) { one(x, witness) }, witness)
    told = tell(sum)
    return told, said
}
sink result : file at share "/out/result.txt"
sink said : string at share "/out/said.txt"
calcset s on pod {
    run result, said <- f()
    slots 3
    default image "x:1"
}
END
mkdir "$work/programs"
"$calcc" "$work/n.cf" -D witness=x --emit=stub -o "$work/stub" -q
cat >"$work/stub/n_functions.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "n_functions.h"
static int seen(calc *c, calc_text_view witness)
{
	char line[64];
	int fd = open(witness.text, O_WRONLY | O_APPEND), n = snprintf(line, sizeof line, "%s\n", calc_step(c));
	if (fd < 0 || write(fd, line, (size_t)n) != n || close(fd) != 0)
		return calc_fail(c, "no witness");
	usleep(3000);
	return getenv("TOKEN") ? 0 : calc_fail(c, "no secret");
}
int one(calc *c, int64_t x, calc_text_view witness, int64_t *out) { *out = x; return seen(c, witness); }
int add(calc *c, n_i64_list_view xs, calc_text_view witness, int64_t *sum, calc_text *said)
{
	for (uint64_t i = 0; i < xs.count; i++)
		*sum += xs.item[i];
	return seen(c, witness) || calc_text_set(c, said, getenv("TOKEN"), strlen(getenv("TOKEN")));
}
END
library "$work/functions.a" "$src"
MAKEFLAGS='' make -s -C "$work/stub" CFLAGS="-D_GNU_SOURCE -O1" PKG_CONFIG=true FUNCTIONS_CFLAGS="-I$src/runtime/functions" FUNCTIONS_LIBS="$work/functions.a" ||
	fail "the stub's make"
cp "$work/stub/n-functions" "$work/programs/"

start_slot() {
	TOKEN="sesame $1" PATH="$work/programs:$PATH" "$work/pod/bin/calc-worker" --slot "$1" --hash "$hash" --socket "$work/pod/link/$1/socket" \
		2>>"$work/slot.log" &
	pid[slot-$1]=$!
}
new_pod() { make_pod "$work/n.cf" -D "witness=$work/witness" -D "items=$1"; }
expect() {	# items
	case $(cat "$work/pod/share/out/result.txt") in
	"$(($1 * ($1 - 1) / 2)) sesame "[012]) ;;
	*) fail "the result: $(cat "$work/pod/share/out/result.txt")" ;;
	esac
	case $(cat "$work/pod/share/out/said.txt") in
	"sesame "[012]) ;;
	*) fail "the secret" ;;
	esac
}

new_pod 20
start_pod
wait_verdict 0
expect 20
[ -z "$(sort "$work/witness" | uniq -d)" ] || fail "a step ran twice"
end_pod
pass "secrets of a container reach its commands and native functions"

new_pod 300
start_pod
kills=0
while [ $kills -lt 4 ]; do
	before=$(wc -l <"$work/witness")
	while [ "$(wc -l <"$work/witness")" -lt $((before + 40)) ] && [ -d "/proc/${pid[verdict]}" ]; do :; done
	child=$(quarterback_child)
	[ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
	kills=$((kills + 1))
done
wait_verdict 0
expect 300
# three steps were under way at each kill
[ "$(sort "$work/witness" | uniq -d | wc -l)" -le $((kills * 3)) ] || fail "finished steps ran again"
end_pod
pass "results without a file outlive the quarterback"
echo "$passed passed, 0 failed, 0 skipped"
