"""Dumps of PyTorch models, each equal to autograd's loop over the examples."""

import copy
import json
import os
import unittest
import warnings
from unittest import mock

import numpy as np
import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
from support import FolderTest
from torch import nn
from torch.nn import functional as F

from gradient_dump import GradientDump, NormLog, TorchGradients

torch.set_num_threads(1)


def cross_entropy(outputs, targets):
    return F.cross_entropy(outputs.reshape(-1, outputs.shape[-1]).float(), targets.reshape(-1))


def loop(model, loss_fn, *batch):
    """[n, d] float64: backward() of one example after another, in eval mode, zeros where a gradient is None."""
    model = copy.deepcopy(model).eval()
    trained = [p for p in model.parameters() if p.requires_grad]
    rows = []
    for example in zip(*batch):
        for p in trained:
            p.grad = None
        x, y = (value[None] for value in example)
        loss_fn(model(x), y).backward()
        dense = [
            torch.zeros_like(p) if p.grad is None else p.grad.to_dense() if p.grad.is_sparse else p.grad
            for p in trained
        ]
        rows.append(torch.cat([g.double().reshape(-1) for g in dense]))
    return torch.stack(rows).numpy()


class Transformer(nn.Module):
    """The embedding is the output, too, and a learned temperature is one number."""

    def __init__(self, words=11, width=8):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.block = nn.TransformerEncoderLayer(width, 2, 16, batch_first=True, activation="gelu", norm_first=True)
        self.output = nn.Linear(width, words, bias=False)
        self.output.weight = self.embed.weight
        self.temperature = nn.Parameter(torch.tensor(1.5))

    def forward(self, text):
        mask = nn.Transformer.generate_square_subsequent_mask(text.shape[1])
        return self.output(self.block(self.embed(text), src_mask=mask)) / self.temperature


def mlp(*widths):
    return nn.Sequential(*(layer for a, b in zip(widths, widths[1:]) for layer in (nn.Linear(a, b), nn.Tanh())))


