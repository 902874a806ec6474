"""The lines that the documents show, run as they are on small models of every kind that makes lines fail."""

import json
import os
import re
import shutil
import unittest
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import torch
from support import FolderTest
from test_torch import Transformer, cross_entropy, loop, mlp
from torch import nn

ROOT = os.path.join(os.path.dirname(__file__), "../..")


class Scaled(nn.Module):
    """With a scalar parameter and batch norm."""

    def __init__(self):
        super().__init__()
        self.line, self.norm = nn.Linear(5, 4), nn.BatchNorm1d(4)
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.scale * self.norm(self.line(x))


def convolutional():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5), nn.Flatten(), nn.Linear(36, 4)
    )
    model(torch.randn(64, 1, 8, 8))  # means and variances of batch norm that are not 0 and 1
    return model


def partly_frozen():
    model = mlp(5, 6, 4)
    model[0].weight.requires_grad_(False)
    return model


def sparse():
    return nn.Sequential(nn.Embedding(50, 3, sparse=True), nn.Flatten(), nn.Linear(12, 4))


def models():
    """Models by name, each with its inputs, its targets, and how near to the loop products of several examples are."""
    targets, text = torch.randint(4, (12,)), torch.randint(11, (6, 7))
    return {
        "a multilayer perceptron": (mlp(5, 6, 4), torch.randn(12, 5), targets, 1e-6),
        "a scalar parameter": (Scaled(), torch.randn(12, 5), targets, 1e-6),
        # they round in another order, and bfloat16 has 8 bits
        "bfloat16": (Scaled().bfloat16(), torch.randn(12, 5).bfloat16(), targets, 2**-7),
        "batch norm in eval mode": (convolutional(), torch.randn(12, 1, 8, 8), targets, 1e-6),
        "tied embeddings": (Transformer(), text[:, :-1], text[:, 1:], 1e-6),
        "frozen parameters": (partly_frozen(), torch.randn(12, 5), targets, 1e-6),
        "a sparse embedding": (sparse(), torch.randint(50, (12, 4)), targets, 1e-6),
    }


def text_of(page):
    with open(os.path.join(ROOT, page), encoding="utf8") as file:
        return file.read()


def snippets(page):
    return re.findall(r"```python\n(.*?)```", text_of(page), re.S)


class Snippets(FolderTest):
    def setUp(self):
        super().setUp()
        home = os.getcwd()
        self.addCleanup(os.chdir, home)
        os.chdir(self.folder)
        warnings.filterwarnings("ignore", "There is a performance drop")
        warnings.filterwarnings("ignore", "enable_nested_tensor")
        warnings.filterwarnings("ignore", "unclosed file", ResourceWarning)

    def run_page(self, page, sidecar):
        lines = snippets(page)
        self.assertEqual(len(lines), 3)
        torch.manual_seed(1)
        for kind, (model, xs, ys, tolerance) in models().items():
            with self.subTest(kind):
                optimizer = torch.optim.SGD(model.parameters(), 0.1)
                expected = loop(model, cross_entropy, xs, ys)
                names = dict(model=model, loss_fn=cross_entropy, xs=xs, ys=ys, optimizer=optimizer, step=0)
                exec(lines[0], dict(names))
                self.assertSame(np.load("runs/a/step-000000.npy"), expected)
                exec(lines[1], dict(names))
                self.assertSame(np.load("grad.npy"), expected, tolerance)
                if sidecar:
                    said = [(layer["name"], layer["size"]) for layer in self.json("grad.meta.json")["layers"]]
                    self.assertEqual(said, [(k, v.numel()) for k, v in model.named_parameters() if v.requires_grad])
                    self.keep("snippet-" + kind.replace(" ", "-"), "grad")
                shutil.rmtree("runs")
        params = {"w": jnp.ones((5, 4)) / 3, "scale": jnp.asarray(2.0)}
        loss = lambda p, x, y: -jax.nn.log_softmax(p["scale"] * (x @ p["w"]))[y]
        xs, ys = jnp.asarray(np.random.default_rng(1).normal(size=(12, 5)), "f4"), jnp.arange(12) % 4
        exec(lines[2], dict(loss=loss, params=params, xs=xs, ys=ys))
        rows = [jax.tree_util.tree_leaves(jax.grad(loss)(params, x, y)) for x, y in zip(xs, ys)]
        self.assertSame(np.load("grad.npy"), [np.concatenate([np.ravel(leaf) for leaf in row]) for row in rows])

    def test_the_readme(self):
        self.run_page("README.md", True)
        os.rename("grad.npy", "jax.npy")
        with open("jax.meta.json", "w", encoding="utf8") as file:
            json.dump({"layers": [{"name": "scale", "size": 1}, {"name": "w", "size": 20}]}, file)
        self.keep("snippet-jax", "jax")

    def test_the_walkthrough(self):
        self.run_page("media/walkthrough/dump.md", False)

    def test_the_lines_that_read_and_write_statistics(self):
        rows = np.random.default_rng(2).normal(size=(9, 20)).astype("f4")
        np.save("grad.npy", rows)
        read, write = re.findall(r"```python(?: writer)?\n(.*?)```", text_of("media/gradstats.md"), re.S)
        names = {}
        exec(write, names)
        names["write_statistics"]("grad.npy", "grad.gradstats.npz", "w")
        exec(read, names)
        expected = np.linalg.svd(rows - rows.mean(0, dtype="f8"), compute_uv=False) ** 2 / 9
        self.assertSame(names["eigenvalues"], expected, 1e-12)

    def test_the_lines_that_keep_rows_as_few_numbers(self):
        (lines,) = [each for each in snippets("media/cluster.md") if "CountSketch" in each]
        rows = np.random.default_rng(3).normal(size=(9, 20000)).astype("f4")
        exec(lines, dict(n=9, d=20000, block=rows, row=0, column=0))
        found = np.load("sketch.npy")
        self.assertEqual(found.shape, (9, 4096))
        # the squared norm of a sketch has a standard deviation of √(2/4096) = 0.022 of its value
        self.assertSame((found**2).sum(1), (rows.astype("f8") ** 2).sum(1), 0.15)


if __name__ == "__main__":
    unittest.main()
