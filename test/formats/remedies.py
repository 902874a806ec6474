"""Makes the objects that provoke a refusal, and runs the lines of Python that the refusals show.

python3 remedies.py make FOLDER    writes each object as a script would have written it, each in a folder of its own
python3 remedies.py run FOLDER     runs the lines {name: line} of standard input on those objects, in those folders
"""

import collections
import importlib
import json
import os
import pickle
import sys


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


import numpy as np

torch, ml_dtypes, sparse, pyarrow, h5py, zarr, safetensors_numpy = map(
    module, ["torch", "ml_dtypes", "scipy.sparse", "pyarrow", "h5py", "zarr", "safetensors.numpy"]
)
if pyarrow:
    import pyarrow.feather
    import pyarrow.parquet
n = 8
W = np.arange(n * 6, dtype="f4").reshape(n, 2, 3) ** 2 / 64
b = np.sqrt(np.arange(n * 2, dtype="f4")).reshape(n, 2)
flat = W.reshape(n, -1)
scales, weights = 2.0 ** np.arange(n), np.arange(1.0, n + 1)
mean = np.average(flat, 0, weights)
H = np.arange(36.0).reshape(6, 6)
H = H + H.T
ROWS = {"wide": np.hstack([flat, b]), "flat": flat, "b": b, "H": H}
ROWS["sorted"] = np.hstack([b, flat])
ROWS["weighted"] = mean + (weights / np.mean(weights))[:, None] * (flat - mean)


def dump(path, value):
    json.dump(value, open(path, "w"))


def text(value):
    open("python-text.json", "w").write(str(value))