class Against(FolderTest):
    def setUp(self):
        super().setUp()
        torch.manual_seed(5)

    def check(self, name, model, batch, loss_fn=cross_entropy, methods=("vmap", "hooks"), tolerance=1e-6, **more):
        """By both methods; returns the rows."""
        expected = loop(model, loss_fn, *batch)
        layers = [(k, p.numel()) for k, p in model.named_parameters() if p.requires_grad]
        for method in methods:
            source = TorchGradients(model, loss_fn, batch, rows=None, method=method, chunk=5)
            dump = GradientDump(self.folder, source, batch_size=4, **more)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "There is a performance drop")
                path = dump.step(0)
            found = np.load(path)
            self.assertEqual(found.dtype, np.float32)
            self.assertSame(found, expected, tolerance)
            about = self.json("step-000000.meta.json")
            self.assertEqual([(layer["name"], layer["size"]) for layer in about["layers"]], layers)
            self.assertEqual(about["datasetSize"], len(found))
            with torch.no_grad():
                losses = [float(loss_fn(copy.deepcopy(model).eval()(x[None]), y[None])) for x, y in zip(*batch)]
            self.assertSame(about["losses"], losses, max(tolerance, 1e-5))
            self.keep(name + "-" + method, "step-000000")
        return expected

    def test_a_multilayer_perceptron(self):
        self.check("mlp", mlp(6, 9, 4), (torch.randn(13, 6), torch.randint(4, (13,))))
        self.assertEqual(len(self.json("step-000000.meta.json")["labels"]), 13)

    def test_a_convolutional_network_with_batch_norm_in_eval_and_dropout(self):
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.5),
            nn.Flatten(),
            nn.Linear(36, 3),
        )
        model(torch.randn(64, 1, 8, 8))
        rows = self.check("cnn", model, (torch.randn(7, 1, 8, 8), torch.randint(3, (7,))))
        self.assertGreater((rows == 0).mean(), 0)

    def test_a_transformer_with_tied_embeddings_and_a_scalar_temperature(self):
        model = Transformer()
        text = torch.randint(11, (6, 7))
        rows = self.check("transformer", model, (text[:, :-1], text[:, 1:]))
        names = [layer["name"] for layer in self.json("step-000000.meta.json")["layers"]]
        self.assertEqual(names[0], "temperature")
        self.assertNotIn("output.weight", names)
        self.assertGreater(np.abs(rows[:, 0]).min(), 0)

    def test_bfloat16_parameters_as_float32(self):
        model, batch = mlp(6, 9, 4).bfloat16(), (torch.randn(9, 6).bfloat16(), torch.randint(4, (9,)))
        self.check("bfloat16", model, batch, methods=("hooks", "auto"))
        # products of several examples at a time round in another order: bfloat16 has 8 bits
        self.check("bfloat16", model, batch, methods=("vmap",), tolerance=2**-7)

    def test_frozen_parameters_have_no_columns_and_parameters_out_of_reach_have_zeros(self):
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.used, self.unused = mlp(6, 9, 4), nn.Linear(3, 1)
                self.used[0].weight.requires_grad_(False)

            def forward(self, x):
                return self.used(x)

        rows = self.check("frozen", Model(), (torch.randn(5, 6), torch.randint(4, (5,))))
        self.assertEqual(rows.shape, (5, 9 + 9 * 4 + 4 + 4))
        np.testing.assert_array_equal(rows[:, -4:], 0)

    def test_a_sparse_embedding(self):
        embed = nn.Embedding(50, 3, sparse=True)
        model = nn.Sequential(embed, nn.Flatten(), nn.Linear(12, 5))
        rows = self.check("sparse", model, (torch.randint(50, (8, 4)), torch.randint(5, (8,))))
        self.assertTrue(embed.sparse)
        self.assertGreater((rows == 0).mean(), 0.6)

    def test_float64_stays_float64(self):
        model = mlp(3, 2).double()
        batch = (torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64))
        for method in ("vmap", "hooks"):
            found = np.load(GradientDump(self.folder, TorchGradients(model, F.mse_loss, batch, method=method)).step(0))
            self.assertEqual(found.dtype, np.float64)
            self.assertSame(found, loop(model, F.mse_loss, *batch), 1e-14)

    def test_complex_parameters_are_two_real_ones(self):
        class Wave(nn.Module):
            def __init__(self):
                super().__init__()
                self.w = nn.Parameter(torch.randn(3, dtype=torch.complex64))

            def forward(self, x):
                return (x * self.w).sum(-1).abs()

        model, batch = Wave(), (torch.randn(4, 3), torch.randn(4))
        expected = []
        for x, y in zip(*batch):
            (slope,) = torch.autograd.grad(F.mse_loss(model(x[None]), y[None]), [model.w])
            expected.append(torch.view_as_real(slope).reshape(-1).numpy())
        for method in ("vmap", "hooks"):
            found = np.load(GradientDump(self.folder, TorchGradients(model, F.mse_loss, batch, method=method)).step(0))
            self.assertSame(found, expected)

    def test_what_torch_func_refuses_is_taken_one_example_after_another_with_a_warning(self):
        class Refusing(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, slope):
                return slope * 2

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.line = nn.Linear(3, 4)

            def forward(self, x):
                return Refusing.apply(self.line(x))

        model, batch = Model(), (torch.randn(6, 3), torch.randint(4, (6,)))
        with self.assertWarnsRegex(UserWarning, "one example at a time, since torch.func says"):
            self.check("refusing", model, batch, methods=("auto",))
        with self.assertRaises(RuntimeError):
            GradientDump(self.folder, TorchGradients(model, cross_entropy, batch, method="vmap")).step(0)

    def test_a_chunk_that_does_not_fit_into_memory_is_halved_until_it_does(self):
        model, (x, y) = mlp(3, 2), (torch.randn(12, 3), torch.randint(2, (12,)))
        calls = []

        def scarce(out, y):
            calls.append(1)
            if len(calls) <= 2:
                raise torch.OutOfMemoryError("2 GiB")
            return cross_entropy(out, y)

        found = np.load(
            GradientDump(self.folder, TorchGradients(model, scarce, (x, y), method="vmap", chunk=8)).step(0)
        )
        # 8 and 4 do not fit, 2 do, six times
        self.assertEqual(len(calls), 2 + 6)
        self.assertSame(found, loop(model, cross_entropy, x, y))

    def test_a_chunk_has_no_more_gradients_than_fit_into_a_block(self):
        model, (x, y) = mlp(3, 2), (torch.randn(12, 3), torch.randint(2, (12,)))
        calls = []
        counted = lambda out, y: calls.append(1) or cross_entropy(out, y)
        # 8 parameters of 4 bytes, 3 rows
        with mock.patch("gradient_dump.BLOCK_BYTES", 100):
            GradientDump(self.folder, TorchGradients(model, counted, (x, y))).step(0)
        self.assertEqual(len(calls), 4)

    def test_gradients_are_those_of_full_precision_also_under_autocast(self):
        model, (x, y) = mlp(3, 5, 2), (torch.randn(6, 3), torch.randint(2, (6,)))
        expected = loop(model, cross_entropy, x, y)
        for method in ("vmap", "hooks"):
            with torch.autocast("cpu", torch.bfloat16):
                found = GradientDump(self.folder, TorchGradients(model, cross_entropy, (x, y), method=method)).step(0)
                self.assertTrue(torch.is_autocast_enabled("cpu"))
            self.assertSame(np.load(found), expected)

    def test_a_recurrent_network_and_a_loss_of_the_whole_model(self):
        class Recurrent(nn.Module):
            def __init__(self):
                super().__init__()
                self.cell, self.out = nn.GRU(2, 5, batch_first=True), nn.Linear(5, 2)

            def of(self, x):
                return self.out(self.cell(x)[0])

        model = Recurrent()
        x = torch.randn(5, 4, 2)
        whole = lambda model, x: (model.of(x[:, :-1]) - x[:, 1:]).square().mean()
        expected = []
        for one in x:
            slopes = torch.autograd.grad(whole(model, one[None]), list(model.parameters()))
            expected.append(torch.cat([slope.reshape(-1) for slope in slopes]).numpy())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = TorchGradients(model, whole, (x,), whole=True)
            self.assertSame(np.load(GradientDump(self.folder, source).step(0)), expected)


