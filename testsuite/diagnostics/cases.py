"""What the tests of this folder share: the cases of testsuite/cases, run with other options, and their diagnostics as JSON."""

import importlib.machinery
import importlib.util
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.environ.get("CALC_SRCDIR", os.path.dirname(os.path.dirname(HERE)))
BUILD = os.environ.get("CALC_BUILDDIR", os.path.join(SRC, "build"))
CALCC = os.path.abspath(os.environ.get("CALCC", os.path.join(BUILD, "calcc")))
TIMEOUT = 60


def _load_run_cases():
    loader = importlib.machinery.SourceFileLoader("run_cases", os.path.join(SRC, "testsuite/run-cases"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_cases", loader))
    loader.exec_module(module)
    return module


def checked_cases():
    """The cases that calcc checks or emits, by path."""
    run_cases = _load_run_cases()
    run_cases.CALCC = CALCC
    for folder, folders, files in os.walk(os.path.join(SRC, "testsuite/cases")):
        folders.sort()
        for name in sorted(files):
            if not name.endswith(".cf"):
                continue
            case = run_cases.Case(os.path.join(folder, name))
            verb = case.option("RUN", "check").split()[0]
            if not case.text.startswith("// PART OF") and verb in ("check", "compile", "dot", "parse"):
                yield case


def arguments(case, tmp):
    """The command line of a case; `check` where it calls the parser alone."""
    return case.command(tmp)[1:] if case.command(tmp)[0] == CALCC else ["check", case.path]


def calcc(args, cwd):
    done = subprocess.run([CALCC] + args, capture_output=True, timeout=TIMEOUT, cwd=cwd, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")


def json_lines(stderr):
    """(diagnostics, counts) of --diagnostics=json."""
    lines = [json.loads(line) for line in stderr.splitlines()]
    return lines[:-1], lines[-1]


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, ok, what):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL: " + what)
        return ok

    def skip(self, why):
        self.skipped += 1
        print("SKIP: " + why)

    def finish(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0
