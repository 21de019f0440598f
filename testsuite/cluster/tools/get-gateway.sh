#!/bin/bash
# Prints the folder with the definitions of the Gateway API (gateway/go.mod beside this file), which the Go client fetches and checks.
#
#   get-gateway.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
go_mod=$here/gateway/go.mod
# shellcheck source=go.bash
. "$here/go.bash"

go=$(find_go)
cd "$here/gateway"
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOWORK=off
"$go" mod download sigs.k8s.io/gateway-api >&2
folder=$("$go" list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)/config/crd/standard
[ -f "$folder/gateway.networking.k8s.io_httproutes.yaml" ] || { say "$folder has no definitions"; exit 1; }
echo "$folder"