def objects():
    items = np.empty(2, dtype=object)
    items[:] = [W, b]
    record = np.zeros(n, dtype=[("w", "f4", (2, 3)), ("name", "U3"), ("b", "f4", (2,))])
    record["w"], record["b"] = W, b
    # file → (what was saved, how it was written, the rows that a remedy leads to)
    yield "dict.npy", {"w": W, "b": b}, np.save, "wide"
    yield "objects.npy", items, np.save, "wide"
    yield "records.npy", record, np.save, "wide"
    yield "vector.npy", flat.ravel(), np.save, "flat"
    yield "text.npy", flat.astype(str), np.save, "flat"
    yield "durations.npy", (flat * 64).astype("m8[s]").astype("m8"), np.save, "durations"
    if np.dtype("g").itemsize > 8:
        yield "long.npy", flat.astype("g"), np.save, "flat"
    yield "an array in the shape.npy", flat, shaped, "flat"
    yield "an array in the shape, Fortran order.npy", np.asfortranarray(flat), shaped, "flat"
    yield "batches.npz", list(np.split(flat, 4)), lambda f, v: np.savez(f, *v), "flat"
    yield "batches beside labels.npz", {"batch_0": flat[:4], "batch_1": flat[4:], "labels": np.arange(8)}, lambda f, v: np.savez(f, **v), "flat"
    yield "rows.npz", list(flat), lambda f, v: np.savez(f, *v), "flat"
    yield "notes.npz", {"w": W, "b": b}, notes, "wide"
    yield "raw.mmap", flat, lambda f, v: v.tofile(f), "flat"
    yield "python-text.json", flat.tolist(), lambda f, v: open(f, "w").write(str(v).replace("0.0", "np.float64(0.0)", 1)), "flat"
    yield "vector.json", flat.ravel(), lambda f, v: dump(f, v.tolist()), "flat"
    yield "batches.json", [flat[:4].tolist(), flat[4:].tolist()], lambda f, v: dump(f, {"batch_0": v[0], "batch_1": v[1]}), "flat"
    yield "comma.csv", flat, lambda f, v: open(f, "w").write("\n".join(";".join(str(float(x)).replace(".", ",") for x in row) for row in v)), "flat"
    yield "words.csv", flat, lambda f, v: open(f, "w").write("1,2\n3,four\n"), "flat"
    yield "pickle.pkl", {"w": W, "b": b}, lambda f, v: pickle.dump(v, open(f, "wb")), "wide"
    yield "pickled array.bin", flat, lambda f, v: pickle.dump(v, open(f, "wb")), "flat"
    yield "damaged.npz", {"w": W, "b": b}, damaged, "wide"
    yield "infinite.npy", np.vstack([flat, np.full((1, 6), np.inf)]), np.save, "flat"
    yield "beyond.npy", flat.astype("f8") * 2.0**1000, np.save, "scaled"
    yield "scales.npy", flat * scales[:, None], beside(gradientScale=scales), "flat"
    yield "weights.npy", flat, beside(weights=weights), "weighted"
    yield "blocks.npy", flat, hessian("h.npz", lambda f: np.savez(f, a_a=H[:2, :2], a_b=H[:2, 2:], b_a=H[2:, :2], b_b=H[2:, 2:])), "H"
    yield "shape.npy", flat, hessian("h.npy", lambda f: np.save(f, H.reshape(4, 9))), "H"
    yield "large matrix.npy", flat.astype("f8") * 2.0**500, hessian("h.npy", lambda f: np.save(f, H * 2.0**600)), "H"
    yield "large.csv", np.tile(flat, (40, 1)), lambda f, v: np.savetxt(f, v, delimiter=","), "tiled"
    yield "large.tsv", np.tile(flat, (40, 1)), lambda f, v: np.savetxt(f, v, delimiter="\t", header="a\tb\tc\td\te\tf", comments=""), "tiled"
    yield "large.txt", np.tile(flat, (40, 1)), np.savetxt, "tiled"
    yield "steps.npz", {"step_0": flat[:4], "step_10": flat[4:]}, lambda f, v: np.savez(f, **v), "first"
    yield "empty.npy", flat, lambda f, v: open(f, "w").close(), "flat"
    yield "an unknown key.npy", flat, lambda f, v: renamed(f, v, b"'descr'", b"'dtype'"), "flat"
    yield "a number that does not end.npy", flat, lambda f, v: renamed(f, v, b"(8, 6)", b"(8, 6("), "flat"
    yield "large.json", flat, lambda f, v: dump(f, v.tolist()), "flat"
    yield "large dict.json", {"w": W, "b": b}, lambda f, v: dump(f, {k: a.tolist() for k, a in v.items()}), "wide"
    yield "many batches.npz", list(np.split(flat, 4)), lambda f, v: np.savez(f, *v), "flat"
    yield "compressed.npz", {"w": W, "b": b}, lambda f, v: np.savez_compressed(f, **v), "wide"
    yield "fortran.npy", np.asfortranarray(W), np.save, "flat"
    if ml_dtypes:
        yield "wide float8.npy", flat.astype(ml_dtypes.float8_e4m3fn), beside(dtype="float8_e4m3fn"), "float8"
        yield "float8.npy", flat.astype(ml_dtypes.float8_e4m3fn), np.save, "float8"
    if sparse:
        yield "sparse.npy", sparse.csr_matrix(flat), np.save, "flat"
        yield "sparse.npz", sparse.csr_matrix(flat), sparse.save_npz, "flat"
    if pyarrow:
        columns = pyarrow.table({str(k): column for k, column in enumerate(flat.T)})
        lists = pyarrow.table({"w": list(flat), "b": list(b)})
        yield "table.parquet", columns, lambda f, v: pyarrow.parquet.write_table(v, f), "flat"
        yield "lists.parquet", lists, lambda f, v: pyarrow.parquet.write_table(v, f), "wide"
        yield "table.feather", columns, lambda f, v: pyarrow.feather.write_feather(v, f), "flat"
    if sparse:
        import scipy.io

        yield "matlab.mat", {"w": W, "b": b}, scipy.io.savemat, "wide"
    if h5py:
        yield "arrays.h5", {"a": W, "b": b}, hdf5, "wide"
    if zarr:
        yield "group.zarr", {"w": W, "b": b}, lambda f, v: [zarr.open_group(f).create_array(k, data=a) for k, a in v.items()], "sorted"
        yield "array.zarr", flat, lambda f, v: zarr.save(f, v), "flat"
    if safetensors_numpy:
        yield "cut.safetensors", {"w": W}, cut, "flat"
        yield "batches.safetensors", [flat[:4], flat[4:]], lambda f, v: safetensors_numpy.save_file({"rank0": v[0], "rank1": v[1]}, f), "flat"
    if torch:
        yield from tensors()


def tensors():
    w, bias = torch.tensor(flat), torch.tensor(b)
    save = lambda f, v: torch.save(v, f)
    old = lambda f, v: torch.save(v, f, _use_new_zipfile_serialization=False)
    yield "old.pt", {"w": w, "b": bias}, old, "wide"
    yield "cut.pt", {"w": w, "b": bias}, lambda f, v: (torch.save(v, f), os.truncate(f, os.path.getsize(f) - 1)), "wide"
    yield "float8.pt", {"w": (w + 1).to(torch.float8_e8m0fnu)}, save, "exponents"
    yield "sparse.pt", {"w": w.to_sparse(), "b": bias}, save, "wide"
    yield "quantized.pt", [torch.quantize_per_tensor(torch.round(w), 1.0, 0, torch.qint32)], save, "rounded"
    yield "numpy.pt", {"w": W, "b": b, "loss": np.float64(2), "note": "x"}, save, "wide"
    yield "defaultdict.pt", collections.defaultdict(list, w=w, b=bias), save, "wide"
    yield "conjugate.pt", torch.complex(w, w).conj(), save, "conjugate"
    yield "expanded.pt", {"w": w[:1].expand(n, 6)}, save, "repeated"
    yield "batches.pt", list(w.split(4)), save, "flat"
    yield "batches in a dict.pt", {f"rank{k}": part for k, part in enumerate(w.split(4))}, save, "flat"
    yield "batches of gradients.pt", {"grads": list(w.split(4)), "loss": 3.0}, save, "flat"
    yield "batches of layers.pt", [{"w": p, "b": q} for p, q in zip(w.split(4), bias.split(4))], save, "wide"
    yield "batches of lists.pt", [[p, q] for p, q in zip(w.split(4), bias.split(4))], save, "wide"
    yield "examples.pt", list(w), save, "flat"


