#!/usr/bin/env python3
"""Make indicators_goog.txt from TA-Lib's output on GOOG.

Usage: make_indicators.py GOOG.csv indicators_goog_talib.csv.gz > indicators_goog.txt

The first file has columns date and close, the second date and one column an indicator, with an
empty cell where TA-Lib is not warm. Numbers are copied digit for digit.
"""
import csv
import gzip
import sys

COLUMNS = ["sma20", "ema20", "stddev20", "max20", "min20", "rsi14", "roc10"]

HEADER = """\
# Indicators of TA-Lib on the closes of GOOG, 2004-08-19 to 2013-03-01, all bars in order.
# Made by make_indicators.py from TA-Lib's columns of the same names (stddev is of ddof 0) and
# the closes of the series. TA-Lib printed 14 digits, and its running sums drift: compare
# within 1e-9 relative. nan: not warm."""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], newline="") as file:
        closes = {row["date"]: row["close"] for row in csv.DictReader(file)}
    print(HEADER)
    print("# close", *COLUMNS)
    with gzip.open(sys.argv[2], "rt", newline="") as file:
        for row in csv.DictReader(file):
            print(closes[row["date"]], *(row[name] or "nan" for name in COLUMNS))


if __name__ == "__main__":
    main()
