#!/bin/bash
# limit: 400
# Every sample on a list, one after another, as the suite's images have them: its Deployments become available, and one function of each,
# reached through its Service, makes what `calcc run` makes of the same values. Steps that fail there say why.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/flow.bash"
require CALCC CALC_SRCDIR CALC_BUILDDIR CALCFLOW_IMAGES
PATH=$CALC_BUILDDIR/samples/wfformat:$PATH

# ---- images of the samples that the build has none of: each with its own program ----
# native FOLDER SOURCE: the program of native functions, built there.
native() {
	(cd "$1" && "$CALCC" plant.cf --emit=stub -o stub -q)
	[ "$2" = plant_functions.c ] || rm "$1/stub/plant_functions.c"
	cp "$1/$2" "$1/stub/"
	flow_native "$1/stub"
}
native_image() { flow_image "calcflow/sample-$(basename "$1"):1" "$1/stub/plant-functions:/bin/plant-functions"; }
# What Python needs of its library, as one file; its path is part of the program.
python_image() {
	local version
	version=$(/usr/bin/python3 -c 'import sys; print("%d%d" % sys.version_info[:2])') || return 1
	/usr/bin/python3 - "$WORK/python.zip" <<-'END'
	import os, sys, zipfile
	library = os.path.dirname(os.__file__)
	with zipfile.ZipFile(sys.argv[1], "w") as z:
	    for folder in ("", "encodings", "json", "collections", "re", "importlib"):
	        for name in sorted(os.listdir(os.path.join(library, folder))):
	            if name.endswith(".py"):
	                z.write(os.path.join(library, folder, name), os.path.join(folder, name))
	END
	flow_image calcflow/sample-native-python:1 --with /usr/bin/python3 --link /usr/bin/python3="$(readlink -f /usr/bin/python3)" \
		--with "$(readlink -f /usr/bin/python3)" "$WORK/python.zip:/usr/lib/python$version.zip" "$1/plant_stats.py:/plant/plant_stats.py"
}

# ---- calls ----
# call FUNCTION FILE: through the Service of its group, by the API server's proxy. Prints the status and the answer.
call() {
	local place
	place=$("$here/functions.py" place "$WORK/sets.json" "$1")
	enter python3 "$here/functions.py" ask "$KUBECONFIG" "/api/v1/namespaces/$NAMESPACE/services/http:${place/ /:}/proxy/$1" "$2"
}
# fails FUNCTION STATUS PATTERN: it does, and says why.
fails() {
	printf '{"before":{"text":"x"}}' >"$WORK/body"
	call "$1" "$WORK/body" >"$WORK/answer"
	grep -q "^$2 .*$3" "$WORK/answer" || fail "$1: $(cat "$WORK/answer")"
}

new_namespace samples
flow_share data >/dev/null
"$here/functions.py" programs "$CALC_SRCDIR/samples" "$WORK/s" >"$WORK/list"
sets=0 deployments=0
started=$(now_ms)
while read -r name program function member set; do
	folder=$WORK/s/$name run=() compile=()
	case $name in
	native) native "$folder" plant_functions.c && native_image "$folder" && run=(--native "$folder/stub/plant-functions") ;;
	native-cpp) native "$folder" plant_functions.cpp && native_image "$folder" && run=(--native "$folder/stub/plant-functions") ;;
	native-python)
		if ! python_image "$folder"; then measure "native-python: there is no /usr/bin/python3 to make an image of"; continue; fi
		run=(-D "tool=$folder") compile=(-D tool=/plant)
		;;
	esac
	(cd "$folder" && "$CALCC" run -q probe.cf probe --share probe=probe "${run[@]}") || fail "$name: calcc run"
	[ "$set" = all ] || compile+=("--set=$set")
	for share in $(sed -n 's/.* share "\/\([a-z]*\).*/\1/p' "$folder/$program" | sort -u); do compile+=(--claim "$share=data"); done
	(cd "$folder" && "$CALCC" "$program" --emit=kubernetes -o manifests -q "${compile[@]}") || fail "$name: calcc"

	[ $sets -gt 0 ] || apply_definition "$folder/manifests/crd-calculationsets.yaml" calculationsets.calcflow.dev
	applied=$(now_ms)
	kubectl apply --server-side --validate=strict -k "$folder/manifests" >/dev/null
	timeout 90 kubectl wait --for=condition=Available deployment --all --timeout=85s >/dev/null || {
		kubectl get pods -o wide
		kubectl get events --sort-by=.lastTimestamp | tail -n 20
		fail "$name: not every Deployment becomes available"
	}
	kubectl get calcsets -o json >"$WORK/sets.json"
	call "$function" "$folder/request.json" >"$WORK/answer"
	sed -i 's/^200 //' "$WORK/answer"
	"$here/functions.py" same "$WORK/answer" "$folder/probe" "$member" || fail "$name: $function makes something else in its pod"
	if [ "$name" = failure ]; then
		fails break 500 'exit status 7.*the disk of the instrument is gone'
		fails hang 504 'longer than 1000 ms'
	fi
	n=$(kubectl get deployments -o name | wc -l)
	echo "$name: $n Deployments available and $function run in $(since_ms "$applied") s"
	sets=$((sets + 1)) deployments=$((deployments + n))
	# The definition stays; the pods need not be asked kindly.
	sed -i '/^- crd-/d' "$folder/manifests/kustomization.yaml"
	kubectl delete -k "$folder/manifests" --wait=false >/dev/null
	kubectl delete pods --all --grace-period=1 --wait=false >/dev/null
	timeout 60 kubectl wait --for=delete deployment --all --timeout=55s >/dev/null 2>&1 || true
done <"$WORK/list"
[ $sets -ge 16 ] || fail "only $sets samples"
measure "$sets samples on a list, $deployments Deployments available, a function of each run through its Service: $(since_ms "$started") s"
kubectl delete crd calculationsets.calcflow.dev --wait=false >/dev/null
