#!/usr/bin/env python3
"""Results files as xarray sees them: by both of its HDF5 engines, without other arguments.

    xarray_test.py (--grid FILE | --walk-forward FILE | --in-sample FILE | --validated FILE)...

--grid: of an experiment without walk_forward; --in-sample: with windows, but `test: 0`; --validated:
with a validation segment. All keep all rows and have the integer parameters fast and slow. What was
chosen and how it stood in test is computed again from the rows. Exits 1 with one line a fault.
"""

import os
import sys
import tempfile
import warnings

import numpy as np
import xarray as xr

ENGINES = ("h5netcdf", "netcdf4")
PARAMETERS = ("fast", "slow")
SEGMENTS = {"--grid": [], "--walk-forward": ["train", "test"], "--in-sample": ["train"],
            "--validated": ["train", "test", "validation"]}
RECORDS = ["selected", "median", "hindsight", "buy_and_hold", "benchmark"]
PER_WINDOW = {"test_rank": "i", "test_ranked": "i", "rank_correlation": "f", "median_combo": "i",
              "hindsight_combo": "i"}
faults = []


def want(condition, what):
    if not condition:
        faults.append(what)


def check_dims(ds, where, walk):
    want("combo" in ds.dims, f"{where}: no dimension combo")
    for dim in ("window", "segment"):
        want((dim in ds.dims) == walk, f"{where}: dimension {dim} of {dict(ds.sizes)}")
    want(not any("phony" in str(dim) for dim in ds.dims), f"{where}: phony dimensions")


def check_coordinates(ds, where):
    for name in ("combo", *PARAMETERS):
        want(name in ds.coords, f"{where}: {name} is no coordinate")
        if name in ds.coords:
            want(ds[name].dims == ("combo",), f"{where}: {name} has dims {ds[name].dims}")
            want(ds[name].dtype.kind == "i", f"{where}: {name} is {ds[name].dtype}")
    want(np.all(np.diff(ds["combo"].values) > 0), f"{where}: combo does not ascend")
    want(bool((ds["fast"] < ds["slow"]).all()), f"{where}: fast >= slow")


def check_dates(ds, where):
    for name in ("begin", "end"):
        want(ds[name].dtype.kind == "M", f"{where}: {name} is {ds[name].dtype}")
    want(bool((ds["begin"] <= ds["end"]).all()), f"{where}: a segment ends before it begins")


def check_status(ds, where):
    meanings = ds["status"].attrs.get("flag_meanings", "")
    want(isinstance(meanings, str) and meanings.split()[:2] == ["ok", "insufficient_history"],
         f"{where}: flag_meanings is {meanings!r}")
    values = np.atleast_1d(ds["status"].attrs.get("flag_values", []))
    want(list(values) == list(range(len(meanings.split()))), f"{where}: flag_values {values}")
    want(ds["status"].dtype == np.int8, f"{where}: status is {ds['status'].dtype}")
    want(bool((ds["status"] == 0).any()), f"{where}: no row is ok")


def check_segments(ds, where, segments):
    segment = ds["segment"]
    want(segment.dtype.kind in "OUT" and all(isinstance(s, str) for s in segment.values.tolist()),
         f"{where}: segment is {segment.dtype}")
    want(segment.values.tolist() == segments, f"{where}: segments {segment.values}")
    last = ds.sel(segment=segments[min(1, len(segments) - 1)])
    want(last["sharpe"].dims == ("window", "combo"), f"{where}: {last['sharpe'].dims} by name")
    if len(segments) > 1:
        want(bool((last["begin"] > ds.sel(segment="train")["end"]).all()),
             f"{where}: a test segment overlaps its training")


def check_metrics(ds, where, walk):
    dims = ("window", "segment", "combo") if walk else ("combo",)
    for name in ("total_return", "sharpe", "max_drawdown"):
        want(name in ds.data_vars, f"{where}: no {name}")
        if name in ds.data_vars:
            want(ds[name].dims == dims, f"{where}: {name} has dims {ds[name].dims}")
            want(ds[name].dtype == np.float64, f"{where}: {name} is {ds[name].dtype}")
    ok = ds["total_return"].where(ds["status"] == 0)
    want(bool((ok > -1).any()) and not bool((ok < -1).any()), f"{where}: total_return below -1")


def objective_of(ds):
    """The objectives [segment of choice or test by name], larger is better; NaN where none."""
    direction, text = ds.attrs["objective"].split(" ", 1)
    values = ds[text if text in ds.data_vars else "objective"].where(ds["status"] == 0)
    return values if direction == "maximize" else -values


def check_selection(ds, where, walk):
    selected, weight = ds["selected"], ds["weight"]
    dims = ("window", "pick") if walk else ("pick",)
    want(selected.dims == dims and weight.dims == dims, f"{where}: selected {selected.dims}")
    want(bool((abs(weight.sum("pick") - 1) < 1e-12).all()), f"{where}: weights are not 1")
    cash = (selected == -1).all("pick")
    want(bool(((weight > 0) == (selected >= 0)).where(~cash, True).all()),
         f"{where}: weights where nothing is chosen")
    want(ds["selected_edge"].dims == dims[:-1] and ds["selected_edge"].dtype == np.int8, f"{where}: selected_edge")
    select, on = ds.attrs["select"].rsplit(" on ", 1)
    want(("raw_best" in ds) == select.startswith("plateau"), f"{where}: raw_best of {select}")
    if select.split()[0] in ("best", "top") and "require" not in ds.attrs["experiment_text"]:
        values = objective_of(ds)
        values = values.sel(segment=on) if walk else values
        order = np.argsort(-values.values, axis=-1, kind="stable")[..., :ds.sizes["pick"]]
        want(np.array_equal(ds["combo"].values[order], selected.values),
             f"{where}: others than the best are selected")


