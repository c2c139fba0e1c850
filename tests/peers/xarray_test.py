#!/usr/bin/env python3
"""Results files as xarray sees them: by both of its HDF5 engines, without other arguments.

    xarray_test.py (--grid FILE | --walk-forward FILE | --in-sample FILE)...

--grid: of an experiment without walk_forward; --in-sample: with windows, but `test: 0`. All have
the integer parameters fast and slow. Exits 1 with one line a fault.
"""

import os
import sys
import tempfile
import warnings

import numpy as np
import xarray as xr

ENGINES = ("h5netcdf", "netcdf4")
PARAMETERS = ("fast", "slow")
SEGMENTS = {"--grid": [], "--walk-forward": ["train", "test"], "--in-sample": ["train"]}
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
    last = ds.sel(segment=segments[-1])
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
        if walk:
            check_segments(ds, where, segments)
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
