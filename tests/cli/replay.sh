#!/usr/bin/env bash
# `gridwalk replay`: rows of results files again, fill by fill, and what it says when they differ.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

grid=$configs/sma-cross-grid.yaml
walk=$configs/sma-cross-walk-forward.yaml
expect 0 "$GRIDWALK" run "$grid" -q -o grid.h5
expect 0 "$GRIDWALK" run "$walk" -q -o walk.h5 --set metrics=all

replay() { # replay ARGUMENT...: agrees
    expect 0 "$GRIDWALK" replay "$@"
    tail -n 1 "$dir/stdout" | grep -qE '^agrees: [0-9]+ metrics?$' || fail "no agreement: $*"
}

# ---- cells of a grid and of windows; a trade told in full ----

replay grid.h5 --best
grep -qE '^combination [0-9]+: fast=[0-9]+, slow=[0-9]+, chosen$' "$dir/stdout" || fail "no combination"
grep -qE '^2000-03-01 to 2013-03-01, 3270 bars, 4 assets$' "$dir/stdout" || fail "no period"
grep -q '^agrees: 34 metrics$' "$dir/stdout" || fail "not all metrics"
for combo in 0 60 189; do
    replay grid.h5 --combo $combo
done
replay walk.h5 --best
grep -q '^window 19, test: 2012-05-21 to 2012-11-16, 125 bars, 4 assets$' "$dir/stdout" ||
    fail "not the last test: $(sed -n 2p "$dir/stdout")"
for window in 0 3 11; do
    replay walk.h5 --best --window $window
    replay walk.h5 --best --window $window --segment train
    grep -q "^window $window, train: " "$dir/stdout" || fail "not train"
done
replay walk.h5 --combo 8 --window 7 --segment test

# An objective that is an expression, several picks, and the segment that was chosen on.
expect 0 "$GRIDWALK" run "$walk" -q -o picks.h5 --set 'metrics=[sharpe, ulcer, trades]' \
    --set 'walk_forward={train: 500, validation: 100, test: 125}' \
    --set 'objective={maximize: sharpe - 0.5 * ulcer, select: {top: 3}}'
replay picks.h5 --best --window 2
grep -q '^agrees: 4 metrics$' "$dir/stdout" || fail "not three metrics and the objective"
python - "$dir/stdout" <<'EOF' || fail "not the picks of the window"
import h5py, re, sys
line = open(sys.argv[1]).readline()
picks = h5py.File("picks.h5")["selected"][2].tolist()
found = re.match(r"combination (\d+): .*, chosen beside (\d+), (\d+)$", line)
assert [int(k) for k in found.groups()] == picks, line
EOF
replay picks.h5 --best --segment validation
grep -qE '^window 18, validation: .*, 100 bars' "$dir/stdout" || fail "not validation"

# ---- what happened: tables, cut and in full, and files ----

# The fills make the metrics: as many, by day, and their commissions. What is printed is what the
# files hold, 20 lines of each list unless --all.
files=(--csv equity.csv --fills-csv fills.csv --orders-csv orders.csv --cash-csv cash.csv)
replay grid.h5 --combo 60 "${files[@]}"
cp "$dir/stdout" cut
replay grid.h5 --combo 60 --all
python - cut "$dir/stdout" <<'EOF' || fail "fills or equity do not make the metrics"
import csv, re, sys
read = lambda name: list(csv.DictReader(open(name)))
cut, full = [open(path).read() for path in sys.argv[1:]]
fills, orders, equity = read("fills.csv"), read("orders.csv"), read("equity.csv")
stored = {line.split()[0]: line.split()[1] for line in full.splitlines() if len(line.split()) == 3}
assert len(fills) == int(stored["orders"]) > 100
assert [fill["date"] for fill in fills] == sorted(fill["date"] for fill in fills)
assert {fill["asset"] for fill in fills} == {"AAPL", "GOOG", "IBM", "MSFT"}
assert {fill["cause"] for fill in fills} == {"order"}
assert abs(sum(float(fill["commission"]) for fill in fills) - float(stored["commission"])) < 1e-6
held = {}
for fill in fills:
    held[fill["asset"]] = held.get(fill["asset"], 0) + float(fill["shares"])
    assert held[fill["asset"]] > -1e-3 and (float(fill["shares"]) > 0 or held[fill["asset"]] == 0)
assert sum(shares > 0 for shares in held.values()) == int(stored["open_trades"])
assert len(equity) == 3270 and list(equity[0].values()) == ["2000-03-01", "400000"]
assert equity[-1]["date"] == "2013-03-01"
assert abs(float(equity[-1]["equity"]) / 400000 - 1 - float(stored["total_return"])) < 1e-12

