"""Dumps of what BackPACK keeps in grad_batch, equal to autograd's loop over the examples of the batch."""

import unittest

import numpy as np
import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad
from support import FolderTest
from test_torch import cross_entropy, loop
from torch import nn

from gradient_dump import GradientDump, backpack_gradients


class BackPACK(FolderTest):
    def test_gradients_of_a_mean_and_of_a_summed_loss_are_those_of_each_example(self):
        torch.manual_seed(1)
        x, y = torch.randn(9, 1, 6, 6), torch.randint(4, (9,))
        for reduction in ("mean", "sum"):
            model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4))
            expected = loop(model, cross_entropy, x, y)
            model, loss_fn = extend(model), extend(nn.CrossEntropyLoss(reduction=reduction))
            dump = GradientDump(self.folder, lambda model: backpack_gradients(model, mean=reduction == "mean"))
            with backpack(BatchGrad()):
                loss_fn(model(x), y).backward()
                self.assertSame(np.load(dump.step(0, model)), expected)
        self.keep("backpack", "step-000000")


if __name__ == "__main__":
    unittest.main()