BUDGETS = {"large.csv": 8000, "large.tsv": 8000, "large.txt": 8000, "many batches.npz": 64, "large.json": 100, "large dict.json": 100, "compressed.npz": 64, "fortran.npy": 64}
BUDGETS |= {"scales.npy": 64, "weights.npy": 64, "wide float8.npy": 64}


def beside(**metadata):
    def write(path, array):
        np.save(path, array)
        said = {key: value if isinstance(value, str) else value.tolist() for key, value in metadata.items()}
        dump(path.replace(".npy", ".meta.json"), said)

    return write


def hessian(file, write_matrix):
    def write(path, array):
        np.save(path, array)
        dump(path.replace(".npy", ".meta.json"), {"hessian": file})
        write_matrix(file)

    return write


def renamed(path, array, old, new):
    np.save(path, array)
    content = open(path, "rb").read()
    open(path, "wb").write(content.replace(old, new))


def cut(path, arrays):
    safetensors_numpy.save_file(arrays, path)
    os.truncate(path, os.path.getsize(path) - 1)


def shaped(path, array):
    # as NumPy before 1.14 wrote what open_memmap was given
    np.save(path, array)
    content = open(path, "rb").read()
    shape = f"({n}, array({array.shape[1]}))"
    open(path, "wb").write(content.replace(str(array.shape).encode() + b", }" + b" " * (len(shape) - len(str(array.shape))), shape.encode() + b", }"))


def notes(path, arrays):
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.txt", "see the paper")


def damaged(path, arrays):
    np.savez(path, **arrays)
    os.truncate(path, os.path.getsize(path) - 1)


def hdf5(path, arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def rows(name):
    flat8 = flat.astype(ml_dtypes.float8_e4m3fn).astype("f8") if ml_dtypes else None
    special = {
        "durations": (flat * 64).astype("i8"),
        "float8": flat8,
        "exponents": (torch.tensor(flat) + 1).to(torch.float8_e8m0fnu).float().numpy() if torch else None,
        "rounded": np.round(flat),
        # the largest element is in [1, 2)
        "scaled": np.ldexp(flat.astype("f8"), 1 - np.frexp(flat.max())[1]),
        "tiled": np.tile(flat, (40, 1)),
        "first": flat[:4],
        "conjugate": np.stack([flat, -flat], axis=-1).reshape(n, -1),
        "repeated": np.repeat(flat[:1], n, axis=0),
    }
    return (special[name] if name in special else ROWS[name]).astype("f8").tolist()


def inside(name):
    own = os.path.join(folder, name)
    os.makedirs(own, exist_ok=True)
    os.chdir(own)


what, folder = sys.argv[1:]
if what == "make":
    made = {}
    for file, value, write, expected in objects():
        inside(file)
        write(file, value)
        made[file] = rows(expected)
    libraries = ["torch", "ml_dtypes", "scipy", "pyarrow", "h5py", "zarr", "safetensors"]
    print(json.dumps({"made": made, "budgets": BUDGETS, "missing": [name for name in libraries if not module(name)]}))
else:
    lines = json.load(sys.stdin)
    faults = {}
    for file, value, *_ in objects():
        if file not in lines:
            continue
        inside(file)
        line = lines[file]
        # a line that only changes the array ends where its writer saves it again
        if line.startswith(("g = np", "g = g", "A = ")):
            line += f'; np.save("grad.npy", {line[0]})'
        scope = {"g": value, "A": H * 2.0**600, "scales": scales, "weights": weights, "batches": value}
        scope |= {"np": np, "json": json, "pickle": pickle, "torch": torch, "pyarrow": pyarrow, "h5py": h5py, "zarr": zarr}
        scope |= {"scipy": module("scipy"), "safetensors": module("safetensors"), "grads": value, "n": n, "d": 6}
        for more in "scipy.io", "pyarrow.parquet", "pyarrow.feather":
            module(more)
        try:
            exec(line, scope)
        except Exception as error:
            faults[file] = f"{type(error).__name__}: {error}"
    print(json.dumps(faults))
