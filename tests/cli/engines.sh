#!/usr/bin/env bash
# The two engines say the same within 1e-9, the instruction sets and the ways to cut the work say
# the same to the bit, and --verify checks the one by the other.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Shorts, cash dividends, splits, four accounts, costs, every metric there is.
all=$(sed -nE 's/^    X\(([a-z0-9_]+), [BAR], .*/\1/p' "$root/include/gridwalk/engine/metrics.h" |
    paste -sd, | sed 's/,/, /g')
case $all in *var_95*pooled_sharpe*) ;; *) fail "no list of metrics: $all" ;; esac
cat >"$configs/harsh.yaml" <<END
bundle: data/stocks.yaml
assets: [AAPL, GOOG, IBM, MSFT]
prices: split
strategy:
  parameters:
    fast: {from: 3, to: 24, step: 3}
    slow: {from: 10, to: 100, step: 9}
  constraints:
    - fast < slow
  target: where(sma(close, fast) > sma(close, slow), 1, where(rsi(close, fast) < 40, -1, 0.3))
  rebalance: every_bar
warmup: before
costs: {commission_bps: 5, slippage_bps: 2, spread_bps: 3}
walk_forward: {mode: rolling, train: 300, test: 100, step: 400}
metrics: [$all]
END
names=(sma-cross-grid sma-cross-walk-forward seed-grid seed-walk-forward harsh)

# compare.py A B: every dataset the same bytes.
#   --near      numbers within 1e-9 of their size, or within 1e-10 where they have no unit
#   --part      B has some of A's combinations: compare those
cat >"$dir/compare.py" <<'END'
import sys

import h5py
import numpy as np

options = sys.argv[3:]
near, part = "--near" in options, "--part" in options
a, b = h5py.File(sys.argv[1], "r"), h5py.File(sys.argv[2], "r")
assert list(a) == list(b), (list(a), list(b))
names = a.attrs["coordinates"].decode().split()
number = {key: i for i, key in enumerate(zip(*(a[p][:].tolist() for p in names)))}
place = [number[key] for key in zip(*(b[p][:].tolist() for p in names))]
rows = 0
chosen = ("selected", "weight", "selected_edge", "test_rank", "test_ranked", "rank_correlation", "median_combo",
          "hindsight_combo", "profitable_windows", "walk_forward_efficiency")
for name in a:
    x, y = a[name][()], b[name][()]
    summary = name in chosen or name.startswith(("objective_", "oos_", "parameter_"))
    if summary and (part or near and name.startswith("objective_")):
        continue  # of other combinations; of histograms whose edges moved by rounding
    if part and name == "combo":
        continue  # --only counts its own rectangle
    if part and x.shape and x.shape[-1] == len(number):
        x = x[..., place]
    assert x.shape == y.shape and x.dtype == y.dtype, (name, x.shape, y.shape)
    if near and x.dtype.kind == "f":
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.abs(x), np.abs(y))
            floor = 1e-10 if a[name].attrs.get("units") == b"1" else 0
            same |= np.abs(x - y) <= np.maximum(1e-9 * size, floor)
        assert same.all(), (name, x[~same][:3], y[~same][:3])
        rows += x.size
    else:
        equal = list(x) == list(y) if x.dtype == object else x.tobytes() == y.tobytes()
        assert equal, (name, x, y)
assert b["combo"].size > 0 and (rows > 0 or not near)
END
same() { python "$dir/compare.py" "$@" || fail "${here:-} $*"; }

# sum KEY FILE: over the ranks of a run record
sum() { sed -nE "s/^ +\"$1\": ([0-9]+),?$/\1/p" "$2.run.json" | paste -sd+ | sed 's/^$/0/' | bc; }

sets=()
for set in v4 v3 v2 plain; do
    code=0
    GRIDWALK_ISA=$set "$GRIDWALK" run "$configs/seed-walk-forward.yaml" -o "$dir/set.h5" -q --fresh \
        2>"$dir/stderr" || code=$?
    if [ $code = 0 ]; then
        sets+=("$set")
    else # the processor lacks it
        [ $code = 2 ] || fail "GRIDWALK_ISA=$set: exit code $code"
        one_line GRIDWALK_ISA "'$set'" lacks
    fi
done
[ "${sets[-1]}" = plain ] || fail "plain is not there"

