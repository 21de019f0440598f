#!/usr/bin/env python3
"""`calcc check` of steps from JSON rows of about 100 bytes, beside one bare yajl pass over the same bytes. Goals: at most 3 times
the pass, at most 500 bytes a step beyond the text, linear from 10,000 to 1,000,000."""

import os
import random
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("CALC_BUILDDIR", ".")
CALCC = os.environ.get("CALCC", os.path.join(BUILD, "calcc"))
YAJL = os.environ.get("BARE_YAJL", os.path.join(BUILD, "testsuite/bench/data"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))
PROGRAM = '''type Row { id: string, name: string, parents: [string], size: i64 }
import data "rows.json" as rows : [Row]
function work(id: string, size: i64, before: [file]) -> file { command ["touch", "{out}"] image "x" }
flow f { done = steps r in rows by r.id after r.parents { work(r.id, r.size, parents) } }
calcset s on pod { run f() }
'''


def write_rows(path, n):
    random.seed(1)
    with open(path, "w") as f:
        f.write("[")
        for i in range(n):
            parents = sorted({random.randrange(max(0, i - 1000), i) for _ in range(random.randrange(3))}) if i else []
            f.write('%s\n{"id": "task_%08d", "name": "mProject", "parents": [%s], "size": %d}' %
                    ("," if i else "", i, ", ".join('"task_%08d"' % p for p in parents), random.randrange(10 ** 9)))
        f.write("\n]\n")


def seconds(command, cwd):
    best = None
    for _ in range(ROUNDS):
        start = time.monotonic()
        subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
        took = time.monotonic() - start
        best = took if best is None else min(best, took)
    return best


def peak(command, cwd):
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execv(command[0], command)
    return os.wait4(pid, 0)[2].ru_maxrss * 1024


print("%10s %8s %12s %12s %7s %12s" % ("rows", "MB", "yajl s", "calcc s", "ratio", "bytes/step"))
with tempfile.TemporaryDirectory() as tmp:
    with open(os.path.join(tmp, "rows.cf"), "w") as f:
        f.write(PROGRAM)
    for rows in [int(a) for a in sys.argv[1:]] or [10000, 100000, 1000000]:
        data = os.path.join(tmp, "rows.json")
        write_rows(data, rows)
        check = [os.path.abspath(CALCC), "check", "-q", "rows.cf"]
        bare, ours = seconds([os.path.abspath(YAJL), data], tmp), seconds(check, tmp)
        size = os.path.getsize(data)
        print("%10d %8.1f %12.4f %12.4f %7.2f %12.0f" % (rows, size / 1e6, bare, ours, ours / bare, (peak(check, tmp) - size) / rows))
