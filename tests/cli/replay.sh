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

# The fills make the metrics: as many, by day, and their commissions.
replay grid.h5 --combo 60 --csv equity.csv
python - "$dir/stdout" equity.csv <<'EOF' || fail "fills or equity do not make the metrics"
import csv, re, sys
lines = open(sys.argv[1]).read().splitlines()
fills = [line.split() for line in lines if re.match(r"  \d{4}-\d\d-\d\d ", line)]
stored = {line.split()[0]: line.split()[1] for line in lines if len(line.split()) == 3}
assert len(fills) == int(stored["orders"]) > 100
assert [fill[0] for fill in fills] == sorted(fill[0] for fill in fills)
assert {fill[1] for fill in fills} == {"AAPL", "GOOG", "IBM", "MSFT"}
assert abs(sum(float(fill[5]) for fill in fills) - float(stored["commission"])) < 0.005 * len(fills)
held = {}
for day, asset, side, shares, price, commission in fills:
    held[asset] = held.get(asset, 0) + (float(shares) if side == "buy" else -float(shares))
    assert held[asset] > -1e-3 and (side == "buy" or abs(held[asset]) < 1e-3)
assert sum(shares > 1e-3 for shares in held.values()) == int(stored["open_trades"])
rows = list(csv.reader(open(sys.argv[2])))
assert rows[0] == ["date", "equity"] and len(rows) == 3271
assert rows[1] == ["2000-03-01", "400000"] and rows[-1][0] == "2013-03-01"
assert abs(float(rows[-1][1]) / 400000 - 1 - float(stored["total_return"])) < 1e-12
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
mistake "did you mean '--window'" walk.h5 --best --windows 3
expect 4 "$GRIDWALK" replay "$configs/data/stocks.h5" --best
one_line stocks.h5
expect 5 "$GRIDWALK" replay walk.h5 --best --csv no/such/equity.csv
one_line no/such
