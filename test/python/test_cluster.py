"""The lines of media/cluster.md, run as they are printed."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import numpy as np
from support import FolderTest

HERE = os.path.dirname(os.path.abspath(__file__))


class PageTest(FolderTest):
    def setUp(self):
        super().setUp()
        with open(os.path.join(HERE, "../../media/cluster.md"), encoding="utf8") as file:
            self.page = file.read()
        shutil.copy(os.path.join(HERE, "../../media/python/gradstats.py"), self.folder)

    def listing(self, head):
        return re.search(rf"```{head}\n(.*?)```", self.page, re.S)[1]

    def keep_file(self, name):
        with open(self.path(name), "w", encoding="utf8") as file:
            file.write(self.listing(f"python {name}"))

    def run_lines(self, head):
        """Those of Python; packages are installed, and the report is made by the test that runs this one."""
        lines = [line for line in self.listing(f"sh {head}").splitlines() if re.match("python|torchrun", line)]
        # this Python's own commands come first
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        for line in lines:
            subprocess.run(line, shell=True, check=True, cwd=self.folder, env={**os.environ, "PATH": path}, timeout=300)
        return lines

    def test_two_workers_of_dask_reduce_a_folder_of_shards_to_the_statistics_of_the_whole(self):
        self.keep_file("store.py")
        self.assertEqual(len(self.run_lines("shards")), 2)
        rows = np.concatenate(
            [np.concatenate([np.load(self.path("store", f"part-{r}-{c}.npy")) for c in range(3)], 1) for r in range(2)]
        )
        about = self.json("store", "store.json")
        self.leave("the store of the page", rows, {"layers": about["layers"], **about["metadata"]}, "whole.gradstats.npz")

    def test_four_processes_of_torchrun_leave_a_run_of_twenty_steps(self):
        self.keep_file("train.py")
        self.assertEqual(len(self.run_lines("steps")), 1)
        run = self.json("runs", "a", "run.json")
        self.assertEqual([step["step"] for step in run["steps"]], list(range(20)))
        with np.load(self.path("runs", "a", "step-000019.gradstats.npz")) as file:
            about = json.loads(bytes(file["gradstats"]))
        self.assertEqual((about["samples"], about["parameters"]), (4, 20 * 64 + 64 + 64 * 3 + 3))


if __name__ == "__main__":
    unittest.main()
