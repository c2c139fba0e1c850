#!/usr/bin/env bash
# Every command as a newcomer meets it: help, a starter that runs, prices in and out, tables.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

expect 0 "$GRIDWALK" --version
grep -qE '^gridwalk [0-9]+\.[0-9]+\.[0-9]+$' "$dir/stdout" || fail "version"
expect 0 "$GRIDWALK" --help
for command in init ingest synth info check plan run show replay top functions bench; do
    grep -qE "^  $command " "$dir/stdout" || fail "$command is not in --help"
done
for command in init ingest synth info check plan run show replay top functions bench; do
    expect 0 "$GRIDWALK" $command --help
    grep -q "usage: gridwalk $command" "$dir/stdout" || fail "$command --help"
done

# a starter: written once, checked, run, shown; never overwritten
mkdir "$dir/start" && cd "$dir/start"
expect 0 "$GRIDWALK" init
expect 2 "$GRIDWALK" init
one_line experiment.yaml
expect 0 "$GRIDWALK" check experiment.yaml
grep -q 'ready to run' "$dir/stdout" || fail "check"
grep -q '^choice      maximize sharpe on train, select best$' "$dir/stdout" || fail "check says not what is chosen"
# What the starter has as comments is right, too.
sed 's/^  # \(require\|select\)/  \1/' experiment.yaml >more.yaml
expect 0 "$GRIDWALK" check more.yaml
grep -q '^choice .* on train, 1 condition (otherwise cash), select plateau 1 mean$' "$dir/stdout" ||
    fail "check says not how is chosen"
rm more.yaml
expect 0 "$GRIDWALK" run experiment.yaml
grep -q 'written: experiment.h5' "$dir/stdout" || fail "run says nothing"
expect 0 "$GRIDWALK" run experiment.yaml -q
[ ! -s "$dir/stdout" ] && [ ! -s "$dir/stderr" ] || fail "-q is not quiet"
expect 0 "$GRIDWALK" show experiment.h5 --windows
expect 0 "$GRIDWALK" show experiment.h5 --parameters
expect 0 "$GRIDWALK" show experiment.h5 --top 3 --sort total_return --window 2
expect 2 "$GRIDWALK" show experiment.h5 --sort sharp
one_line "sharpe"
expect 0 "$GRIDWALK" info experiment.h5
expect 0 "$GRIDWALK" info prices.h5
grep -q 'ASSET4' "$dir/stdout" || fail "info names no assets"
expect 0 "$GRIDWALK" run experiment.yaml -o one.h5 --only fast=10,slow=50
grep -q '1 combination ' "$dir/stdout" || fail "--only"

# a bundle is made again when its spec changes, and only then
expect 0 "$GRIDWALK" run experiment.yaml
! grep -q 'made the bundle' "$dir/stdout" || fail "the bundle was made twice"
sed -i 's/assets: 5/assets: 6/' prices.yaml
expect 0 "$GRIDWALK" run experiment.yaml
grep -q 'made the bundle' "$dir/stdout" || fail "a changed spec was not seen"
echo 'not made from a spec' >prices.h5
expect 4 "$GRIDWALK" run experiment.yaml
one_line prices.h5
[ "$(cat prices.h5)" = 'not made from a spec' ] || fail "a user's file was overwritten"

expect 0 "$GRIDWALK" functions
for name in sma ema stdev highest lowest rsi roc crosses_above crosses_below lag where abs min max; do
    grep -q "^$name(" "$dir/stdout" || fail "$name is not in functions"
done
expect 0 "$GRIDWALK" functions sma
grep -q 'warm-up' "$dir/stdout" || fail "functions sma"
expect 2 "$GRIDWALK" functions smaa
one_line "'sma'"

# ingest: every defect with its place; nothing written when refused
mkdir csv
printf 'date,open,high,low,close,volume\n2020-01-02,10,11,9,10,100\n2020-01-03,10,9,11,10,100\n2020-01-03,10,11,9,10,100\n2020-01-06,10,11,9,-1,100\n' >csv/XYZ.csv
printf 'format: gridwalk-ingest/1\nfiles: {pattern: csv/*.csv}\n' >csv.yaml
expect 4 "$GRIDWALK" ingest csv.yaml -o csv.h5
one_line XYZ.csv:3: 'on_defect'
for place in XYZ.csv:3: XYZ.csv:4: XYZ.csv:5:; do
    grep -q "$place" "$dir/stdout" || fail "$place is not listed"
done
[ ! -e csv.h5 ] || fail "a refused bundle was written"
echo 'on_defect: drop' >>csv.yaml
expect 0 "$GRIDWALK" ingest csv.yaml -o csv.h5
expect 0 "$GRIDWALK" info csv.h5
grep -q 'XYZ' "$dir/stdout" || fail "info of an ingested bundle"

# the same through an experiment: what was dropped is said, and the output is not the bundle
cp csv.yaml seen.yaml
printf 'bundle: seen.yaml\nstrategy:\n  signals: {enter_long: close > open}\n' >seen-run.yaml
expect 2 "$GRIDWALK" run seen-run.yaml -o seen.h5
one_line seen.h5 'no results file'
grep -q 'XYZ.csv:3:' "$dir/stdout" || fail "run does not list what it dropped"
expect 0 "$GRIDWALK" run seen-run.yaml -o seen-results.h5

# a spec where nothing can be written: the bundle goes to the cache
if [ "$(id -u)" != 0 ]; then
    mkdir sealed && cp prices.yaml sealed/ && chmod 500 sealed
    sed 's|prices.yaml|sealed/prices.yaml|' experiment.yaml >cached.yaml
    XDG_CACHE_HOME=$dir/cache/deep expect 0 "$GRIDWALK" run cached.yaml -o cached.h5
fi

# real prices: five stocks, three splits
expect 0 "$GRIDWALK" ingest "$configs/data/stocks.yaml" -o stocks.h5
expect 0 "$GRIDWALK" info stocks.h5
for symbol in AAPL FB GOOG IBM MSFT; do
    grep -q "$symbol" "$dir/stdout" || fail "$symbol is not in the bundle"
done

# docs hold what the program prints
"$GRIDWALK" init --keys | cmp - "$root/docs/experiment.md" || fail "docs/experiment.md is old"