# Long only, at the next open, nothing missing: one order a fill, a bar after its decision.
days = [line["date"] for line in equity]
filled = [order for order in orders if order["end"] == "filled"]
assert sorted((o["ended"], o["asset"]) for o in filled) == sorted((f["date"], f["asset"]) for f in fills)
assert all(days.index(o["due"]) == days.index(o["decided"]) + 1 for o in filled)
assert {o["wanted"] for o in filled} == {"1", "0"}
assert all((o["wanted"] == "1") == (float(o["filled"]) > 0) for o in filled)
assert sum(o["end"] == "dropped" for o in orders) == int(stored["dropped"])
assert open("cash.csv").read() == "date,asset,kind,amount\n"

def table(text, title):
    """Lines under a title, without head and rule."""
    lines = text[re.search(title, text, re.M).end():].lstrip("\n").split("\n\n")[0].splitlines()[2:]
    return [line.split() for line in lines if not line.startswith("  ...")], lines[-1]
for name, many in ("order", orders), ("fill", fills):
    title = rf"^{len(many)} {name}s.*$"
    lines, last = table(cut, title)
    assert len(lines) == 20 and last == f"  ... {len(many) - 20} more, with --all", (name, last)
    lines, last = table(full, title)
    assert len(lines) == len(many) and "..." not in last
for line, fill in zip(lines, fills):
    assert line[:2] == [fill["date"], fill["asset"]] and line[-1] == "order"
    assert line[2] == ("buy" if float(fill["shares"]) > 0 else "sell")
    for text, number in zip(line[3:7], (abs(float(fill["shares"])), float(fill["price"]),
                                        abs(float(fill["shares"]) * float(fill["price"])),
                                        float(fill["commission"]))):
        assert abs(float(text) - number) < 0.0051
assert "dividends" not in full
lines, last = table(cut, r"^equity at the end of each year$")
assert [line[0][:4] for line in lines] == [str(year) for year in range(2000, 2014)]
by_day = {line["date"]: float(line["equity"]) for line in equity}
before = 400000
for day, value, gain in lines:
    assert abs(float(value) - by_day[day]) < 0.0051 and abs(float(gain) - by_day[day] / before + 1) < 5.1e-5
    before = by_day[day]
EOF
replay walk.h5 --best
grep -q '^equity at the end of each month$' "$dir/stdout" || fail "half a year is not told by months"

# A shared account that sells short, with stops, interest, fees, and dividends in cash: fills and
# payments give the equity of each day.
expect 0 "$GRIDWALK" run "$grid" -q -o both.h5 --only fast=10,slow=50 --set prices=split \
    --set 'account={mode: shared, size: {equity: 0.3}, leverage: 2, cash_rate: 0.02, margin_rate: 0.05}' \
    --set 'costs={commission_per_share: 0.01, commission_minimum: 1, slippage_bps: 5, borrow_rate: 0.04, volume_limit: 0.00002}' \
    --set 'stops={loss: 0.1, profit: 0.3, trail: 0.2, bars: 90}' \
    --set 'strategy.signals={enter_long: "crosses_above(sma(close, fast), sma(close, slow))", enter_short: "crosses_below(sma(close, fast), sma(close, slow))"}' \
    --set 'metrics=all'
replay both.h5 --combo 0 --all "${files[@]}"
python - "$dir/stdout" "$configs/data/stocks.h5" <<'EOF' || fail "fills and payments do not make the equity"
import csv, re, sys
import h5py
import numpy as np
text = open(sys.argv[1]).read()
read = lambda name: list(csv.DictReader(open(name)))
fills, orders, cash, equity = [read(name + ".csv") for name in ("fills", "orders", "cash", "equity")]
with h5py.File(sys.argv[2]) as h5:
    symbols = [symbol.rstrip(b"\0").decode() for symbol in h5["symbol"][...]]
    close, session = h5["close"][...], h5["session"][...]
    factor = np.ones_like(close)
    for asset, at, kind, value in zip(*(h5["action"][name][...] for name in ("asset", "session", "kind", "value"))):
        if kind != 1 and at > 0: # no dividend
            factor[asset, at:] /= value
price = close * factor
for t in range(1, price.shape[1]):
    price[:, t] = np.where(np.isnan(price[:, t]), price[:, t - 1], price[:, t])
days = [str(np.datetime64(int(day), "D")) for day in session]
money, held, stored = 100000.0, dict.fromkeys(symbols, 0.0), {}
moves = {}
for fill in fills:
    moves.setdefault(fill["date"], []).append(fill)
