#!/usr/bin/env python3
"""CalculationSet objects: right ones, and wrong ones that each break one rule of the CRD.

    crd.py DIR        writes DIR/right-NN.json (a list: applied one after another), DIR/wrong-NN.json (refused when it is made),
                      DIR/change-NN.json (a pair: the first is accepted, the second then refused) and DIR/status-NN.json
                      (a status that is refused), and prints "FILE<tab>what the server must say"
"""

import copy
import json
import os
import sys

HASH = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4


def make(name, **spec):
    return {"apiVersion": "calcflow.dev/v1alpha1", "kind": "CalculationSet", "metadata": {"name": name},
            "spec": {"program": "flow.cf", "source": "flow.cf:1", **spec}}


def function(name, port=8080, **more):
    return {"name": name, "container": name, "port": port, **more}


def group(name, *functions, **more):
    return {"name": name, "deployment": "s-" + name, "service": "s-" + name, "workers": {"min": 0, "max": 4},
            "functions": list(functions) or [function(name)], **more}


PLAN = {"hash": HASH, "configMaps": ["s-plan-000", "s-plan-001"]}


def on_list():
    """One that uses everything."""
    return make("s", set="s", plan=copy.deepcopy(PLAN), order="DepthFirst", ahead=0, slots=3, timeoutSeconds=86400,
                scratch={"medium": "Memory", "size": 1 << 20},
                window={"name": "day", "every": "24h0m0s", "from": "1h0m0s", "late": "10m0s"},
                groups=[group("a", function("a"), function("b", 8081, effect="Once"), near="fast"), group("c")],
                edges=[{"from": "a", "to": "c", "medium": "Network"}, {"from": "a", "to": "a", "medium": "IPC"},
                       {"from": "a", "to": "c", "medium": "Pond", "name": "fast"}],
                sources=[{"name": "in", "share": "data", "path": "in/*"}, {"name": "near", "pond": "fast", "path": "x"}],
                sinks=[{"name": "out", "share": "data", "path": "out.csv"}],
                shares=[{"name": "data", "claim": "data", "writes": True}],
                ponds=[{"name": "fast", "claim": "fast", "medium": "Memory", "size": 1 << 30, "persist": "data/fast"}],
                routes=[{"path": "/v1/a", "function": "a"}])


def of_sets():
    return make("all", sets=[{"name": "first", "scope": "List"}, {"name": "then", "scope": "Pod", "after": ["first"]},
                             {"name": "more", "scope": "Sets"}])


def small():
    return make("small", plan=copy.deepcopy(PLAN), groups=[group("a")])


def suspended():
    return make("small", plan=copy.deepcopy(PLAN), groups=[group("a")], suspend=True)


def other_plan():
    return make("small", plan={"hash": OTHER, "configMaps": ["s-plan-002"]}, groups=[group("a"), group("b")])


RIGHT = [on_list, of_sets, small, suspended, other_plan]


def put(*path_and_value):
    """A change of the list object: put("groups", 0, "workers", "max", 0)."""
    *path, last, value = path_and_value

    def change(thing):
        at = thing["spec"]
        for part in path:
            at = at[part]
        if value is None:
            del at[last]
        elif last == "+":
            at.append(value)
        else:
            at[last] = value
        return thing

    return change


