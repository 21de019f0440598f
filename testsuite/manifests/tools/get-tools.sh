#!/bin/bash
# Gets the judges of manifests into a cache folder outside the tree, named by their versions, and prints a line for each:
# "NAME PROGRAM", or "NAME - WHY" where it cannot be had here. What is there is not got again.
#
#   get-tools.sh
#
# kube-linter is used where PATH has it: the Go client is refused its module, under either of its names, and neither PyPI nor npm has it.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
go_mod=$here/go.mod
# shellcheck source=../../cluster/tools/go.bash
. "$here/../../cluster/tools/go.bash"

# python_tool NAME VERSION: in an environment of its own.
python_tool() {
	local name=$1 version=$2 venv=$cache/$1-$2
	if [ ! -e "$venv/done" ]; then
		mkdir -p "$cache"
		rm -rf "$venv"
		say "installing $name $version"
		if ! { python3 -m venv "$venv" && nice -n 10 "$venv/bin/pip" --quiet --disable-pip-version-check install "$name==$version"; } >&2; then
			rm -rf "$venv"
			echo "$name - $name $version cannot be installed by pip"
			return
		fi
		touch "$venv/done"
	fi
	echo "$name $venv/bin/$name"
}

while read -r name version; do
	case $name in '' | '#'*) continue ;; esac
	python_tool "$name" "$version" 9>&-
done <"$here/python-tools"

programs="kubeconform kube-score"
folder=$cache/manifest-tools-$(version_of github.com/yannh/kubeconform)-$(version_of github.com/zegl/kube-score)
mapfile -t commands < <(tools_of)
if (go_build "$folder" "$programs (1 minute the first time)" "$programs" -ldflags "-s -w" "${commands[@]}") >/dev/null; then
	for name in $programs; do echo "$name $folder/$name"; done
else
	for name in $programs; do echo "$name - it cannot be built by Go"; done
fi
linter=$(command -v kube-linter || true)
echo "kube-linter ${linter:-- it is not in PATH}"