for line in cash:
    moves.setdefault(line["date"], []).append(line)
worst = 0
for line in equity:
    for move in moves.pop(line["date"], []):
        if "kind" in move:
            money += float(move["amount"])
        else:
            money -= float(move["shares"]) * float(move["price"]) + float(move["commission"])
            held[move["asset"]] += float(move["shares"])
    t = days.index(line["date"])
    value = money + sum(shares * price[n, t] for shares, n in zip(held.values(), range(len(symbols))) if shares != 0)
    worst = max(worst, abs(value / float(line["equity"]) - 1))
assert not moves and worst < 1e-9, worst
kinds = {kind: [float(l["amount"]) for l in cash if l["kind"] == kind] for kind in ("dividend", "interest", "borrow")}
assert all(kinds.values()) and min(kinds["dividend"]) < 0 < max(kinds["dividend"]) and max(kinds["borrow"]) < 0
said = re.search(r"^dividends (\S+), interest (\S+), borrow fees (\S+)$", text, re.M).groups()
assert all(abs(float(a) - sum(b)) < 0.0051 for a, b in zip(said, kinds.values())), said
# A line a dividend, a line a year of interest and of each asset's fees.
printed, years = {}, {}
for day, last, kind, *asset, amount in [l.split() for l in text.splitlines() if re.match(r"  \S+  \S+  (dividend|interest|borrow) ", l)]:
    assert kind != "dividend" or day == last
    printed.setdefault((day if kind == "dividend" else day[:4], kind, *asset), []).append(float(amount))
for l in cash:
    key = (l["date"] if l["kind"] == "dividend" else l["date"][:4], l["kind"], *l["asset"].split())
    years[key] = years.get(key, 0) + float(l["amount"])
assert years.keys() == printed.keys() and all(len(amount) == 1 for amount in printed.values())
assert all(abs(printed[key][0] - years[key]) < 0.0051 for key in years)
metric = {l.split()[0]: l.split()[1] for l in text.splitlines() if len(l.split()) == 3}
assert abs(float(metric["borrow"]) + sum(kinds["borrow"])) < 1e-6
assert abs(float(metric["commission"]) - sum(float(fill["commission"]) for fill in fills)) < 1e-6
causes = {fill["cause"] for fill in fills}
assert {"order", "loss", "profit", "trail", "bars"} <= causes, causes
assert {"filled", "cancelled"} <= {order["end"] for order in orders}
assert {order["wanted"] for order in orders} >= {"1", "-1"}
EOF

replay grid.h5 --combo 61 --csv equity.csv # a table of ours may be replaced

# ---- rows that were not run, and rows that were not kept ----

# --only and --set are in the file's experiment.
expect 0 "$GRIDWALK" run "$grid" -q -o part.h5 --only fast=10,slow=50 --set 'metrics=[var_95, sharpe]'
replay part.h5 --combo 0
grep -q '^agrees: 2 metrics$' "$dir/stdout" || fail "not two metrics"
grep -q '^combination 0: fast=10, slow=50$' "$dir/stdout" || fail "not the part's combination"

expect 0 "$GRIDWALK" run "$walk" -q -o short.h5 \
    --set 'walk_forward={dates: [{train: [2000-05-01, 2000-06-30]}, {train: [2002-01-01, 2002-12-31]}]}'
replay short.h5 --combo 189 --window 0
grep -qE '^  status +insufficient_history +insufficient_history$' "$dir/stdout" || fail "no status"
grep -q '^no fills$' "$dir/stdout" || fail "fills of nothing"
expect 2 "$GRIDWALK" replay short.h5 --combo 189 --window 0 --csv none.csv
one_line insufficient_history "no equity"
expect 2 "$GRIDWALK" replay short.h5 --combo 189 --window 0 --orders-csv none.csv
one_line insufficient_history "no orders"
[ ! -e none.csv ] || fail "a table of nothing"

expect 0 "$GRIDWALK" run "$walk" -q -o top.h5 --set 'output.keep={top: 1}'
kept=$("$GRIDWALK" replay top.h5 --best | sed -nE '1s/^combination ([0-9]+):.*/\1/p')
for combo in $(seq 0 5); do
    [ "$combo" = "$kept" ] && continue
    expect 0 "$GRIDWALK" replay top.h5 --combo "$combo"
    tail -n 1 "$dir/stdout" | grep -q '^nothing to compare: top.h5 does not keep' ||
        fail "compared combination $combo, which is not kept"
done

# ---- where the bundle is ----

