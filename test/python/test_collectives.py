"""Statistics of steps out of the all-reduce of DistributedDataParallel, between processes on this machine (gloo)."""

import json
import os
import socket
import unittest
import warnings

import numpy as np
import torch
import torch.distributed as dist
from support import FolderTest
from torch import multiprocessing
from torch.nn.parallel import DistributedDataParallel

from gradient_dump import NormLog
from gradstats import StepStatistics

EXAMPLES = 16


def network():
    torch.manual_seed(0)
    layers = [
        torch.nn.Linear(20, 96),
        torch.nn.Tanh(),
        torch.nn.Linear(96, 96),
        torch.nn.Tanh(),
        torch.nn.Linear(96, 3),
    ]
    return torch.nn.Sequential(*layers)


def batch(rank, step):
    random = torch.Generator().manual_seed(1000 * step + rank)
    return torch.randn(EXAMPLES, 20, generator=random), torch.randint(3, (EXAMPLES,), generator=random)


def loss(model, rank, step):
    inputs, targets = batch(rank, step)
    return torch.nn.functional.cross_entropy(model(inputs), targets)


def flat(model):
    return torch.cat([p.grad.reshape(-1) for p in model.parameters()])


def counted(sent):
    """Bytes that collectives send from a rank to others, by the sizes of what they are given."""
    world = dist.get_world_size()

    def all_to_all(received, given, **more):
        sent.append(given.numel() * given.element_size() * (world - 1) // world)
        return own[0](received, given, **more)

    def all_gather(received, given, **more):
        sent.append(given.numel() * given.element_size() * (world - 1))
        return own[1](received, given, **more)

    gather = "all_gather_single" if hasattr(dist, "all_gather_single") else "all_gather_into_tensor"
    own = dist.all_to_all_single, getattr(dist, gather)
    dist.all_to_all_single = all_to_all
    setattr(dist, gather, all_gather)


def trained(rank, world, port, folder):
    """Three steps with the hook, beside the same steps of a plain model; leaves what the test compares."""
    warnings.simplefilter("ignore")
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=world)
    sent = []
    counted(sent)
    plain = DistributedDataParallel(network())
    hooked = DistributedDataParallel(network(), bucket_cap_mb=0.02)
    optimizer = torch.optim.SGD(hooked.parameters(), 0.1)
    other = torch.optim.SGD(plain.parameters(), 0.1)
    statistics = StepStatistics(hooked, os.path.join(folder, "run"), examples=EXAMPLES, optimizer=optimizer)
    norms = NormLog(os.path.join(folder, "x.gradnorms.jsonl"), hooked)
    difference = 0.0
    for step in range(3):
        optimizer.zero_grad(), other.zero_grad()
        # the gradient of this rank alone
        own = network()
        own.load_state_dict(hooked.module.state_dict())
        loss(own, rank, step).backward()
        rows = [torch.empty_like(flat(own)) for _ in range(world)]
        dist.all_gather(rows, flat(own))
        loss(hooked, rank, step).backward()
        loss(plain, rank, step).backward()
        difference = max(difference, float((flat(hooked) - flat(plain)).abs().max() / flat(plain).abs().max()))
        norms.step(step, examples=EXAMPLES)
        optimizer.step(), other.step()
        statistics.step(step, dataset_size=50_000)
        if rank == 0:
            np.save(os.path.join(folder, f"whole-{step}.npy"), torch.stack(rows).numpy())
    statistics.close()
    if rank == 0:
        sizes = [{"name": name, "size": p.numel()} for name, p in hooked.module.named_parameters()]
        with open(os.path.join(folder, "about.json"), "w", encoding="utf8") as file:
            json.dump({"layers": sizes, "sent": sent, "difference": difference}, file)
    dist.destroy_process_group()


def interrupted(rank, world, port, folder):
    """A step whose gradient is not finite between two that are; then a step without a backward pass."""
    warnings.simplefilter("ignore")
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=world)
    model = DistributedDataParallel(torch.nn.Linear(20, 3))
    statistics = StepStatistics(model, folder, examples=EXAMPLES, every=2)
    for step in range(6):
        model.zero_grad()
        (loss(model, rank, step) * (float("inf") if step == 2 and rank == 1 else 1)).backward()
        statistics.step(step)
    statistics.step(6)
    said = ""
    try:
        statistics.close()
    except RuntimeError as error:
        said = str(error)
    with open(os.path.join(folder, f"said-{rank}"), "w", encoding="utf8") as file:
        file.write(said)
    dist.destroy_process_group()


class StepStatisticsTest(FolderTest):
    def spawn(self, work, world):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        multiprocessing.spawn(work, (world, port, self.folder), nprocs=world)

    def check(self, world):
        self.spawn(trained, world)
        about = self.json("about.json")
        # the same gradient but for the order of the sum, and so the same training
        self.assertLessEqual(about["difference"], 1e-6)
        d = sum(layer["size"] for layer in about["layers"])
        # each bucket is padded to a multiple of the ranks, and sent twice: 2·s·⌈n/W⌉·(W − 1)
        buckets = len(about["sent"]) // 6
        self.assertLessEqual(abs(sum(about["sent"]) / 3 - 2 * 4 * d * (world - 1) / world), buckets * 2 * 4 * world)
        self.assertEqual([step["step"] for step in self.json("run", "run.json")["steps"]], [0, 1, 2])
        with open(self.path("x.gradnorms.jsonl"), encoding="utf8") as file:
            lines = [json.loads(line) for line in file][1:]
        for step, line in enumerate(lines):
            rows = np.load(self.path(f"whole-{step}.npy"))
            g = rows.astype("f8")
            x = g - g.mean(0)
            name = f"step-{step:06d}.gradstats.npz"
            with np.load(self.path("run", name)) as file:
                self.assertSame(file["gram"], x @ x.T, 1e-12)
                self.assertSame(file["mean_squared_norm"], (g.mean(0) ** 2).sum(), 1e-12)
                said = json.loads(bytes(file["gradstats"]))
            expected = {
                "batchSize": EXAMPLES * world,
                "rows": {"meanOf": EXAMPLES},
                "learningRate": 0.1,
                "datasetSize": 50_000,
                "step": step,
            }
            self.assertEqual(said["metadata"], expected)
            # what norms alone say: the mean of those of ranks is that of the mean and the spread around it
            self.assertSame(sum(line["small"]) - sum(line["big"]), (x**2).sum() / world, 1e-5)
            self.leave(f"step {step} of {world} ranks", rows, {"layers": about["layers"], **expected}, f"run/{name}")

    def test_two_ranks(self):
        self.check(2)

    def test_four_ranks(self):
        self.check(4)

    def test_a_step_that_is_not_finite_is_left_out_and_one_without_gradients_is_an_error(self):
        self.spawn(interrupted, 2)
        self.assertEqual([step["step"] for step in self.json("run.json")["steps"]], [0, 4])
        with open(self.path("said-0"), encoding="utf8") as file:
            self.assertIn("0 passed by in step 6: call step() once for each step of the optimizer", file.read())
        names = sorted(name for name in os.listdir(self.folder) if not name.startswith("said"))
        self.assertEqual(names, ["run.json", "step-000000.gradstats.npz", "step-000004.gradstats.npz"])


if __name__ == "__main__":
    unittest.main()
