#!/usr/bin/env python3
"""`calcc FLOW -o DIR --emit=kubernetes` of 1,000 and 10,000 workers: as slots of pod sets (500 each), and as worker groups of a
set of list sets (20 each, from data). Beside it,
a bare program that hands the same documents as events to libyaml's emitter and writes what comes out: the same bytes, which is checked.
Processor time, the best of ROUNDS, each in a new folder; the sizes take turns, so that a busy machine is as busy for each of them. Growth is that of the
best, and the median of the rounds' own. "front" is `calcc check`: what is left of the whole is plans, manifests, hashes, files.
Goals: emission at most 1.2 times libyaml, ten times the workers at most 10.5 times as long, at most 30 MiB at 10,000.
Where they are installed: `kubectl kustomize` on the folder (KUBECTL), and jsonnet that makes as many objects of the groups' shape."""

import collections
import glob
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

BUILD = os.environ.get("CALC_BUILDDIR", ".")
CALCC = os.path.abspath(os.environ.get("CALCC", os.path.join(BUILD, "calcc")))
BARE = os.path.abspath(os.path.join(BUILD, "testsuite/bench/emit_yaml"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SIZES = [int(n) for n in os.environ.get("SIZES", "1000 10000").split()]
MOST_SLOTS, GROUPS = 500, 20
OTHERS_MOST = 60  # seconds of processor time
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "calcflow")
KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl") or next(iter(sorted(glob.glob(os.path.join(CACHE, "cluster-*/kubectl")))), None)
JSONNET = shutil.which("jsonnet")


def slots(n):
    yield 'function first(seed: i64) -> file { command ["made", "{seed}", "{out}"]  cpu 1  memory 64Mi }'
    for s in range((n + MOST_SLOTS - 1) // MOST_SLOTS):
        yield "flow f%d() -> [file] { return each i in range(%d, %d) { first(i) } }" % (s, s, s + MOST_SLOTS)
        yield 'sink r%d : [file] at share "/out/r%d"' % (s, s)
        yield 'calcset s%d on pod { run r%d <- f%d()  slots %d  default image "example.org/join:1" }' % (s, s, s, MOST_SLOTS)


def groups(n):
    with open("sites.json", "w", encoding="utf-8") as f:
        json.dump([{"name": "site-%d" % i} for i in range(n // GROUPS)], f)
    yield 'type Site { name: string }\nimport data "sites.json" as sites : [Site]'
    yield 'source start[name: string] : file at share "/in/{name}"\nsink result[name: string] : file at share "/out/{name}"'
    for g in range(GROUPS):
        yield 'function w%d(a: file) -> file { command ["work", "{a}", "{out}"]  cpu 1  memory 64Mi }' % g
    yield "flow f(a: file) -> file {\n    s0 = w0(a)"
    for g in range(1, GROUPS):
        yield "    s%d = w%d(s%d)" % (g, g, g - 1)
    yield "    return s%d\n}" % (GROUPS - 1)
    yield 'calcset site(s: Site) on list { run result[s.name] <- f(start[s.name])  default image "example.org/work:1" }'
    yield "calcset all on list { run each s in sites { site(s) } }"


OBJECTS = """local labels(i) = { 'app.kubernetes.io/component': 'w' + i, 'app.kubernetes.io/instance': 's', 'app.kubernetes.io/name': 's' };
local group(i) = [
  { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 's-w' + i, labels: labels(i) }, spec: { replicas: 0, selector: { matchLabels: labels(i) },
    template: { metadata: { labels: labels(i) }, spec: { containers: [{ name: 'worker', image: 'example.org/work:1', command: ['/calc/calc-worker', '--serve'],
      resources: { limits: { cpu: '1', memory: '64Mi' }, requests: { cpu: '1', memory: '64Mi' } }, ports: [{ containerPort: 8080 }],
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } }] } } } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 's-w' + i, labels: labels(i) }, spec: { selector: labels(i), ports: [{ port: 8080 }] } },
];
local all = std.makeArray(%d, group);
[all[k >> 1][k & 1] for k in std.range(0, %d)]
"""


def run(command, most=None):
    """Processor time, peak memory in KiB, and what it printed; None when it takes more than `most` seconds of it."""
    with tempfile.TemporaryFile() as out:
        limit = (lambda: resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))) if most else None
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, preexec_fn=limit)
        message = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
        if most and os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            return None
        if status:
            raise RuntimeError("%s: status %d: %s" % (" ".join(command[:4]), status, message.decode()[:300]))
        out.seek(0)
        return used.ru_utime + used.ru_stime, used.ru_maxrss, out.read(1 << 20)


def calcc(shape, made):
    claims = ["--claim", "out=out"] + (["--claim", "in=in"] if shape is groups else [])
    return [CALCC, "flow.cf", "-o", made, "--emit=kubernetes", "-q"] + claims


def measure(shape, times):
    """One round, in the folder of its size. Nothing is removed between rounds: a file system may look at each file that was removed in the last seconds
    for each one that is made (ext4 does), and that is not the emitter's."""
    made, bare = ("%s-%d" % (name, len(times["whole"])) for name in ("made", "bare"))
    times["front"].append(run([CALCC, "check", "flow.cf", "-q"])[0])
    took, peak, _ = run(calcc(shape, made))
    times["whole"].append(took)
    times["peak"].append(peak)
    names = sorted(name for name in os.listdir(made) if name.endswith(".yaml") and not name.startswith("crd-"))  # that one is a constant
    if not times["bare"]:
        run([BARE, made, "-c"] + names)
        times["bytes"].append(sum(os.path.getsize(os.path.join(made, name)) for name in names))
    times["bare"].append(float(run([BARE, made, bare] + names)[2]))
    times["again"].append(run(calcc(shape, made))[0])


def other(name, command):
    used = run(command, OTHERS_MOST)
    return "%s %.2f s, %d MiB" % (name, used[0], used[1] >> 10) if used else "%s more than %d s" % (name, OTHERS_MOST)


def others(n):
    text = []
    if KUBECTL:
        text.append(other("kustomize", [KUBECTL, "kustomize", "made-0"]))
    if JSONNET:
        with open("objects.jsonnet", "w", encoding="utf-8") as f:
            f.write(OBJECTS % (n, 2 * n - 1))
        text.append(other("jsonnet", [JSONNET, "-y", "objects.jsonnet"]))
    return "; ".join(text)


def rounds_of(shape, folder):
    """The times of every size, taken in turns; None: not emitted by this version."""
    times = {n: collections.defaultdict(list) for n in SIZES}
    for n in SIZES:
        os.makedirs(os.path.join(folder, "%s-%d" % (shape.__name__, n)))
        os.chdir(os.path.join(folder, "%s-%d" % (shape.__name__, n)))
        with open("flow.cf", "w", encoding="utf-8") as f:
            f.write("\n".join(shape(n)) + "\n")
    for _ in range(ROUNDS):
        for n in SIZES:
            os.chdir(os.path.join(folder, "%s-%d" % (shape.__name__, n)))
            try:
                measure(shape, times[n])
            except RuntimeError as e:
                if "CF030" not in str(e):
                    sys.exit(str(e))
                return None
    return times


def main():
    missed = []
    print("%-7s %7s %9s %8s %8s %8s %8s %7s %19s %7s" % ("shape", "workers", "KiB", "front s", "whole s", "again s", "yaml s", "ratio", "growth", "MiB"))
    # growth: of the whole, and in brackets of the bare program, which says what this machine makes of ten times the bytes
    with tempfile.TemporaryDirectory() as folder:
        for shape in slots, groups:
            times = rounds_of(shape, folder)
            if not times:
                print("%-7s skipped: this version does not emit it" % shape.__name__)
                continue
            for i, n in enumerate(SIZES):
                best = {name: min(took) for name, took in times[n].items()}
                peak = max(times[n]["peak"]) / 1024
                ratio = (best["whole"] - best["front"]) / best["bare"]
                growth = []
                if i:
                    less = times[SIZES[i - 1]]["whole"]
                    tenfold = n / SIZES[i - 1] / 10
                    growth = [best["whole"] / min(less) / tenfold, statistics.median(a / b for a, b in zip(times[n]["whole"], less)) / tenfold,
                              best["bare"] / min(times[SIZES[i - 1]]["bare"]) / tenfold]
                os.chdir(os.path.join(folder, "%s-%d" % (shape.__name__, n)))
                print("%-7s %7d %9d %8.3f %8.3f %8.3f %8.3f %7.2f %19s %7.1f  %s" % (shape.__name__, n, best["bytes"] >> 10, best["front"], best["whole"],
                      best["again"], best["bare"], ratio, "%.1f, %.1f (%.1f)" % tuple(growth) if growth else "", peak, others(n)), flush=True)
                if ratio > 1.2:
                    missed.append("%s of %d: %.2f times libyaml, the goal is 1.2" % (shape.__name__, n, ratio))
                if growth and growth[0] > 10.5:
                    missed.append("%s of %d: %.1f times as long as a tenth of it, the goal is 10.5" % (shape.__name__, n, growth[0]))
                if n == 10000 and peak > 30:
                    missed.append("%s of %d: %.1f MiB, the goal is 30" % (shape.__name__, n, peak))
        os.chdir("/")
    for text in missed:
        print("missed: " + text)


main()
