"""Statistics of gradients, made where the gradients are: X.gradstats.npz, which Gradient Covariance reads in place of a
dump. Copy this file next to your script.

Gradients in shards or zarr, reduced by the workers of Dask:

    python gradstats.py reduce STORE... -o X.gradstats.npz [--scheduler ADDRESS | --workers W] [--memory MiB] [--force]

A STORE is a folder of part-R-C.npy (rows R, columns C of the whole) with store.json {"layers": [{"name", "size"}],
"metadata": {...}}, a zarr array [N, d] with a store.json in its folder, or one .npy or .mmap with its NAME.meta.json (which
says "dtype" and "shape" of an .mmap). Several stores hold other parameters of the same examples, and go side by side.

Statistics of every step out of the all-reduce that DistributedDataParallel does anyway, one row for each rank:

    statistics = StepStatistics(model, "runs/a", examples=16, optimizer=optimizer)   # model: DistributedDataParallel
        statistics.step(step)              # in the loop, after optimizer.step(); then read runs/a, also while it grows
    statistics.close()

Statistics of n examples without their gradients: products layer by layer on the device of the model:

    products = LayerProducts(model, loss_fn, (inputs, targets))     # loss_fn(model(x), y): the loss of each example, [n]
    products.write("step-000100.gradstats.npz", learning_rate=0.1, batch_size=32)

Rows too long for any disk, kept as k numbers each:

    sketch = CountSketch(4096, rows=N, parameters=d)
        sketch.add(block, row, column)     # any block of the rows, once
    sketch.write("sketch.npy", learning_rate=0.1)

Needs NumPy; Dask's distributed, zarr and PyTorch where they are used.
"""

import argparse
import glob
import hashlib
import json
import os
import queue
import sys
import threading
import warnings
from contextlib import contextmanager, suppress

import numpy as np

__all__ = ["CountSketch", "LayerProducts", "Store", "StepStatistics", "add", "partial", "plus", "reduce_store", "span", "write"]


class Refused(Exception):
    """What cannot be done: what was found, where, and what to do."""


# ------------------------------------------------------------------------------------------------------- what adds


def partial(stored):
    """
    Sums over the columns of a block: all N rows of c columns [N, c] of one layer. Blocks of other columns add.
    Raises FloatingPointError(row, column) for the first number that is not finite.
    """
    g = np.ascontiguousarray(stored, "<f8")
    n, c = g.shape
    # sign and exponent of each element; an exponent of 0 is 0 or beneath 2^-1022
    bits = np.bincount((g.view("<u8") >> np.uint64(52)).astype("<i8").ravel(), minlength=4096)
    if bits[2047] or bits[4095]:
        raise FloatingPointError(*(int(k) for k in np.argwhere(~np.isfinite(g))[0]))
    zeros = int(n * c - np.count_nonzero(g))
    bits[0] = np.count_nonzero((g > 0) & (g < 2.0**-1022)) if bits[0] + bits[2048] > zeros else 0
    bits[2048] = np.count_nonzero((g < 0) & (g > -(2.0**-1022))) if bits[2048] else 0
    largest, dead = float(np.abs(g).max()), int(c - g.any(0).sum())
    varies = (g != g[0]).any(0)
    mean = g.mean(0)
    # a column that does not vary has an exact mean
    mean[~varies] = g[0, ~varies]
    x = g - mean
    x -= x.mean(0)
    squares = np.einsum("ij,ij->j", x, x)
    varies &= squares > 0
    return {
        "size": c,
        "gram": x @ x.T,
        "rows": np.einsum("ij,ij->i", x, x),
        "mean_products": x @ mean,
        "squared_mean": float(mean @ mean),
        "scatter": float(squares.sum()),
        "signal": float((mean[varies] ** 2 * (n - 1) / squares[varies]).sum()),
        "varying": int(varies.sum()),
        "constant": int(c - varies.sum()),
        "dead": dead,
        "saturated": int((np.abs(stored) == 65504).sum()) if stored.dtype == np.float16 else 0,
        "zeros": zeros,
        "largest": largest,
        "variances": _bins(squares[varies] / n),
        "positive": _trimmed(bits[:2048]),
        "negative": _trimmed(bits[2048:]),
    }


def _bins(values):
    """Counts of positive numbers by powers of two: the first exponent, and how many each has."""
    return _trimmed(np.bincount(np.maximum(np.frexp(values)[1].astype("<i8") - 1, -1023) + 1023, minlength=2048))


def _trimmed(counts):
    (filled,) = np.nonzero(counts)
    return (int(filled[0]) - 1023, counts[filled[0] : filled[-1] + 1].astype("<i8")) if len(filled) else (0, counts[:0])


def _over(bins, first, length):
    counts = np.zeros(length, "<i8")
    if len(bins[1]):
        counts[bins[0] - first : bins[0] - first + len(bins[1])] = bins[1]
    return counts


def _frame(*bins):
    """First bin and number of bins that hold all of these."""
    filled = [(first, first + len(counts)) for first, counts in bins if len(counts)] or [(0, 0)]
    first = min(low for low, _ in filled)
    return first, max(high for _, high in filled) - first


def add(a, b):
    """Two disjoint sets of columns together."""
    together = {}
    for key, value in a.items():
        if isinstance(value, tuple):
            first, length = _frame(value, b[key])
            together[key] = first, _over(value, first, length) + _over(b[key], first, length)
        else:
            together[key] = max(value, b[key]) if key == "largest" else value + b[key]
    return together


def closed(part, index, name):
    """A layer that is whole: its own numbers beside what it adds to the whole."""
    covariance = part["gram"] / len(part["gram"])
    norm = float(np.einsum("ij,ij->", covariance, covariance))
    own = {key: part[key] for key in ("size", "squared_mean", "scatter", "dead")}
    own.update(index=index, name=name, norm=norm, top=_largest_eigenvalue(covariance))
    return {**part, "layers": [own]}


