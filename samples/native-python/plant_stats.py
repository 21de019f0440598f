#!/usr/bin/env python3
"""The functions of plant.cf as commands: `sane` reads and writes JSON, `stats` and `report` read images in the flat layout, calc-layout(5)."""

import json
import math
import struct
import sys
from datetime import datetime, timezone

HEADER = struct.Struct("<8sIIQQ32x")        # magic, version, size of the header, hash of the type, length
LIST = struct.Struct("<qQ")                 # offset from here to the first item, count
READING = struct.Struct("<I16s4xqdI4x")     # sensor: string[16], at: time, value: f64, grade: enum
STAT = struct.Struct("<I16s4xQddI4x")       # sensor: string[16], n: u64, mean, spread: f64, worst: enum
F64 = struct.Struct("<d")
GRADES = ["good", "fair", "poor"]


def type_hash(text):
    """FNV-1a, 64 bits, of the type as calc-layout(5) writes it."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


READINGS = type_hash("[{sensor:string[16],at:time,value:f64,grade:<good,fair,poor>}]")
STATS = type_hash("[{sensor:string[16],n:u64,mean:f64,spread:f64,worst:<good,fair,poor>}]")
NUMBERS = type_hash("[f64]")


def read_list(path, kind, item):
    """The items of an image that is a list."""
    with open(path, "rb") as file:
        image = file.read()
    magic, version, header, found, length = HEADER.unpack_from(image)
    if magic != b"CALCFLAT" or version != 1 or found != kind or length != len(image):
        sys.exit(f"{path} is no image of the type that is expected")
    offset, count = LIST.unpack_from(image, header)
    return [item.unpack_from(image, header + offset + i * item.size) for i in range(count)]


def write_list(path, kind, item, values):
    """An image that is a list: the header, offset and count, the items."""
    length = HEADER.size + LIST.size + item.size * len(values)
    with open(path, "wb") as file:
        file.write(HEADER.pack(b"CALCFLAT", 1, HEADER.size, kind, length))
        file.write(LIST.pack(LIST.size if values else 0, len(values)))
        for value in values:
            file.write(item.pack(*value))


def text(length, raw):
    return raw[:length].decode()


def sane(readings, limit, kept, odd):
    with open(readings, encoding="utf-8") as file:
        rows = json.load(file)
    with open(kept, "w", encoding="utf-8") as file:
        json.dump([r for r in rows if abs(r["value"]) <= float(limit)], file)
    with open(odd, "w", encoding="utf-8") as file:
        json.dump([r["value"] for r in rows if abs(r["value"]) > float(limit)], file)


def stats(readings, out):
    groups = {}
    for length, sensor, _, value, grade in read_list(readings, READINGS, READING):
        groups.setdefault(text(length, sensor), []).append((value, grade))
    rows = []
    for sensor, values in groups.items():
        n = len(values)
        mean = sum(v for v, _ in values) / n
        spread = math.sqrt(sum(v * v for v, _ in values) / n - mean * mean)
        rows.append((len(sensor.encode()), sensor.encode(), n, mean, spread, max(g for _, g in values)))
    write_list(out, STATS, STAT, rows)


def report(title, per, odd, readings, out):
    times = [at for _, _, at, _, _ in read_list(readings, READINGS, READING)]
    made = {"title": title, "stats": [], "outliers": [v for (v,) in read_list(odd.removeprefix("odd="), NUMBERS, F64)]}
    for length, sensor, n, mean, spread, worst in read_list(per, STATS, STAT):
        made["stats"].append({"sensor": text(length, sensor), "n": n, "mean": mean, "spread": spread, "worst": GRADES[worst]})
    if times:
        made["first"] = datetime.fromtimestamp(min(times) // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{min(times) % 10**9:09d}Z"
    with open(out, "w", encoding="utf-8") as file:
        json.dump(made, file)


{"sane": sane, "stats": stats, "report": report}[sys.argv[1]](*sys.argv[2:])
