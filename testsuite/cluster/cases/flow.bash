# What the cases of flows share: an image from one program, a program compiled and applied, and what the
# quarterback said. Sourced after ../lib.sh. It must not know what a case tests.
# shellcheck shell=bash

calcc=${CALCC:-calcc}

# The user and group of the quarterback in the manifests, and so the owner of a share.
# shellcheck disable=SC2034
flow_owner=20000:20000

# flow_image NAME WORD...: an image on the node, by build-image.sh's words.
flow_image() {
	local name=$1 tar=$WORK/image-${1//[\/:]/-}.tar
	shift
	"$build_image" "$name" "$tar" "$@"
	import_image "$tar"
}

# flow_share NAME: a share of this case (claim NAME); prints its folder.
flow_share() {
	local folder
	folder=$(share_dir "$1" "$flow_owner")
	find "$folder" -mindepth 1 -delete
	hostpath_pv "$1" "$folder" "$1"
	echo "$folder"
}

# flow_compile FILE SET OPTION...: manifests of that set, in $WORK/SET; prints the Job's name.
flow_compile() {
	local file=$1 set=$2
	shift 2
	"$calcc" "$file" --set "$set" -o "$WORK/$set" "$@" >"$WORK/$set.compiled" ||
		{ cat "$WORK/$set.compiled" >&2; return 1; }
	awk '/^kind: Job/ { job = 1 } job && $1 == "name:" { print $2; exit }' "$WORK/$set/$set.yaml"
}

# flow_native FOLDER [WORD...]: builds a program of native functions there, static, for an image without a C library; WORDS go to make.
flow_native() {
	local folder=$1
	shift
	make -s -C "$folder" STATIC=1 PKG_CONFIG=true FUNCTIONS_CFLAGS="-I$CALC_SRCDIR/runtime/functions" \
		FUNCTIONS_LIBS="$CALC_BUILDDIR/libcalcflow-functions.a" LDLIBS=-lm "$@"
}

flow_apply() { kubectl apply --server-side --validate=strict -k "$WORK/$1" >/dev/null; }

# flow_follow JOB: the log of the quarterback into $WORK/JOB.log, each line with its time, also that of containers that
# ended; returns when there is a first line.
flow_follow() {
	local log=$WORK/$1.log pod
	pod=$(job_pod "$1")
	: >"$log"
	(
		until timeout 120 kubectl logs "$pod" -c quarterback --follow --timestamps >>"$log" 2>/dev/null && [ -s "$log" ]; do
			kubectl get pod "$pod" >/dev/null 2>&1 || exit
			sleep 0.05
		done
	) &
	wait_until 30 test -s "$log" || fail "the quarterback of $1 says nothing"
}

# flow_ends JOB SECONDS Complete|Failed: it ends so.
flow_ends() {
	local word
	word=$(wait_job "$1" "$2") || true
	[ "$word" = "$3" ] || { explain_job "$1"; fail "Job $1: ${word:-not ended after $2 s}, expected $3"; }
}

# flow_message JOB: what the last word says, as `kubectl describe` shows it of the newest pod's verdict.
flow_message() {
	local message
	message=$(kubectl get pod "$(job_pod "$1")" -o 'jsonpath={.status.containerStatuses[?(@.name=="verdict")].state.terminated.message}')
	printf '%b\n' "$message"
}

# flow_says TEXT PATTERN...: each is found in the text.
flow_says() {
	local text=$1 pattern
	shift
	for pattern; do
		grep -q -e "$pattern" <<<"$text" || { echo "$text"; fail "nothing says: $pattern"; }
	done
}

# --- a witness on the node ---

# The node's address on the bridge of the pods.
witness_address=10.88.0.1

# witness_begin PORT: programs and image; a witness that listens there and writes to $WORK/witness.
witness_begin() {
	witness_port=$1
	static_program "$WORK/witness-tool" "$(dirname "${BASH_SOURCE[0]}")/witness.c"
	flow_image calcflow/test-witness:1 "$WORK/witness-tool:/bin/witness"
	: >"$WORK/witness"
	enter "$WORK/witness-tool" serve "$witness_address" "$witness_port" "$WORK/witness" &
	witness_pid=$!
	trap 'kill "$witness_pid" 2>/dev/null || true' EXIT
	wait_until 10 witness_hears || fail "the witness does not listen"
	: >"$WORK/witness"
}
witness_hears() { enter "$WORK/witness-tool" tell "$witness_address" "$witness_port" "" 2>/dev/null; }
witness_has() { [ "$(wc -l <"$WORK/witness")" -ge "$1" ]; }

# crowd_expected: what the steps of crowd.cf make undisturbed, on this machine.
crowd_expected() {
	mkdir -p "$WORK/here/out" "$WORK/here/bin"
	cp "$WORK/witness-tool" "$WORK/here/bin/witness"
	PATH=$WORK/here/bin:$PATH "$calcc" run "$(dirname "${BASH_SOURCE[0]}")/crowd.cf" --quiet --share "out=$WORK/here/out" \
		--work-dir "$WORK/here/work" -D ms=0 "$@" >&2 || fail "calcc run"
	echo "$WORK/here/out/result"
}

# keep_journal POD: the journal of a pod that will be gone, by a second link: $WORK/ctl.
keep_journal() {
	local from
	from=$(volume_dir "$1" ctl)
	wait_until 30 test -s "$from/journal.db" || fail "the quarterback has no journal"
	mkdir -p "$WORK/ctl"
	ln "$from/journal.db" "$WORK/ctl/journal.db"
}

# check_witness STEPS: by the journal each of so many steps is done once; the witness saw that attempt once, and no attempt of
# a step that began after the step was done.
check_witness() {
	"$calcc" journal "$WORK/ctl" --json >"$WORK/journal" || fail "calcc journal"
	sed -n 's/^{"kind":"done","step":"\([^"]*\)","attempt":\([0-9]*\),.*"end_us":\([0-9]*\),.*/\1 \2 \3/p' "$WORK/journal" >"$WORK/done"
	awk -v steps="$1" '
		FNR == NR { if ($1 in end) { print $1 " is done twice"; bad = 1 } end[$1] = $3; of[$1] = $2; n++; next }
		NF == 3 { seen[$1 " " $2]++; if ($1 in end && $3 > end[$1]) { print $1 " began again, attempt " $2; bad = 1 } }
		END {
			if (n != steps) { print n " steps are done, not " steps; bad = 1 }
			for (s in end) if (seen[s " " of[s]] != 1) { print s " attempt " of[s] ": seen " seen[s " " of[s]] + 0 " times"; bad = 1 }
			exit bad
		}' "$WORK/done" "$WORK/witness" || fail "the witness and the journal do not agree"
}
