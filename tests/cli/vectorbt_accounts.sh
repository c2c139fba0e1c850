#!/usr/bin/env bash
# Stops, and one pool of cash for several assets, against vectorbt.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

# ---- stops: 768 rows on GOOG, by the default engine, and some by the other one ----

"$GRIDWALK" ingest "$configs/data/stocks.yaml" -o goog.h5 >/dev/null
rows=()
for side in long short; do
    enter=above exit=below
    [ $side = long ] || enter=below exit=above
    cat >$side.yaml <<END
bundle: goog.h5
assets: [GOOG]
period: {from: 2004-08-19} # its first day
strategy:
  parameters:
    fast: [5, 10, 30]
    slow: [20, 50, 100]
    level: [0.01, 0.03, 0.1, 0.15]
    profit: [0, 0.01, 0.03, 0.2]
  constraints: [slow > 3 * fast, slow < 6 * fast] # 5/20, 10/50, 30/100
  signals:
    enter_$side: crosses_$enter(sma(close, fast), sma(close, slow))
    exit_$side: crosses_$exit(sma(close, fast), sma(close, slow))
execution: {price: close, delay: 1}
stops: {profit: profit}
metrics: all
END
    for stop in loss trail; do
        sed "s/level:/$stop:/; s/stops: {/&$stop: $stop, /" $side.yaml >$side-$stop.yaml
        for mode in close0 close1; do
            for costs in 0,0 10,5; do
                results=stops-$side-$stop-$mode-$costs.h5
                results=${results//,/+}
                expect 0 "$GRIDWALK" run $side-$stop.yaml -q -o "$results" --set "execution.delay=${mode: -1}" \
                    --set "costs={commission_bps: ${costs%,*}, slippage_bps: ${costs#*,}}"
                rows+=("$results,$side,$mode,$costs")
            done
        done
    done
done
expect 0 "$GRIDWALK" run short-trail.yaml -q -o judge.h5 --engine reference
peers "$root/tests/peers/stops_vectorbt_test.py" goog.h5 "${rows[@]}" judge.h5,short,close1,0,0 ||
    fail "not vectorbt's stops"

# ---- three assets and one account, traded to weights ----

cat >market.yaml <<'END'
format: gridwalk-synth/1
bars: 700
assets: 3
seed: 5
volatility: 0.3
END
"$GRIDWALK" synth market.yaml -o market.h5 >/dev/null
cat >shared.yaml <<'END'
bundle: market.h5
strategy:
  parameters:
    fast: [5, 10, 20]
    slow: [30, 60, 100]
    part: [0.1, 0.25]
  target: where(sma(close, fast) > sma(close, slow), part, -part / 2)
execution: {price: open, delay: 1}
account: {mode: shared}
metrics: all
END
rows=()
for mode in close0 open1; do
    for rebalance in on_change every_bar weekly monthly 7; do
        set=$rebalance
        [ $rebalance != 7 ] || set='{every: 7}'
        expect 0 "$GRIDWALK" run shared.yaml -q -o $mode-$rebalance.h5 --set "strategy.rebalance=$set" \
            --set "execution={price: ${mode%?}, delay: ${mode: -1}}" \
            --set 'costs={commission_bps: 10, slippage_bps: 5}'
        rows+=("$mode-$rebalance.h5,$mode,$rebalance,10,5")
    done
done
expect 0 "$GRIDWALK" run shared.yaml -q -o judged.h5 --engine reference --set strategy.rebalance=weekly
peers "$root/tests/peers/shared_vectorbt_test.py" market.h5 "${rows[@]}" judged.h5,open1,weekly,0,0 ||
    fail "not vectorbt's shared account"
