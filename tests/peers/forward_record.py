"""The out-of-sample record of a results file, again (docs/semantics.md, section 10)."""

import csv
import datetime
import itertools
import math
import os
import subprocess
import tempfile

import h5py
import numpy as np
from scipy.stats import norm

from forward_file import OK, RUINED, faults

EPOCH = datetime.date(1970, 1, 1)


class Panel:
    """Sessions, and closes in the run's basis, of a bundle."""

    def __init__(self, path, basis):
        with h5py.File(path) as h5:
            self.session = h5["session"][...]
            self.symbols = [x.rstrip(b"\0").decode() for x in h5["symbol"][...]]
            raw = h5["close"][...]
            action = {x: h5[f"action/{x}"][...] for x in ("asset", "session", "kind", "value")}
        factor = np.ones_like(raw)
        for n, x, kind, value in zip(*action.values()):
            dividend = kind == 1
            if x == 0 or (dividend and (basis == "split" or not raw[n, x - 1] > 0)):
                continue
            ratio = 1 - value / raw[n, x - 1] if dividend else value
            if ratio > 0:
                factor[n, x:] /= ratio
        self.close = raw * factor

    def bars(self, first, last):
        return np.flatnonzero((self.session >= first) & (self.session <= last))

    def held(self, symbol, bars):
        """Worth at each bar of what was 1 before the first."""
        close = self.close[self.symbols.index(symbol)]
        before = close[:bars[0]][~np.isnan(close[:bars[0]])]
        bought = before[-1] if len(before) else None
        worth, out = 1.0, []
        for price in close[bars]:
            if not np.isnan(price):
                bought = price if bought is None else bought
                worth = price / bought
            out.append(worth)
        return np.array(out)