mkdir away && cp walk.h5 away/
expect 2 "$GRIDWALK" replay away/walk.h5 --best
one_line "no away/walk.h5.run.json" "--bundle"
replay away/walk.h5 --best --bundle "$configs/data/stocks.h5"
mkdir there && cp -r configs there/set && cd there
expect 0 "$GRIDWALK" run set/sma-cross-grid.yaml -q -o near.h5 --only fast=10,slow=50
cd ..
replay there/near.h5 --best # its bundle is named from there
rm there/set/data/stocks.h5
expect 2 "$GRIDWALK" replay there/near.h5 --best
one_line "no bundle at set/data/stocks.h5" "--bundle"
expect 0 "$GRIDWALK" synth "$configs/data/seed-grid.yaml" -o other.h5
expect 4 "$GRIDWALK" replay walk.h5 --best --bundle other.h5
one_line "other.h5 is not the bundle of walk.h5"
expect 4 "$GRIDWALK" replay walk.h5 --best --bundle "$grid"
one_line sma-cross-grid.yaml

# ---- a file that was altered ----

altered() { # altered LINE [RESULTS]: of Python, on the open file
    cp "${2-walk.h5}" altered.h5
    cp "${2-walk.h5}.run.json" altered.h5.run.json
    python -c "
import h5py
def edit(h5, old, new):
    text = h5.attrs['experiment_text']
    text = (text if isinstance(text, bytes) else text.encode()).replace(old, new)
    h5.attrs.create('experiment_text', text, dtype=h5py.string_dtype('utf-8', len(text)))
with h5py.File('altered.h5', 'r+') as h5:
    $1"
}
altered 'h5["sharpe"][4, 1, 20] += 1e-6'
combo=$(python -c 'import h5py; print(h5py.File("altered.h5")["combo"][20])')
replay altered.h5 --combo "$combo" --window 4 --segment train
expect 4 "$GRIDWALK" replay altered.h5 --combo "$combo" --window 4
one_line "altered.h5: combination $combo, window 4, test: sharpe is" "by the reference engine"
grep -qE '^  sharpe .*<--$' "$dir/stdout" || fail "no mark"
[ "$(grep -c -- '<--$' "$dir/stdout")" = 1 ] || fail "more than one mark"
altered 'h5["objective"][4, 1, 20] += 1e-6' picks.h5
expect 4 "$GRIDWALK" replay altered.h5 --combo "$combo" --window 4
one_line "window 4, test: objective is"
altered 'h5["status"][4, 1, 20] = 2'
expect 4 "$GRIDWALK" replay altered.h5 --combo "$combo" --window 4
one_line "status is ruined in the file, ok by"
altered 'h5["end"][4, 1] += 1'
expect 4 "$GRIDWALK" replay altered.h5 --combo "$combo" --window 4
one_line "its windows are not those of its experiment"
altered 'edit(h5, b"slow:", b"slew:")'
expect 4 "$GRIDWALK" replay altered.h5 --best
one_line "altered.h5, experiment_text:"
altered 'edit(h5, b"commission_bps: 10", b"commission_bps: 11")'
expect 4 "$GRIDWALK" replay altered.h5 --best
one_line "its experiment_text does not give its experiment_digest"

# ---- mistakes ----

mistake() { # mistake TEXT ARGUMENT...
    expect 2 "$GRIDWALK" replay "${@:2}"
    one_line "$1"
}
mistake "which RESULTS?"
mistake "either --best or --combo" walk.h5
mistake "either --best or --combo" walk.h5 --best --combo 3
mistake "whole number" walk.h5 --combo best
mistake "those of this experiment are 0 to 189" walk.h5 --combo 190
mistake "(fast=50, slow=20) is left out by the constraints" walk.h5 --combo 171
mistake "the windows of walk.h5 are 0 to 19" walk.h5 --best --window 20
mistake "grid.h5 has one window, number 0" grid.h5 --best --window 1
mistake "the segments of walk.h5 are train, test" walk.h5 --best --segment validation
mistake "the segments of grid.h5 are train" grid.h5 --best --segment test
mistake "none.h5" walk.h5 --best --bundle none.h5
mistake "no such table" walk.h5 --best --csv grid.h5
cp equity.csv other.csv
mistake "--fills-csv other.csv: the file is there and is no such table" walk.h5 --best --fills-csv other.csv
mistake "--csv and --orders-csv name the same file, one.csv" walk.h5 --best --csv one.csv --orders-csv one.csv
mistake "did you mean '--window'" walk.h5 --best --windows 3
expect 4 "$GRIDWALK" replay "$configs/data/stocks.h5" --best
one_line stocks.h5
expect 5 "$GRIDWALK" replay walk.h5 --best --csv no/such/equity.csv
one_line no/such