class Data(FolderTest):
    def test_rows_are_drawn_from_a_data_set_whose_size_is_stated_and_their_places_are_the_ids(self):
        x, y = torch.randn(40, 3), torch.randint(2, (40,))
        model = mlp(3, 2)
        for data in ((x, y), torch.utils.data.TensorDataset(x, y)):
            found = np.load(GradientDump(self.folder, TorchGradients(model, cross_entropy, data, rows=12)).step(0))
            about = self.json("step-000000.meta.json")
            ids = about["ids"]
            self.assertEqual((len(set(ids)), about["datasetSize"], sorted(ids)), (12, 40, ids))
            self.assertSame(found, loop(model, cross_entropy, x[ids], y[ids]))
            self.assertEqual(about["labels"], y[ids].tolist())

    def test_a_batch_that_is_a_dict_goes_to_a_loss_of_the_whole_model(self):
        x, y = torch.randn(6, 3), torch.randint(2, (6,))
        model = mlp(3, 2)
        whole = lambda model, batch: cross_entropy(model(batch["x"]), batch["y"])
        for data in ({"x": x, "y": y}, [{"x": a, "y": b} for a, b in zip(x, y)]):
            source = TorchGradients(model, whole, data if isinstance(data, dict) else Rows(data), whole=True)
            self.assertSame(np.load(GradientDump(self.folder, source).step(0)), loop(model, cross_entropy, x, y))

    def test_a_loss_that_is_no_single_number_is_refused(self):
        model, x = mlp(3, 2), torch.randn(4, 3)
        source = TorchGradients(model, lambda out, y: (out - y).square(), (x, torch.randn(4, 2)))
        with (
            self.assertRaisesRegex(ValueError, r"the loss of one example is \(1, 2\), not one number"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            GradientDump(self.folder, source).step(0)
        self.assertEqual(os.listdir(self.folder), [])
        frozen = mlp(3, 2).requires_grad_(False)
        with (
            self.assertRaisesRegex(ValueError, "no parameter of the model requires a gradient"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            GradientDump(self.folder, TorchGradients(frozen, F.mse_loss, (x, x[:, :2]))).step(0)


class Rows(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


class Training(FolderTest):
    def trained(self, method):
        torch.manual_seed(3)
        model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 3))
        model[1].eval()
        optimizer = torch.optim.AdamW(model.parameters(), 0.01)
        x, y = torch.randn(32, 4), torch.randint(3, (32,))
        # draws random numbers, which the training must not miss
        noisy = lambda out, y: cross_entropy(out + 0 * torch.rand_like(out), y)
        source = method and TorchGradients(model, noisy, (x, y), method=method)
        dump = method and GradientDump(self.folder, source, optimizer=optimizer, every=2)
        for step in range(6):
            batch = torch.randint(32, (8,))
            optimizer.zero_grad()
            cross_entropy(model(x[batch]), y[batch]).backward()
            if dump:
                with torch.no_grad():
                    dump.step(step)
            optimizer.step()
        return [p.detach().clone() for p in (*model.parameters(), *model.buffers())], [
            m.training for m in model.modules()
        ]

    def test_dumps_leave_weights_buffers_modes_and_random_numbers_of_the_training_as_they_are(self):
        plain, modes = self.trained(None)
        for method in ("vmap", "hooks"):
            with_dumps, modes_after = self.trained(method)
            for one, other in zip(plain, with_dumps):
                self.assertTrue(torch.equal(one, other))
            self.assertEqual(modes, modes_after)
        self.assertEqual([entry["step"] for entry in self.json("run.json")["steps"]], [0, 2, 4])

    def test_a_dump_that_fails_leaves_the_modes_as_they_were(self):
        model = nn.Sequential(nn.Linear(4, 2), nn.Dropout())
        broken = lambda out, y: out.nothing
        with self.assertRaises(AttributeError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            GradientDump(self.folder, TorchGradients(model, broken, (torch.randn(3, 4), torch.randn(3, 2)))).step(0)
        self.assertTrue(all(module.training for module in model.modules()))

    def test_the_optimizer_says_learning_rate_momentum_and_dampening_of_the_step(self):
        model = mlp(3, 2)
        optimizer = torch.optim.SGD(model.parameters(), 0.5, momentum=0.9, dampening=0.1)
        dump = GradientDump(
            self.folder,
            TorchGradients(model, F.mse_loss, (torch.randn(4, 3), torch.randn(4, 2))),
            optimizer=optimizer,
            every=1,
        )
        dump.step(0)
        optimizer.param_groups[0]["lr"] = 0.25
        dump.step(1)
        first, second = self.json("run.json")["steps"]
        said = ("optimizer", "learningRate", "momentum", "dampening", "datasetSize")
        self.assertEqual([first[key] for key in said], ["SGD", 0.5, 0.9, 0.1, 4])
        self.assertEqual(second["learningRate"], 0.25)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 7.0})
        dump.step(2)
        self.assertNotIn("learningRate", self.json("step-000002.meta.json"))

    def test_the_second_moments_of_adam_and_rmsprop_are_in_the_order_of_the_columns(self):
        kinds = (
            (torch.optim.Adam, {"betas": (0.9, 0.75)}, "exp_avg_sq", 1 - 0.75**2),
            (torch.optim.AdamW, {"amsgrad": True}, "max_exp_avg_sq", 1 - 0.999**2),
            (torch.optim.RMSprop, {}, "square_avg", 1),
        )
        for kind, options, key, correction in kinds:
            torch.manual_seed(2)
            model = mlp(3, 2)
            batch = (torch.randn(4, 3), torch.randn(4, 2))
            optimizer = kind(model.parameters(), 0.1, **options)
            dump = GradientDump(self.folder, TorchGradients(model, F.mse_loss, batch), optimizer=optimizer, every=2)
            dump.step(0)
            self.assertNotIn("secondMoments", self.json("step-000000.meta.json"))
            for _ in range(2):
                F.mse_loss(model(batch[0]), batch[1]).backward()
                optimizer.step()
            dump.step(2)
            file = self.json("step-000002.meta.json")["secondMoments"]
            expected = torch.cat([optimizer.state[p][key].reshape(-1) for p in model.parameters()]) / correction
            self.assertSame(np.load(self.path(file)), expected.numpy())
        sgd = GradientDump(
            self.folder, TorchGradients(model, F.mse_loss, batch), optimizer=torch.optim.SGD(model.parameters(), 0.1)
        )
        sgd.step(0)
        self.assertNotIn("secondMoments", self.json("step-000000.meta.json"))
        self.keep("moments", "step-000002")


class Curvature(FolderTest):
    def test_products_with_the_hessian_are_those_of_the_hessian_that_autograd_forms(self):
        torch.manual_seed(4)
        model = mlp(3, 4, 2)
        batch = (torch.randn(7, 3), torch.randint(2, (7,)))
        shapes = {name: p.shape for name, p in model.named_parameters()}

        def mean_loss(flat):
            parts = dict(zip(shapes, flat.split([shape.numel() for shape in shapes.values()])))
            parameters = {name: part.reshape(shapes[name]) for name, part in parts.items()}
            return cross_entropy(torch.func.functional_call(model, parameters, (batch[0],)), batch[1])

        flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
        hessian = torch.autograd.functional.hessian(mean_loss, flat).double().numpy()
        for kind in ("rows", "mean"):
            dump = GradientDump(self.folder, TorchGradients(model, cross_entropy, batch, chunk=3), hvp=kind)
            rows = np.load(dump.step(0)).astype("f8")
            tangents = rows if kind == "rows" else rows.mean(0)[None]
            self.assertSame(np.load(self.path(self.json("step-000000.meta.json")["hvp"])), tangents @ hessian, 1e-5)
        self.assertNotIn("hvp", self.json("run.json")["steps"][0])
        self.keep("hvp", "step-000000")


def squares(model):
    return [float(p.grad.double().square().sum()) for p in model.parameters()]


def micro_batches(model, batches):
    """Squared norms of each layer: the mean over the batches, and those of the mean gradient."""
    small, total = [], [torch.zeros_like(p) for p in model.parameters()]
    for x, y in batches:
        model.zero_grad()
        cross_entropy(model(x), y).backward()
        small.append(squares(model))
        for one, p in zip(total, model.parameters()):
            one += p.grad / len(batches)
    model.zero_grad()
    return np.mean(small, 0), [float(one.double().square().sum()) for one in total]


class Norms(FolderTest):
    def test_the_norms_of_micro_batches_and_of_their_mean_are_those_of_their_gradients(self):
        torch.manual_seed(6)
        model = Transformer().eval()
        text = torch.randint(11, (12, 7))
        batches = [(part[:, :-1], part[:, 1:]) for part in text.split(4)]
        small, big = micro_batches(model, batches)
        for divided, scale in ((True, 1.0), (False, 1.0), (True, 1024.0)):
            path = self.path(f"{divided}-{scale}.gradnorms.jsonl")
            with NormLog(path, model, divided=divided, learning_rate=0.1, dataset_size=100) as norms:
                for step in range(2):
                    model.zero_grad()
                    for x, y in batches:
                        (cross_entropy(model(x), y) * scale / (3 if divided else 1)).backward()
                    norms.step(step, examples=4, scale=scale)
            with open(path, encoding="utf8") as file:
                head, *lines = map(json.loads, file)
            self.assertEqual(head["layers"], [name for name, _ in model.named_parameters()])
            for step, line in enumerate(lines):
                self.assertEqual((line["step"], line["b"], line["B"]), (step, 4, 12))
                self.assertSame(line["small"], small)
                self.assertSame(line["big"], big)
        model.zero_grad()
        cross_entropy(model(batches[0][0]), batches[0][1]).backward()
        self.assertFalse(norms._sums)

    def test_one_backward_pass_says_nothing_of_the_noise(self):
        model = mlp(3, 2)
        with NormLog(self.path("a.gradnorms.jsonl"), model) as norms:
            with self.assertRaisesRegex(ValueError, "no gradient has passed"):
                norms.step(0, examples=4)
            F.mse_loss(model(torch.randn(4, 3)), torch.randn(4, 2)).backward()
            with self.assertRaisesRegex(ValueError, "split the batch in two"):
                norms.step(0, examples=4)

    def test_the_ranks_of_data_parallel_training_are_micro_batches_and_the_first_writes(self):
        torch.manual_seed(8)
        x, y = torch.randn(16, 5), torch.randint(3, (16,))
        batches = list(zip(x.split(4), y.split(4)))
        torch.manual_seed(9)
        small, big = micro_batches(mlp(5, 4, 3), batches)
        multiprocessing.spawn(rank, (2, self.folder, batches), nprocs=2)
        with open(self.path("a.gradnorms.jsonl"), encoding="utf8") as file:
            head, line = map(json.loads, file)
        self.assertEqual(head["layers"], ["0.weight", "0.bias", "2.weight", "2.bias"])
        self.assertEqual((line["b"], line["B"]), (4, 16))
        self.assertSame(line["small"], small)
        self.assertSame(line["big"], big)
        self.assertEqual(np.load(self.path("step-000000.npy")).shape, (16, 5 * 4 + 4 + 4 * 3 + 3))
        self.assertEqual(len(self.json("run.json")["steps"]), 1)


def rank(k, world, folder, batches):
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=k, world_size=world)
    torch.manual_seed(9)
    model = nn.parallel.DistributedDataParallel(mlp(5, 4, 3))
    x, y = (torch.cat(parts) for parts in zip(*batches))
    dump = GradientDump(folder, TorchGradients(model, cross_entropy, (x, y)))
    with NormLog(os.path.join(folder, "a.gradnorms.jsonl"), model) as norms:
        mine = batches[2 * k : 2 * k + 2]
        with model.no_sync():
            (cross_entropy(model(mine[0][0]), mine[0][1]) / 2).backward()
        (cross_entropy(model(mine[1][0]), mine[1][1]) / 2).backward()
        dump.step(0)
        norms.step(0, examples=4)
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    unittest.main()
