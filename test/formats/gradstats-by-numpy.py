"""Files of statistics as the lines of media/gradstats.md write them with NumPy (base64), the rows that they were made from,
and what NumPy says about these.

cd test/formats && python3 gradstats-by-numpy.py > gradstats-by-numpy.json && npx prettier --write gradstats-by-numpy.json
"""

import base64
import hashlib
import json
import os
import re
import tempfile

import numpy as np

with open("../../media/gradstats.md", encoding="utf8") as page:
    writer = re.search(r"```python writer\n(.*?)```", page.read(), re.S)[1]
exec(writer)

random = np.random.default_rng(5)
dumps = {
    "float32": (random.normal(size=(6, 11)) * np.exp(random.normal(size=11)) + 0.5).astype("f4"),
    "more rows than parameters": random.normal(size=(9, 4)),
    "a dead, a constant and a saturated one": np.array(
        [[0, 3, 1, 65504, -2], [0, 3, 2, 1, 4], [0, 3, 4, -1, 0], [0, 3, -7, 5, 1]], "f2"
    ),
    "nothing but zeros": np.zeros((3, 4)),
    "a large mean": (1e6 + random.normal(size=(5, 8))),
}
cases = {}
folder = tempfile.mkdtemp()
for name, rows in dumps.items():
    dump, target = (os.path.join(folder, file) for file in ("grad.npy", "grad.gradstats.npz"))
    np.save(dump, rows)
    write_statistics(dump, target, "all of it", batchSize=32)  # noqa: F821
    g = rows.astype("f8")
    with open(target, "rb") as file:
        content = base64.b64encode(file.read()).decode()
    sigma = np.cov(g.T, bias=True)
    cases[name] = {
        "file": content,
        "dtype": str(rows.dtype),
        "rows": g.tolist(),
        "trace": float(np.trace(sigma)),
        "eigenvalues": [max(0, float(x)) for x in np.linalg.eigvalsh(sigma)[::-1][: min(g.shape)]],
    }
print(json.dumps({"writer": hashlib.sha256(writer.encode()).hexdigest(), "cases": cases}, ensure_ascii=False))
