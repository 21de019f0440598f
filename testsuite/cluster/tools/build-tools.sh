#!/bin/bash
# Builds the control plane, the node and etcd from their Go modules (go.mod beside this file) into a
# cache folder outside the tree, and prints that folder. The folder is named by the versions and is
# there whole or not at all; when it is there, nothing is done. It must not know how a cluster is run.
#
#   build-tools.sh            build if need be, print the folder with the programs
#   build-tools.sh --where    print the folder only
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
go_mod=$here/go.mod
# shellcheck source=go.bash
. "$here/go.bash"

kubernetes=$(version_of k8s.io/kubernetes)
etcd=$(version_of go.etcd.io/etcd/server/v3)
target=$cache/cluster-$kubernetes-etcd-$etcd
if [ "${1:-}" = --where ]; then
	echo "$target"
	exit 0
fi

stamp=k8s.io/component-base/version
minor=${kubernetes#*.}
mapfile -t programs < <(tools_of)
go_build "$target" "Kubernetes $kubernetes and etcd $etcd (8 minutes the first time)" "etcd kubelet kubectl" \
	-ldflags "-s -w \
	-X $stamp.gitVersion=v$kubernetes -X $stamp.gitMajor=${kubernetes%%.*} \
	-X $stamp.gitMinor=${minor%%.*} -X $stamp.gitTreeState=clean" \
	"${programs[@]}" ./etcd
