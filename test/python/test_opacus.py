"""Dumps of what Opacus keeps in grad_sample, equal to autograd's loop over the examples of the batch."""

import unittest
import warnings

import numpy as np
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from support import FolderTest
from test_torch import cross_entropy, loop
from torch import nn

from gradient_dump import GradientDump, opacus_gradients

warnings.filterwarnings("ignore", category=UserWarning, module="torch|opacus")
warnings.filterwarnings("ignore", category=FutureWarning)


class Opacus(FolderTest):
    def test_gradients_before_clipping_of_a_mean_loss_are_those_of_each_example(self):
        torch.manual_seed(1)
        model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4))
        model[0].bias.requires_grad_(False)
        x, y = torch.randn(70, 1, 6, 6), torch.randint(4, (70,))
        expected = loop(model, cross_entropy, x, y)
        private = GradSampleModule(model)
        optimizer = DPOptimizer(
            torch.optim.SGD(private.parameters(), 0.1), noise_multiplier=1.25, max_grad_norm=0.5, expected_batch_size=70
        )
        dump = GradientDump(self.folder, opacus_gradients, optimizer=optimizer, dataset_size=1000, batch_size=70)
        cross_entropy(private(x), y).backward()
        self.assertSame(np.load(dump.step(0, private)), expected)
        about = self.json("step-000000.meta.json")
        self.assertEqual([layer["name"] for layer in about["layers"]], ["0.weight", "3.weight", "3.bias"])
        said = ("optimizer", "learningRate", "clip", "privacyNoise", "datasetSize", "batchSize")
        self.assertEqual([about[key] for key in said], ["SGD", 0.1, 0.5, 1.25, 1000, 70])
        self.keep("opacus", "step-000000")

    def test_gradients_that_were_cleared_are_refused(self):
        private = GradSampleModule(nn.Linear(3, 2))
        with self.assertRaisesRegex(ValueError, "weight has no grad_sample: call this after backward"):
            GradientDump(self.folder, opacus_gradients).step(0, private)


if __name__ == "__main__":
    unittest.main()
