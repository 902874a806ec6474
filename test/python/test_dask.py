"""Stores of shards and zarr, reduced by Dask, are the statistics of the whole dump."""

import contextlib
import io
import json
import os
import shutil
import unittest

import numpy as np
import zarr
from distributed import Client, LocalCluster
from support import FolderTest

import gradstats  # noqa: E402


def gradients(n, d, seed=1):
    """Rows with a few strong directions, columns of very different size, dead and constant ones."""
    random = np.random.default_rng(seed)
    sizes = np.exp(random.standard_normal(d))
    strong = random.standard_normal((n, 8)) @ random.standard_normal((8, d))
    rows = (0.3 * strong + random.standard_normal((n, d)) + 0.2) * sizes
    rows[:, 5:9], rows[:, 11] = 0, 3
    return rows.astype("f4")


def shards(folder, rows, below, beside, about):
    os.makedirs(folder)
    for r, part in enumerate(np.array_split(rows, below)):
        for c, block in enumerate(np.array_split(part, beside, axis=1)):
            np.save(os.path.join(folder, f"part-{r}-{c}.npy"), np.ascontiguousarray(block))
    with open(os.path.join(folder, "store.json"), "w", encoding="utf8") as file:
        json.dump(about, file)


METADATA = {"learningRate": 0.1, "batchSize": 32, "datasetSize": 50_000}
LAYERS = [{"name": "first", "size": 15_005}, {"name": "second", "size": 10_003}, {"name": "third", "size": 5_003}]


@contextlib.contextmanager
def cluster(workers):
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50, memory_limit="4GiB"
        ) as local,
        Client(local) as client,
    ):
        yield client


