#!/bin/bash
# Makes every image of the project that is missing or older than what it is made of: the runtime image from the static
# daemons, and one for each samples/*/image. Such a file holds the image's name and the words for build-image.sh, one or
# more a line; {build} is the folder of the build.
#
#   build-images.sh BUILD OUT VERSION
set -euo pipefail
[ $# = 3 ] || { sed -n '6s/^# *//p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd) version=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)

# make TAR NAME DESCRIPTION WORD...: builds NAME where TAR is older than the description or a file among the words.
make() {
	local tar=$1 name=$2 description=$3 word newest=
	shift 3
	for word in "$here/build-image.sh" "$description" "${@%%:*}"; do
		if [ -f "$word" ] && [ "$word" -nt "$tar" ]; then newest=$word; fi
	done
	if [ -e "$tar" ] && [ -z "$newest" ]; then
		echo "$name: ${tar##*/} is up to date"
		return
	fi
	"$here/build-image.sh" "$name" "$tar" "$@"
	echo "$name: ${tar##*/}, $(stat -c %s "$tar") bytes"
}

make "$out/runtime.tar" "calcflow/runtime:$version" "$0" \
	"$build/calc-quarterback:/calcflow/" "$build/calc-worker:/calcflow/" "$build/calc-verdict:/calcflow/"
for description in "$here"/../../samples/*/image; do
	read -ra words <<<"$(grep -v '^#' "$description" | tr '\n' ' ')"
	sample=$(basename "$(dirname "$description")")
	words=("${words[@]//\{build\}/$build}")
	make "$out/sample-$sample.tar" "${words[0]}" "$description" "${words[@]:1}"
done
