#!/usr/bin/env python3
"""`calcc FLOW -o DIR` of 20 steps as a whole process, beside a bare libyaml process that reads and writes the same manifests: the same
bytes, under temporary names that are then changed. Each into a new folder, in turns, the best of many. Goal: at most 2 times.
Behind it, what of calcc's time is no work: `calcc --version` is its start alone."""

import os
import shutil
import sys
import tempfile
import time

BUILD = os.environ.get("CALC_BUILDDIR", ".")
CALCC = os.path.abspath(os.environ.get("CALCC", os.path.join(BUILD, "calcc")))
BARE = os.path.abspath(os.path.join(BUILD, "testsuite/bench/small_yaml"))
ROUNDS = int(os.environ.get("ROUNDS", "500"))
STEPS = 20


def program():
    """A grid of 4 lanes and 5 steps each, every step after the one before it in its lane and in the next lane."""
    yield 'function first(seed: i64) -> file { command ["made", "{seed}", "{out}"]  cpu 1  memory 64Mi }'
    yield 'function join(a: file, b: file, part: string) -> file { command ["join", "--part={part}", "{a}", "{b}", "{out}"]  retries 2  timeout 5m }'
    yield "flow grid(seed: i64) -> file {"
    for i in range(STEPS):
        if i < 4:
            yield "    s%d = first(seed + %d)" % (i, i)
        else:
            yield '    s%d = join(s%d, s%d, "part %d")' % (i, i - 4, i - 4 + (1 if i % 4 < 3 else -3), i)
    yield "    return s%d\n}" % (STEPS - 1)
    yield 'sink result : file at share "/out/result"'
    yield 'calcset small on pod { run result <- grid(7)  slots 2  default image "example.org/join:1" }'


def seconds(command, folder):
    null = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=null)
    status = os.waitpid(pid, 0)[1]
    took = time.perf_counter() - start
    if status:
        sys.exit("%s: status %d" % (" ".join(command), status))
    shutil.rmtree(folder, ignore_errors=True)
    return took


def main():
    with tempfile.TemporaryDirectory() as tmp:
        os.chdir(tmp)
        with open("flow.cf", "w") as f:
            f.write("\n".join(program()) + "\n")
        seconds([CALCC, "flow.cf", "-o", "made", "--claim", "out=results"], "none")
        names = sorted(n for n in os.listdir("made") if n.endswith(".yaml"))
        bare = [BARE, "made", "copy"] + names
        seconds(bare, "none")
        for name in names:
            if open(os.path.join("made", name), "rb").read() != open(os.path.join("copy", name), "rb").read():
                sys.exit("the bare process writes other bytes: " + name)
        shutil.rmtree("copy")
        best = [9.0] * 3
        for _ in range(ROUNDS):
            took = seconds([CALCC, "flow.cf", "-o", "out", "--claim", "out=results"], "out"), seconds(bare, "copy"), seconds([CALCC, "--version"], "none")
            best = [min(b, t) for b, t in zip(best, took)]
        size = sum(os.path.getsize(os.path.join("made", n)) for n in names)
        print("%6s %7s %10s %10s %7s %10s" % ("steps", "bytes", "calcc ms", "bare ms", "ratio", "start ms"))
        print("%6d %7d %10.3f %10.3f %7.2f %10.3f" % (STEPS, size, best[0] * 1e3, best[1] * 1e3, best[0] / best[1], best[2] * 1e3))


main()
