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
sed 's/^  # \(require\|select\)/  \1/; s/^# \(stops\|account\)/\1/' experiment.yaml >more.yaml
expect 0 "$GRIDWALK" check more.yaml
grep -q '^choice .* on train, 1 condition (otherwise cash), select plateau 1 mean$' "$dir/stdout" ||
    fail "check says not how is chosen"
# check says in plain words what is not the default, and warns of what looks wrong
said() { # said LINE: the last check printed this line
    grep -qxF -- "$1" "$dir/stdout" || { cat "$dir/stdout" >&2 && fail "check does not say: $1"; }
}
said 'account     100000 in one account for 5 assets, an entry takes 0.2 of the equity'
said 'costs       commission of 10 bps, slippage of 2 bps'
said 'stops       loss of 0.1, 0.2 behind the best price'
! grep -q 'accounts of' "$dir/stdout" || fail "check speaks of an account for each asset"
expect 0 "$GRIDWALK" check experiment.yaml --set 'account={size: {volatility: fast / 100, span: 20}, lots: whole, leverage: 2,
    close_at_end: true, cash_rate: 0.02, margin_rate: slow / 1000}' --set risk_free=0.01 \
    --set 'costs={commission_minimum: 1, volume_limit: 0.1, impact: 0.5, borrow_rate: 0.03}'
said 'account     an entry takes a volatility of fast / 100 a year (over the last 20 returns), leverage of up to 2, whole shares, positions sold at the end of a window'
said "costs       at least 1 an order, at most 0.1 of a bar's volume, impact of 0.5"
said 'rates       a year: 0.02 on cash, slow / 1000 on debt, 0.03 on what is sold short, 0.01 free of risk'
said 'note: 5 accounts of 100000 each (account.mode: per_asset)'
! grep -q '^warning' "$dir/stdout" || fail "check warns of what is right"
expect 0 "$GRIDWALK" check experiment.yaml --set account.leverage=2 --set 'execution={price: close, delay: 0}' --set stops.bars=slow
said 'stops       after slow bars'
said 'warning: stops come before the decision of their bar: what one closes may be opened again at the same close (execution.delay: 0)'
said 'warning: account.leverage changes nothing: an entry takes all cash of its account (account.size: all)'
# numbers in percent where fractions are meant, and what makes a ratio look better than it is
expect 0 "$GRIDWALK" check experiment.yaml --set 'stops={loss: fast, profit: 0.5}' --set 'account={size: {equity: 2}, cash_rate: 0.03}'
said 'warning: an entry asks for up to 2 of the equity and gets at most 1 (account.leverage)'
said 'warning: stops.loss is a fraction: 50 is 5000 %, and 50 % is 0.5'
said 'warning: cash earns interest (account.cash_rate), which sharpe counts as skill: risk_free is 0'
[ "$(grep -c '^warning' "$dir/stdout")" = 3 ] || fail "check warns of more"
expect 3 "$GRIDWALK" check experiment.yaml --set 'costs={impact: 0.1, commission_bps: fast}'
grep -q 'costs.impact needs costs.volume_limit$' "$dir/stderr" || fail "check blames a combination for what none can help"
expect 0 "$GRIDWALK" check experiment.yaml --set 'strategy={target: close / open - 1, rebalance: {every: 3}}'
said 'rebalance   every 3 bars'
expect 0 "$GRIDWALK" check experiment.yaml --set 'strategy={target: close / open - 1, rebalance: monthly}'
said 'rebalance   on the first bar of a month'
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

# a volume limit without volumes
mkdir quiet
for name in QQQ RRR; do
    printf 'date,open,high,low,close,volume\n2020-01-02,10,11,9,10,0\n2020-01-03,10,11,9,10,0\n' >quiet/$name.csv
done
printf 'format: gridwalk-ingest/1\nfiles: {pattern: quiet/*.csv}\n' >quiet.yaml
printf 'bundle: quiet.yaml\nstrategy:\n  signals: {enter_long: close > open}\n' >quiet-run.yaml
expect 0 "$GRIDWALK" check quiet-run.yaml
! grep -q '^warning: costs' "$dir/stdout" || fail "a warning of a limit that is not there"
expect 0 "$GRIDWALK" check quiet-run.yaml --set costs.volume_limit=0.1
said 'warning: costs.volume_limit lets nothing fill of QQQ and 1 more: the bundle has no volume of them'

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
