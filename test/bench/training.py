"""From a model to a file that a report is made from, in one of three ways. Prints the seconds, without those of starting."""

import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../media/python"))
from gradient_dump import TorchGradients, write_dump  # noqa: E402
from gradstats import LayerProducts  # noqa: E402

way, n, width, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.manual_seed(1)
layers = [nn.Linear(256, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)]
model = nn.Sequential(*layers)
data = torch.randn(n, 256), torch.randint(10, (n,))


def by_hand(model, x, y):
    """What one writes: gradients by torch.func, a chunk at a time, into one array, and np.save."""
    weights = {name: p.detach() for name, p in model.named_parameters()}
    loss = lambda w, x, y: nn.functional.cross_entropy(functional_call(model, w, x[None]), y[None])  # noqa: E731
    of_each = vmap(grad(loss), (None, 0, 0))
    rows = np.empty((len(x), sum(p.numel() for p in weights.values())), np.float32)
    for begin in range(0, len(x), 64):
        found = of_each(weights, x[begin : begin + 64], y[begin : begin + 64])
        rows[begin : begin + 64] = torch.cat([g.flatten(1) for g in found.values()], 1).numpy()
    np.save(target, rows)


def by_dump(model, x, y):
    write_dump(target, TorchGradients(model, nn.functional.cross_entropy, (x, y), rows=None)())


def by_layers(model, x, y):
    each = nn.CrossEntropyLoss(reduction="none")
    LayerProducts(model, each, (x, y)).write(target)


make = {"by_hand": by_hand, "by_dump": by_dump, "by_layers": by_layers}[way]
make(nn.Sequential(nn.Linear(256, 8), nn.ReLU(), nn.Linear(8, 10)), *(values[:16] for values in data))
start = time.perf_counter()
make(model, *data)
print(time.perf_counter() - start, sum(p.numel() for p in model.parameters()), os.path.getsize(target))
