"""LayerProducts: products layer by layer are those of the gradients, which were never written."""

import json
import os
import unittest
import warnings

import numpy as np
import torch
from support import FolderTest
from torch import nn
from torch.nn import functional

import gradstats
from gradstats import LayerProducts

torch.set_num_threads(1)


def losses(outputs, targets):
    """Of each example, summed over positions of a text."""
    each = functional.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="none")
    return each.reshape(len(targets), -1).sum(1)


def loop(model, batch, loss_fn=losses):
    """[n, d]: backward() of one example after another, in eval mode."""
    training = model.training
    model.eval()
    trained = [p for p in model.parameters() if p.requires_grad]
    rows = []
    for x, y in zip(*batch):
        found = torch.autograd.grad(loss_fn(model(x[None]), y[None]).sum(), trained, allow_unused=True)
        rows.append(torch.cat([(torch.zeros_like(p) if g is None else g).reshape(-1) for p, g in zip(trained, found)]))
    model.train(training)
    return torch.stack(rows).double().numpy()


class Tied(nn.Module):
    """An embedding that is the output, too, attention, and a layer that is used twice."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.twice = nn.Linear(8, 8)
        self.output = nn.Linear(8, 11, bias=False)
        self.output.weight = self.embed.weight

    def forward(self, text):
        return self.output(self.twice(torch.tanh(self.twice(self.block(self.embed(text))))))


class Outside(nn.Module):
    """Uses a weight of a layer without calling it."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3, bias=False)
        self.other = nn.Linear(5, 3)

    def forward(self, x):
        return self.other(x) + x @ self.layer.weight.T


class Centered(nn.Module):
    def forward(self, x):
        return x - x.mean(0)


class LayerProductsTest(FolderTest):
    def setUp(self):
        super().setUp()
        torch.manual_seed(5)

    def check(self, name, model, batch, tolerance=1e-10, counted=True, **more):
        g = loop(model, batch)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        modes = [module.training for module in model.modules()]
        path = self.path(f"{name}.gradstats.npz")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LayerProducts(model, losses, batch, chunk=5, **more).write(path, learning_rate=0.1, batch_size=4)
        # nothing of the model has changed
        self.assertTrue(all(torch.equal(value, before[key]) for key, value in model.state_dict().items()))
        self.assertEqual([module.training for module in model.modules()], modes)
        self.assertTrue(all(p.grad is None for p in model.parameters()))
        self.assertFalse(any(module._forward_hooks for module in model.modules()))
        x = g - g.mean(0)
        n, squares = len(g), (x**2).sum(0)
        with np.load(path) as file:
            found = {key: file[key] for key in file.files}
        self.assertSame(found["gram"], x @ x.T, tolerance)
        self.assertSame(found["mean_squared_norm"], (g.mean(0) ** 2).sum(), tolerance)
        self.assertSame(found["mean_products"], x @ g.mean(0), tolerance * 10)
        self.assertSame(found["scatter"], squares.sum(), tolerance)
        layers = [{"name": key, "size": p.numel()} for key, p in model.named_parameters() if p.requires_grad]
        about = json.loads(bytes(found["gradstats"]))
        self.assertEqual((about["version"], about["layers"]), (2, layers))
        cuts = np.cumsum([layer["size"] for layer in layers])[:-1]
        for k, own in enumerate(np.split(x, cuts, axis=1)):
            self.assertSame(found["layer_scatter"][k], (own**2).sum(), tolerance)
            self.assertSame(found["layer_spectral_norm"][k], np.linalg.svd(own)[1][0] ** 2 / n, tolerance)
        # where two sums of the same terms may be 0 and the rounding of it, zeros are not the same
        if counted:
            self.assertEqual(found["zeros"], (g == 0).sum())
        self.assertEqual(found["layer_dead_parameters"].sum(), (g == 0).all(0).sum())
        self.assertSame(found["largest_magnitude"], np.abs(g).max(), tolerance)
        # nor are ratios of mean and variance that are both rounding
        if counted:
            self.leave(f"products of {name}", g, {"layers": layers, "learningRate": 0.1, "batchSize": 4}, path)
        return g, found

    def test_a_multilayer_perceptron_by_its_factors(self):
        model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(inplace=True), nn.Linear(9, 7), nn.Tanh(), nn.Linear(7, 4)).double()
        g, found = self.check("mlp", model, (torch.randn(13, 6).double(), torch.randint(4, (13,))))
        x = g - g.mean(0)
        squares = (x**2).sum(0)
        varies = squares > 1e-20 * squares.max()
        self.assertEqual(found["signal_to_noise_parameters"], varies.sum())
        self.assertSame(found["signal_to_noise"], (g.mean(0)[varies] ** 2 * 12 / squares[varies]).sum(), 1e-8)
        first, counts = gradstats._bins(squares[varies] / 13)
        self.assertEqual((int(found["variance_first"]), found["variance_counts"].tolist()), (first, counts.tolist()))

    def test_a_convolutional_network_with_batch_norm_some_rows_of_a_weight_at_a_time(self):
        model = nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, groups=2),
            nn.Dropout(0.5),
            nn.Flatten(),
            nn.Linear(16, 3),
        ).double()
        model(torch.randn(64, 2, 8, 8).double())
        self.check("cnn", model, (torch.randn(12, 2, 8, 8).double(), torch.randint(3, (12,))), memory=8 * 12 * 40)

    def test_texts_attention_tied_and_frozen_weights_and_a_layer_that_is_used_twice(self):
        model = Tied().double()
        model.block.linear1.bias.requires_grad_(False)
        text = torch.randint(11, (6, 7))
        self.check("texts", model, (text[:, :-1], text[:, 1:]), counted=False)

    def test_single_precision(self):
        model = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 3))
        batch = torch.randn(24, 20), torch.randint(3, (24,))
        g = loop(model, batch)
        LayerProducts(model, losses, batch).write(self.path("single.gradstats.npz"))
        x = g - g.mean(0)
        with np.load(self.path("single.gradstats.npz")) as file:
            self.assertSame(file["gram"], x @ x.T, 1e-5)

    def test_a_mean_a_million_times_as_long_as_the_noise_loses_no_digits(self):
        model = nn.Linear(3, 2).double()
        batch = 1e6 + torch.randn(8, 3).double(), torch.randn(8, 2).double()
        linear = lambda outputs, targets: (outputs * (1 + 1e-6 * targets)).sum(1)  # noqa: E731
        g = loop(model, batch, linear)
        LayerProducts(model, linear, batch).write(self.path("long.gradstats.npz"))
        x = g - g.mean(0)
        x -= x.mean(0)
        with np.load(self.path("long.gradstats.npz")) as file:
            self.assertSame(file["gram"], x @ x.T, 1e-10)

    def test_what_cannot_be_had_layer_by_layer_is_refused_and_leaves_no_file(self):
        batch = torch.randn(6, 5), torch.randint(3, (6,))
        mixed = nn.Sequential(nn.Linear(5, 3), Centered())
        infinite = batch[0].clone()
        infinite[4, 2] = float("inf")
        for model, data, loss_fn, words in (
            (Outside(), batch, losses, r"layer\.weight: Backward passes of examples 0 and 0 alone"),
            (mixed, batch, losses, "mixes examples"),
            (nn.Linear(5, 3), batch, functional.cross_entropy, r"The loss of 6 examples is \(\): give that of each"),
            (nn.Linear(5, 3), (infinite, batch[1]), losses, "The loss of example 4 is not finite"),
        ):
            with self.assertRaisesRegex(gradstats.Refused, words):
                LayerProducts(model, loss_fn, data).write(self.path("x.gradstats.npz"))
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
