"""CountSketch: 200 seeds give the trace and the corrected squared norm of the covariance; blocks do not matter."""

import unittest

import numpy as np
from support import FolderTest

from gradstats import CountSketch


class CountSketchTest(FolderTest):
    def test_200_seeds_are_right_on_average_within_what_the_formula_says(self):
        random = np.random.default_rng(3)
        n, d, k, seeds = 48, 3000, 256, 200
        g = random.standard_normal((n, 6)) @ random.standard_normal((6, d)) + random.standard_normal((n, d)) * np.exp(
            random.standard_normal(d)
        )
        g -= g.mean(0)
        covariance = g @ g.T / n
        trace, norm = np.trace(covariance), (covariance**2).sum()
        effective = trace**2 / norm
        traces, norms = [], []
        for seed in range(seeds):
            sketch = CountSketch(k, rows=n, parameters=d, seed=seed)
            sketch.add(g)
            found = sketch.values @ sketch.values.T / n
            traces.append(np.trace(found) / trace - 1)
            norms.append(((found**2).sum() - np.trace(found) ** 2 / k) / (1 + 1 / k) / norm)
        self.assertLess(abs(np.mean(traces)), 3 * np.sqrt(2 / (k * effective)) / np.sqrt(seeds))
        self.assertLess(abs(np.mean(norms) - 1), 3 * np.std(norms) / np.sqrt(seeds))

    def test_blocks_of_rows_and_columns_in_any_order_are_the_same_sketch(self):
        random = np.random.default_rng(4)
        g = random.standard_normal((7, 101))
        whole = CountSketch(16, rows=7, parameters=101, seed=5)
        whole.add(g)
        parts = CountSketch(16, rows=7, parameters=101, seed=5)
        for row, column in ((3, 40), (0, 0), (3, 0), (0, 40)):
            parts.add(g[row : 3 if row == 0 else 7, column : 40 if column == 0 else 101], row, column)
        self.assertSame(parts.values, whole.values, 1e-15)
        # every column goes to one bucket, with a sign
        unit = CountSketch(16, rows=101, parameters=101, seed=5)
        unit.add(np.eye(101))
        self.assertTrue((np.sort(np.abs(unit.values), axis=1) == [0] * 15 + [1]).all())
        self.assertEqual({-1.0, 1.0}, set(unit.values.sum(1)))

    def test_a_tensor_is_summed_on_its_device_to_the_same_numbers(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch cannot be imported")
        g = np.random.default_rng(6).standard_normal((5, 60))
        of_array, of_tensor = (CountSketch(8, rows=5, parameters=60) for _ in range(2))
        of_array.add(g)
        of_tensor.add(torch.from_numpy(g))
        self.assertSame(of_tensor.values, of_array.values, 1e-15)

    def test_the_file_says_that_it_is_projected(self):
        sketch = CountSketch(8, rows=5, parameters=60, seed=9)
        sketch.write(self.path("s.npy"), learning_rate=0.1)
        self.assertEqual(
            self.json("s.meta.json"),
            {"projected": {"from": 60, "to": 8, "kind": "count-sketch", "seed": 9}, "learningRate": 0.1},
        )
        self.assertEqual(np.load(self.path("s.npy")).shape, (5, 8))


if __name__ == "__main__":
    unittest.main()
