"""Small files as NumPy writes them (base64), and the rows that NumPy reads from them.

cd test/formats && python3 written-by-numpy.py > written-by-numpy.json && npx prettier --write written-by-numpy.json
"""

import base64
import io
import json

import numpy as np


def saved(write):
    file = io.BytesIO()
    write(file)
    return base64.b64encode(file.getvalue()).decode()


def rows(array):
    return [[float(x) for x in row] for row in array.astype("f8").reshape(len(array), -1)]


def npy(array, **more):
    return {"file": saved(lambda file: np.lib.format.write_array(file, array, **more)), "rows": rows(array)}


def npz(write, arrays):
    return {
        "file": saved(lambda file: write(file, **arrays)),
        "rows": rows(np.hstack([a.reshape(len(a), -1).astype("f8") for a in arrays.values()])),
        "layers": {name: a[0].size for name, a in arrays.items()},
    }


files = {}
for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split():
    whole = np.arange(12).reshape(4, 3)
    values = whole / 8 - 0.75 if kind[0] == "f" else whole % 2 if kind == "b1" else whole + (0 if kind[0] == "u" else -6)
    for order in "<>":
        files[f"{order}{kind}.npy"] = npy(values.astype(order + kind))
        files[f"{order}{kind} fortran.npy"] = npy(np.asfortranarray(values.astype(order + kind)))
cube = np.arange(120, dtype="f4").reshape(5, 2, 3, 4)
files["4 axes.npy"] = npy(cube)
files["4 axes fortran.npy"] = npy(np.asfortranarray(cube))
files["4 axes fortran big-endian.npy"] = npy(np.asfortranarray(cube.astype(">f8")))
files["axes of length 1 fortran.npy"] = npy(np.asfortranarray(cube[:, :1, :, :1]))
files["version 2.npy"] = npy(cube[0], version=(2, 0))
files["version 3.npy"] = npy(cube[0], version=(3, 0))
arrays = {"w": cube[:, 0], "b": cube[:, 1, 0].astype("f8"), "größe/ü": np.asfortranarray(cube[:, 1].astype(">f2"))}
files["stored.npz"] = npz(np.savez, arrays)
files["deflated.npz"] = npz(np.savez_compressed, arrays)
files["one array.npz"] = npz(np.savez, {"arr_0": cube})
print(json.dumps(files, indent=1, ensure_ascii=False))
