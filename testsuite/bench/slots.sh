#!/bin/sh
# 10,000 no-op steps in two slots, without engine and journal, beside `make -j2`; once with a static program and once with
# true(1). A bare loop of vfork, exec and wait in two processes is what this machine can do at best.
set -eu
bin=${CALC_BUILDDIR:-.}
count=10000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds() { python3 -c 'import subprocess, sys, time
t = time.monotonic(); subprocess.run(sys.argv[1:], check=True); print(f"{time.monotonic() - t:.3f}")' "$@"; }

cat >"$work/bare.c" <<'END'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int left = argc == 3 ? atoi(argv[2]) / 2 : 0;
	pid_t second = fork();
	while (left-- > 0) {
		pid_t pid = vfork();
		if (pid == 0) {
			char *env[] = { "PATH=/usr/bin:/bin", NULL };
			execve(argv[1], argv + 1, env);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	return second > 0 ? waitpid(second, NULL, 0) < 0 : 0;
}
END
${CC:-cc} -O2 -o "$work/bare" "$work/bare.c"

echo "program                 make -j2   slots    ratio    bare loop"
true=/usr/bin/true
[ -x $true ] || true=/bin/true
for program in "$(realpath "$bin/testsuite/bench/noop")" $true; do
	awk -v n=$count -v p="$program" 'BEGIN { printf "all:"; for (i = 0; i < n; i++) printf " t%d", i; printf "\n"
		for (i = 0; i < n; i++) printf "t%d:\n\t@%s\n", i, p }' >"$work/Makefile"
	best_make=999 best_slots=999 best_bare=999
	for round in 1 2 3; do
		best_make=$(printf '%s\n%s\n' "$best_make" "$(seconds make -s -r -j2 -f "$work/Makefile" all)" | sort -n | head -n 1)
		best_slots=$(printf '%s\n%s\n' "$best_slots" "$("$bin/testsuite/bench/bench_slots" "$program" $count 2)" | sort -n | head -n 1)
		best_bare=$(printf '%s\n%s\n' "$best_bare" "$(seconds "$work/bare" "$program" $count)" | sort -n | head -n 1)
	done
	awk -v p="$(basename "$program")" -v m="$best_make" -v s="$best_slots" -v b="$best_bare" \
		'BEGIN { printf "%-22s %7.3f s %7.3f s %6.2f %9.3f s\n", p, m, s, s / m, b }'
done
