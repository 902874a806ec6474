"""Small files as torch.save writes them (base64), and the rows that PyTorch reads from them.

cd test/formats && python3 written-by-pytorch.py > written-by-pytorch.json && npx prettier --write written-by-pytorch.json
with torch 2.13.0, numpy 2.4.6
"""

import base64
import collections
import io
import json
import warnings

import numpy as np
import torch

warnings.simplefilter("ignore")
torch.manual_seed(0)


def saved(value, **more):
    file = io.BytesIO()
    torch.save(value, file, **more)
    return base64.b64encode(file.getvalue()).decode()


def wide(tensor):
    tensor = tensor.detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    return tensor.to(torch.float64).reshape(len(tensor), -1)


def read(value, layers, metadata=None, notes=0, **more):
    """What the file holds, and the layers (name, tensor) that it stands for."""
    rows = torch.hstack([wide(tensor) for _, tensor in layers])
    files[title] = {
        "file": saved(value, **more),
        "rows": rows.tolist(),
        "layers": [[name, wide(tensor).shape[1]] for name, tensor in layers] if len(layers) > 1 else [],
        "metadata": metadata or {},
        "notes": notes,
    }


files = {}
grid = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8 - 1.25
cube = torch.arange(120, dtype=torch.float32).reshape(5, 2, 3, 4) - 60
w, b = grid * 3, grid[:, :2] - 7
for dtype in "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 uint16 uint32 uint64 bool complex64 complex128".split():
    title = dtype
    tensor = (grid * 8 + 10 if dtype[0] in "iu" else grid > 0 if dtype == "bool" else grid).to(getattr(torch, dtype))
    if tensor.is_complex():
        tensor = torch.complex(grid, -2 * grid).to(tensor.dtype)
    read(tensor, [("", tensor)], notes=1 if tensor.is_complex() else 0)
for dtype in "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz".split():
    title = dtype
    # every finite pattern of bits
    patterns = torch.arange(256, dtype=torch.uint8).view(getattr(torch, dtype))
    patterns = patterns[torch.isfinite(patterns.float())][:240].reshape(4, 60)
    read(patterns, [("", patterns)])
title = "transposed float8 of two layers"
narrow = {"w": grid.T.to(torch.float8_e4m3fn), "b": grid.T[:, ::2].to(torch.float8_e5m2)}
read(narrow, list(narrow.items()))
title = "the gradients of each example of a ReLU network, by name, as Opacus keeps them"
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
inputs, targets = torch.randn(8, 5) * (torch.rand(8, 5) > 0.5), torch.arange(8) % 3
def of_example(parameters, x, y):
    return torch.nn.functional.cross_entropy(torch.func.functional_call(net, parameters, (x[None],)), y[None])
samples = torch.vmap(torch.func.grad(of_example), (None, 0, 0))({k: v.detach() for k, v in net.named_parameters()}, inputs, targets)
assert (torch.cat([v.flatten() for v in samples.values()]) == 0).float().mean() > 0.3
read(samples, list(samples.items()))
for protocol in 2, 3, 4, 5:
    title = f"pickle protocol {protocol}"
    read({"w": w, "b": b}, [("w", w), ("b", b)], pickle_protocol=protocol)