def _largest_eigenvalue(matrix):
    """Of a symmetric matrix without negative eigenvalues; by Lanczos where it is large."""
    n = len(matrix)
    if n <= 512:
        return max(0.0, float(np.linalg.eigvalsh(matrix)[-1]))
    basis, diagonal, beside, q = [], [], [], np.random.default_rng(1).standard_normal(n)
    q /= np.linalg.norm(q)
    for _ in range(n):
        basis.append(q)
        w = matrix @ q
        diagonal.append(q @ w)
        for _ in range(2):
            w -= np.transpose(basis) @ (np.asarray(basis) @ w)
        length = np.linalg.norm(w)
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        # the error of the value is of the order of the square of this
        if length * abs(vectors[-1, -1]) <= 1e-9 * abs(values[-1]) or length == 0:
            break
        beside.append(length)
        q = w / length
    return max(0.0, float(values[-1]))


def write(target, whole, *, rows, dtype, layered=True, metadata=None, sources=(), notes=(), force=True):
    """Writes the file of statistics, whole or not at all, from the sum of closed layers."""
    layers = sorted(whole["layers"], key=lambda layer: layer["index"])
    # products of factors leave no elements to count
    counted = "positive" in whole
    about = {
        "version": 1 if counted else 2,
        "samples": rows,
        "parameters": whole["size"],
        "dtype": dtype,
        "layered": layered,
        "layers": [{"name": layer["name"], "size": layer["size"]} for layer in layers],
        "metadata": metadata or {},
        "sources": list(sources),
        "notes": list(notes),
    }

    def of_layers(key, kind="<f8"):
        return np.array([layer[key] for layer in layers], kind)

    arrays = {
        "gradstats": np.frombuffer(json.dumps(about, default=_plain).encode(), np.uint8),
        "gram": (whole["gram"] + whole["gram"].T) / 2,
        "gram_rounding": np.float64(0),
        "mean_squared_norm": of_layers("squared_mean").sum(),
        "scatter": of_layers("scatter").sum(),
        "centered_squared_norms": whole["rows"],
        "mean_products": whole["mean_products"],
        "signal_to_noise": np.float64(whole["signal"]),
        "signal_to_noise_parameters": np.int64(whole["varying"]),
        "constant_parameters": np.int64(whole["constant"]),
        "saturated": np.int64(whole["saturated"]),
        "zeros": np.int64(whole["zeros"]),
        "largest_magnitude": np.float64(whole["largest"]),
        "variance_first": np.int64(whole["variances"][0]),
        "variance_counts": whole["variances"][1],
        "layer_mean_squared_norm": of_layers("squared_mean"),
        "layer_scatter": of_layers("scatter"),
        "layer_dead_parameters": of_layers("dead", "<i8"),
        "layer_spectral_norm": of_layers("top"),
        "layer_squared_frobenius_norm": of_layers("norm"),
    }
    if counted:
        first, length = _frame(whole["positive"], whole["negative"])
        arrays["magnitude_first"] = np.int64(first)
        for sign in ("positive", "negative"):
            arrays[f"{sign}_counts"] = _over(whole[sign], first, length)
    if not force and os.path.lexists(target):
        raise Refused(
            f"{target}: A file of this name is there already. Choose another name, or write over it with --force."
        )
    with _whole(target) as file:
        np.savez(file, **arrays)


@contextmanager
def _whole(path):
    """A file that has its name when it is complete, and is not there after an error."""
    part = f"{os.path.abspath(path)}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(part)


def _camel(metadata):
    """Names in Python's spelling as the sidecar has them."""
    words = {key: key.split("_") for key in metadata}
    return {words[key][0] + "".join(word.title() for word in words[key][1:]): value for key, value in metadata.items()}


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


# ------------------------------------------------------------------------------------------------- stores and Dask