for name in "${names[@]}"; do
    here=$name:
    experiment=$configs/$name.yaml
    "$GRIDWALK" run "$experiment" -o "$dir/usual.h5" -q
    for set in "${sets[@]}"; do
        GRIDWALK_ISA=$set "$GRIDWALK" run "$experiment" -o "$dir/set.h5" -q --fresh
        cmp "$dir/usual.h5" "$dir/set.h5" || fail "$name: GRIDWALK_ISA=$set gives other bytes"
        grep -q "\"isa\": \"$set\"" "$dir/set.h5.run.json" || fail "$set is not in the run record"
    done

    # the same bits however the work is cut
    "$GRIDWALK" run "$experiment" -o "$dir/tight.h5" -q --set limits.memory=1M
    same "$dir/usual.h5" "$dir/tight.h5"
    "$GRIDWALK" run "$experiment" -o "$dir/ample.h5" -q --set limits.memory=2G
    same "$dir/usual.h5" "$dir/ample.h5"
    case $name in # windows begin where the slowest is warm: it stays
    harsh) only=(fast=3,slow=100 fast=24,slow=100 slow=100) ;;
    sma-cross-walk-forward) only=(fast=5,slow=200 fast=50,slow=200 slow=200) ;;
    sma-cross-grid) only=(fast=5,slow=20 fast=50,slow=200 fast=25) ;;
    seed*) only=(fast=15,slow=30 fast=5,slow=60 slow=50) ;;
    esac
    for one in "${only[@]}"; do
        "$GRIDWALK" run "$experiment" -o "$dir/one.h5" -q --only "$one"
        same "$dir/usual.h5" "$dir/one.h5" --part
    done

    # the other engine
    expect 0 "$GRIDWALK" run "$experiment" -o "$dir/reference.h5" --engine reference
    grep -q '^reference engine' "$dir/stdout" || fail "the summary names no engine"
    same "$dir/usual.h5" "$dir/reference.h5" --near
    expect 0 "$GRIDWALK" run "$experiment" -o "$dir/vector.h5" --engine vector
    grep -q '^vector engine' "$dir/stdout" || fail "the summary names no engine"
    cmp "$dir/usual.h5" "$dir/vector.h5" || fail "$name: --engine vector is not the default"

    # a share of the rows by both, the same ones on any number of ranks; all of them
    rows=$(sed -nE 's/^  "rows": ([0-9]+),/\1/p' "$dir/usual.h5.run.json")
    expect 0 "$GRIDWALK" run "$experiment" -o "$dir/some.h5" --verify 0.05
    cmp "$dir/usual.h5" "$dir/some.h5" || fail "$name: --verify changes the results"
    some=$(sum verified_rows "$dir/some.h5")
    [ "$some" -gt $((rows / 50)) ] && [ "$some" -lt $((rows / 8 + 5)) ] ||
        fail "$name: $some of $rows rows verified"
    tr -d , <"$dir/stdout" | grep -q "; $some rows verified" || fail "the summary says no $some"
    mpirun --quiet -n 2 "$GRIDWALK" run "$experiment" -o "$dir/ranks.h5" -q --verify 0.05 </dev/null
    cmp "$dir/usual.h5" "$dir/ranks.h5" || fail "$name: 2 ranks give other bytes"
    [ "$(sum verified_rows "$dir/ranks.h5")" = "$some" ] || fail "$name: 2 ranks verify other rows"
    expect 0 "$GRIDWALK" run "$experiment" -o "$dir/each.h5" -q --verify 1
    [ "$(sum verified_rows "$dir/each.h5")" = "$rows" ] || fail "$name: not every row verified"
done
here=
expect 0 "$GRIDWALK" run "$configs/harsh.yaml" -o "$dir/none.h5" --verify 0
! grep -q verified "$dir/stdout" || fail "--verify 0 verifies"

# Shorts that are ruined: the reference engine makes these rows, and the summary says so.
sed -e '/^assets/s/:.*/: [AAPL]/' -e '/rebalance/d' -e '/^prices/d' \
    -e 's/^  target: .*/  target: where(close > sma(close, slow) * fast, 1, -1)/' \
    "$configs/harsh.yaml" >"$configs/ruin.yaml"
expect 0 "$GRIDWALK" run "$configs/ruin.yaml" -o "$dir/ruin.h5" --verify 1 \
    --set 'walk_forward={mode: rolling, train: 1500, test: 500}'
grep -qE '; [0-9,]+ rows by the reference engine' "$dir/stdout" || fail "no rows of the reference"
python - "$dir/ruin.h5" "$(sum reference_rows "$dir/ruin.h5")" <<'END' || fail "reference rows"
import sys

import h5py

ruined = int((h5py.File(sys.argv[1], "r")["status"][()] == 2).sum())
print(ruined, "ruined,", sys.argv[2], "by the reference engine")
assert 0 < ruined <= int(sys.argv[2])
END

# mistakes
for set in v5 V4 x86-64-v3 'v4 '; do
    GRIDWALK_ISA=$set expect 2 "$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/no.h5"
    one_line GRIDWALK_ISA "'$set'" 'v4, v3, v2, plain'
done
GRIDWALK_ISA=v5 expect 2 mpirun --quiet -n 2 "$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/no.h5"
one_line GRIDWALK_ISA
for engine in '' 0 ref Vector 'vector '; do
    expect 2 "$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/no.h5" --engine "$engine"
    one_line "--engine" "'$engine'" 'vector or reference'
done
for share in '' 2 1.0001 abc -0.1 nan 1e400 5%; do
    expect 2 "$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/no.h5" --verify "$share"
    one_line "--verify" "'$share'" '0 to 1'
done
[ ! -e "$dir/no.h5" ] || fail "a refused run wrote something"
