#!/usr/bin/env python3
"""Evaluates the network policies of a namespace, as the Kubernetes documentation defines them, and compares who may reach whom with
the edges of the sets there. The network of the suite's node enforces none.

    policies.py OBJECTS.json    a List of a namespace's NetworkPolicies, Deployments, Jobs, CronJobs, CalculationSets and HTTPRoutes

Allowed is, and nothing else: a worker asks the groups whose data it takes, at the ports of their functions, and the cluster's DNS if it
asks anybody; whoever runs sets asks every group; a gateway asks the functions that a route leads to; a pod with a token asks the API
server, and DNS if a step has the token. Then each policy is left out in turn, which must be noticed. Prints the sums; exit status 1 where something differs.
"""

import json
import sys

RUNNER, DNS, ELSEWHERE = "calcflow-system", "kube-system", "elsewhere"
API_PORTS = (443, 6443)
WRONG_PORT = 4000


class Pod:
    """Who sends or takes: labels, namespace, the ports at which functions are served, and the containers that have a token."""

    def __init__(self, name, namespace, labels, ports=(), tokens=()):
        self.name, self.namespace, self.labels, self.ports, self.tokens = name, namespace, labels, tuple(ports), tuple(tokens)


def matches(selector, labels):
    if set(selector) - {"matchLabels"}:
        sys.exit("a selector of a kind that is not read here: %s" % selector)
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def is_peer(peer, own_namespace, other):
    if set(peer) - {"podSelector", "namespaceSelector"}:
        sys.exit("a peer of a kind that is not read here: %s" % peer)
    if "namespaceSelector" in peer:
        if not matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != own_namespace:
        return False
    return matches(peer.get("podSelector", {}), other.labels)


class Policies:
    """The policies that select each pod, looked for once."""

    def __init__(self, policies):
        self.all, self.of = policies, {}

    def selecting(self, pod, left_out):
        if pod not in self.of:
            self.of[pod] = [p for p in self.all
                            if p["metadata"]["namespace"] == pod.namespace and matches(p["spec"]["podSelector"], pod.labels)]
        return [p for p in self.of[pod] if p is not left_out]


def one_way(selecting, direction, namespace, other, port, protocol):
    """Whether policies that select a pod of that namespace let this through."""
    selecting = [p for p in selecting if direction.capitalize() in p["spec"]["policyTypes"]]
    for policy in selecting:
        for rule in policy["spec"].get(direction) or []:
            peers, ports = rule.get("from" if direction == "ingress" else "to"), rule.get("ports")
            if (not ports or any(p["port"] == port and p["protocol"] == protocol for p in ports)) and \
                    (not peers or any(is_peer(peer, namespace, other) for peer in peers)):
                return True
    return not selecting


def passes(policies, left_out, a, b, port, protocol):
    return one_way(policies.selecting(a, left_out), "egress", a.namespace, b, port, protocol) and \
        one_way(policies.selecting(b, left_out), "ingress", b.namespace, a, port, protocol)


def template_pod(thing):
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    template, inside = spec["template"], spec["template"]["spec"]
    ports = [p["containerPort"] for c in inside["containers"] for p in c.get("ports", [])]
    tokens = {v["name"] for v in inside.get("volumes", []) if any("serviceAccountToken" in s for s in v.get("projected", {}).get("sources", []))}
    holders = [c["name"] for c in [*inside.get("initContainers", []), *inside["containers"]]
               if tokens & {m["name"] for m in c.get("volumeMounts", [])}]
    return Pod(thing["metadata"]["name"], thing["metadata"]["namespace"], template["metadata"]["labels"], ports, holders)


def cases(objects):
    """(a, b, port, protocol, whether it may): every pair of pods, at every port of b and at one that is none."""
    pods = [template_pod(o) for o in objects if o["kind"] in ("Deployment", "Job", "CronJob")]
    at = {p.name: p for p in pods}
    asks = set()      # (who asks, who is asked)
    for calcset in (o for o in objects if o["kind"] == "CalculationSet"):
        group = {g["name"]: g["deployment"] for g in calcset["spec"].get("groups", [])}
        for edge in calcset["spec"].get("edges", []):
            if edge["medium"] == "Network":
                asks.add((group[edge["to"]], group[edge["from"]]))
        for g in calcset["spec"].get("groups", []):
            served = sorted(f["port"] for f in g["functions"])
            if served != sorted(at[g["deployment"]].ports):
                sys.exit("%s serves %s and the set says %s" % (g["deployment"], at[g["deployment"]].ports, served))
    routed = {}       # (gateway's namespace, who is asked) -> ports
    for route in (o for o in objects if o["kind"] == "HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            for ref in (ref for rule in route["spec"]["rules"] for ref in rule["backendRefs"]):
                routed.setdefault((parent.get("namespace"), ref["name"]), set()).add(ref["port"])
    gateways = {namespace for namespace, _ in routed}
    dns = Pod("dns", DNS, {"k8s-app": "kube-dns"})
    for a in pods:
        for b in pods:
            for port in (*b.ports, WRONG_PORT):
                yield a, b, port, "TCP", (a.name, b.name) in asks and port != WRONG_PORT
            yield a, b, b.ports[0] if b.ports else 53, "UDP", False
        uses_names = any(who == a.name for who, _ in asks) or any(c != "quarterback" for c in a.tokens)
        for protocol in ("TCP", "UDP"):
            yield a, dns, 53, protocol, uses_names
        yield a, dns, WRONG_PORT, "TCP", False
        yield a, Pod("other", DNS, {}), 53, "UDP", False
        for port in (*API_PORTS, 80):
            yield a, Pod("api", ELSEWHERE, {}), port, "TCP", bool(a.tokens) and port in API_PORTS
        for namespace in {RUNNER, ELSEWHERE, DNS, a.namespace, *gateways}:
            for port in (*a.ports, WRONG_PORT):
                may = port in a.ports and namespace == RUNNER or port in routed.get((namespace, a.name), ())
                yield Pod("stranger", namespace, {}), a, port, "TCP", may


def differences(policies, asked, left_out=None):
    return [(a, b, port, protocol, may) for a, b, port, protocol, may in asked if passes(policies, left_out, a, b, port, protocol) != may]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        objects = json.load(f)["items"]
    policies = Policies([o for o in objects if o["kind"] == "NetworkPolicy"])
    asked = list(cases(objects))
    wrong = differences(policies, asked)
    for a, b, port, protocol, may in wrong[:20]:
        print("%s/%s to %s/%s, %s %d: %s" % (a.namespace, a.name, b.namespace, b.name, protocol, port, "denied" if may else "allowed"))
    idle = 0
    for policy in policies.all:
        if policy["metadata"]["labels"]["app.kubernetes.io/component"] == "list-set":
            continue   # for pods that no group's policy selects, of which there are none
        selected = [c for c in asked if any(any(policy is other for other in policies.selecting(p, None)) for p in c[:2])]
        if not differences(policies, selected, policy):
            print("without the policy %s nothing changes" % policy["metadata"]["name"])
            idle += 1
    print("%d policies: %d connections allowed, %d denied" % (len(policies.all), sum(c[4] for c in asked), sum(not c[4] for c in asked)))
    return 1 if wrong or idle or not any(c[4] for c in asked if c[0].name != "stranger") and any(o["kind"] == "CalculationSet" for o in objects) else 0


if __name__ == "__main__":
    sys.exit(main())
