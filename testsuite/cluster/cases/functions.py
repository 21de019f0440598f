#!/usr/bin/env python3
"""One function of each sample, to be run through its Service, and by `calcc run` in a set made for that.

    functions.py programs SAMPLES DIR    writes a folder DIR/NAME for each: the sample with its sets on a list; probe.cf, with a set `probe`
                                         that runs the function alone; what that reads, in probe/; the request, in request.json. Prints
                                         "NAME PROGRAM FUNCTION RESULT SET" for each, SET being `all` where all sets are meant
    functions.py place SETS.json FUNCTION
                                         where CalculationSets (a List) serve it: "SERVICE PORT"
    functions.py ask KUBECONFIG PATH REQUEST
                                         posts it through the API server, and prints the status and all that was answered: kubectl hides
                                         the text of an error
    functions.py same ANSWER PROBE NAME  whether the answer's member NAME is what `calcc run` wrote into the folder PROBE
"""

import base64
import json
import os
import re
import shutil
import ssl
import sys
import urllib.error
import urllib.request

TEXT = "one two three two\nthree two four five six\nlonger, by far: seven eight\n"
FILE = {"text": TEXT}


def of(call, body, result="file", **more):
    return dict(call=call, body=body, result=result, **more)


READINGS = [{"sensor": "s1", "at": "2025-03-01T14:00:00Z", "value": 1.5, "grade": "good"},
            {"sensor": "s2", "at": "2025-03-01T14:05:00Z", "value": 2.25, "grade": "poor"},
            {"sensor": "s1", "at": "2025-03-01T14:10:00Z", "value": 2.5, "grade": "fair"}]
PLANT = of("stats(readings)", {"r": READINGS}, "[Stat]", program="plant.cf")

# The call as the flow says it, where `given` is a file with TEXT; the same as a request; the type of the result.
FUNCTIONS = {
    "bootstrap": of("add(3, 4)", {"a": 3, "b": 4}, "i64"),
    "failure": of('add(given, "second")', {"before": FILE, "text": "second"}),
    "fleet": of('table([Report(plant: "north", readings: 3, mean: 1.5), Report(plant: "south", readings: 1, mean: 7.25)])',
                {"reports": [{"plant": "north", "readings": 3, "mean": 1.5}, {"plant": "south", "readings": 1, "mean": 7.25}]},
                sets="summary"),
    "hello": of("sign(given, 14)", {"greeting": FILE, "letters": 14}),
    "hierarchy": of('sum_up("libs", [Weight(name: "a", size: 3, over: 1), Weight(name: "b", size: 40, over: 0)])',
                    {"name": "libs", "packages": [{"name": "a", "size": 3, "over": 1}, {"name": "b", "size": 40, "over": 0}]}, "Weight"),
    "kmeans": of("move([Centre(x: 0.0, y: 1.0), Centre(x: 5.0, y: 5.0)], [[Nearest(x: 3.0, y: 6.0, count: 2), Nearest(x: 1.0, y: 1.0, count: 1)]])",
                 {"centres": [{"x": 0, "y": 1}, {"x": 5, "y": 5}],
                  "found": [[{"x": 3, "y": 6, "count": 2}, {"x": 1, "y": 1, "count": 1}]]}, "Round"),
    "mapreduce": of("longest(given)", {"text": FILE}, "Longest"),
    "match": of("size(30)", {"cells": 30}, "Size"),
    "native": PLANT,
    "native-cpp": PLANT,
    "native-python": PLANT,
    "nested": of("bind([given, given])", {"parts": [dict(FILE, name="0"), dict(FILE, name="1")]}),
    "pipeline": of("check(4)", {"n": 4}, "i64"),
    "ring": of('carry(Letter(to: "Ada", miles: 90, log: "sorted "))', {"letter": {"to": "Ada", "miles": 90, "log": "sorted "}}, "Letter"),
    "site": of("page(given)", {"text": FILE}),
    "wfformat": of('described(Task(id: "a", parents: [], inputFiles: [], outputFiles: ["y"]))',
                   {"task": {"id": "a", "parents": [], "inputFiles": [], "outputFiles": ["y"]}, "inputs": [], "sizes": [9], "seconds": 0}, "Report", function="task", out="report",
                   flow="flow described(t: Task) -> Report {\n    made, report = task(t, [], [9], 0.0)\n    return report\n}\n"),
    "wordcount": of("count(given)", {"part": FILE}),
}

