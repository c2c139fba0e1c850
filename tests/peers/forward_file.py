"""A results file of a walk-forward as the peers' tests read it, and what is wrong with it.

Expressions over metrics are evaluated here as section 3 of docs/semantics.md says.
"""

import ast
import math
from decimal import Decimal

import h5py
import numpy as np
import yaml

OK, RUINED = 0, 2
TOLERANCE = 1e-9
faults = []


# ---- expressions over metrics: undefined is None ----

def same(a, b):
    return a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b))


COMPARE = {ast.Gt: lambda a, b: a > b and not same(a, b), ast.Lt: lambda a, b: a < b and not same(a, b),
           ast.GtE: lambda a, b: a > b or same(a, b), ast.LtE: lambda a, b: a < b or same(a, b),
           ast.Eq: same, ast.NotEq: lambda a, b: not same(a, b)}
ARITHMETIC = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b,
              ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b if b != 0 else None}


def evaluate(node, row):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return None if math.isnan(row[node.id]) else row[node.id]
    if isinstance(node, ast.BoolOp):
        values = [evaluate(x, row) for x in node.values]
        decides = isinstance(node.op, ast.Or)
        return decides if decides in values else None if None in values else not decides
    if isinstance(node, ast.UnaryOp):
        value = evaluate(node.operand, row)
        if value is None:
            return None
        return not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.Compare):
        a, b = evaluate(node.left, row), evaluate(node.comparators[0], row)
        return None if a is None or b is None else COMPARE[type(node.ops[0])](a, b)
    if isinstance(node, ast.BinOp):
        a, b = evaluate(node.left, row), evaluate(node.right, row)
        value = None if a is None or b is None else ARITHMETIC[type(node.op)](a, b)
        return None if value is None or math.isnan(value) else value
    values = [evaluate(x, row) for x in node.args]
    if None in values:
        return None
    return {"abs": abs, "min": min, "max": max}[node.func.id](*values)


def over_rows(text, metrics, rows):
    """The expression for each of the rows, [rows], NaN where undefined."""
    tree = ast.parse(text, mode="eval").body
    out = [evaluate(tree, {name: float(x[i]) for name, x in metrics.items()})
           for i in range(rows)]
    return np.array([np.nan if x is None else float(x) for x in out])


# ---- the file ----

def axis_of(value):
    if isinstance(value, list):
        return [float(x) for x in value]
    start, end, step = (Decimal(value.get(key, "1")) for key in ("from", "to", "step"))
    return [float(start + i * step) for i in range(int((end - start) / step) + 1)]


class File:
    def __init__(self, path):
        self.path = path
        with h5py.File(path) as h5:
            self.x = {name: h5[name][...] for name in h5}
            self.attribute = {name: value.decode() if isinstance(value, bytes) else value
                              for name, value in h5.attrs.items()}
        experiment = yaml.load(self.attribute["experiment_text"], yaml.BaseLoader)
        self.experiment = experiment
        self.metrics = self.attribute["metrics"].split()
        self.segments = self.texts("segment")
        self.axes = {name: axis_of(value)
                     for name, value in experiment["strategy"]["parameters"].items()}
        self.counts = [len(axis) for axis in self.axes.values()]
        self.windows, self.combos = len(self.x["window"]), len(self.x["combo"])
        self.row_of = {int(k): i for i, k in enumerate(self.x["combo"])}
        self.read_objective(experiment.get("objective", {"maximize": "sharpe"}))

    def texts(self, name):
        return [x.decode() for x in self.x[name]]

    def read_objective(self, keys):
        self.direction = 1 if "maximize" in keys else -1
        self.text = keys.get("maximize") or keys["minimize"]
        self.require = keys.get("require", [])
        self.otherwise = keys.get("otherwise", "cash")
        on = keys.get("on", "validation" if "validation" in self.segments else "train")
        self.on, self.test = self.segments.index(on), self.segments.index("test")
        select = keys.get("select", "best")
        self.select, self.top, self.radius, self.by, self.keep = "best", 1, 0, None, 0
        if isinstance(select, dict):
            self.select, value = next(iter(select.items()))
            if self.select == "top":
                self.top = int(value)
            elif self.select == "keep":
                self.keep = float(value["tolerance"])
            else:
                self.radius, self.by = int(value.get("radius", "1")), value.get("by", "mean")
        words = {"best": "best", "top": f"top {self.top}", "keep": f"keep {self.keep:g}",
                 "plateau": f"plateau {self.radius} {self.by}"}[self.select]
        self.want("attribute select", self.attribute["select"], f"{words} on {on}")

    def want(self, what, found, expected):
        if found != expected:
            faults.append(f"{self.path}: {what} is {found!r}, not {expected!r}")

    def near(self, what, found, expected, tolerance=TOLERANCE, floor=1e-12):
        found, expected = np.broadcast_arrays(np.asarray(found, float), np.asarray(expected, float))
        size = np.maximum(np.abs(found), np.abs(expected))
        with np.errstate(invalid="ignore"):
            good = np.abs(found - expected) <= np.maximum(tolerance * size, floor)
        good |= (found == expected) | (np.isnan(found) & np.isnan(expected))
        if not good.all():
            at = tuple(int(i) for i in np.argwhere(~good)[0])
            faults.append(f"{self.path}: {what}{list(at) if at else ''} is {found[at]:.17g}, not "
                          f"{expected[at]:.17g} ({(~good).sum()} of {good.size})")

    def places(self, k):
        return np.unravel_index(k, self.counts)

    def row(self, w, s):
        return {name: self.x[name][w, s] for name in self.metrics}