def mean_ranks(x):
    order = np.sort(x)
    return (np.searchsorted(order, x, "left") + np.searchsorted(order, x, "right") + 1) / 2


def check_standing(ds, where):
    """Ranks in test, median and hindsight, by sorting."""
    values, on = objective_of(ds), ds.attrs["select"].rsplit(" on ", 1)[1]
    combo = ds["combo"].values
    for w in range(ds.sizes["window"]):
        here = values.isel(window=w).sel(segment=on).values
        test = values.isel(window=w).sel(segment="test").values
        known = ~np.isnan(test)
        order = [i for i in np.argsort(-test, kind="stable") if known[i]]
        middle = combo[order[len(order) // 2]] if order else -1
        chosen = np.flatnonzero(combo == ds["selected"].values[w, 0])
        rank = -1
        if chosen.size and known[chosen[0]]:
            rank = 1 + int(np.sum(test[known] > test[chosen[0]]))
        both = known & ~np.isnan(here)
        correlation = np.nan
        if both.sum() > 1:
            a, b = mean_ranks(here[both]), mean_ranks(test[both])
            if a.std() > 0 and b.std() > 0:
                correlation = np.corrcoef(a, b)[0, 1]
        expected = (rank, len(order), correlation, middle, combo[order[0]] if order else -1)
        found = tuple(ds[name].values[w] for name in PER_WINDOW)
        want(np.allclose(found, expected, rtol=0, atol=1e-9, equal_nan=True),
             f"{where}: window {w} stands at {found}, not {expected}")


def check_record(ds, where):
    records = ds["record"].values.tolist()
    want(records in (RECORDS, RECORDS[:-1]), f"{where}: records {records}")
    time, growth, equity = ds["time"], ds["oos_return"], ds["oos_equity"]
    want("time" in ds.coords and time.dtype.kind == "M", f"{where}: time is {time.dtype}")
    test = ds.sel(segment="test")
    want(time.values[0] == test["begin"].values[0] and time.values[-1] == test["end"].values[-1],
         f"{where}: the record is not from the first test bar to the last")
    want(bool((time.diff("time") > np.timedelta64(0)).all()), f"{where}: time does not ascend")
    for curve in (growth, equity):
        want(curve.dims == ("record", "time") and curve.dtype == np.float64, f"{where}: curves")
    known = ~np.isnan(growth.values).any(axis=1)
    want(np.allclose(np.cumprod(1 + growth.values, axis=1), equity.values, rtol=1e-9,
                     equal_nan=True), f"{where}: oos_equity is not its returns compounded")
    want(ds["oos_metric"].dims == ("record", "oos_metric_name"), f"{where}: oos_metric")
    total = ds["oos_metric"].sel(oos_metric_name="total_return").values
    want(np.allclose(total[known], equity.values[known, -1] - 1, rtol=1e-9),
         f"{where}: total_return is not the last equity")
    want(ds["parameter"].values.tolist() == list(PARAMETERS), f"{where}: parameter")
    for name in ("parameter_drift", "parameter_moved", "parameter_stability"):
        want(ds[name].dims == ("parameter",), f"{where}: {name} has dims {ds[name].dims}")
    for name in ("profitable_windows", "walk_forward_efficiency"):
        want(ds[name].dims == (), f"{where}: {name} is no scalar")
    for name, kind in PER_WINDOW.items():
        want(ds[name].dims == ("window",) and ds[name].dtype.kind == kind, f"{where}: {name}")


def check_no_record(ds, where):
    for name in ("record", "time", "oos_metric_name", "parameter"):
        want(name not in ds.dims, f"{where}: dimension {name} without a test")
    for name in ("oos_equity", "parameter_drift", *PER_WINDOW):
        want(name not in ds.variables, f"{where}: {name} without a test")


def check_round_trip(ds, where, engine):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "again.nc")
        ds.to_netcdf(path, engine=engine)
        with xr.open_dataset(path, engine=engine) as again:
            want(again.identical(ds), f"{where}: to_netcdf does not come back the same")


def check_file(path, segments):
    walk = bool(segments)
    opened = {}
    for engine in ENGINES:
        where = f"{os.path.basename(path)} ({engine})"
        with warnings.catch_warnings():
            for kind in (UserWarning, xr.SerializationWarning):
                warnings.simplefilter("error", kind)
            ds = xr.open_dataset(path, engine=engine).load()
        ds.close()
        check_dims(ds, where, walk)
        check_coordinates(ds, where)
        check_dates(ds, where)
        check_status(ds, where)
        check_metrics(ds, where, walk)
        check_selection(ds, where, walk)
        if walk:
            check_segments(ds, where, segments)
        if "test" in segments:
            check_record(ds, where)
            check_standing(ds, where)
        else:
            check_no_record(ds, where)
        check_round_trip(ds, where, engine)
        opened[engine] = ds
    first, second = (opened[engine] for engine in ENGINES)
    want(first.equals(second), f"{path}: the engines disagree")
    want(set(first.attrs) == set(second.attrs), f"{path}: the engines see other attributes")


def main(arguments):
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    for kind, path in zip(arguments[::2], arguments[1::2]):
        if kind not in SEGMENTS:
            sys.exit(__doc__)
        check_file(path, SEGMENTS[kind])
    for line in faults:
        print(line)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
