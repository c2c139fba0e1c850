#!/usr/bin/env python3
"""Check every #include against src/LAYERS.

    layers.py ROOT

Prints one line `FILE:LINE: what` for each include that the table does not allow and exits 1.
Before that it plants such includes in a temporary tree and checks that it finds them.
"""

import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')


def read_table(path):
    """The table as {layer: layers it may include} and {header or folder/: its owner}."""
    uses, owner = {}, {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fields = line.split()
        if not fields or line.startswith("#"):
            continue
        if len(fields) != 3:
            sys.exit(f"{path}:{number}: want three columns, found {len(fields)}")
        layer, may, owns = fields
        uses[layer] = [] if may == "-" else may.split(",")
        for used in uses[layer]:
            if used == layer or used not in uses:
                sys.exit(f"{path}:{number}: {layer} uses {used}, which is not below it")
        for header in [] if owns == "-" else owns.split(","):
            owner[header] = layer
    return uses, owner


def fault(file, layer, header, uses, owner):
    """What is wrong with this include, or None."""
    parts = header.split("/")
    if parts[0] == "gridwalk" and len(parts) > 2:
        if parts[1] not in uses:
            return f"no layer {parts[1]} in src/LAYERS"
        if parts[1] != layer and parts[1] not in uses[layer]:
            return f"layer {layer} may not include {parts[1]}"
        return None
    if parts[0] in uses or ".." in parts:
        return f"name the layer: gridwalk/LAYER/MODULE.h, not {header}"
    held = owner.get(header) or owner.get(parts[0] + "/")
    if held and held != layer and not (file.parent / header).exists():
        return f"layer {layer} may not include {header}, {held} owns it"
    return None


def check(root):
    """All faults of a tree, as lines."""
    uses, owner = read_table(root / "src" / "LAYERS")
    faults = []
    for base in (root / "src", root / "include" / "gridwalk"):
        for file in sorted([*base.rglob("*.c"), *base.rglob("*.h")]):
            layer = file.relative_to(base).parts[0]
            name = file.relative_to(root)
            if file.parent == base and base.name == "gridwalk":
                continue  # the plug-in's header belongs to no layer
            if layer not in uses:
                faults.append(f"{name}:1: no layer {layer} in src/LAYERS")
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                wrong = match and fault(file, layer, match.group(1), uses, owner)
                if wrong:
                    faults.append(f"{name}:{number}: {wrong}")
    return faults


def self_test():
    """Faults that must be found, each in a file of a tree that has no other."""
    table = "base - hash.h,crypto/\nmarket base -\nstore market,base file.h\n"
    good = '#include "gridwalk/base/error.h"\n#include <math.h>\n#include "own.h"\n'
    planted = [
        ("src/base/a.c", '#include "gridwalk/market/b.h"', "layer base may not include market"),
        ("include/gridwalk/market/b.h", '  #  include "gridwalk/store/c.h"',
         "layer market may not include store"),
        ("src/market/b.c", "#include <file.h>", "store owns it"),
        ("src/market/b.h", "#include <crypto/sha.h>", "base owns it"),
        ("src/store/c.c", '#include "gridwalk/nowhere/d.h"', "no layer nowhere"),
        ("src/store/d.c", '#include "../base/a.h"', "name the layer"),
        ("src/other/d.c", "", "no layer other"),
    ]
    for path, line, expected in [("src/store/c.c", "#include <file.h>", None), *planted]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            file = root / path
            file.parent.mkdir(parents=True)
            (root / "src").mkdir(exist_ok=True)
            (root / "src" / "LAYERS").write_text(table)
            file.write_text(good + line + "\n")
            found = check(root)
            number = 1 if expected == "no layer other" else 4
            wanted = [] if expected is None else [f"{path}:{number}: "]
            if len(found) != len(wanted) or any(
                    not (f.startswith(w) and expected in f) for f, w in zip(found, wanted)):
                sys.exit(f"layers.py: self-test: {path} with '{line}': found {found}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    self_test()
    faults = check(pathlib.Path(sys.argv[1]))
    for line in faults:
        print(line)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