class Store:
    """Gradients [N, d] on a file system that all workers see. One path, or several side by side."""

    def __init__(self, *paths):
        self.parts = [_Grid(path) for path in paths]
        first = self.parts[0]
        for part in self.parts:
            if part.rows != first.rows:
                raise Refused(
                    f"{part.path}: It has {part.rows} rows, and {first.path} has {first.rows}. "
                    "Stores side by side hold other parameters of the same examples."
                )
        names = [layer["name"] for part in self.parts for layer in part.layers]
        twice = len(set(names)) < len(names)
        self.layers = [
            {**layer, "name": f"{part.name}/{layer['name']}"} if twice and len(self.parts) > 1 else layer
            for part in self.parts
            for layer in part.layers
        ]
        self.layered = len(self.parts) > 1 or first.layered
        self.rows, self.metadata = first.rows, {}
        for part in self.parts:
            for key, value in part.metadata.items():
                if self.metadata.setdefault(key, value) != value:
                    raise Refused(
                        f"{part.path}: Its “{key}” is {value}, "
                        f"and a store before it says {self.metadata[key]}. "
                        "Reduce stores of one step of one training, or correct the metadata."
                    )
        self.starts = np.cumsum([0, *(part.columns for part in self.parts)])
        self.columns = int(self.starts[-1])
        self.dtype = ", ".join(dict.fromkeys(part.dtype for part in self.parts))
        self.itemsize = max(part.itemsize for part in self.parts)

    def read(self, begin, end):
        """[N, end - begin]"""
        pieces = [
            part.read(max(0, begin - at), min(part.columns, end - at))
            for part, at in zip(self.parts, self.starts)
            if begin < at + part.columns and end > at
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def place(self, row, column):
        """Where a number is, in words."""
        k = int(np.searchsorted(self.starts, column, "right")) - 1
        return self.parts[k].place(row, column - int(self.starts[k]))

    def files(self):
        return [file for part in self.parts for file in part.files]


class _Grid:
    """One store: a grid of .npy shards, one .npy or .mmap, or a zarr array."""

    def __init__(self, path):
        self.path, self.name = path, os.path.splitext(os.path.basename(os.path.abspath(path)))[0]
        if not os.path.exists(path):
            raise Refused(f"{path}: It is not there. Check the name; every worker must see it under this one.")
        folder = os.path.isdir(path)
        self.zarr = folder and any(os.path.exists(os.path.join(path, name)) for name in (".zarray", "zarr.json"))
        about = os.path.join(path, "store.json") if folder else os.path.splitext(path)[0] + ".meta.json"
        said = {}
        if os.path.exists(about):
            with open(about, encoding="utf8") as file:
                said = json.load(file)
        beside = {key: value for key, value in said.items() if key not in ("layers", "dtype", "shape")}
        self.metadata = said.get("metadata", {}) if folder else beside
        if self.zarr:
            array = self._zarr()
            if array.ndim != 2:
                raise Refused(f"{path}: It has {array.ndim} axes. Save an array [N, d], one row for each example.")
            (self.rows, self.columns), dtype = array.shape, np.dtype(array.dtype)
            self.files = [path]
        else:
            self._shards(path, folder, said, about)
            dtype = self._map(self.grid[0, 0]).dtype
        self.dtype, self.itemsize = str(dtype.newbyteorder("=")), dtype.itemsize
        self.layered = bool(said.get("layers"))
        self.layers = said.get("layers") or [{"name": self.name, "size": self.columns}]
        together = sum(layer["size"] for layer in self.layers)
        if together != self.columns:
            raise Refused(
                f"{about}: Its layers have {together} parameters together, the gradients {self.columns}. "
                "Correct the sizes."
            )
        if self.rows < 2:
            raise Refused(
                f"{path}: One row has no covariance; it needs at least 2. Save the gradients of more examples."
            )

    def _shards(self, path, folder, said, about):
        self.raw = None
        self.grid = {(0, 0): path}
        if not folder and path.endswith(".mmap"):
            if "dtype" not in said or "shape" not in said:
                raise Refused(
                    f'{path}: Nothing says its type and shape. Write {about}: {{"dtype": "float32", '
                    '"shape": [N, d]}}.'
                )
            self.raw = np.dtype(said["dtype"]), tuple(said["shape"])
        if folder:
            files = glob.glob(os.path.join(glob.escape(path), "part-*-*.npy"))
            self.grid = {tuple(int(k) for k in os.path.basename(file)[5:-4].split("-")): file for file in files}
            if not files:
                raise Refused(
                    f"{path}: It has no part-R-C.npy and is no zarr array. "
                    "Name shards by their place in rows and columns: part-0-0.npy."
                )
        self.below, self.beside = (1 + max(key[axis] for key in self.grid) for axis in (0, 1))
        shapes = {}
        for r in range(self.below):
            for c in range(self.beside):
                if (r, c) not in self.grid:
                    raise Refused(
                        f"{path}: The shard part-{r}-{c}.npy is missing; "
                        f"there are {self.below} × {self.beside}. Copy it there, or reduce what is whole."
                    )
                shape = shapes[r, c] = self._map(self.grid[r, c]).shape
                if len(shape) != 2 or shape[0] != shapes[r, 0][0] or shape[1] != shapes[0, c][1]:
                    rows, columns = shapes[r, 0][0], shapes[0, c][-1]
                    raise Refused(
                        f"{self.grid[r, c]}: It is {shape}; the shards of its row have {rows} rows, "
                        f"those of its column {columns} columns. Save the shards of one dump."
                    )
        self.down = np.cumsum([0, *(shapes[r, 0][0] for r in range(self.below))])
        self.along = np.cumsum([0, *(shapes[0, c][1] for c in range(self.beside))])
        self.rows, self.columns = int(self.down[-1]), int(self.along[-1])
        self.files = [self.grid[key] for key in sorted(self.grid)]

    def _map(self, file):
        if self.raw is not None:
            return np.memmap(file, self.raw[0], "r", shape=self.raw[1])
        try:
            return np.load(file, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise Refused(
                f"{file}: It is no .npy of numbers, or was cut off ({error}). Save it with np.save."
            ) from error

    def _zarr(self):
        import zarr

        return zarr.open_array(self.path, mode="r")

    def read(self, begin, end):
        if self.zarr:
            return np.asarray(self._zarr()[:, begin:end])
        dtype = np.result_type(*(self._map(self.grid[0, c]).dtype for c in range(self.beside)))
        block = np.empty((self.rows, end - begin), dtype)
        for c in range(self.beside):
            low, high = max(begin, self.along[c]), min(end, self.along[c + 1])
            for r in range(self.below) if low < high else ():
                shard = self._map(self.grid[r, c])
                some = shard[:, low - self.along[c] : high - self.along[c]]
                block[self.down[r] : self.down[r + 1], low - begin : high - begin] = some
        return block

    def place(self, row, column):
        if self.zarr:
            return f"{self.path}, row {row}, column {column}"
        r, c = (int(np.searchsorted(edges, k, "right")) - 1 for edges, k in ((self.down, row), (self.along, column)))
        return f"{self.grid[r, c]}, row {row - self.down[r]}, column {column - self.along[c]}"


def span(paths, begin, end, width):
    """
    What a worker does: columns from begin to end, `width` at a time. Returns the sum of its whole layers as "closed", and as
    "open" the parts {layer: part} of the at most two that its ends cut.
    """
    store, at = Store(*paths), 0
    result = {"closed": None, "open": {}}
    for index, layer in enumerate(store.layers):
        low, high = max(begin, at), min(end, at + layer["size"])
        at += layer["size"]
        part = None
        for left in range(low, high, width):
            block = store.read(left, min(high, left + width))
            try:
                found = partial(block)
            except FloatingPointError as error:
                row, column = error.args
                raise Refused(
                    f"{store.place(row, left + column)}: The number is {block[row, column]}. "
                    "Leave out the examples whose gradients are not finite."
                ) from None
            part = found if part is None else add(part, found)
        if part is not None:
            result["open"][index] = part
    return _close(result, store.layers)


def _close(result, layers):
    for index in [k for k, part in result["open"].items() if part["size"] == layers[k]["size"]]:
        whole = closed(result["open"].pop(index), index, layers[index]["name"])
        result["closed"] = whole if result["closed"] is None else add(result["closed"], whole)
    return result


def plus(u, v, layers):
    """The spans of two workers together: a layer whose parts are all there is closed."""
    both = [x for x in (u["closed"], v["closed"]) if x is not None]
    together = {"closed": add(*both) if len(both) > 1 else (both or [None])[0], "open": dict(u["open"])}
    for index, part in v["open"].items():
        together["open"][index] = add(together["open"][index], part) if index in together["open"] else part
    return _close(together, layers)


def _source(path):
    """Name, bytes and hash of a file; of a folder the hash of those of its files."""
    if os.path.isdir(path):
        inside = sorted(os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        parts = [_source(file) for file in inside]
        listed = "".join(f"{part['sha256']}  {os.path.relpath(file, path)}\n" for part, file in zip(parts, inside))
        total, digest = sum(part["bytes"] for part in parts), hashlib.sha256(listed.encode())
    else:
        total, digest = os.path.getsize(path), hashlib.sha256()
        with open(path, "rb") as file:
            while chunk := file.read(1 << 22):
                digest.update(chunk)
    return {"name": os.path.basename(os.path.abspath(path)), "bytes": total, "sha256": digest.hexdigest()}


def _versions(files):
    return [(os.stat(file).st_size, os.stat(file).st_mtime_ns, os.stat(file).st_ino) for file in files]


def reduce_store(client, store, target, *, memory=None, force=False):
    """
    Reduces a Store with the workers of a Dask client: one contiguous span of columns for each, so that what travels is at
    most 3 · 8N² bytes a worker, whatever d is. memory: bytes that a worker may use; half of what it has.
    """
    if not force and os.path.lexists(target):
        raise Refused(
            f"{target}: A file of this name is there already. Choose another name, or write over it with --force."
        )
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise Refused(
            f"{client.scheduler.address}: The scheduler has no workers. Start some: "
            f"dask worker {client.scheduler.address}"
        )
    memory = memory or min(w["memory_limit"] for w in workers.values()) // 2 or 1 << 30
    n, paths = store.rows, [part.path for part in store.parts]
    width = int((memory - 4 * 8 * n * n) // (n * (store.itemsize + 24)))
    if width < 1:
        raise Refused(
            f"{paths[0]}: The {n} × {n} products between rows need {32 * n * n >> 20} MiB of each worker, "
            f"and one may use {memory >> 20}. Give workers more memory (--memory), "
            f"or keep {n} rows of a CountSketch and analyze these."
        )
    import cloudpickle

    # workers need not have this file: what they do travels by value, which lambdas make sure of
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    # larger blocks leave the caches and gain nothing
    width = min(width, max(1, (1 << 23) // n))
    before = _versions(store.files())
    count = min(len(workers), store.columns)
    cuts = [store.columns * k // count for k in range(count + 1)]
    places = {"allow_other_workers": True, "pure": False}
    where = list(workers)
    parts = [
        client.submit(lambda *task: span(*task), paths, *cuts[k : k + 2], width, workers=[where[k]], **places)
        for k in range(count)
    ]
    files = store.files()
    hashes = [
        client.submit(lambda some: [_source(file) for file in some], files[k::count], workers=[where[k]], **places)
        for k in range(count)
    ]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2])
        odd = parts[len(parts) & ~1 :]
        parts = [client.submit(lambda *task: plus(*task), u, v, store.layers, pure=False) for u, v in pairs] + odd
    result = parts[0].result()
    if result["open"]:
        raise Refused(f"{paths[0]}: Columns of {store.layers[min(result['open'])]['name']} are missing.")
    sources = [None] * len(files)
    for k, found in enumerate(client.gather(hashes)):
        sources[k::count] = found
    after = _versions(files)
    changed = [file for file, a, b in zip(files, before, after) if a != b]
    if changed:
        raise Refused(f"{changed[0]}: It changed while it was read. Reduce again when it is written.")
    said = {"dtype": store.dtype, "layered": store.layered, "metadata": store.metadata, "sources": sources}
    write(target, result["closed"], rows=n, force=force, **said)


def _reduce(arguments):
    from distributed import Client, LocalCluster

    if not arguments.force and os.path.lexists(arguments.output):
        raise Refused(
            f"{arguments.output}: A file of this name is there already. Choose another name, "
            "or write over it with --force."
        )
    store = Store(*arguments.stores)
    memory = arguments.memory and int(arguments.memory * 2**20)
    if arguments.scheduler is None:
        limits = {"memory_limit": 4 * memory} if memory else {}
        cluster = LocalCluster(
            n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None, silence_logs=50, **limits
        )
    else:
        cluster = None
    try:
        try:
            client = Client(cluster or arguments.scheduler, timeout=10)
        except (OSError, TimeoutError, ValueError) as error:
            raise Refused(
                f"{arguments.scheduler}: The scheduler was not reached within 10 s. Check its address, "
                "and that it runs: dask scheduler"
            ) from error
        with client:
            reduce_store(client, store, arguments.output, memory=memory, force=arguments.force)
    finally:
        if cluster is not None:
            cluster.close()
    print(f"{arguments.output}: the statistics of {store.rows} × {store.columns} gradients")


def main(argv=None):
    what = "Statistics of gradients in shards or zarr, by Dask."
    parser = argparse.ArgumentParser(prog="gradstats.py", description=what)
    commands = parser.add_subparsers(required=True, metavar="reduce")
    reduce = commands.add_parser("reduce", help="write X.gradstats.npz")
    reduce.add_argument("stores", nargs="+", metavar="STORE", help="folder of part-R-C.npy, zarr array, .npy or .mmap")
    reduce.add_argument("-o", "--output", required=True, metavar="X.gradstats.npz")
    where = reduce.add_mutually_exclusive_group()
    where.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, such as tcp://host:8786")
    where.add_argument("--workers", type=int, default=2, help="processes on this machine (2)")
    reduce.add_argument("--memory", type=float, metavar="MiB", help="that a worker may use (half of what it has)")
    reduce.add_argument("--force", action="store_true", help="write over a file of this name")
    arguments = parser.parse_args(argv)
    if not arguments.output.endswith(".gradstats.npz"):
        parser.error(f"the name {arguments.output} does not end in .gradstats.npz")
    try:
        _reduce(arguments)
    except ImportError as error:
        print(f"{error}. Install what is missing: pip install distributed zarr", file=sys.stderr)
        return 1
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


# ------------------------------------------------------------------------------------------------ while training


class StepStatistics:
    """
    Statistics of every step of DistributedDataParallel: N = W rows, row r the mean over the examples of rank r. The all-reduce
    is made as all_to_all, sum and all_gather, which sends the same bytes; in between each rank has all W rows of its share of
    the columns. What travels besides is 8 W² bytes for each layer. Training goes on meanwhile: statistics are computed and
    written by a thread of their own.

    ddp: not yet run; its communication hook is set
    folder: step-000100.gradstats.npz, and run.json, which lists the steps; a run that is read while it grows
    examples: of each rank in a step
    every: at steps that this divides; other steps do DDP's own all-reduce
    optimizer: says the learning rate
    metadata: of all steps, such as dataset_size=50_000
    """

    def __init__(self, ddp, folder, *, examples, every=1, optimizer=None, **metadata):
        import torch.distributed as dist

        self.world, self.rank = dist.get_world_size(), dist.get_rank()
        if self.world < 2:
            raise ValueError("one rank has one gradient, which has no covariance: train on at least 2")
        self.folder, self.every, self.optimizer = os.fspath(folder), every, optimizer
        self.metadata = {"batchSize": examples * self.world, "rows": {"meanOf": examples}, **_camel(metadata)}
        self.names = {id(p): name for name, p in ddp.module.named_parameters() if p.requires_grad}
        self.sizes = {name: p.numel() for name, p in ddp.module.named_parameters() if p.requires_grad}
        # collectives of two threads would meet in another order on each rank: the thread has groups of its own
        self._exchange, self._spread = dist.new_group(), dist.new_group()
        self._control = dist.new_group(backend="gloo")
        self._parts, self._bad, self._steps, self._due, self._error = {}, False, {}, True, None
        self._jobs = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="gradstats", daemon=True)
        self._thread.start()
        self._next = 0
        ddp.register_comm_hook(self, StepStatistics._hook)

    def _hook(self, bucket):
        import torch
        import torch.distributed as dist

        if self._next % self.every != 0:
            from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook

            return allreduce_hook(None, bucket)
        buffer = bucket.buffer()
        share = -(-len(buffer) // self.world)
        padded = buffer.new_zeros(share * self.world)
        padded[: len(buffer)] = buffer
        received = torch.empty_like(padded)
        work = dist.all_to_all_single(received, padded, group=self._exchange, async_op=True)
        done = torch.futures.Future(devices=[buffer.device] if buffer.is_cuda else None)
        layers = [(self.names[id(p)], p.numel()) for p in bucket.parameters()]
        self._jobs.put((self._average, (work, padded, received, len(buffer), layers, done)))
        return done

    def _average(self, work, padded, received, length, layers, done):
        """On the thread: the mean of a bucket to every rank, then what this rank's columns say."""
        import torch
        import torch.distributed as dist

        try:
            work.wait()
            rows = received.view(self.world, -1)
            mean = rows.sum(0).div_(self.world)
            # PyTorch before 2.13 knows it by another name
            gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
            gather(padded, mean, group=self._spread)
            done.set_result(padded[:length])
        except BaseException as error:
            done.set_exception(error)
            raise
        share = rows.shape[1]
        low, high, at = self.rank * share, min(length, (self.rank + 1) * share), 0
        for name, size in layers:
            begin, end = max(low, at), min(high, at + size)
            at += size
            if begin < end:
                block = rows[:, begin - low : end - low].detach()
                block = block if block.dtype in (torch.float32, torch.float64, torch.float16) else block.float()
                try:
                    found = partial(block.cpu().numpy())
                except FloatingPointError:
                    self._bad = True
                    continue
                self._parts[name] = add(self._parts[name], found) if name in self._parts else found

    def step(self, step, **metadata):
        """After the optimizer's step, on every rank. What fails on the thread is raised here, or by close()."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if self._next % self.every == 0:
            said = {"learningRate": rate} if (rate := self._learning_rate()) is not None else {}
            self._jobs.put((self._write, (int(step), {**self.metadata, **said, **_camel(metadata), "step": int(step)})))
        self._next += 1

    def _learning_rate(self):
        rates = {float(group["lr"]) for group in self.optimizer.param_groups} if self.optimizer else set()
        return rates.pop() if len(rates) == 1 else None

    def _write(self, step, metadata):
        """On the thread: the parts of all ranks to the first, which writes."""
        import torch.distributed as dist

        mine, self._parts, bad, self._bad = self._parts, {}, self._bad, False
        gathered = [None] * self.world if self.rank == 0 else None
        dist.gather_object((mine, bad), gathered, dst=0, group=self._control)
        if self.rank != 0:
            return
        if any(bad for _, bad in gathered):
            what = f"step {step} has gradients that are not finite and was left out of {self.folder}"
            warnings.warn(what, stacklevel=2)
            return
        whole = None
        for index, (name, size) in enumerate(self.sizes.items()):
            found = [parts[name] for parts, _ in gathered if name in parts]
            part = None
            for own in found:
                part = own if part is None else add(part, own)
            if part is None or part["size"] != size:
                raise RuntimeError(
                    f"{name} has {size} parameters, {part['size'] if part else 0} passed by in step {step}: "
                    "call step() once for each step of the optimizer"
                )
            layer = closed(part, index, name)
            whole = layer if whole is None else add(whole, layer)
        os.makedirs(self.folder, exist_ok=True)
        file = f"step-{step:06d}.gradstats.npz"
        notes = [f"Each of the {self.world} rows is the gradient of one rank, taken from the all-reduce of the step."]
        write(os.path.join(self.folder, file), whole, rows=self.world, dtype="float32", metadata=metadata, notes=notes)
        self._list(step, {**metadata, "step": step, "file": file})

    def _list(self, step, entry):
        path = os.path.join(self.folder, "run.json")
        if not self._steps:
            with suppress(FileNotFoundError), open(path, encoding="utf8") as earlier:
                # an earlier attempt, up to the first step that is written now
                self._steps = {e["step"]: e for e in json.load(earlier)["steps"] if e["step"] < step}
        self._steps[step] = entry
        with _whole(path) as file:
            file.write(json.dumps({"steps": [self._steps[k] for k in sorted(self._steps)]}, default=_plain).encode())

    def _work(self):
        while (job := self._jobs.get()) is not None:
            call, arguments = job
            try:
                call(*arguments)
            except BaseException as error:
                self._error = self._error or error

    def close(self):
        """Waits for what is under way."""
        self._jobs.put(None)
        self._thread.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error


class LayerProducts:
    """
    Statistics of the gradients of n examples, of which no gradient is written: the products between rows of one parameter after
    another, on the device of the model. Where a weight [p, q] is used once by each example, gᵢ = δᵢaᵢᵀ, and
    ⟨gᵢ, gⱼ⟩ = ⟨aᵢ, aⱼ⟩⟨δᵢ, δⱼ⟩: n²(p + q) operations in place of n²pq (Goodfellow 2015; Rochette, Manoel & Tramel 2019). Other
    parameters have their gradients made some rows of the weight at a time. The forward pass keeps the inputs of all layers.
    Two examples are checked against their own backward passes. Weights, .grad and modes stay as they are; the model is in eval
    mode meanwhile (batch norm would mix the examples).

    model: also one in DistributedDataParallel; its layers have the examples along the first axis
    loss_fn: loss_fn(model(x), y) is [n], the loss of each example: reduction="none", summed over whatever else there is
    data: tensors (x, y), n examples
    chunk: examples in a forward pass
    memory: bytes of gradients that are there at a time
    """

    def __init__(self, model, loss_fn, data, *, chunk=64, memory=1 << 28):
        self.model = model.module if type(model).__name__ in ("DistributedDataParallel", "DataParallel") else model
        self.loss_fn, self.data, self.chunk, self.memory = loss_fn, data, chunk, memory
        self.names = {p: name for name, p in self.model.named_parameters() if p.requires_grad}

    def write(self, path, **metadata):
        """X.gradstats.npz, of the weights as they are; metadata such as learning_rate=0.1, dataset_size=50_000."""
        modes = [(module, module.training) for module in self.model.modules()]
        try:
            self.model.eval()
            whole, losses = self._whole()
        finally:
            for module, training in modes:
                module.training = training
        dtype = ", ".join(dict.fromkeys(str(p.dtype).removeprefix("torch.") for p in self.names))
        notes = ["Products between rows were made layer by layer; no gradient was written, and no element counted."]
        metadata = {"losses": losses.tolist(), **_camel(metadata)}
        write(path, whole, rows=len(losses), dtype=dtype, metadata=metadata, notes=notes)

    def _whole(self):
        import torch

        calls, losses = self._run()
        n, whole, shares = len(losses), None, {p: [] for p in self.names}
        for module, inputs, slopes in calls:
            for p, share in self._shares(module, inputs, slopes):
                shares[p].append(share)
        ends = (0, n - 1)
        alone = [self._alone(i) for i in ends]
        for index, (p, name) in enumerate(self.names.items()):
            part = self._part(p, shares.pop(p), n)
            for i, g in zip(ends, alone):
                for j, h in zip(ends, alone):
                    own = float((g[index].double() * h[index].double()).sum())
                    found = part["gram"][i, j] + part["mean_products"][[i, j]].sum() + part["squared_mean"]
                    most = float(g[index].double().norm() * h[index].double().norm())
                    if not abs(found - own) <= (1e-6 if p.dtype == torch.float64 else 0.02) * max(most, abs(found)):
                        raise Refused(
                            f"{name}: Backward passes of examples {i} and {j} alone have the product {own:.6g}, and those of "
                            f"all together {found:.6g}. The parameter is used outside of its layer, or a layer mixes "
                            "examples or has them along another axis. Dump gradients with gradient_dump.py."
                        )
            layer = closed(part, index, name)
            whole = layer if whole is None else add(whole, layer)
        return whole, losses

    def _examples(self, begin, end):
        x, y = self.data
        device = next(self.model.parameters()).device
        return self.loss_fn(self.model(x[begin:end].to(device)), y[begin:end].to(device))

    def _run(self):
        """[(layer, inputs, slopes of the sum of the losses with respect to its output)] of all examples, and the losses."""
        import torch

        chunks, losses, calls = [], [], []

        def probe(module, given, named, output):
            # the slope of a zero that is added is that of the output, also when that is written over later
            outputs = output if isinstance(output, (tuple, list)) else (output,)
            added = [
                torch.zeros((), dtype=o.dtype, device=o.device).expand(o.shape).requires_grad_()
                if hasattr(o, "requires_grad") and o.requires_grad
                else None
                for o in outputs
            ]
            calls.append((module, _detached(given), _detached(named), added))
            outputs = [o if z is None else o + z for o, z in zip(outputs, added)]
            return type(output)(outputs) if isinstance(output, (tuple, list)) else outputs[0]

        hooks = [module.register_forward_hook(probe, with_kwargs=True) for module in _owners(self.model)]
        n = len(self.data[0])
        try:
            for begin in range(0, n, self.chunk):
                calls.clear()
                with torch.enable_grad():
                    some = self._examples(begin, begin + self.chunk)
                    count = min(self.chunk, n - begin)
                    if some.shape != (count,):
                        raise Refused(
                            f"The loss of {count} examples is {tuple(some.shape)}: give that of each, [{count}], "
                            'with reduction="none".'
                        )
                    zeros = [z for call in calls for z in call[3] if z is not None]
                    slopes = iter(torch.autograd.grad(some.sum(), zeros, allow_unused=True, materialize_grads=True))
                found = [[None if z is None else next(slopes) for z in call[3]] for call in calls]
                chunks.append([(call[:3], slope) for call, slope in zip(calls, found)])
                losses.append(some.detach().double().cpu())
                # a layer whose first axis has another length has the examples elsewhere
                for (module, given, named), slope in chunks[-1]:
                    tensors = [t for t in (*given, *slope) if hasattr(t, "shape")]
                    if any(t.ndim == 0 or len(t) != count for t in tensors):
                        raise Refused(
                            f"{type(module).__name__}: It has shapes {[tuple(t.shape) for t in tensors]} for {count} "
                            "examples, which should be its first axis. Dump gradients with gradient_dump.py."
                        )
        finally:
            for hook in hooks:
                hook.remove()
        if len({tuple(id(call[0]) for call, _ in chunk) for chunk in chunks}) > 1:
            raise Refused("The model calls other layers for other examples. Dump gradients with gradient_dump.py.")
        losses = torch.cat(losses)
        if not torch.isfinite(losses).all():
            raise Refused(f"The loss of example {int((~torch.isfinite(losses)).nonzero()[0])} is not finite.")
        return [
            (call[0][0], [other[k][0][1:] for other in chunks], [other[k][1] for other in chunks])
            for k, call in enumerate(chunks[0])
        ], losses

    def _shares(self, module, inputs, slopes):
        """What a call of a layer adds to the gradients of its parameters: (parameter, factors or gradients)."""
        import torch
        from torch import nn
        from torch.nn import functional

        kind, own = type(module), {p for p in module.parameters() if p.requires_grad}
        plain_conv = kind is nn.Conv2d and module.groups == 1 and module.padding_mode == "zeros"
        if kind is nn.Linear or (plain_conv and not isinstance(module.padding, str)):
            a = torch.cat([given[0] for given, _ in inputs])
            d = torch.cat([slope[0] for slope in slopes])
            if plain_conv:
                window = {"dilation": module.dilation, "padding": module.padding, "stride": module.stride}
                a = functional.unfold(a, module.kernel_size, **window).mT
                d = d.flatten(2).mT
            a, d = (t.reshape(len(t), -1, t.shape[-1]) for t in (a, d))
            if module.weight in own:
                yield module.weight, _Factors(a, d)
            if module.bias is not None and module.bias in own:
                yield module.bias, d.double().sum(1)
            return
        named = {name: p.detach() for name, p in module.named_parameters()}

        def products(trained, given, more, slope):
            given = [t[None] if hasattr(t, "shape") else t for t in given]

            def call(trained):
                output = torch.func.functional_call(module, {**named, **trained}, tuple(given), more)
                output = output if isinstance(output, (tuple, list)) else (output,)
                return [o for o, s in zip(output, slope) if s is not None]

            _, back = torch.func.vjp(call, trained)
            return back([s[None] for s in slope if s is not None])[0]

        trained = {name: named[name] for name, p in module.named_parameters() if p in own}
        found = {name: [] for name in trained}
        for (given, more), slope in zip(inputs, slopes):
            for i in range(len(slope[0])):
                of = [[t[i] if hasattr(t, "shape") else t for t in values] for values in (given, slope)]
                for name, g in products(trained, of[0], more, of[1]).items():
                    found[name].append(g.reshape(-1))
        for name, p in module.named_parameters():
            if p in own:
                yield p, torch.stack(found[name])

    def _part(self, p, shares, n):
        """The sums of one parameter, in double precision where the device has it."""
        import torch

        dtype = torch.float32 if p.device.type == "mps" else torch.float64
        if len(shares) == 1 and isinstance(shares[0], _Factors) and (part := shares[0].sums(dtype)) is not None:
            return part
        rows = p.shape[0] if p.ndim else 1
        step, part = max(1, self.memory // (8 * n * max(1, p.numel() // rows))), None
        for begin in range(0, rows, step):
            end = min(rows, begin + step)
            g = torch.zeros(n, p[begin:end].numel() if p.ndim else 1, dtype=dtype, device=p.device)
            for share in shares:
                whole = share.reshape(n, rows, -1)[:, begin:end] if hasattr(share, "reshape") else share.rows(begin, end)
                g += whole.reshape(n, -1)
            if not torch.isfinite(g).all():
                raise Refused(f"{self.names[p]}: A gradient is not finite. Leave out the examples where it is not.")
            found = _sums(g)
            part = found if part is None else add(part, found)
        return part

    def _alone(self, i):
        import torch

        with torch.enable_grad():
            loss = self._examples(i, i + 1).sum()
            return torch.autograd.grad(loss, list(self.names), allow_unused=True, materialize_grads=True)


def _owners(module):
    """The outermost modules that have trained parameters of their own: what is inside one is part of it."""
    if any(p.requires_grad for p in module.parameters(recurse=False)):
        return [module]
    return [owner for child in module.children() for owner in _owners(child)]


def _detached(values):
    if isinstance(values, dict):
        return {key: _detached([value])[0] for key, value in values.items()}
    return [value.detach() if hasattr(value, "detach") else value for value in values]


class _Factors:
    """Gradients gᵢ = Σₜ δᵢₜaᵢₜᵀ of a weight [p, q]; a [n, T, q], δ [n, T, p]."""

    def __init__(self, a, d):
        self.a, self.d = a, d

    def rows(self, begin, end):
        return self.d[:, :, begin:end].double().mT @ self.a.double()

    def sums(self, dtype):
        """From the factors alone, where T = 1 and the mean is not so long that centering after the product loses digits."""
        import torch

        if self.a.shape[1] != 1:
            return None
        a, d = (t[:, 0].to(dtype) for t in (self.a, self.d))
        n, (p, q) = len(a), (d.shape[1], a.shape[1])
        products = (a @ a.T) * (d @ d.T)
        means = products.mean(0)
        gram = products - means - means[:, None] + means.mean()
        if not torch.isfinite(gram).all() or products.diagonal().max() * n * 2.0**-52 > 1e-9 * gram.diagonal().max():
            return None
        part = {
            "size": p * q,
            "gram": gram.double().cpu().numpy(),
            "rows": gram.diagonal().double().cpu().numpy(),
            "mean_products": (means - means.mean()).double().cpu().numpy(),
            "squared_mean": float(means.mean()),
            "scatter": float(gram.diagonal().sum()),
            "saturated": 0,
            "zeros": n * p * q - int(((a != 0).sum(1) * (d != 0).sum(1)).sum()),
            "largest": float((a.abs().amax(1) * d.abs().amax(1)).max()),
        }
        own, step = None, max(1, (1 << 22) // q)
        for begin in range(0, p, step):
            some = d[:, begin : begin + step]
            mean, squares = some.T @ a / n, (some * some).T @ (a * a)
            found = _of_parameters(mean, squares - n * mean * mean, squares * n * 2.0**-52, squares == 0, n)
            own = found if own is None else add(own, found)
        return {**part, **own}


def _of_parameters(mean, squares, rounding, dead, n):
    """What single parameters add: their means, squared deviations, what these round to, and which are always 0."""
    import torch

    varies = squares > rounding
    count = int(varies.sum())
    mean, squares = mean[varies], squares[varies]
    exponents = torch.frexp(squares / n)[1].clamp(min=-1022) + 1022
    return {
        "signal": float((mean * mean / squares).sum()) * (n - 1),
        "varying": count,
        "constant": varies.numel() - count,
        "dead": int(dead.sum()),
        "variances": _trimmed(torch.bincount(exponents.long(), minlength=2048).cpu().numpy()),
    }


def _sums(g):
    """As partial(), on the device of a tensor [n, c]; no elements are counted by size."""
    varies = (g != g[0]).any(0)
    mean = g.mean(0).where(varies, g[0])
    x = g - mean
    x -= x.mean(0)
    squares = (x * x).sum(0)
    return {
        "size": g.shape[1],
        "gram": (x @ x.T).double().cpu().numpy(),
        "rows": (x * x).sum(1).double().cpu().numpy(),
        "mean_products": (x @ mean).double().cpu().numpy(),
        "squared_mean": float(mean @ mean),
        "scatter": float(squares.sum()),
        "saturated": 0,
        "zeros": int((g == 0).sum()),
        "largest": float(g.abs().max()),
        **_of_parameters(mean, squares * varies, 0, (g == 0).all(0), len(g)),
    }


class CountSketch:
    """
    Rows of d numbers as rows of k: every column goes to one of k with a sign, both drawn from the seed and the column, so that
    ranks and shards need not agree on anything else. Products between rows keep their value on average; their error is of the
    order of √(2/k) of the lengths. The report corrects the Frobenius norm for that, finds a spectral norm that is some percent too
    large, and says nothing of single parameters.
    """

    def __init__(self, k, *, rows, parameters, seed=0):
        self.k, self.parameters, self.seed = k, parameters, seed
        self.values = np.zeros((rows, k))

    def places(self, begin, end):
        """Bucket and sign of columns: the bits of SplitMix64 (Steele, Lea & Flood 2014)."""
        with np.errstate(over="ignore"):
            z = np.arange(begin + 1, end + 1, dtype=np.uint64) + np.uint64(self.seed) * np.uint64(0x632BE59BD9B4E019)
            z *= np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
        return ((z >> np.uint64(1)) % np.uint64(self.k)).astype("<i8"), 1.0 - 2.0 * (z & np.uint64(1)).astype("<f8")

    def add(self, block, row=0, column=0):
        """A block [n, c] of the gradients that begins at this row and column, once; NumPy or PyTorch, summed on its device."""
        buckets, signs = self.places(column, column + block.shape[1])
        rows = slice(row, row + block.shape[0])
        if hasattr(block, "detach"):
            import torch

            dtype = torch.float32 if block.device.type == "mps" else torch.float64
            sums = torch.zeros(len(block), self.k, dtype=dtype, device=block.device)
            signed = block.detach().to(dtype) * torch.from_numpy(signs).to(block.device, dtype)
            self.values[rows] += sums.index_add_(1, torch.from_numpy(buckets).to(block.device), signed).cpu().numpy()
            return
        order = np.argsort(buckets, kind="stable")
        ordered = buckets[order]
        first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        signed = (np.asarray(block, "<f8") * signs)[:, order]
        self.values[rows, ordered[first]] += np.add.reduceat(signed, first, axis=1)

    def write(self, path, **metadata):
        """NAME.npy [N, k] in double precision, and NAME.meta.json, which says that they are projected."""
        about = {"projected": {"from": self.parameters, "to": self.k, "kind": "count-sketch", "seed": self.seed}}
        with _whole(path) as file:
            np.save(file, self.values)
            with _whole(os.path.splitext(path)[0] + ".meta.json") as sidecar:
                sidecar.write(json.dumps({**about, **_camel(metadata)}, default=_plain).encode())


if __name__ == "__main__":
    sys.exit(main())
