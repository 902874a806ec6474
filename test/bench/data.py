"""Gradients like those of a trained network: sixteen directions of falling weight, a mean, and noise.
Or those of a layer behind a ReLU: outer products of errors and inputs, 95 of 100 of which are 0.
python3 data.py FILE SAMPLES PARAMETERS DTYPE C|F dense|sparse"""
import sys
import numpy as np

path, samples, parameters, dtype, order, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
random = np.random.default_rng(1)
out = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(samples, parameters), fortran_order=order == "F")
weights = random.standard_normal((samples, 16), dtype=np.float32) * 0.5 ** np.arange(16, dtype=np.float32)
for first in range(0, parameters, 20000):
    width = min(20000, parameters - first)
    if kind == "sparse":
        inputs = random.standard_normal((samples, width // 20), dtype=np.float32) - 1.2
        errors = np.maximum(0, random.standard_normal((samples, 20), dtype=np.float32))
        out[:, first : first + width] = 1e-3 * (errors[:, :, None] * np.maximum(0, inputs)[:, None, :]).reshape(samples, width)
        continue
    block = weights @ random.standard_normal((16, width), dtype=np.float32)
    block += 0.3 * random.standard_normal(width, dtype=np.float32)
    block += 0.1 * random.standard_normal((samples, width), dtype=np.float32)
    out[:, first : first + width] = 1e-3 * block
out.flush()
