# What the tests of the samples share. Each runs in an empty folder of its own, counts what it checks, and ends with
# `finish`. CALCC is the program under test; CALC_SRCDIR and CALC_BUILDDIR come from make, or are guessed.
# shellcheck shell=bash
set -u
export LC_ALL=C.UTF-8
unset CDPATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
src=${CALC_SRCDIR:-$(cd "$here/../.." && pwd)}
build=${CALC_BUILDDIR:-$src/build}
calcc=${CALCC:-$build/calcc}
samples=${CALC_SAMPLES:-$src/samples}	# the same programs, changed: testsuite/list/samples
passed=0 failed=0 skipped=0

# Ends the test: it cannot be run here.
skip_all() { echo "skipped: $*"; exit 77; }

[ -x "$calcc" ] || skip_all "there is no $calcc"
work=$(mktemp -d "${TMPDIR:-/tmp}/calcflow-samples.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work" || exit 99

# check WHAT COMMAND...: counts whether the command succeeds.
check() {
	local what=$1
	shift
	if "$@" >check.log 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $what"
		sed 's/^/  | /' check.log
	fi
}

# run STATUS ARGUMENT...: `calcc run` ends with that status; what it says is in run.log.
run() {
	local wanted=$1 status
	shift
	timeout --kill-after=10 "${RUN_LIMIT:-120}" "$calcc" run "$@" >run.log 2>&1 </dev/null
	status=$?
	[ "$status" = "$wanted" ] || { echo "exit status $status, not $wanted:"; cat run.log; return 1; }
}

# says TEXT...: the last run said each of them.
says() {
	local text
	for text; do
		grep -qF -- "$text" run.log || { echo "does not say \"$text\":"; cat run.log; return 1; }
	done
}

# holds FILE TEXT: that is the file's whole content.
holds() { diff <(printf '%s' "$2") "$1"; }

absent() { [ ! -e "$1" ]; }

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}