WORKFLOW = {"workflow": {"specification": {"tasks": [{"id": "a", "parents": [], "inputFiles": [], "outputFiles": ["y"]}],
                                           "files": [{"id": "y", "sizeInBytes": 9}]},
                         "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 0}]}}}
SET = re.compile(r'^calcset (\w+) on pod \{$', re.M)


def on_list(text, name):
    """Its sets on a list, named after it where there is one, with little of a small node's processors."""
    one = len(re.findall(r'^calcset ', text, re.M)) == 1
    image = "" if 'image "' in text else '\n    default image "calcflow/sample-%s:1"' % name
    cpu = "" if "default cpu" in text else "\n    default cpu 60m"
    return SET.sub(lambda m: 'calcset "%s" on list {%s%s' % (name if one else m[1], cpu, image), text)


def probe(function):
    """What is added to the sample so that `calcc run` runs the function alone."""
    inputs = [(word, kind, path) for word, kind, path in (("given", "file", "given"), ("readings", "[Reading]", "readings.jsonl"))
              if re.search(r"\b%s\b[^:]" % word, function["call"])]
    return "\n%s%s\nsink probed : %s at share \"/probe/%s\"\nflow probing(%s) -> %s {\n    return %s\n}\ncalcset probe on pod {\n    run probed <- probing(%s)\n}\n" % (
        function.get("flow", ""),
        "\n".join('source probe_%s : %s at share "/probe/%s"' % given for given in inputs),
        function["result"], "result" if function["result"] == "file" else "result.json",
        ", ".join("%s: %s" % given[:2] for given in inputs), function["result"], function["call"],
        ", ".join("probe_" + given[0] for given in inputs))


def programs(samples, out):
    for name, function in FUNCTIONS.items():
        folder = os.path.join(out, name)
        shutil.copytree(os.path.join(samples, name), folder)
        program = function.get("program", name + ".cf")
        with open(os.path.join(folder, program), encoding="utf-8") as f:
            text = f.read().replace("calcflow/sample-native:1", "calcflow/sample-%s:1" % name)
        os.makedirs(os.path.join(folder, "probe"))
        for path, content in ((program, on_list(text, name)), ("probe.cf", text + probe(function)), ("probe/given", TEXT),
                              ("probe/readings.jsonl", "".join(json.dumps(row) + "\n" for row in READINGS)),
                              ("request.json", json.dumps(function["body"])), ("workflow.json", json.dumps(WORKFLOW))):
            with open(os.path.join(folder, path), "w", encoding="utf-8") as f:
                f.write(content)
        print(name, program, function.get("function", function["call"].split("(")[0]), function.get("out", "out"), function.get("sets", "all"))


def place(path, called):
    with open(path, encoding="utf-8") as f:
        sets = json.load(f)["items"]
    for group in (g for s in sets for g in s["spec"].get("groups", [])):
        for function in group["functions"]:
            if function["name"] == called:
                print(group["service"], function["port"])
                return 0
    print("no group runs %s" % called, file=sys.stderr)
    return 1


def ask(kubeconfig, path, request):
    with open(kubeconfig, encoding="utf-8") as f:
        text = f.read()
    server, authority, token = (re.search(r'%s: "?([^"},\s]+)' % key, text)[1] for key in ("server", "certificate-authority", "token"))
    with open(request, "rb") as f:
        asked = urllib.request.Request(server + path, f.read(), {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=30, context=ssl.create_default_context(cafile=authority)) as answer:
            print(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())


def same(answer, folder, member):
    with open(answer, encoding="utf-8") as f:
        got = json.load(f)[member]
    path = os.path.join(folder, "result")
    if os.path.exists(path):
        with open(path, "rb") as f:
            expected = f.read()
        got = base64.b64decode(got["data"])
    else:
        with open(path + ".json", encoding="utf-8") as f:
            expected = json.load(f)
    if got != expected or not got:
        print("it answered %r, and `calcc run` made %r" % (got, expected), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit({"programs": programs, "place": place, "ask": ask, "same": same}[sys.argv[1]](*sys.argv[2:]))
