#!/bin/bash
# Builds the container runtime that can mount images (Debian's cannot) from its Go module (containerd/go.mod beside this
# file) into a cache folder outside the tree, as build-tools.sh does, and prints that folder.
#
#   build-containerd.sh            build if need be, print the folder with the programs
#   build-containerd.sh --where    print the folder only
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
go_mod=$here/containerd/go.mod
# shellcheck source=go.bash
. "$here/go.bash"

version=$(version_of github.com/containerd/containerd/v2)
target=$cache/containerd-$version
if [ "${1:-}" = --where ]; then
	echo "$target"
	exit 0
fi
mapfile -t programs < <(tools_of)
go_build "$target" "containerd $version (3 minutes the first time)" "containerd containerd-shim-runc-v2 ctr" \
	-tags no_btrfs -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=$version" "${programs[@]}"
