#!/bin/bash
# Every pattern in a pod leaves the bytes that it leaves on this machine: nested and generic flows, match, when, cycle, ring, expressions
# that the quarterback evaluates, a flow from a flow.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/flow.bash"
require CALCC CALC_SRCDIR CALCFLOW_IMAGES
samples=$CALC_SRCDIR/samples
mkdir "$WORK/texts"
printf 'one\nlonger line\n' >"$WORK/texts/a.txt"
seq 10 >"$WORK/texts/b.txt"

new_namespace patterns
declare -A job=() out=()
for sample in nested mapreduce match kmeans ring pipeline bootstrap; do
	case $sample in
	mapreduce) share=texts given=$WORK/texts ;;
	match) share=in given=$samples/match/in ;;
	*) share= given= ;;
	esac
	(cd "$WORK" && "$CALCC" run -q "$samples/$sample/$sample.cf" --share "out=$sample.here" ${share:+--share "$share=$given"} --work-dir "$sample.work")
	claims=(--claim "out=$sample-out")
	out[$sample]=$(flow_share "$sample-out")
	if [ -n "$share" ]; then
		folder=$(flow_share "$sample-$share")
		cp "$given"/* "$folder"
		chmod -R a+rX "$folder"
		claims+=(--claim "$share=$sample-$share")
	fi
	sed "s/calcset local on/calcset \"a-$sample\" on/" "$samples/$sample/$sample.cf" >"$WORK/$sample.cf"
	job[$sample]=$(flow_compile "$WORK/$sample.cf" "a-$sample" "${claims[@]}")
	kubectl apply --kustomize "$WORK/a-$sample"
done
for sample in "${!job[@]}"; do
	flow_ends "${job[$sample]}" 240 Complete
	diff -r -x .calcflow "$WORK/$sample.here" "${out[$sample]}" || fail "$sample: another result than on this machine"
done