class Replays:
    """Equity of rows, day by day, of 1 before the segment's first."""

    def __init__(self, gridwalk, bundle, file, panel):
        self.gridwalk, self.bundle, self.file, self.panel = gridwalk, bundle, file, panel
        self.made = {}
        self.counted = {} # equity of the bars that count alone

    def equity(self, row, w, s):
        key = row, w, s
        if key not in self.made:
            self.made[key] = self.make(row, w, s)
        return self.made[key]

    def make(self, row, w, s):
        x = self.file.x
        session = self.panel.session[self.panel.bars(x["begin"][w, s], x["end"][w, s])]
        out = np.ones(len(session))
        if x["status"][w, s, row] not in (OK, RUINED):
            return out
        with tempfile.TemporaryDirectory() as folder:
            table = os.path.join(folder, "equity.csv")
            run = subprocess.run(
                [self.gridwalk, "replay", self.file.path, "--combo", str(x["combo"][row]),
                 "--window", str(w), "--segment", self.file.segments[s], "--csv", table,
                 "--bundle", self.bundle],
                stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if run.returncode != 0:
                faults.append(f"replay of {self.file.path}: {run.stderr.strip()}")
                return out
            with open(table) as lines:
                rows = list(csv.reader(lines))[1:]
        days = np.array([(datetime.date.fromisoformat(day) - EPOCH).days for day, _ in rows])
        equity = np.array([float(value) for _, value in rows])
        if len(days) > len(session) or (days != session[len(session) - len(days):]).any():
            faults.append(f"replay of {self.file.path}: other days than window {w}'s")
            return out
        assets = len(self.file.experiment.get("assets", self.panel.symbols))
        capital = float(self.file.experiment.get("account", {}).get("capital", "100000"))
        self.counted[row, w, s] = out[len(out) - len(days):] = equity / (assets * capital)
        self.file.near(f"replayed total_return of combination {x['combo'][row]} [{w},{s}]",
                       out[-1] - 1, x["total_return"][w, s, row], floor=1e-10)
        return out


def returns_of(equity):
    before = np.concatenate([[1.0], equity[:-1]])
    return np.where(before > 0, equity / np.where(before > 0, before, 1) - 1, 0)


def ensemble(replays, rows, w, s):
    return np.mean([replays.equity(row, w, s) for row in rows], axis=0)


def stitch(file, panel, bars, replays, chosen, what):
    """Returns at each bar; which windows gained; the returns of those that hold."""
    out, gained, held, worth = np.zeros(len(bars)), [], [], 1.0
    for w, rows in enumerate(chosen):
        begin, end = file.x["begin"][w, file.test], file.x["end"][w, file.test]
        if w + 1 < file.windows:
            end = min(end, file.x["begin"][w + 1, file.test] - 1)
        part = np.flatnonzero((panel.session[bars] >= begin) & (panel.session[bars] <= end))
        if rows:
            equity = ensemble(replays, rows, w, file.test)[:len(part)]
            gained.append(equity[-1] > 1)
            held.extend(returns_of(equity))
            out[part] = returns_of(equity) if worth > 0 else 0 # nothing stays nothing
        whole = end == file.x["end"][w, file.test]
        if whole and worth > 0: # what the rows themselves say
            totals = [file.x["total_return"][w, file.test, row] for row in rows]
            expected = float(np.mean(np.nan_to_num(totals))) if rows else 0.0
            found = np.prod(1 + file.x["oos_return"][record_index(file, what)][part]) - 1
            file.near(f"{what}: compounded return of window {w}", found, expected, floor=1e-10)
        worth *= np.prod(1 + out[part])
    return out, gained, held


def record_index(file, name):
    return file.texts("record").index(name)


def metrics_of(r, periods):
    """Those metrics of section 7 that come from returns alone."""
    n, equity = len(r), np.cumprod(1 + r)
    peak = np.maximum.accumulate(np.concatenate([[1.0], equity]))[1:]
    fall = equity / peak - 1
    sd = r.std(ddof=1) if n > 1 else np.nan
    varies = sd > 1e-14
    down = math.sqrt(np.mean(np.minimum(r, 0) ** 2))
    cagr = equity[-1] ** (periods / n) - 1
    m2, m3, m4 = (np.mean((r - r.mean()) ** p) for p in (2, 3, 4))
    below = [len(list(group)) for under, group in itertools.groupby(fall < -1e-12) if under]
    out = {"total_return": equity[-1] - 1, "cagr": cagr, "volatility": sd * math.sqrt(periods),
           "max_drawdown": fall.min(), "max_drawdown_bars": max(below, default=0),
           "ulcer": math.sqrt(np.mean(fall ** 2))}
    if varies:
        own = r.mean() / sd
        out["sharpe"] = own * math.sqrt(periods)
        out["sortino"] = r.mean() * math.sqrt(periods) / down
        out["calmar"] = cagr / -fall.min()
        out["omega"] = np.maximum(r, 0).sum() / np.maximum(-r, 0).sum()
        out["skew"], out["kurtosis"] = m3 / m2 ** 1.5, m4 / m2 ** 2
        out["psr"] = norm.cdf(own * math.sqrt(n - 1) / math.sqrt(
            1 - out["skew"] * own + (out["kurtosis"] - 1) / 4 * own ** 2))
    return out


def trades_of(file, replays, name, chosen):
    """Metrics of trades and orders, of the windows' trades together, where the file has them."""
    equity = file.x["oos_equity"][record_index(file, name)]
    cells = [(row, w, 1 / len(rows)) for w, rows in enumerate(chosen) for row in rows]
    def of(name):
        return np.nan_to_num([file.x[name][w, file.test, row] for row, w, _ in cells])
    weight = np.array([weight for _, _, weight in cells])
    counted = [replays.counted.get((row, w, file.test), np.zeros(0)) for row, w, _ in cells]
    out = {}
    if "exposure" in file.metrics:
        bars = np.array([len(worth) for worth in counted])
        out["exposure"] = (of("exposure") * bars * weight).sum() / len(equity)
    if "turnover" in file.metrics:
        traded = (of("turnover") * [worth.sum() for worth in counted] * weight).sum()
        out["turnover"] = traded / equity.sum()
    for name in ("trades", "open_trades", "orders", "dropped", "clipped"):
        if name in file.metrics:
            out[name] = of(name).sum()
    for name in ("commission", "slippage", "borrow", "costs"):
        if name in file.metrics:
            out[name] = (of(name) * weight).sum()
    trades = of("trades") if "trades" in file.metrics else np.zeros(len(cells))
    wins = of("win_rate") * trades if "win_rate" in file.metrics else trades
    for name, count in (("win_rate", trades), ("expectancy", trades), ("avg_bars", trades),
                        ("avg_win", wins), ("avg_loss", trades - wins)): # means
        if name in file.metrics and count.sum() > 0.5:
            out[name] = (of(name) * count).sum() / count.sum()
    for name, best in (("best_trade", max), ("worst_trade", min)):
        if name in file.metrics and trades.sum() > 0:
            out[name] = best(x for x, n in zip(of(name), trades) if n > 0)
    return out


def check_record(file, name, assets, r, more):
    x, at = file.x, record_index(file, name)
    file.near(f"oos_return of {name}", x["oos_return"][at], r, floor=1e-11)
    file.near(f"oos_equity of {name}", x["oos_equity"][at], np.cumprod(1 + x["oos_return"][at]))
    expected = {**metrics_of(x["oos_return"][at], file.attribute["periods"]), **more}
    if len(assets) == 1 and x["oos_equity"][at, -1] > 0 and r.std() > 0:
        expected["pooled_sharpe"] = r.mean() / r.std() * math.sqrt(file.attribute["periods"])
    names = file.texts("oos_metric_name")
    for metric, value in expected.items():
        file.near(f"oos_metric {metric} of {name}", x["oos_metric"][at, names.index(metric)], value,
                  floor=1e-10)
    if name in ("buy_and_hold", "benchmark"):
        traded = [i for i, metric in enumerate(names)
                  if metric in ("turnover", "trades", "orders", "costs", "win_rate", "sqn")]
        file.near(f"metrics of trades of {name}", x["oos_metric"][at, traded], np.nan)


def check_summary(file, replays, chosen, gained, held):
    file.near("profitable_windows", file.x["profitable_windows"],
              np.mean(gained) if gained else np.nan)
    on = [returns_of(ensemble(replays, rows, w, file.on)) for w, rows in enumerate(chosen) if rows]
    before = np.mean(np.concatenate(on)) if on else np.nan
    file.near("walk_forward_efficiency", file.x["walk_forward_efficiency"],
              np.mean(held) / before if before > 0 else np.nan, 1e-8)


def check_forward(file, gridwalk, bundle, chosen, medians, hindsights):
    panel = Panel(bundle, file.experiment.get("prices", "adjusted"))
    test = file.test
    bars = panel.bars(file.x["begin"][0, test], file.x["end"][-1, test])
    file.want("days of the record", file.x["time"].tolist(), panel.session[bars].tolist())
    assets = file.experiment.get("assets", panel.symbols)
    held = {"buy_and_hold": assets}
    if "benchmark" in file.experiment:
        held["benchmark"] = [file.experiment["benchmark"]]
    file.want("records", file.texts("record"), ["selected", "median", "hindsight", *held])
    replays = Replays(gridwalk, bundle, file, panel)
    overlap = any(file.x["begin"][1:, test] <= file.x["end"][:-1, test])
    one = [[[] if i is None else [i] for i in x] for x in (medians, hindsights)]
    for name, picks in zip(("selected", "median", "hindsight"), (chosen, *one)):
        r, gained, tested = stitch(file, panel, bars, replays, picks, name)
        check_record(file, name, assets, r, {} if overlap else trades_of(file, replays, name, picks))
        if name == "selected":
            check_summary(file, replays, chosen, gained, tested)
    for name, symbols in held.items():
        worth = np.mean([panel.held(symbol, bars) for symbol in symbols], axis=0)
        check_record(file, name, symbols, returns_of(worth), {"exposure": 1})
