"""The files that gradient_dump.py writes, with NumPy alone."""

import importlib
import json
import os
import subprocess
import sys
import unittest
from unittest import mock

import numpy as np
from support import FolderTest

from gradient_dump import GradientDump, NormLog, write_dump

random = np.random.default_rng(1)


class Dumps(FolderTest):
    def test_importing_it_loads_nothing_but_numpy(self):
        folder = os.path.dirname(importlib.import_module("gradient_dump").__file__)
        code = (
            "import sys, gradient_dump; print([m for m in ('torch', 'jax', 'opacus', 'backpack') if m in sys.modules])"
        )
        out = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
        self.assertEqual(out.stdout.strip(), "[]")

    def test_blocks_are_put_under_one_another_and_layers_next_to_each_other_in_the_order_of_the_first_block(self):
        blocks = [
            {"w": random.normal(size=(k, 3, 2)), "b": random.normal(size=(k, 2)), "scale": random.normal(size=k)}
            for k in (4, 3)
        ]
        write_dump(self.path("grad.npy"), iter(blocks), batch_size=32, learning_rate=0.1)
        expected = np.concatenate(
            [np.concatenate([b["w"].reshape(-1, 6), b["b"], b["scale"][:, None]], 1) for b in blocks]
        )
        found = np.load(self.path("grad.npy"))
        np.testing.assert_array_equal(found, expected)
        self.assertEqual(found.dtype, np.float64)
        self.assertEqual(
            self.json("grad.meta.json"),
            {
                "layers": [{"name": "w", "size": 6}, {"name": "b", "size": 2}, {"name": "scale", "size": 1}],
                "batchSize": 32,
                "learningRate": 0.1,
            },
        )
        self.assertEqual(sorted(os.listdir(self.folder)), ["grad.meta.json", "grad.npy"])
        self.keep("files", "grad")

    def test_half_precision_widens_to_float32_without_loss_and_a_complex_parameter_is_two_real_ones(self):
        half = random.normal(size=(5, 3)).astype("f2")
        wave = (random.normal(size=(5, 2)) + 1j * random.normal(size=(5, 2))).astype("c8")
        write_dump(self.path("grad.npy"), [{"half": half, "wave": wave}])
        found = np.load(self.path("grad.npy"))
        self.assertEqual(found.dtype, np.float32)
        expected = np.concatenate([half, np.stack([wave.real, wave.imag], -1).reshape(5, 4)], 1)
        np.testing.assert_array_equal(found, expected)

    def test_lists_of_rows_from_blocks_are_joined_and_their_mean_is_the_loss(self):
        blocks = [({"w": np.ones((2, 2))}, {"losses": [1, 2]}), ({"w": np.ones((1, 2))}, {"losses": np.array([6.0])})]
        about = write_dump(self.path("grad.npy"), blocks, labels=["a", "b", "c"])
        self.assertEqual((about["losses"], about["loss"], about["labels"]), ([1, 2, 6], 3, ["a", "b", "c"]))

    def test_losses_that_json_cannot_hold_are_left_out(self):
        about = write_dump(self.path("grad.npy"), [({"w": np.ones((2, 2))}, {"losses": [1.0, np.inf]})])
        self.assertEqual(set(about), {"layers"})

    def test_a_dump_that_fails_on_its_way_leaves_no_file_and_the_one_before_it_as_it_was(self):
        write_dump(self.path("grad.npy"), [{"w": np.ones((2, 2))}])

        def blocks():
            yield {"w": np.zeros((3, 2))}
            raise RuntimeError("out of memory")

        with self.assertRaisesRegex(RuntimeError, "out of memory"):
            write_dump(self.path("grad.npy"), blocks())
        np.testing.assert_array_equal(np.load(self.path("grad.npy")), np.ones((2, 2)))
        self.assertEqual(sorted(os.listdir(self.folder)), ["grad.meta.json", "grad.npy"])

    def test_a_file_is_on_the_disk_before_it_takes_its_name(self):
        calls = []
        fsync, replace = os.fsync, os.replace
        with (
            mock.patch("os.fsync", lambda handle: calls.append("fsync") or fsync(handle)),
            mock.patch("os.replace", lambda part, path: calls.append(os.path.basename(path)) or replace(part, path)),
        ):
            write_dump(self.path("grad.npy"), [{"w": np.ones((2, 2))}])
        names = [k for k, call in enumerate(calls) if call != "fsync"]
        self.assertEqual([calls[k] for k in names], ["grad.meta.json", "grad.npy"])
        self.assertTrue(all(calls[k - 1] == "fsync" for k in names))

    def test_blocks_that_do_not_fit_together_are_refused_with_their_layers(self):
        for blocks, words in (
            ([{"w": np.ones((2, 2))}, {"w": np.ones((2, 3))}], r"w \(3\) follow w \(2\)"),
            ([{"w": np.ones((2, 2)), "b": np.ones(3)}], r"\[2, 3\] examples"),
            ([{}], "no parameter is trained"),
            ([], "no example"),
        ):
            with self.assertRaisesRegex(ValueError, words):
                write_dump(self.path("grad.npy"), blocks)
        with self.assertRaisesRegex(ValueError, "“labels” has 3 entries, the dump has 2 rows"):
            write_dump(self.path("grad.npy"), [{"w": np.ones((2, 2))}], labels=[1, 2, 3])
        with self.assertRaisesRegex(TypeError, "learning_rat: no such metadata"):
            write_dump(self.path("grad.npy"), [{"w": np.ones((2, 2))}], learning_rat=0.1)
        with self.assertRaisesRegex(OSError, "needs 1600000000.0 GB, the disk has"):
            write_dump(self.path("grad.npy"), [{"w": np.ones((2, 2))}], rows_expected=10**17)
        self.assertEqual(os.listdir(self.folder), [])

    def test_no_more_than_a_block_is_in_memory(self):
        import tracemalloc

        blocks = ({"w": np.full((16, 4096), k, "f4")} for k in range(64))
        tracemalloc.start()
        write_dump(self.path("grad.npy"), blocks)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.assertEqual(np.load(self.path("grad.npy"), mmap_mode="r").shape, (1024, 4096))
        self.assertLess(peak, 4 * 16 * 4096 * 4)