class DaskTest(FolderTest):
    def arrays(self, name):
        with np.load(self.path(name)) as file:
            return {key: file[key] for key in file.files}

    def assertSameStatistics(self, found, whole):
        """Counts exactly; sums to 1e-12 of the largest entry."""
        for key, values in whole.items():
            if key == "gradstats":
                continue
            if values.dtype.kind == "i":
                self.assertEqual(found[key].tolist(), values.tolist(), key)
            else:
                self.assertSame(found[key], values, 1e-12)

    def whole(self, rows):
        """The statistics of all columns at once, layer by layer."""
        total, at = None, 0
        for index, layer in enumerate(LAYERS):
            part = gradstats.partial(rows[:, at : at + layer["size"]])
            part = gradstats.closed(part, index, layer["name"])
            total = part if total is None else gradstats.add(total, part)
            at += layer["size"]
        gradstats.write(self.path("whole.gradstats.npz"), total, rows=len(rows), dtype="float32")
        return self.arrays("whole.gradstats.npz")

    def test_a_grid_of_shards_and_a_zarr_array_are_the_statistics_of_the_whole_with_1_2_and_4_workers(self):
        rows = gradients(96, 30_011)
        about = {"layers": LAYERS, "metadata": METADATA}
        shards(self.path("shards"), rows, 3, 4, about)
        array = zarr.create_array(self.path("zarr"), shape=rows.shape, chunks=(32, 4096), dtype="f4")
        array[:] = rows
        shutil.copy(self.path("shards", "store.json"), self.path("zarr", "store.json"))
        whole = self.whole(rows)
        for workers in (1, 2, 4):
            with cluster(workers) as client:
                for kind in ("shards", "zarr"):
                    store = gradstats.Store(self.path(kind))
                    gradstats.reduce_store(client, store, self.path(f"{kind}.gradstats.npz"), force=True)
            found = self.arrays("shards.gradstats.npz")
            self.assertSameStatistics(found, whole)
            # the same blocks are the same bits, whatever holds them
            of_zarr = self.arrays("zarr.gradstats.npz")
            for key in set(found) - {"gradstats"}:
                self.assertEqual(found[key].tobytes(), of_zarr[key].tobytes(), key)
        described = json.loads(bytes(found["gradstats"]))
        self.assertEqual((described["metadata"], described["layers"]), (METADATA, LAYERS))
        self.assertEqual(len(described["sources"]), 12)
        self.leave("a grid of shards by Dask", rows, {"layers": LAYERS, **METADATA}, "shards.gradstats.npz")

    def test_what_travels_and_the_memory_of_a_worker_do_not_grow_with_the_parameters(self):
        n, workers, peaks = 128, 4, []
        with cluster(workers) as client:

            def received():
                return sum(
                    client.run(lambda dask_worker: sum(e["total"] for e in dask_worker.transfer_incoming_log)).values()
                )

            def peak():
                import resource

                return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

            for d in (20_000, 40_000, 160_000):
                rows = np.random.default_rng(d).standard_normal((n, d)).astype("f4")
                layers = [{"name": f"layer{k}", "size": d // 5} for k in range(5)]
                shards(self.path(str(d)), rows, 4, 4, {"layers": layers})
                before = received()
                store = gradstats.Store(self.path(str(d)))
                gradstats.reduce_store(client, store, self.path(f"{d}.gradstats.npz"), memory=10 << 20)
                self.assertLessEqual(received() - before, 3 * 8 * n * n * (workers - 1) + (64 << 10))
                peaks.append(max(client.run(peak).values()))
                part = gradstats.partial(rows[:, : d // 5])
                expected = np.linalg.eigvalsh(part["gram"] / n)[-1]
                found = self.arrays(f"{d}.gradstats.npz")["layer_spectral_norm"][0]
                self.assertLessEqual(abs(found / expected - 1), 1e-13)
        self.assertLessEqual(peaks[2] / peaks[1], 1.05)

    def refusal(self, *arguments):
        """What the command line says when it cannot do it, and leaves."""
        with contextlib.redirect_stderr(io.StringIO()) as said:
            code = gradstats.main(["reduce", *arguments, "-o", self.path("x.gradstats.npz"), "--workers", "1"])
        self.assertEqual(code, 1)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("x.")], [])
        return said.getvalue()

    def test_what_cannot_be_reduced_is_refused_with_its_place_and_leaves_no_file(self):
        rows = gradients(12, 40)
        rows[7, 25] = np.nan
        shards(self.path("bad"), rows, 2, 2, {})
        place = os.path.join(self.path("bad"), "part-1-1.npy")
        self.assertIn(f"{place}, row 1, column 5: The number is nan", self.refusal(self.path("bad")))
        self.assertRegex(self.refusal(self.path("bad"), "--memory", "0.001"), "The 12 × 12 products .* CountSketch")
        os.remove(self.path("bad", "part-0-1.npy"))
        self.assertRegex(self.refusal(self.path("bad")), r"part-0-1\.npy is missing; there are 2 × 2")
        os.makedirs(self.path("empty"))
        self.assertIn("It has no part-R-C.npy and is no zarr array", self.refusal(self.path("empty")))
        self.assertIn("It is not there", self.refusal(self.path("nowhere")))
        shards(self.path("other"), gradients(12, 40), 1, 1, {"layers": [{"name": "w", "size": 39}]})
        self.assertIn("Its layers have 39 parameters together, the gradients 40", self.refusal(self.path("other")))
        with open(self.path("cut.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00")
        self.assertRegex(self.refusal(self.path("cut.npy")), r"cut\.npy: It is no \.npy of numbers, or was cut off")
        np.save(self.path("raw.mmap.npy"), rows)
        os.rename(self.path("raw.mmap.npy"), self.path("raw.mmap"))
        self.assertIn("Nothing says its type and shape", self.refusal(self.path("raw.mmap")))

    def test_a_file_that_is_there_and_a_scheduler_that_is_not(self):
        np.save(self.path("a.npy"), gradients(6, 30))
        with open(self.path("there.gradstats.npz"), "wb") as file:
            file.write(b"mine")
        for target, more, words in (
            ("there", [], "A file of this name is there already"),
            ("new", ["--scheduler", "tcp://127.0.0.1:1"], "The scheduler was not reached within 10 s"),
        ):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                code = gradstats.main(["reduce", self.path("a.npy"), "-o", self.path(f"{target}.gradstats.npz"), *more])
            self.assertEqual(code, 1)
            self.assertIn(words, said.getvalue())
        with open(self.path("there.gradstats.npz"), "rb") as file:
            self.assertEqual(file.read(), b"mine")
        self.assertFalse(os.path.exists(self.path("new.gradstats.npz")))

    def test_stores_side_by_side_and_raw_numbers(self):
        rows = gradients(10, 60)
        rows[:, :25].tofile(self.path("left.mmap"))
        with open(self.path("left.meta.json"), "w", encoding="utf8") as file:
            json.dump({"dtype": "float32", "shape": [10, 25], "learningRate": 0.5}, file)
        np.save(self.path("right.npy"), rows[:, 25:])
        with cluster(2) as client:
            store = gradstats.Store(self.path("left.mmap"), self.path("right.npy"))
            gradstats.reduce_store(client, store, self.path("both.gradstats.npz"))
        about = json.loads(bytes(self.arrays("both.gradstats.npz")["gradstats"]))
        self.assertEqual(about["layers"], [{"name": "left", "size": 25}, {"name": "right", "size": 35}])
        self.assertEqual(about["metadata"], {"learningRate": 0.5})
        layers = {"layers": about["layers"], "learningRate": 0.5}
        self.leave("stores side by side", rows, layers, "both.gradstats.npz")


if __name__ == "__main__":
    unittest.main()
