"""The lines that the README and the walkthrough show, run as they are on a small model that has all that makes them fail."""

import json
import os
import re
import unittest

import jax
import jax.numpy as jnp
import numpy as np
import torch
from support import FolderTest
from test_torch import loop
from torch import nn

ROOT = os.path.join(os.path.dirname(__file__), "../..")


class Model(nn.Module):
    """With a scalar parameter, batch norm, and in bfloat16 where asked."""

    def __init__(self):
        super().__init__()
        self.line, self.norm = nn.Linear(5, 4), nn.BatchNorm1d(4)
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.scale * self.norm(self.line(x))


def snippets(page):
    with open(os.path.join(ROOT, page), encoding="utf8") as file:
        return re.findall(r"```python\n(.*?)```", file.read(), re.S)


class Snippets(FolderTest):
    def setUp(self):
        super().setUp()
        home = os.getcwd()
        self.addCleanup(os.chdir, home)
        os.chdir(self.folder)

    def run_page(self, page):
        lines = snippets(page)
        self.assertEqual(len(lines), 3)
        for dtype in (torch.float32, torch.bfloat16):
            torch.manual_seed(1)
            model = Model().to(dtype)
            xs, ys = torch.randn(12, 5).to(dtype), torch.randint(4, (12,))
            loss_fn = nn.CrossEntropyLoss()
            optimizer = torch.optim.SGD(model.parameters(), 0.1)
            expected = loop(model, loss_fn, xs, ys)
            names = dict(model=model, loss_fn=loss_fn, xs=xs, ys=ys, optimizer=optimizer, step=0)
            exec(lines[0], dict(names))
            self.assertSame(np.load("runs/a/step-000000.npy"), expected)
            exec(lines[1], dict(names))
            # products of several examples at a time round in another order: bfloat16 has 8 bits
            self.assertSame(np.load("grad.npy"), expected, 1e-6 if dtype == torch.float32 else 2**-7)
        params = {"w": jnp.ones((5, 4)) / 3, "scale": jnp.asarray(2.0)}
        loss = lambda p, x, y: -jax.nn.log_softmax(p["scale"] * (x @ p["w"]))[y]
        xs, ys = jnp.asarray(np.random.default_rng(1).normal(size=(12, 5)), "f4"), jnp.arange(12) % 4
        exec(lines[2], dict(loss=loss, params=params, xs=xs, ys=ys))
        rows = [jax.tree_util.tree_leaves(jax.grad(loss)(params, x, y)) for x, y in zip(xs, ys)]
        self.assertSame(np.load("grad.npy"), [np.concatenate([np.ravel(leaf) for leaf in row]) for row in rows])

    def test_the_readme(self):
        self.run_page("README.md")
        with open("grad.meta.json", encoding="utf8") as file:
            self.assertEqual(json.load(file)["layers"][0], {"name": "scale", "size": 1})
        os.rename("grad.npy", "snippet.npy")
        with open("snippet.meta.json", "w", encoding="utf8") as file:
            json.dump({"layers": [{"name": "scale", "size": 1}, {"name": "w", "size": 20}]}, file)
        self.keep("snippet", "snippet")

    def test_the_walkthrough(self):
        self.run_page("media/walkthrough/dump.md")


if __name__ == "__main__":
    unittest.main()