class Runs(FolderTest):
    def gradients(self, scale):
        return [{"w": scale * random.normal(size=(6, 3)).astype("f4")}]

    def test_a_run_has_a_dump_and_an_entry_for_each_step_that_every_divides(self):
        dump = GradientDump(self.path("run"), self.gradients, every=10, batch_size=4, learning_rate=0.1)
        written = [dump.step(step, 2.0, loss=step / 10) for step in range(25)]
        self.assertEqual([k for k, path in enumerate(written) if path], [0, 10, 20])
        entry = {"rows": "example", "batchSize": 4, "learningRate": 0.1}
        self.assertEqual(
            self.json("run", "run.json"),
            {
                "steps": [{**entry, "loss": s / 10, "step": s, "file": f"step-{s:06d}.npy"} for s in (0, 10, 20)],
                "layers": [{"name": "w", "size": 3}],
            },
        )
        self.assertEqual(self.json("run", "step-000020.meta.json")["step"], 20)

    def test_a_run_that_goes_on_from_a_checkpoint_keeps_the_steps_before_it_and_replaces_those_after_it(self):
        first = GradientDump(self.folder, self.gradients, every=10)
        for step in range(0, 41, 10):
            first.step(step, 1.0)
        again = GradientDump(self.folder, self.gradients, every=10)
        again.step(20, 3.0)
        self.assertEqual([entry["step"] for entry in self.json("run.json")["steps"]], [0, 10, 20])
        again.step(20, 3.0)
        again.step(30, 3.0)
        self.assertEqual([entry["step"] for entry in self.json("run.json")["steps"]], [0, 10, 20, 30])

    def test_a_run_with_other_layers_is_not_gone_on_with(self):
        GradientDump(self.folder, self.gradients, every=1).step(0, 1.0)
        other = GradientDump(self.folder, lambda: [{"v": np.ones((2, 3))}], every=1)
        with self.assertRaisesRegex(ValueError, "lists earlier steps with other layers: choose another folder"):
            other.step(1)
        self.assertEqual([entry["step"] for entry in self.json("run.json")["steps"]], [0])


class Norms(FolderTest):
    def test_a_norm_log_has_a_head_line_and_a_line_for_each_step(self):
        path = self.path("a.gradnorms.jsonl")
        with NormLog(path, layers=["w", "b"], learning_rate=0.1) as norms:
            norms.write(0, 8, 32, [3, 4], [1, 2])
            norms.write(1, 8, 32, np.float32([5, 6]), [1.5, 2.5])
        with open(path, encoding="utf8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(lines[0], {"gradnorms": 1, "layers": ["w", "b"], "learningRate": 0.1})
        self.assertEqual(lines[1], {"step": 0, "b": 8, "B": 32, "small": [3, 4], "big": [1, 2]})
        self.assertEqual(lines[2]["small"], [5, 6])
        self.assertEqual(len(lines), 3)

    def test_a_norm_log_goes_on_after_a_line_that_was_cut_off_and_refuses_other_layers(self):
        path = self.path("a.gradnorms.jsonl")
        NormLog(path, layers=["w"]).write(0, 1, 2, [3], [1])
        with open(path, "ab") as file:
            file.write(b'{"step": 1, "b": 1, "B"')
        NormLog(path, layers=["w"]).write(1, 1, 2, [4], [2])
        with open(path, encoding="utf8") as file:
            self.assertEqual([json.loads(line).get("step") for line in file], [None, 0, 1])
        with self.assertRaisesRegex(ValueError, "is of other layers"):
            NormLog(path, layers=["v"])
        with self.assertRaisesRegex(ValueError, "ends in .gradnorms.jsonl"):
            NormLog(self.path("a.jsonl"), layers=["w"])

    def test_norms_that_are_not_finite_are_left_out_with_a_warning(self):
        norms = NormLog(self.path("a.gradnorms.jsonl"), layers=["w"])
        with self.assertWarnsRegex(UserWarning, "step 3 has norms that are not finite"):
            norms.write(3, 1, 2, [np.inf], [1])
        with open(norms.path, encoding="utf8") as file:
            self.assertEqual(len(file.readlines()), 1)


if __name__ == "__main__":
    unittest.main()
