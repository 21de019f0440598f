#!/bin/bash
# Makes a container image from nothing but the files it is given: no daemon, no base image, nothing
# fetched. The same files give the same bytes. It must not know which images the project has.
#
#   build-image.sh NAME OUT.tar [option...] [FILE[:DEST]]...
#
#   FILE[:DEST]          a file or folder, copied to DEST (default: /FILE's last part); DEST/ = into it
#   --with PROGRAM       that program of this machine at its own path, with its shared libraries
#   --link PATH=TARGET   a symbolic link in the image
#   --user N[:M]         the user the image asks for (default: root; a pod's runAsUser overrules)
#   --entrypoint WORD    one word of the entrypoint; repeat for more
#   --env NAME=VALUE     an environment variable
#   --label NAME=VALUE   a label
#   --arch ARCH          the architecture that the image says it is for (default: this machine's)
#
# NAME carries a tag; OUT.tar is a docker-archive, as `ctr images import` reads it, there whole or not
# at all.
set -euo pipefail
export LC_ALL=C

usage() { sed -n '5,19s/^# \{0,1\}//p' "$0" >&2; exit 2; }
die() { echo "build-image: $*" >&2; exit 1; }

[ $# -ge 2 ] || usage
name=$1 out=$2
shift 2
command -v buildah >/dev/null || die "buildah is not installed"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")

scratch=$(mktemp -d "${TMPDIR:-/tmp}/build-image.XXXXXX")
partial=
trap 'rm -rf "$scratch" ${partial:+"$partial"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
root=$scratch/root
mkdir -m 755 "$root"

# Copies file $1 to $2 in the image; folders on the way are root's, 755; a file keeps only whether it
# can be executed.
put_file() {
	local mode=644
	[ ! -x "$1" ] || mode=755
	mkdir -p "$root/$(dirname "$2")"
	install -m "$mode" "$1" "$root/$2"
}

put() {
	local from=${1%%:*} to=/ item
	case $1 in *:*) to=${1#*:} ;; *) to=/$(basename "$from") ;; esac
	case $to in */) to=$to$(basename "$from") ;; esac
	if [ -d "$from" ]; then
		mkdir -p "$root/$to"
		(cd "$from" && find . -mindepth 1 \( -type f -o -type l \) -print0 | sort -z) |
			while IFS= read -r -d '' item; do put_file "$from/$item" "$to/$item"; done
	elif [ -f "$from" ]; then
		put_file "$from" "$to"
	else
		die "$from: neither file nor folder"
	fi
}

# /bin, /lib and so on are links into /usr, as where the programs come from.
merge_usr() {
	local part
	for part in bin lib lib64 sbin; do
		[ -L "$root/$part" ] || {
			mkdir -p "$root/usr/$part"
			[ ! -d "$root/$part" ] || { cp -a "$root/$part/." "$root/usr/$part/"; rm -r "${root:?}/$part"; }
			ln -s "usr/$part" "$root/$part"
		}
	done
}

put_program() {
	local path library
	path=$(type -P "$1") || die "--with $1: no such program on this machine"
	merge_usr
	put_file "$path" "$path"
	# A static program makes ldd fail, and has no libraries.
	{ ldd "$path" 2>/dev/null || true; } |
		awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' |
		while IFS= read -r library; do
			[ -e "$root/$library" ] || put_file "$library" "$library"
		done
}

config=()
entrypoint=
while [ $# -gt 0 ]; do
	case $1 in
	--*) [ $# -ge 2 ] || usage ;;
	esac
	case $1 in
	--with) put_program "$2"; shift ;;
	--link) mkdir -p "$root/$(dirname "${2%%=*}")"; ln -sfn "${2#*=}" "$root/${2%%=*}"; shift ;;
	--user) config+=(--user "$2"); shift ;;
	--entrypoint) entrypoint+=${entrypoint:+,}\"$2\"; shift ;;
	--env) config+=(--env "$2"); shift ;;
	--label) config+=(--label "$2"); shift ;;
	--arch) config+=(--arch "$2"); shift ;;
	--*) usage ;;
	*) put "$1" ;;
	esac
	shift
done
[ -z "$entrypoint" ] || config+=(--entrypoint "[$entrypoint]")
mkdir -p "$root/tmp"
chmod 1777 "$root/tmp"
find "$root" -type d ! -path "$root/tmp" -exec chmod 755 {} +
find "$root" -exec touch -h -d @0 {} +

export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
export REGISTRIES_CONFIG_PATH=/dev/null TMPDIR=$scratch
buildah() { command buildah --root "$scratch/storage" --runroot "$scratch/run" "$@"; }

{
	container=$(buildah from --name build scratch)
	buildah copy --quiet --chown 0:0 "$container" "$root" / >/dev/null
	[ ${#config[@]} -eq 0 ] || buildah config "${config[@]}" "$container"
	image=$(buildah commit --quiet --timestamp 0 --format oci "$container")
	partial=$(mktemp -u "$out.XXXXXX")
	buildah push --quiet "$image" "docker-archive:$partial:$name"
} >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; die "$name could not be made"; }
mv "$partial" "$out"
partial=
