"""Expressions of an experiment as nested tuples: their text, look-back and values.

("number", 2), ("parameter", "fast"), ("field", "raw.close"), ("+", a, b), ("not", a),
("sma", a, n), ("where", c, a, b) and so on. Part of the slow simulator: see simulator.py.
"""
import math
from fractions import Fraction

NAN = math.nan
INFIX = {"+", "-", "*", "/", ">", "<", ">=", "<=", "and", "or"}
WINDOWS = {"sma", "stdev", "highest", "lowest"}
CROSSES = {"crosses_above": 1, "crosses_below": -1}
LEAVES = {"number", "parameter", "field"}


def text(x):
    """The expression as an experiment file has it."""
    kind = x[0]
    if kind == "number":
        return repr(x[1]) if x[1] >= 0 else f"({x[1]!r})"
    if kind in LEAVES:
        return x[1]
    if kind in INFIX:
        return f"({text(x[1])} {kind} {text(x[2])})"
    if kind in ("not", "negative"):
        return f"({'not ' if kind == 'not' else '-'}{text(x[1])})"
    return f"{kind}({', '.join(text(a) for a in x[1:])})"


def number(x, parameters):
    """Of an expression over parameters: the n of sma, a number of costs or stops."""
    if x[0] == "number":
        return x[1]
    if x[0] == "parameter":
        return parameters[x[1]]
    value = of_bar(x[0], [float(number(a, parameters)) for a in x[1:]])
    return int(value) if value.is_integer() else value


def look_back(x, parameters):
    """Earlier bars needed for a first defined value (section 2)."""
    kind = x[0]
    if kind in LEAVES:
        return 0
    if kind in WINDOWS or kind == "ema":
        return look_back(x[1], parameters) + number(x[2], parameters) - 1
    if kind in ("rsi", "roc", "lag"):
        return look_back(x[1], parameters) + number(x[2], parameters)
    operands = max(look_back(a, parameters) for a in x[1:])
    return operands + (kind in CROSSES)


def tie(a, b):
    return abs(a - b) <= 1e-12 * max(abs(a), abs(b))


def undefined(x):
    return x != x


def mean(values):
    """Exact, then rounded: the average of equal numbers is that number."""
    return float(sum(map(Fraction, values)) / len(values))


def deviation(values, ddof):
    middle = sum(map(Fraction, values)) / len(values)
    return math.sqrt(sum((Fraction(v) - middle) ** 2 for v in values) / (len(values) - ddof))


def of_window(kind, window, ddof):
    if any(map(undefined, window)):
        return NAN
    if kind == "stdev":
        return deviation(window, ddof) if len(window) > ddof else NAN
    return {"sma": mean, "highest": max, "lowest": min}[kind](window)


def ema(series, n):
    """Of a series without undefined values: starts as the average of the first n."""
    out = [NAN] * len(series)
    if len(series) < n:
        return out
    out[n - 1] = mean(series[:n])
    for t in range(n, len(series)):
        out[t] = out[t - 1] + 2 / (n + 1) * (series[t] - out[t - 1])
    return out


def rsi(series, n):
    """Wilder's, of a series without undefined values; 50 when nothing moved."""
    out = [NAN] * len(series)
    moves = [b - a for a, b in zip(series, series[1:])]
    if len(moves) < n:
        return out
    up = sum(max(m, 0) for m in moves[:n]) / n
    down = sum(max(-m, 0) for m in moves[:n]) / n
    for t in range(n, len(series)):
        if t > n:
            up = (up * (n - 1) + max(moves[t - 1], 0)) / n
            down = (down * (n - 1) + max(-moves[t - 1], 0)) / n
        out[t] = 100 * (up / (up + down)) if up + down else 50.0
    return out


def restarting(function, series, n):
    """The function of each stretch without undefined values, anew."""
    out, start = [], 0
    for t in range(len(series) + 1):
        if t == len(series) or undefined(series[t]):
            out += function(series[start:t], n)
            out += [NAN] if t < len(series) else []
            start = t + 1
    return out


def roc(series, n):
    out = [NAN] * len(series)
    for t in range(n, len(series)):
        if series[t - n] != 0:
            out[t] = 100 * (series[t] / series[t - n] - 1)
    return out


def crosses(a, b, want):
    out, last = [], 0
    for x, y in zip(a, b):
        if undefined(x) or undefined(y):
            out.append(NAN)
            last = 0
            continue
        side = 0 if tie(x, y) else 1 if x > y else -1
        out.append(float(side == want and last == -want))
        last = side or last
    return out


def of_bar(kind, v):
    """Operators that need only the values of the bar."""
    if kind == "and" and 0.0 in v:
        return 0.0
    if kind == "or" and 1.0 in v:
        return 1.0
    if kind == "where":
        return NAN if undefined(v[0]) else v[1] if v[0] else v[2]
    if any(map(undefined, v)):
        return NAN
    return float(OPERATORS[kind](*v))


OPERATORS = {
    "and": lambda a, b: 1,  # both are defined, none is false
    "or": lambda a, b: 0,
    "not": lambda a: 1 - a,
    "negative": lambda a: -a,
    "abs": abs,
    "max": max,
    "min": min,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b != 0 else NAN,
    ">": lambda a, b: a > b and not tie(a, b),
    "<": lambda a, b: a < b and not tie(a, b),
    ">=": lambda a, b: a > b or tie(a, b),
    "<=": lambda a, b: a < b or tie(a, b),
}


def evaluate(x, fields, parameters):
    """Values bar by bar; `fields` has the series over an asset's own bars. True is 1.0."""
    kind, bars = x[0], len(fields["close"])
    if kind == "field":
        return fields[x[1]]
    if kind in LEAVES:
        return [float(number(x, parameters))] * bars
    if kind in WINDOWS or kind in ("ema", "rsi", "roc", "lag"):
        series, n = evaluate(x[1], fields, parameters), number(x[2], parameters)
        if kind == "lag":
            return ([NAN] * n + series)[:bars]
        if kind == "roc":
            return roc(series, n)
        if kind in ("ema", "rsi"):
            return restarting(ema if kind == "ema" else rsi, series, n)
        ddof = number(x[3], parameters) if len(x) > 3 else 0
        windows = (series[t - n + 1:t + 1] for t in range(n - 1, bars))
        return ([NAN] * (n - 1) + [of_window(kind, w, ddof) for w in windows])[:bars]
    operands = [evaluate(a, fields, parameters) for a in x[1:]]
    if kind in CROSSES:
        return crosses(*operands, CROSSES[kind])
    return [of_bar(kind, values) for values in zip(*operands)]
