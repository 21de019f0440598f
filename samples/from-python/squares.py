#!/usr/bin/env python3
"""A flow of 1,000 steps without a line of text, through libcalcc by ctypes: 900 squares, summed by tens.

Writes the graph document to standard output. CALCC_LIBRARY names the library where the system does not find it.
"""

import ctypes
import ctypes.util
import os
import sys

LEAVES, FAN = 900, 10


class Value(ctypes.Structure):
    pass


Value._fields_ = [("kind", ctypes.c_int), ("a", ctypes.c_char_p), ("b", ctypes.c_char_p), ("n", ctypes.c_size_t), ("i", ctypes.c_int64),
                  ("f", ctypes.c_double), ("list", ctypes.POINTER(Value))]


class Diagnostic(ctypes.Structure):
    _fields_ = [("code", ctypes.c_char_p), ("is_error", ctypes.c_int), ("file", ctypes.c_char_p), ("line", ctypes.c_uint),
                ("column", ctypes.c_uint), ("message", ctypes.c_char_p), ("help", ctypes.c_char_p)]


ON_DIAGNOSTIC = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Diagnostic))
ON_FILE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t)

lib = ctypes.CDLL(os.environ.get("CALCC_LIBRARY") or ctypes.util.find_library("calcc"))
lib.calcc_new.restype = ctypes.c_void_p
for name in ("calcc_step", "calcc_i64", "calcc_list"):
    getattr(lib, name).restype = Value
lib.calcc_i64.argtypes = [ctypes.c_int64]
lib.calcc_step.argtypes = [ctypes.c_char_p]
lib.calcc_list.argtypes = [ctypes.POINTER(Value), ctypes.c_size_t]


class Graph:
    """calcc_NAME(context, …) as a method that raises; texts are bytes."""

    def __init__(self):
        self.context = ctypes.c_void_p(lib.calcc_new())
        self.said = []
        self.on = ON_DIAGNOSTIC(lambda _, d: self.said.append(b"%s: %s" % (d[0].code, d[0].message)))
        lib.calcc_diagnostics(self.context, self.on, None)

    def __getattr__(self, name):
        def call(*args):
            # texts live as long as the call: ctypes keeps them, the library copies them
            if getattr(lib, "calcc_" + name)(self.context, *args) != 0:
                sys.exit(b"\n".join(self.said).decode())
        return call



def function(g, name, param, of, *command):
    g.function(name)
    g.param(param, of)
    g.result(None, b"i64")
    g.command(ctypes.c_size_t(len(command)), (ctypes.c_char_p * len(command))(*command))
    g.attribute(b"stdout", b"out")
    g.end()


def main():
    g = Graph()
    g.begin(b"squares.py")
    function(g, b"square", b"n", b"i64", b"sh", b"-c", b"echo $(($0 * $0))", b"{n}")
    function(g, b"sum", b"parts", b"[i64]", b"sh", b"-c", b"s=0; for p; do s=$((s + p)); done; echo $s", b"sum", b"{parts}")
    g.sink(b"total", b"i64", b"/out/total.json")
    g.set(b"local")
    g.attribute_number(b"slots", ctypes.c_uint64(4))
    level = [b"level0-%d" % i for i in range(LEAVES)]
    for i, name in enumerate(level):
        g.call(name, b"square")
        g.arg(b"n", lib.calcc_i64(i))
        g.end()
    number = 0
    while len(level) > 1:
        number += 1
        above = []
        for i in range(0, len(level), FAN):
            parts = (Value * len(level[i:i + FAN]))(*[lib.calcc_step(name) for name in level[i:i + FAN]])
            above.append(b"level%d-%d" % (number, i // FAN))
            g.call(above[-1], b"sum")
            g.arg(b"parts", lib.calcc_list(parts, len(parts)))
            g.end()
        level = above
    g.sink_value(b"total", lib.calcc_step(level[0]))
    g.end()
    g.check()
    write = ON_FILE(lambda _, name, text, size: sys.stdout.buffer.write(text[:size]) != size)
    g.graph(0, write, None)


main()