def wrong():
    """(what is made, what the server must say)"""
    def of(change, said, base=on_list):
        return change(base()), said

    def named(thing):
        thing["metadata"]["name"] = "x" * 64
        return thing

    def both(thing):
        thing["spec"].update(groups=[group("a")])
        return thing

    return [
        of(named, "the name of a calculation set has at most 63 characters", small),
        of(put("sets", None), "a set has worker groups or runs other sets", of_sets),
        of(both, "a set has worker groups or runs other sets", of_sets),
        of(put("plan", None), "worker groups need a plan", small),
        of(put("plan", PLAN), "a set of sets has no plan of its own", of_sets),
        of(put("routes", [{"path": "/a", "function": "a"}]), "a route leads to a function of a worker group", of_sets),
        of(put("routes", 0, "function", "z"), "a route names a function that no group runs"),
        of(put("edges", [{"from": "a", "to": "b", "medium": "Network"}]), "edges join worker groups", of_sets),
        of(put("edges", 0, "to", "z"), "an edge leads to a group that does not exist"),
        of(put("edges", 0, "from", "z"), "an edge comes from a group that does not exist"),
        of(put("edges", 2, "name", "slow"), "an edge goes over a pond that is not among ponds"),
        of(put("groups", 0, "near", "slow"), "a group is near a pond that is not among ponds"),
        of(put("sources", 0, "share", "none"), "a source stands at a share that is not among shares"),
        of(put("sinks", 0, "share", "none"), "a sink stands at a share that is not among shares"),
        of(put("edges", 1, "to", "c"), "ipc, scratch and loopback do not reach beyond a pod"),
        of(put("edges", 0, "name", "fast"), "a pond and a share have a name"),
        of(put("edges", 2, "name", None), "a pond and a share have a name"),
        of(put("scratch", "size", None), "scratch in memory has a size"),
        of(put("window", "from", "24h0m0s"), "from lies within the period"),
        of(put("window", {"name": "soon", "every": "0.5s"}), "a period is a second at least"),
        of(put("window", "every", "daily"), "must be of type duration"),
        of(put("groups", 0, "functions", 1, "port", 8080), "two functions of a group have the same port"),
        of(put("groups", 0, "functions", 1, "container", "a"), "two functions of a group have the same container"),
        of(put("groups", 0, "workers", "min", 5), "a group has at least as many workers at most as at least"),
        of(put("groups", 0, "functions", 1, "retries", 1), "a function that takes effect once is never retried"),
        of(put("sources", 0, "pond", "fast"), "it stands at a share or at a pond"),
        of(put("sinks", 0, "share", None), "it stands at a share or at a pond"),
        of(put("sources", 0, "path", "/etc/passwd"), "a path is relative to its share or pond"),
        of(put("sinks", 0, "path", "a/../../b"), "a path does not lead out of its share or pond"),
        of(put("ponds", 0, "size", None), "a pond in memory has a size"),
        of(put("sets", 1, "after", ["then"]), "a set cannot wait for itself", of_sets),
        of(put("program", None), "spec.program: Required value"),
        of(put("source", "flow.cf"), "should match '^.+:[0-9]+$'"),
        of(put("plan", "hash", "abc"), "should match '^[0-9a-f]{64}$'"),
        of(put("plan", "configMaps", []), "should have at least 1 items"),
        of(put("plan", "configMaps", ["a", "a"]), "Duplicate value"),
        of(put("groups", "+", group("a", function("d"))), "Duplicate value"),
        of(put("groups", 0, "functions", 0, "port", 80), "should be greater than or equal to 1024"),
        of(put("groups", 0, "workers", "max", 5000), "should be less than or equal to 4096"),
        of(put("groups", 0, "service", "9lives"), "should match '^[a-z]([-a-z0-9]*[a-z0-9])?$'"),
        of(put("order", "Random"), "Unsupported value: \"Random\""),
        of(put("slots", "three"), "must be of type integer"),
        of(put("routes", 0, "path", "v1"), "should match '^(/[A-Za-z0-9._~-]+)+$'"),
        of(put("colour", "red"), "unknown field \"spec.colour\""),
    ]


def changes():
    def changed(base, change):
        return [base(), change(base())]

    def sets_now(thing):
        thing["spec"] = dict(of_sets()["spec"])
        return thing

    return [
        (changed(small, put("program", "other.cf")), "the program of a set does not change"),
        (changed(small, sets_now), "a set on a list cannot become a set of sets"),
        (changed(small, put("plan", "configMaps", ["s-plan-009"])), "other ConfigMaps are another plan"),
        (changed(small, put("plan", "hash", OTHER)), "another hash is another plan"),
    ]


def statuses():
    return [
        ({"phase": "Succeeded"}, "what has succeeded has a completion time"),
        ({"completionTime": "2030-01-01T00:00:00Z"}, "what has ended has begun"),
        ({"steps": {"total": 3, "done": 2, "running": 1, "failed": 1}}, "more steps are done, running and failed than there are"),
        ({"groups": [{"name": "a", "workers": 1, "ready": 2}]}, "more workers are ready than there are"),
        ({"phase": "Thinking"}, "Unsupported value: \"Thinking\""),
    ]


def main():
    folder = sys.argv[1]

    def write(kind, number, what, said=""):
        name = "%s-%02d.json" % (kind, number)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            json.dump(what, f)
        print("%s\t%s" % (name, said))

    for n, thing in enumerate(RIGHT):
        write("right", n, thing())
    for n, (thing, said) in enumerate(wrong()):
        write("wrong", n, thing, said)
    for n, (pair, said) in enumerate(changes()):
        write("before", n, pair[0])
        write("change", n, pair[1], said)
    for n, (status, said) in enumerate(statuses()):
        write("status", n, {"status": status}, said)


if __name__ == "__main__":
    main()
