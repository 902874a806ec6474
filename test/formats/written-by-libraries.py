"""Small files as safetensors, ml_dtypes and SciPy write them (base64), and the rows that NumPy makes of them.

cd test/formats && python3 written-by-libraries.py > written-by-libraries.json && npx prettier --write written-by-libraries.json
with numpy 2.4.6, safetensors 0.8.0, ml_dtypes 0.6.0, scipy 1.17.1
"""

import base64
import io
import json
import os
import tempfile

import ml_dtypes
import numpy as np
import safetensors
import safetensors.numpy
import scipy
import scipy.sparse


def saved(write):
    file = io.BytesIO()
    write(file)
    return base64.b64encode(file.getvalue()).decode()


def onto_disk(write):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        write(path)
        with open(path + ".npz" if os.path.exists(path + ".npz") else path, "rb") as file:
            return base64.b64encode(file.read()).decode()


def wide(array):
    return array.astype("f8").reshape(len(array), -1)


read = {}
grid = np.arange(24, dtype="f4").reshape(4, 6) / 8 - 1.25
cube = np.arange(48, dtype="f4").reshape(4, 3, 4)


def tensors(title, arrays, metadata=None, stated=None):
    """Layers in the order of the header, in which the library puts wider elements first, then names."""
    file = base64.b64encode(safetensors.numpy.save(arrays, metadata)).decode()
    raw = base64.b64decode(file)
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    names = [name for name in header if name != "__metadata__"]
    read[title + ".safetensors"] = {
        "file": file,
        "rows": np.hstack([wide(arrays[name]) for name in names]).tolist(),
        "layers": [[name, wide(arrays[name]).shape[1]] for name in names] if len(names) > 1 else [],
        "metadata": stated or {},
    }


for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 ?".split():
    tensors(np.dtype(dtype).name, {"w": (grid * 8 + 10 if dtype[0] in "iu" else grid > 0 if dtype == "?" else grid).astype(dtype)})
for dtype in "bfloat16 float8_e4m3fn float8_e5m2".split():
    tensors(dtype, {"w": grid.astype(getattr(ml_dtypes, dtype))})
tensors("layers, a scalar parameter", {"w": cube, "scale": cube[:, 0, 0] / 7, "half": grid.astype("f2")})
tensors("metadata", {"w": grid}, {"learning_rate": "0.5", "batchSize": "8", "format": "np"}, {"learningRate": 0.5, "batchSize": 8})

for dtype in "bfloat16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz".split():
    kind = getattr(ml_dtypes, dtype)
    array = grid.astype(kind) if dtype == "bfloat16" else np.arange(256, dtype="u1").view(kind)
    array = array[np.isfinite(array.astype("f4"))][: 24 if dtype == "bfloat16" else 240].reshape(4, -1)
    for suffix, made in (("", array), (" in Fortran order", np.asfortranarray(array.reshape(4, -1, 2)))):
        read[dtype + suffix + ".npy"] = {
            "file": saved(lambda file: np.save(file, made)),
            "sidecar": {"dtype": dtype},
            "rows": wide(made).tolist(),
            "layers": [],
            "metadata": {"dtype": dtype},
        }
    read[dtype + " beside float32.npz"] = {
        "file": saved(lambda file: np.savez(file, a=array, b=grid)),
        "sidecar": {"dtype": dtype},
        "rows": np.hstack([wide(array), wide(grid)]).tolist(),
        "layers": [["a", array.shape[1]], ["b", 6]],
        "metadata": {"dtype": dtype},
    }
rows = scipy.sparse.random_array((6, 4), density=0.5, rng=1, dtype="f4")
refused = {
    "a sparse matrix.npz": onto_disk(lambda path: scipy.sparse.save_npz(path, scipy.sparse.csr_matrix(rows))),
    "a sparse matrix.npy": saved(lambda file: np.save(file, scipy.sparse.csr_matrix(rows))),
    "bfloat16 of which nothing is said.npy": saved(lambda file: np.save(file, grid.astype(ml_dtypes.bfloat16))),
    "float8 of which nothing is said.npy": saved(lambda file: np.save(file, grid.astype(ml_dtypes.float8_e4m3fn))),
}
versions = {module.__name__: module.__version__ for module in (np, safetensors, ml_dtypes, scipy)}
print(json.dumps({"versions": versions, "read": read, "refused": refused}, indent=1, ensure_ascii=False))
