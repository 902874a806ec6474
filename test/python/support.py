"""What the tests of the writers share. They run with `python3 -m unittest`, which needs nothing but Python."""

import json
import os
import shutil
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../media/python"))


class FolderTest(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def json(self, *names):
        with open(self.path(*names), encoding="utf8") as file:
            return json.load(file)

    def assertSame(self, found, expected, tolerance=1e-6):
        """Equal to `tolerance` of the largest element, in every element."""
        found, expected = np.asarray(found, "f8"), np.asarray(expected, "f8")
        self.assertEqual(found.shape, expected.shape)
        difference = np.abs(found - expected).max() / (np.abs(expected).max() or 1)
        self.assertLessEqual(difference, tolerance)

    def leave(self, name, rows, about, statistics):
        """Leaves a dump and the file of its statistics where the environment's DUMPS says, for their reports to be compared."""
        target = os.environ.get("DUMPS")
        if target is None:
            return
        np.save(os.path.join(target, f"{name}.npy"), rows)
        with open(os.path.join(target, f"{name}.meta.json"), "w", encoding="utf8") as file:
            json.dump(about, file)
        shutil.copy(self.path(statistics), os.path.join(target, f"{name}.gradstats.npz"))

    def keep(self, name, step):
        """
        Leaves a dump with its companions where the environment's DUMPS says, for the analysis to read, and beside it its trace
        and squared mean as NumPy has them.
        """
        target = os.environ.get("DUMPS")
        if target is None:
            return
        about = self.json(f"{step}.meta.json")
        for key in ("hvp", "secondMoments"):
            if key in about:
                array = np.load(self.path(about[key]))
                about[key] = f"{name}.{key}.npy"
                np.save(os.path.join(target, about[key]), array)
        rows = np.load(self.path(f"{step}.npy"))
        np.save(os.path.join(target, f"{name}.npy"), rows)
        g = rows.astype("f8")
        said = {
            "n": len(g),
            "d": g.shape[1],
            "trace": float(g.var(0).sum()),
            "squaredMean": float((g.mean(0) ** 2).sum()),
        }
        for suffix, content in (("meta", about), ("expected", said)):
            with open(os.path.join(target, f"{name}.{suffix}.json"), "w", encoding="utf8") as file:
                json.dump(content, file)
