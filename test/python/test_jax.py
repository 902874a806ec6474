"""Dumps of JAX models, each equal to grad's loop over the examples."""

import unittest

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
from support import FolderTest

from gradient_dump import GradientDump, JaxGradients

random = np.random.default_rng(2)


def loss(params, x, y):
    hidden = jnp.maximum(x @ params["dense"]["kernel"] + params["dense"]["bias"], 0)
    logits = params["scale"] * (hidden @ params["out"])
    return jax.nn.logsumexp(logits) - logits[y]


def made(dtype=jnp.float32):
    normal = lambda *shape: jnp.asarray(random.normal(size=shape), dtype)
    return {"dense": {"kernel": normal(5, 7), "bias": normal(7)}, "out": normal(7, 3), "scale": jnp.asarray(1.5, dtype)}


class Jax(FolderTest):
    def setUp(self):
        super().setUp()
        self.batch = (jnp.asarray(random.normal(size=(11, 5)), "f4"), jnp.asarray(random.integers(3, size=11)))

    def loop(self, params, ids=range(11)):
        rows = [jax.tree_util.tree_leaves(jax.grad(loss)(params, self.batch[0][i], self.batch[1][i])) for i in ids]
        return np.array([np.concatenate([np.ravel(np.asarray(leaf, "f8")) for leaf in leaves]) for leaves in rows])

    def test_a_multilayer_perceptron_with_a_scalar_scale(self):
        params = made()
        dump = GradientDump(self.folder, JaxGradients(loss, self.batch, chunk=4), learning_rate=0.1, batch_size=4)
        self.assertSame(np.load(dump.step(0, params)), self.loop(params))
        about = self.json("step-000000.meta.json")
        self.assertEqual(
            [(layer["name"], layer["size"]) for layer in about["layers"]],
            [("dense.bias", 7), ("dense.kernel", 35), ("out", 21), ("scale", 1)],
        )
        self.assertEqual((about["datasetSize"], about["labels"]), (11, self.batch[1].tolist()))
        self.assertSame(about["losses"], [float(loss(params, x, y)) for x, y in zip(*self.batch)])
        self.keep("jax", "step-000000")

    def test_rows_are_drawn_from_the_data_and_their_places_are_the_ids(self):
        params = made()
        found = np.load(GradientDump(self.folder, JaxGradients(loss, self.batch, rows=6)).step(0, params))
        ids = self.json("step-000000.meta.json")["ids"]
        self.assertEqual(len(set(ids)), 6)
        self.assertSame(found, self.loop(params, ids))

    def test_bfloat16_parameters_as_float32(self):
        params = made(jnp.bfloat16)
        self.batch = (self.batch[0].astype(jnp.bfloat16), self.batch[1])
        found = np.load(GradientDump(self.folder, JaxGradients(loss, self.batch)).step(0, params))
        self.assertEqual(found.dtype, np.float32)
        # compiled products of several examples at a time round in another order: bfloat16 has 8 bits
        self.assertSame(found, self.loop(params), 2**-6)
        self.keep("jax-bfloat16", "step-000000")

    def test_products_with_the_hessian_are_those_of_the_hessian_that_jax_forms(self):
        params = made()
        flat, back = jax.flatten_util.ravel_pytree(params)
        mean = lambda flat: jnp.mean(jax.vmap(loss, (None, 0, 0))(back(flat), *self.batch))
        hessian = np.asarray(jax.hessian(mean)(flat), "f8")
        for kind in ("rows", "mean"):
            dump = GradientDump(self.folder, JaxGradients(loss, self.batch), hvp=kind)
            rows = np.load(dump.step(0, params)).astype("f8")
            tangents = rows if kind == "rows" else rows.mean(0)[None]
            self.assertSame(np.load(self.path("hvp-000000.npy")), tangents @ hessian, 1e-5)


if __name__ == "__main__":
    unittest.main()
