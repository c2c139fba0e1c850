#!/usr/bin/env python3
"""Recover splits and dividends from a table that holds both raw and adjusted closes.

    python3 recover_actions.py STOCKS_CSV_GZ [FOLDER]

STOCKS_CSV_GZ is stocks.csv.gz of the Python package bokeh-sampledata, with the columns
Ticker,Date,Open,High,Low,Close,Volume,Adj Close. Writes stocks.csv.gz (as traded) and
actions.csv into FOLDER, by default the one of this script; the same input gives the same bytes.

The ratio a[t] = adjusted/raw close only moves on the day x of an event: j = a[x-1]/a[x].
A split of ratio q gives j = q. A dividend D gives j = 1/(1 + D/close[x]) in this source, so
D = (1/j - 1) close[x]. (gridwalk itself uses q = 1 - D/close[x-1]; see README.md.)
"""

import csv
import gzip
import io
import math
import os
import sys
from fractions import Fraction

QUIET = 1e-7      # a ratio that moves less than this did not move
SPLIT = 1.25      # a jump above this factor (or below its inverse) must be a split
ROUNDING = 1e-6   # a recovered amount is this close to four decimals, relatively

# The source scaled the volume of GOOG, not its prices, by the split ratio of 2014.
VOLUME_SCALE = {"GOOG": 1.998}


def read_table(path):
    with gzip.open(path, "rt", newline="") as stream:
        series = {}
        for row in csv.DictReader(stream):
            series.setdefault(row["Ticker"], []).append(row)
    for symbol, rows in series.items():
        dates = [row["Date"] for row in rows]
        if dates != sorted(set(dates)):
            sys.exit(f"{path}: {symbol}: dates are not ascending")
    return series


def classify(symbol, before, row, jump):
    """The event behind one jump of the ratio: (kind, value as text, jump it explains)."""
    where = f"{symbol} {row['Date']}"
    close = float(row["Close"])
    if jump > SPLIT or jump < 1 / SPLIT:
        ratio = Fraction(jump).limit_denominator(20)
        moved = close / float(before["Close"])
        if abs(ratio / Fraction(jump) - 1) > 1e-6 or abs(math.log(moved / jump)) > 0.25:
            sys.exit(f"{where}: a jump of {jump:.9f} is no split")
        return "split", f"{float(ratio):.10g}", float(ratio)
    amount = (1 / jump - 1) * close
    rounded = round(amount, 4)
    if rounded <= 0 or abs(amount / rounded - 1) > ROUNDING:
        sys.exit(f"{where}: a jump of {jump:.9f} is no dividend")
    return "dividend", f"{rounded:.4f}".rstrip("0"), 1 / (1 + rounded / close)


def recover(symbol, rows):
    """Events of one series, and how far their path is from the source's."""
    ratio = [float(row["Adj Close"]) / float(row["Close"]) for row in rows]
    events, explained, ours, noise = [], {}, {}, 0.0
    for t in range(1, len(rows)):
        jump = ratio[t - 1] / ratio[t]
        if abs(jump - 1) <= QUIET:
            noise = max(noise, abs(jump - 1))
            continue
        kind, value, explained[t] = classify(symbol, rows[t - 1], rows[t], jump)
        ours[t] = explained[t]
        if kind == "dividend":
            ours[t] = 1 - float(value) / float(rows[t - 1]["Close"])
        events.append((symbol, rows[t]["Date"], kind, value))
    return events, residual(ratio, explained), residual(ratio, ours), noise


def residual(ratio, jumps):
    """Largest relative difference of the path rebuilt from the jumps, last session first."""
    path, worst = ratio[-1], 0.0
    for t in range(len(ratio) - 1, -1, -1):
        worst = max(worst, abs(path / ratio[t] - 1))
        path *= jumps.get(t, 1.0)
    return worst


def volume_as_traded(row, splits):
    """In shares of that day: the source has the first day of a split in the old shares."""
    volume = int(row["Volume"])
    if row["Ticker"] in VOLUME_SCALE:
        volume = round(volume / VOLUME_SCALE[row["Ticker"]] / 100) * 100
    return round(volume / splits.get((row["Ticker"], row["Date"]), 1.0))


def write_table(path, series, events):
    splits = {(s, date): float(value) for s, date, kind, value in events if kind == "split"}
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["symbol", "date", "open", "high", "low", "close", "volume"])
    for symbol in sorted(series):
        for row in series[symbol]:
            prices = [row[name] for name in ("Open", "High", "Low", "Close")]
            out.writerow([symbol, row["Date"], *prices, volume_as_traded(row, splits)])
    with open(path, "wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as zipped:
            zipped.write(text.getvalue().encode())


def write_actions(path, events):
    with open(path, "w", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(["symbol", "date", "kind", "value"])
        out.writerows(events)


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__)
    folder = arguments[1] if len(arguments) == 2 else os.path.dirname(os.path.abspath(__file__))
    series = read_table(arguments[0])
    events = []
    print("symbol  sessions  first       last        splits  dividends  residual  with 1-D/close  noise")
    for symbol in sorted(series):
        rows = series[symbol]
        found, worst, ours, noise = recover(symbol, rows)
        events += found
        splits = sum(kind == "split" for _, _, kind, _ in found)
        print(f"{symbol:6}  {len(rows):8}  {rows[0]['Date']}  {rows[-1]['Date']}  {splits:6}  "
              f"{len(found) - splits:9}  {worst:8.1e}  {ours:14.1e}  {noise:.0e}")
    write_table(os.path.join(folder, "stocks.csv.gz"), series, events)
    write_actions(os.path.join(folder, "actions.csv"), events)


if __name__ == "__main__":
    main(sys.argv[1:])
