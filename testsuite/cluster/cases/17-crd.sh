#!/bin/bash
# limit: 180
# The CalculationSet's definition, as emitted, is established, takes right objects, keeps what it fills in, and refuses wrong
# objects, one rule each, by what the rule says.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
require CALCC CALC_SRCDIR

sed 's/ on pod/ on list/' "$CALC_SRCDIR/samples/hello/hello.cf" >"$WORK/hello.cf"
"$CALCC" "$WORK/hello.cf" --emit=kubernetes -o "$WORK/hello" --claim out=out >/dev/null
new_namespace crd
apply_definition "$WORK/hello/crd-calculationsets.yaml" calculationsets.calcflow.dev
kubectl get crd calculationsets.calcflow.dev -o 'jsonpath={.status.conditions[?(@.type=="NonStructuralSchema")].message}' >"$WORK/structural"
[ ! -s "$WORK/structural" ] || fail "the schema is not structural: $(cat "$WORK/structural")"
# What it says of itself may take a moment to be served.
served() { kubectl get calcsets >/dev/null 2>&1; }
wait_until 20 served || fail "its short name is not served"

cd "$WORK"
python3 "$here/crd.py" . >objects
counts=(0 0)
bad=
while IFS=$'\t' read -r file said; do
	number=${file#*-}
	status=0
	case $file in
	right-* | before-*) kubectl apply --server-side --force-conflicts --validate=strict --filename "$file" >answer 2>&1 || status=$? ;;
	wrong-*) kubectl create --dry-run=server --validate=strict --filename "$file" >answer 2>&1 || status=$? ;;
	change-*) kubectl replace --dry-run=server --validate=strict --filename "$file" >answer 2>&1 || status=$? ;;
	status-*) kubectl patch calcset small --subresource=status --type=merge --dry-run=server --patch-file "$file" >answer 2>&1 || status=$? ;;
	esac
	case $file in
	right-*)
		[ $status = 0 ] || { bad=1; echo "$file was refused: $(cat answer)"; }
		counts[0]=$((counts[0] + 1))
		;;
	before-*) [ $status = 0 ] || { bad=1; echo "$file was refused: $(cat answer)"; } ;;
	*)
		if [ $status = 0 ]; then
			bad=1
			echo "$file was taken: $said"
		elif ! grep -qF -- "$said" answer; then
			bad=1
			echo "$file was refused for something else than \"$said\": $(cat answer)"
		fi
		counts[1]=$((counts[1] + 1))
		;;
	esac
	# The next pair begins anew.
	case $file in change-*) kubectl delete calcset small >/dev/null; kubectl create --filename "before-$number" >/dev/null ;; esac
done <objects
[ -z "$bad" ] || fail "see above"
[ "${counts[1]}" -ge 30 ] || fail "only ${counts[1]} wrong objects"
measure "${counts[0]} right objects taken, ${counts[1]} wrong ones refused"
[ "$(kubectl get calcset s -o 'jsonpath={.spec.suspend} {.spec.groups[0].functions[0].effect} {.spec.groups[0].functions[0].retries}')" = "false Pure 0" ] ||
	fail "the defaults are not filled in"
kubectl get calcsets -o wide >columns
grep -q '^s .*flow.cf:1' columns || fail "its columns: $(cat columns)"