title = "rows of a larger tensor"
read(grid[1:3], [("", grid[1:3])])
title = "every other row"
read(grid[::2], [("", grid[::2])], notes=1)
title = "columns of a larger tensor"
read(grid[:, 2:5], [("", grid[:, 2:5])], notes=1)
title = "every third column"
read(grid[:, ::3], [("", grid[:, ::3])], notes=1)
title = "transposed"
read(grid.T, [("", grid.T)])
title = "4 axes"
read(cube, [("", cube)])
title = "4 axes in Fortran order"
fortran = cube.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
read(fortran, [("", fortran)], notes=1)
title = "4 axes, the examples last"
last = cube.permute(1, 2, 3, 0).contiguous().permute(3, 0, 1, 2)
read(last, [("", last)])
title = "4 axes, channels last"
channels = cube.to(memory_format=torch.channels_last)
read(channels, [("", channels)], notes=1)
title = "4 axes, two of them swapped"
read(cube.transpose(1, 3), [("", cube.transpose(1, 3))], notes=1)
title = "a complex transposed view"
turned = torch.complex(grid, -grid).T
read(turned, [("", turned)], notes=2)
title = "two layers in one storage"
read({"w": grid[:, :4], "b": grid[:, 4:]}, [("w", grid[:, :4]), ("b", grid[:, 4:])], notes=2)
title = "two names for one tensor"
read({"tied": w, "head": w}, [("tied", w), ("head", w)])
title = "layers as a list"
read([w, cube[:4]], [("0", w), ("1", cube[:4])])
title = "layers as a tuple"
read((w, cube[:4]), [("0", w), ("1", cube[:4])])
title = "an OrderedDict"
read(collections.OrderedDict(w=w, b=b), [("w", w), ("b", b)])
title = "an OrderedDict with metadata of its own, as a state_dict"
state = collections.OrderedDict(w=w, b=b)
state._metadata = collections.OrderedDict([("", {"version": 1})])
read(state, [("w", w), ("b", b)])
title = "numbers for names"
read({3: w, 10: cube[:4]}, [("3", w), ("10", cube[:4])])
title = "parameters"
read({"w": torch.nn.Parameter(w)}, [("w", w)])
title = "parameters with the grad_sample of Opacus"
parameters = {"w": torch.nn.Parameter(torch.zeros(6)), "b": torch.nn.Parameter(torch.zeros(3))}
parameters["w"].grad_sample = w
parameters["b"].grad_sample = [cube[:4, 0]]
read(parameters, [("w", w), ("b", cube[:4, 0])], notes=1)
title = "tensors with the grad_batch of BackPACK"
tensors = {"w": torch.zeros(6), "b": torch.zeros(2)}
tensors["w"].grad_batch = w
tensors["b"].grad_batch = b.clone()
read(tensors, [("w", w), ("b", b)])
title = "a dict of dicts with grad_sample"
read({"fc.weight": {"grad_sample": w}, "fc.bias": {"grad_sample": b.clone()}}, [("fc.weight.grad_sample", w), ("fc.bias.grad_sample", b)])
title = "gradients with what a script keeps beside them"
losses, labels = torch.tensor([0.5, 1.5, 2.0, 4.0]), torch.tensor([3, 1, 4, 1])
read(
    {"grads": {"w": w, "b": b.clone()}, "losses": losses, "labels": labels, "step": 120, "lr": 0.1, "batch_size": 32, "note": "x"},
    [("w", w), ("b", b)],
    {"losses": losses.tolist(), "labels": labels.tolist(), "step": 120, "learningRate": 0.1, "batchSize": 32, "loss": 2.0},
    notes=2,
)
title = "losses of one column, a list of labels, a step that is a tensor"
read({"w": w, "loss": losses[:, None], "y": [3, 1, 4, 1], "step": torch.tensor(7)}, [("w", w)], {"losses": losses.tolist(), "labels": [3, 1, 4, 1], "step": 7, "loss": 2.0}, notes=1)
title = "one-hot labels"
read({"w": w, "labels": torch.nn.functional.one_hot(labels).float()}, [("w", w)], notes=1)
title = "a scalar parameter, one without elements, one without a gradient"
read({"w": w, "scale": losses, "empty": torch.zeros(4, 0), "unused": None}, [("w", w), ("scale", losses)], notes=3)
title = "shapes, types and devices"
read({"w": w, "shape": w.shape, "dtype": w.dtype, "device": w.device}, [("w", w)], notes=2)
title = "without checksums"
torch.serialization.set_crc32_options(False)
read({"w": w}, [("w", w)], notes=1)
torch.serialization.set_crc32_options(True)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)


Net.__module__ = "__main__"
scripted = io.BytesIO()
torch.jit.save(torch.jit.script(torch.nn.Linear(3, 2)), scripted)
refused = {
    "the old form": saved({"w": w}, _use_new_zipfile_serialization=False),
    "a TorchScript program": base64.b64encode(scripted.getvalue()).decode(),
    "a whole model": saved(torch.nn.Linear(3, 2)),
    "a model of a program": saved(Net()),
    "a sparse tensor": saved({"w": grid.to_sparse()}),
    "a quantized tensor": saved({"w": torch.quantize_per_tensor(grid, 0.1, 0, torch.qint8)}),
    "a tensor without numbers": saved({"w": torch.zeros(4, 2, device="meta")}),
    "a nested tensor": saved(torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])),
    "float8 of exponents alone": saved({"w": grid.to(torch.float8_e8m0fnu)}),
    "a number of NumPy": saved({"w": w, "loss": np.float64(2)}),
    "an array of NumPy": saved({"w": w.numpy()}),
    "a defaultdict": saved(collections.defaultdict(list, w=w)),
    "the conjugate of a tensor": saved({"w": torch.complex(grid, grid).conj()}),
    "the negative of a tensor": saved({"w": torch.complex(grid, grid).conj().imag}),
    "an expanded tensor": saved({"w": grid[0].expand(4, 6)}),
    "a namedtuple": saved({"w": w, "n": torch.return_types.max((w, w.long()))}),
}
versions = {"torch": torch.__version__, "numpy": np.__version__}
print(json.dumps({"versions": versions, "read": files, "refused": refused}, indent=1, ensure_ascii=False))
