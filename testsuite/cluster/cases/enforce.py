#!/usr/bin/env python3
"""The network policies of all namespaces as rules for iptables-restore, as the Kubernetes documentation defines them: what the network of
a cluster does, and that of the suite's node does not. The node itself reaches its pods in any case.

    enforce.py OBJECTS.json    a List of all NetworkPolicies and Pods
"""

import json
import sys

from policies import is_peer, matches


class Other:
    def __init__(self, pod):
        self.ip, self.namespace, self.labels = pod["status"]["podIP"], pod["metadata"]["namespace"], pod["metadata"].get("labels", {})


def allowed(rule, direction, namespace, others):
    """The ends of matches that this rule lets through."""
    peers, ports = rule.get("from" if direction == "Ingress" else "to"), rule.get("ports")
    side = "-s" if direction == "Ingress" else "-d"
    where = [""] if not peers else ["%s %s " % (side, o.ip) for o in others if any(is_peer(p, namespace, o) for p in peers)]
    what = [""] if not ports else ["-p %s --dport %d " % (p["protocol"].lower(), p["port"]) for p in ports]
    return [a + b for a in where for b in what]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        objects = json.load(f)["items"]
    policies = [o for o in objects if o["kind"] == "NetworkPolicy"]
    pods = [Other(o) for o in objects if o["kind"] == "Pod" and o["status"].get("podIP") and o["status"].get("phase") in ("Pending", "Running")]
    chains, rules = [], []
    for hook in ("FORWARD", "INPUT"):
        rules.append("-A %s -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT" % hook)
    for number, pod in enumerate(pods):
        mine = [p["spec"] for p in policies if p["metadata"]["namespace"] == pod.namespace and matches(p["spec"]["podSelector"], pod.labels)]
        for direction, side, hooks in (("Egress", "-s", ("FORWARD", "INPUT")), ("Ingress", "-d", ("FORWARD",))):
            selecting = [s for s in mine if direction in s["policyTypes"]]
            if not selecting:
                continue
            chain = "%s-%d" % (direction, number)
            chains.append(chain)
            rules += ["-A %s %s %s -j %s" % (hook, side, pod.ip, chain) for hook in hooks]
            rules += ["-A %s %s-j RETURN" % (chain, end) for s in selecting for rule in s.get(direction.lower()) or []
                      for end in allowed(rule, direction, pod.namespace, pods)]
            rules.append("-A %s -j REJECT" % chain)
    print("*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT", *(":%s -" % c for c in chains), *rules, "COMMIT", sep="\n")


main()
