#!/usr/bin/env bash
# A user's mistakes: one line that names the file, the line and what would be right, the designed
# exit code, nothing half-written. Alone and under mpirun on four ranks.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$dir/work"
cd "$dir/work"
"$GRIDWALK" synth "$configs/data/seed-grid.yaml" -o prices.h5 -q
head -c 4000 prices.h5 >truncated.h5
cat >good.yaml <<'END'
bundle: prices.h5
strategy:
  parameters:
    fast: [2, 3]
    slow: [5, 8]
  constraints:
    - fast < slow
  signals:
    enter_long: crosses_above(sma(close, fast), sma(close, slow))
    exit_long: crosses_below(sma(close, fast), sma(close, slow))
walk_forward: {train: 60, test: 20}
END
expect 0 "$GRIDWALK" run good.yaml -o good.h5 -q
rm good.h5 good.h5.run.json
ls -A >"$dir/before"

# mistake NAME EXIT-CODE SED-SCRIPT TEXT...: good.yaml, changed, fails and names TEXT.
mistakes=0
mistake() {
    local name=$1 code=$2 script=$3
    shift 3
    sed "$script" good.yaml >"$dir/$name.yaml"
    sed -i "s|bundle: |bundle: $dir/work/|" "$dir/$name.yaml"
    mistakes=$((mistakes + 1))
    expect "$code" "$GRIDWALK" run "$dir/$name.yaml" -o "${output:-out.h5}"
    one_line "$@"
    expect "$code" mpirun --quiet -n 4 "$GRIDWALK" run "$dir/$name.yaml" -o "${output:-out.h5}" -q
    one_line "$@"
    ls -A | diff "$dir/before" - || fail "$name left something behind"
}

mistake misspelt-key 3 's/signals:/signls:/' misspelt-key.yaml:8:3: signls "'signals'"
mistake wrong-type 3 's/train: 60/train: sixty/' wrong-type.yaml:11: train sixty
mistake missing-bundle 3 's/prices.h5/nowhere.h5/' missing-bundle.yaml:1: nowhere.h5
mistake unknown-function 3 's/enter_long: crosses_above(sma/enter_long: crosses_above(smaa/' \
    unknown-function.yaml:9:31: smaa "'sma'"
mistake wrong-arity 3 's/exit_long: crosses_below(sma(close, fast)/exit_long: crosses_below(sma(close)/' \
    wrong-arity.yaml:10:30: sma '2 arguments'
mistake unknown-parameter 3 's/- fast < slow/- fast < slwo/' unknown-parameter.yaml:7:14: slwo "'slow'"
mistake empty-grid 3 's/- fast < slow/- fast > slow/' empty-grid.yaml:6: combination
mistake long-window 3 's/train: 60/train: 600/' long-window.yaml:11: 600 "244 bars"
mistake truncated-bundle 4 's/prices.h5/truncated.h5/' truncated.h5
output=nowhere/out.h5 mistake missing-directory 5 '' nowhere
mistake step-does-not-divide 3 's/fast: .*/fast: {from: 2, to: 5, step: 2}/' step-does-not-divide.yaml:4: step
mistake negative-cost 3 's/^bundle/costs: {commission_bps: -1}\n&/' negative-cost.yaml:1: commission_bps
mistake unknown-metric 3 's/^bundle/objective: {maximize: sharp}\n&/' unknown-metric.yaml:1: sharp "sharpe"
mistake same-bar-open 3 's/^bundle/execution: {price: open, delay: 0}\n&/' same-bar-open.yaml:1: delay
mistake comma-cut 3 's/enter_long: .*/enter_long: close > 1\n  define: {a: max(close, open)}/' comma-cut.yaml:10: comma
mistake repeated-key 3 's/^bundle/periods: 252\nperiods: 365\n&/' repeated-key.yaml:2:1: periods
mistake alias 3 's/fast: \[2, 3\]/fast: \&a [2, 3]/' alias.yaml:4: anchor
mistake bad-lag 3 's/sma(close, fast)/lag(close, fast - slow)/g' bad-lag.yaml:9: lag 'fast=2'

mistake free-sale 3 's/^bundle/costs: {slippage_bps: 9000, spread_bps: 3000}\n&/' free-sale.yaml:1: slippage_bps 'bring nothing'
mistake impact-alone 3 's/^bundle/costs: {impact: fast}\n&/' impact-alone.yaml:1:17: volume_limit fast=2
mistake wide-stop 3 's/^bundle/stops: {loss: fast * 0.1, trail: slow * slow * 2}\n&/' wide-stop.yaml:1:34: stops.trail slow=8
mistake shared-without-size 3 's/^bundle/account: {mode: shared}\n&/' shared-without-size.yaml:1:11: account.size
mistake sized-target 3 's/signals:/target: close/; /enter_long/d; /exit_long/d; s/^bundle/account: {size: {equity: 1}}\n&/' \
    sized-target.yaml:1:11: target
mistake two-strategies 3 's/signals:/target: close\n  signals:/' two-strategies.yaml:8:3: 'signals and target'
mistake missing-plugin 3 's/signals:/plugin: {library: nowhere.so}/; /enter_long/d; /exit_long/d' \
    missing-plugin.yaml:8:21: nowhere.so
mistake no-benchmark 3 's/^bundle/metrics: [beta]\n&/' no-benchmark.yaml:1:11: beta "'benchmark:'"
mistake empty-huge-grid 3 's/fast: .*/fast: {from: 1, to: 9000000}/; s/slow: .*/slow: {from: 1, to: 9000000}/; s/- fast < slow/- fast < slow and slow < fast/' \
    empty-huge-grid.yaml:6: samples

# an output that is an input, or anything else that is no results file, is not overwritten
cp prices.h5 "$dir/prices.h5"
expect 2 "$GRIDWALK" run good.yaml -o prices.h5
one_line prices.h5 'no results file'
expect 2 "$GRIDWALK" run good.yaml -o good.yaml
one_line good.yaml 'no results file'
expect 2 "$GRIDWALK" ingest "$configs/data/stocks.yaml" -o good.yaml
one_line good.yaml 'no bundle'
cmp prices.h5 "$dir/prices.h5" || fail "the bundle was overwritten"

expect 2 "$GRIDWALK" run good.yaml --ouput x.h5
one_line "'--output'"
expect 2 "$GRIDWALK" rnu good.yaml
one_line "'run'"
expect 2 "$GRIDWALK" run
one_line EXPERIMENT
expect 3 "$GRIDWALK" run good.yaml --set costs.comission_bps=1
one_line comission_bps "commission_bps"
expect 3 "$GRIDWALK" run good.yaml --only fast=4
one_line fast 4
expect 3 "$GRIDWALK" run nowhere.yaml
one_line nowhere.yaml
expect 4 "$GRIDWALK" show nowhere.h5
one_line nowhere.h5
expect 4 "$GRIDWALK" info good.yaml
one_line good.yaml
ls -A | diff "$dir/before" - || fail "something is left behind"

# check points at the place
sed 's/crosses_above(sma(/crosses_above(smaa(/' good.yaml >"$dir/work/caret.yaml"
expect 3 "$GRIDWALK" check caret.yaml
grep -qx '      |                               ^' "$dir/stdout" || {
    cat "$dir/stdout" >&2
    fail "no caret under the misspelt function"
}
echo "$mistakes mistakes in experiments, each alone and on 4 ranks"
