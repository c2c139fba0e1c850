"""Seeded random signals and targets. Part of the random experiments: see generate.py."""
CLOSE, FAST, SLOW = ("field", "close"), ("parameter", "fast"), ("parameter", "slow")


def num(value):
    return ("number", value)


def any_series(r, depth):
    if depth <= 0 or r.random() < 0.25:
        return ("field", r.choice(["close"] * 6 + ["open", "high", "low", "raw.close"]))
    kind = r.choice("sma sma ema highest lowest lag + - max min where stdev abs rsi roc negative "
                    "scaled".split())
    series = any_series(r, depth - 1)
    spans = [FAST, SLOW, num(r.randrange(1, 9)), ("-", SLOW, FAST)]
    if kind in ("sma", "ema", "highest", "lowest"):
        return (kind, series, r.choice(spans))
    if kind == "lag":
        return (kind, series, r.choice([num(0), num(1), num(3), ("-", SLOW, FAST)]))
    if kind == "stdev":
        return ("+", any_series(r, depth - 1), (kind, series, r.choice([FAST, SLOW])))
    if kind in ("rsi", "roc"):
        return (kind, series, r.choice([FAST, SLOW, num(2)]))
    if kind == "where":
        return (kind, any_condition(r, depth - 1), series, any_series(r, depth - 1))
    if kind == "scaled":
        return ("*", series, num(r.choice([1.01, 0.99, 0.97])))
    if kind in ("abs", "negative"):
        return (kind, series)
    return (kind, series, any_series(r, depth - 1))


def any_pair(r):
    """Two series worth comparing."""
    volume = ("field", "volume")
    spread = ("stdev", CLOSE, SLOW)
    return r.choice([
        (("sma", CLOSE, FAST), ("sma", CLOSE, SLOW)),
        (CLOSE, ("sma", CLOSE, FAST)),
        (("ema", CLOSE, FAST), ("ema", CLOSE, SLOW)),
        (CLOSE, ("highest", ("lag", ("field", "high"), num(1)), FAST)),
        (("lag", CLOSE, num(r.randrange(4))), ("field", r.choice(["open", "close"]))),
        (("rsi", CLOSE, FAST), num(r.choice([30, 50, 70]))),
        (("roc", CLOSE, FAST), num(r.choice([0, 0, 1, -2]))),
        (("field", "raw.close"), num(r.choice([5, 20, 100]))),
        (spread, ("lag", spread, num(5))),
        (any_series(r, 2), any_series(r, 2)),
        (volume, ("sma", volume, FAST)),
    ])


def any_condition(r, depth):
    kinds = ["compare", "cross"]
    kind = r.choice(kinds + ["compare", "cross", "and", "or", "not"] if depth > 0 else kinds)
    if kind == "compare":
        return (r.choice([">", "<", ">", "<", ">=", "<="]), *any_pair(r))
    if kind == "cross":
        return (r.choice(["crosses_above", "crosses_below"]), *any_pair(r))
    operands = 1 if kind == "not" else 2
    return (kind, *(any_condition(r, depth - 1) for _ in range(operands)))


def any_signals(r):
    entries = r.choice([("long",), ("long", "short"), ("long", "short"), ("short",)])
    out = {}
    for side in entries:
        out["enter_" + side] = any_condition(r, 2)
        if r.random() < 0.7:
            out["exit_" + side] = any_condition(r, 2)
    return out


def any_weight(r):
    undefined = ("/", num(1), ("-", CLOSE, CLOSE))
    weights = [num(w) for w in (1, -1, 0, 0.5, -0.3, 1.5, 0.999, 1e-13)]
    return r.choice(weights + [undefined])


def any_target(r):
    band = ("stdev", CLOSE, SLOW)
    sample = ("stdev", CLOSE, SLOW, num(1))
    score = ("/", ("-", CLOSE, ("ema", CLOSE, FAST)), sample)
    inner = ("where", any_condition(r, 1), any_weight(r), any_weight(r))
    return r.choice([
        ("where", any_condition(r, 1), any_weight(r), any_weight(r)),
        ("where", any_condition(r, 1), inner, any_weight(r)),
        ("/", ("roc", CLOSE, FAST), num(r.choice([5, 10, 50]))),
        ("/", ("-", CLOSE, ("sma", CLOSE, SLOW)), band),
        ("/", ("-", ("rsi", CLOSE, FAST), num(50)), num(50)),
        num(r.choice([1, -1, 0.4])),
        ("min", num(1), ("max", num(-1), score)),
    ])
