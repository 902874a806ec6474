"""Per-example gradients of a training run, as files that Gradient Covariance reads. Copy this file next to your script.

PyTorch, three lines (every 100th step, the gradients of the same 512 examples of the training data):

    from gradient_dump import GradientDump, TorchGradients
    dump = GradientDump("runs/a", TorchGradients(model, loss_fn, (inputs, targets)), optimizer=optimizer, batch_size=32)
        dump.step(step)                    # in the loop, after optimizer.step()

JAX, with loss(params, x, y) of one example:

    dump = GradientDump("runs/a", JaxGradients(loss, (inputs, targets)), learning_rate=0.1, batch_size=32)
        dump.step(step, params)

Opacus and BackPACK have the gradients of the batch already; after loss.backward() and before optimizer.step():

    dump = GradientDump("runs/a", opacus_gradients, optimizer=optimizer, dataset_size=len(dataset))
        dump.step(step, model)             # backpack_gradients: inside `with backpack(BatchGrad())`, too

A model that is too large for any dump (norms of micro-batches and of their mean, 2 numbers per layer and step):

    norms = NormLog("runs/a.gradnorms.jsonl", model, learning_rate=0.1)
        norms.step(step, examples=8)       # after the backward passes of a step, 8 examples each; before zero_grad

Anything else: write_dump("grad.npy", blocks), with blocks an iterable of {layer: array [k, ...]}.

A dump is NAME.npy, n rows of d float32 (float64 where the model is), one row for each example, unscaled; NAME.meta.json has
what the array cannot say; run.json lists the steps. Each file is written whole or not at all. Needs NumPy; PyTorch and JAX
where they are used. Nothing here changes training: weights, .grad, modes and random numbers stay as they are.
"""

import json
import os
import shutil
import sys
import warnings
from contextlib import ExitStack, contextmanager, suppress

import numpy as np

__all__ = [
    "GradientDump",
    "JaxGradients",
    "NormLog",
    "TorchGradients",
    "backpack_gradients",
    "opacus_gradients",
    "write_dump",
]

#: Bytes of gradients that are in memory at a time, unless one row is longer.
BLOCK_BYTES = 2**28

#: What a sidecar may say, in Python's spelling; see the list of metadata in the README of Gradient Covariance.
METADATA = frozenset(
    "batch_size batches clip convention dampening dataset_size fisher gradient_scale groups hessian hvp ids labels layers "
    "learning_rate loss losses momentum optimizer privacy_noise rows second_moments step weights".split()
)
#: One entry for each row: too long for run.json, which is read with every dump.
ROW_LISTS = ("groups", "ids", "labels", "losses", "weights")


# ---------------------------------------------------------------------------------------------------------------- files


def write_dump(path, blocks, *, rows_expected=None, **metadata):
    """
    Writes NAME.npy and NAME.meta.json, each whole or not at all.

    path: NAME.npy
    blocks: dicts {layer: array [k, ...]} of NumPy, PyTorch or JAX, k examples each and the same layers in each, or pairs of
        such a dict and one of lists with k entries ({"losses": [...]}); they are written one after another, so that no more
        than a block is in memory
    rows_expected: how many examples there will be; a disk without room for them is then refused at once
    metadata: in Python's spelling, e.g. learning_rate=0.1, batch_size=32, dataset_size=50_000

    Returns the metadata as they were written. Raises ValueError for blocks that do not fit together, TypeError for metadata of
    another name, OSError.
    """
    _check_metadata(metadata)
    lists = {}
    with _whole(path) as file, ExitStack() as stack:
        if hasattr(blocks, "close"):
            # a generator that is not finished puts the model back as it was
            stack.callback(blocks.close)
        layers, count, dtype = None, 0, None
        for block in blocks:
            gradients, row_lists = block if isinstance(block, tuple) else (block, {})
            arrays = {name: _matrix(values) for name, values in gradients.items()}
            sizes = [{"name": name, "size": array.shape[1]} for name, array in arrays.items()]
            if layers is None:
                layers, d = sizes, sum(layer["size"] for layer in sizes)
                if d == 0:
                    raise ValueError("there are no gradients: no parameter is trained")
                dtype = np.dtype(np.result_type(*arrays.values())).newbyteorder("<")
                _check_room(path, (rows_expected or 0) * d * dtype.itemsize)
                file.write(_npy_header(dtype, 0, d))
            if sizes != layers:
                raise ValueError(f"the layers {_shown(sizes)} follow {_shown(layers)}: every block has the same ones")
            k = {len(array) for array in arrays.values()}
            if len(k) != 1:
                raise ValueError(f"layers of one block have {sorted(k)} examples")
            file.write(np.ascontiguousarray(np.concatenate(list(arrays.values()), axis=1), dtype))
            count += k.pop()
            for key, values in row_lists.items():
                lists.setdefault(key, []).extend(np.asarray(values).tolist())
        if count == 0:
            raise ValueError("there are no gradients: no example was given")
        file.seek(0)
        file.write(_npy_header(dtype, count, d))
        # first the sidecar: a dump that is there has its metadata
        lists.update(metadata)
        about = _camel({"layers": layers, **_with_mean_loss(lists)})
        for key in ROW_LISTS:
            if len(about.get(key, [0] * count)) != count:
                raise ValueError(f"“{key}” has {len(about[key])} entries, the dump has {count} rows")
        _write_json(os.path.splitext(path)[0] + ".meta.json", about)
    return about


def _write_rows(path, blocks):
    """[n, d] without metadata, whole or not at all, from blocks {layer: [k, ...]}."""
    with _whole(path) as file:
        count = 0
        for block in blocks:
            values = np.concatenate([_matrix(part) for part in block.values()], axis=1)
            if count == 0:
                file.write(_npy_header(values.dtype, 0, values.shape[1]))
            file.write(np.ascontiguousarray(values, values.dtype.newbyteorder("<")))
            count += len(values)
        file.seek(0)
        file.write(_npy_header(values.dtype, count, values.shape[1]))


def _write_vector(path, values):
    """[d], whole or not at all, from {layer: array}."""
    with _whole(path) as file:
        np.save(file, np.concatenate([np.ravel(_matrix(value[None])) for value in values.values()]), allow_pickle=False)


def _npy_header(dtype, n, d):
    """128 bytes of version 1.0, however many digits n has: it can be written over when n is known."""
    text = f"{{'descr': '{np.dtype(dtype).newbyteorder('<').str}', 'fortran_order': False, 'shape': ({n}, {d}), }}"
    return b"\x93NUMPY\x01\x00v\x00" + text.ljust(117).encode() + b"\n"


@contextmanager
def _whole(path):
    """A file that has its name when it is complete and on the disk, and is not there after an error."""
    path = os.path.abspath(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.remove(part)
        raise
    if os.name == "posix":
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_json(path, value):
    with _whole(path) as file:
        file.write(json.dumps(value, allow_nan=False, default=_plain).encode())


def _plain(value):
    """Numbers of NumPy, PyTorch and JAX, for json."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


def _check_room(path, needed):
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free
    if needed > free:
        raise OSError(
            f"{path} needs {needed / 1e9:.1f} GB, the disk has {free / 1e9:.1f}: take fewer rows, or a NormLog"
        )


def _check_metadata(metadata):
    unknown = sorted(set(metadata) - METADATA)
    if unknown:
        raise TypeError(f"{', '.join(unknown)}: no such metadata; there are {', '.join(sorted(METADATA))}")


def _with_mean_loss(metadata):
    """Without what is not known, or is a number that JSON does not have; the loss is the mean of the losses."""
    known = {key: value for key, value in metadata.items() if value is not None}
    if "losses" in known and "loss" not in known:
        known["loss"] = float(np.mean(known["losses"]))
    return {
        key: v for key, v in known.items() if key not in ("loss", "losses") or np.isfinite(np.asarray(v, "f8")).all()
    }


def _camel(metadata):
    words = {key: key.split("_") for key in metadata}
    return {words[key][0] + "".join(word.title() for word in words[key][1:]): value for key, value in metadata.items()}


def _shown(layers):
    return ", ".join(f"{layer['name']} ({layer['size']})" for layer in layers[:5]) + (", …" if len(layers) > 5 else "")


def _matrix(values):
    """
    [k, size] in float32, or float64 where the values are: dense, on the CPU. An axis of length 1 is added to scalars, a
    complex number is two real ones, bfloat16 and float16 widen without loss.
    """
    if hasattr(values, "detach"):
        values = values.detach()
        if str(values.layout) != "torch.strided":
            values = values.to_dense()
        if values.is_complex():
            import torch

            values = torch.view_as_real(values.resolve_conj())
        values = (values if str(values.dtype) == "torch.float64" else values.float()).cpu().numpy()
    values = np.asarray(values)
    if np.iscomplexobj(values):
        values = np.stack([values.real, values.imag], axis=-1)
    wide = values.dtype.kind in "iu" or values.dtype in (np.float64, np.longdouble)
    return values.astype("f8" if wide else "f4", copy=False).reshape(len(values), -1)


# ------------------------------------------------------------------------------------------------------------------ runs


class GradientDump:
    """
    The dumps of a training run in a folder: step-000100.npy with its sidecar, and run.json.

    folder: made where it is missing. Steps that run.json lists from an earlier attempt stay in it up to the first step that
        is written now.
    gradients: what is called at every dump, with whatever step() is given, and returns blocks as write_dump takes them:
        TorchGradients, JaxGradients, opacus_gradients, backpack_gradients or a function of yours
    every: dump at steps that this divides
    optimizer: of PyTorch; says learning rate, momentum, its name and, for Adam and its kin, the second moments (a file of [d])
    hvp: "rows" also writes the products of the Hessian of the mean loss over these rows with each row (n times the cost of
        a gradient of all of them), "mean" that with the mean row only
    metadata: as for write_dump, for all dumps
    """

    def __init__(self, folder, gradients, *, every=100, optimizer=None, hvp=None, **metadata):
        _check_metadata(metadata)
        if hvp not in (None, "rows", "mean"):
            raise ValueError(f"hvp is “rows”, “mean” or None, not {hvp!r}")
        if hvp is not None and not hasattr(gradients, "products"):
            raise ValueError("products with the Hessian need TorchGradients or JaxGradients")
        self.folder, self.gradients, self.every, self.hvp = os.fspath(folder), gradients, every, hvp
        self.optimizer, self.metadata, self._kept = optimizer, metadata, None

    def step(self, step, *given, **metadata):
        """Dumps when `every` divides the step. Returns the path of the dump, or None."""
        return self.write(step, *given, **metadata) if step % self.every == 0 else None

    def write(self, step, *given, **metadata):
        """Dumps now. `given` goes to the gradients; metadata of this step go before those of the run."""
        _check_metadata(metadata)
        if not _is_first_rank():
            return None
        os.makedirs(self.folder, exist_ok=True)
        step = int(step)
        name = f"step-{step:06d}"
        path = os.path.join(self.folder, name + ".npy")
        said = {
            "rows": "example",
            **getattr(self.gradients, "metadata", {}),
            **_of_optimizer(self.optimizer),
            **self.metadata,
            **metadata,
        }
        moments = self.gradients.second_moments(self.optimizer) if hasattr(self.gradients, "second_moments") else None
        if moments is not None:
            said["second_moments"] = f"second-moments-{step:06d}.npy"
            _write_vector(os.path.join(self.folder, said["second_moments"]), moments)
        about = write_dump(
            path,
            self.gradients(*given),
            rows_expected=getattr(self.gradients, "rows", None),
            **{**said, "step": step},
        )
        if self.hvp is not None:
            rows = np.load(path, mmap_mode="r")
            tangents = rows if self.hvp == "rows" else rows.mean(0, dtype="f8").astype(rows.dtype)[None]
            about["hvp"] = f"hvp-{step:06d}.npy"
            _write_rows(os.path.join(self.folder, about["hvp"]), self.gradients.products(tangents, *given))
            _write_json(os.path.splitext(path)[0] + ".meta.json", about)
        self._list(step, name + ".npy", about)
        return path

    def _list(self, step, file, about):
        """Adds a step to run.json."""
        path = os.path.join(self.folder, "run.json")
        if self._kept is None:
            self._kept = []
            with suppress(FileNotFoundError), open(path, encoding="utf8") as earlier:
                run = json.load(earlier)
                self._kept = [entry for entry in run["steps"] if entry["step"] < step]
                if self._kept and run["layers"] != about["layers"]:
                    raise ValueError(f"{path} lists earlier steps with other layers: choose another folder")
        own = {k: v for k, v in about.items() if k not in ("layers", "hvp", "secondMoments", *ROW_LISTS)}
        others = [entry for entry in self._kept if entry["step"] != step]
        self._kept = sorted([*others, {**own, "step": step, "file": file}], key=lambda entry: entry["step"])
        _write_json(path, {"steps": self._kept, "layers": about["layers"]})


def _is_first_rank():
    """Whether this process writes: every rank of data-parallel training has the same weights."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    return (
        distributed is None
        or not distributed.is_available()
        or not distributed.is_initialized()
        or distributed.get_rank() == 0
    )


def _of_optimizer(optimizer):
    """What an optimizer of PyTorch says of itself; groups that disagree about a number say nothing of it."""
    if optimizer is None:
        return {}
    said = {"optimizer": type(getattr(optimizer, "original_optimizer", optimizer)).__name__}

    def of_all(key):
        values = {float(group.get(key) or 0) for group in optimizer.param_groups}
        value = values.pop()
        return value if not values and value > 0 else None

    said.update(learning_rate=of_all("lr"), momentum=of_all("momentum"), dampening=of_all("dampening"))
    # a DPOptimizer of Opacus
    clip, noise = (getattr(optimizer, key, None) for key in ("max_grad_norm", "noise_multiplier"))
    if isinstance(clip, (int, float)):
        said.update(clip=clip, privacy_noise=noise)
    return {key: value for key, value in said.items() if value is not None}


def _choose(count, rows, seed):
    """Which of `count` examples: `rows` of them without replacement, in order, the same at every call."""
    if rows is None or rows >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, rows, replace=False))


def _map(values, change):
    """`change` of every array in tuples, lists and dicts."""
    if isinstance(values, (tuple, list)):
        return tuple(_map(value, change) for value in values)
    if isinstance(values, dict):
        return {key: _map(value, change) for key, value in values.items()}
    return change(values)


def _labels(batch):
    """The last array of a batch, where it has one whole number for each example."""
    last = batch[-1] if isinstance(batch, tuple) and batch else None
    if getattr(last, "ndim", 0) != 1:
        return None
    last = np.asarray(last.cpu() if hasattr(last, "cpu") else last)
    return last.tolist() if last.dtype.kind in "iu" else None


# --------------------------------------------------------------------------------------------------------------- PyTorch


class TorchGradients:
    """
    Gradients of each example's own loss with respect to the trained parameters, as they are when this is called.

    model: also one in DistributedDataParallel or torch.compile. It is in eval mode meanwhile (batch norm would mix the
        examples; dropout is off). Frozen parameters have no columns; a parameter that an example does not reach has zeros;
        tied ones are one layer.
    loss_fn: loss_fn(model(x), y), as for a batch; or, with whole=True, loss_fn(model, *example). x, y have a batch axis of
        length 1.
    data: the training data, a tuple of tensors [N, ...] or a Dataset; N is the data-set size
    rows: so many of them, drawn once without replacement; None takes all
    method: "vmap" (torch.func, a chunk of examples at a time), "hooks" (one example after another, each layer's gradient
        moved to the CPU as soon as it is there: any operation, large models), or "auto": the first, and the second where
        an operation refuses it, and for bfloat16 and float16, whose rounding depends on how a product is batched
    chunk: examples at a time; fewer where they would not fit into BLOCK_BYTES or the memory of the device
    """

    def __init__(self, model, loss_fn, data, *, rows=512, whole=False, method="auto", chunk=64, seed=0):
        import torch

        if method not in ("auto", "vmap", "hooks"):
            raise ValueError(f"the method is “auto”, “vmap” or “hooks”, not {method!r}")
        self.model, self.method, self.chunk = _unwrapped(model), method, chunk
        self._loss = loss_fn if whole else lambda model, x, y: loss_fn(model(x), y)
        if isinstance(data, (tuple, list, dict)):
            count = len(next(iter(data.values())) if isinstance(data, dict) else data[0])
            ids = _choose(count, rows, seed)
            batch = _map(data, lambda values: values[torch.as_tensor(ids, device=getattr(values, "device", None))])
        else:
            count = len(data)
            ids = _choose(count, rows, seed)
            batch = _map(torch.utils.data.default_collate([data[int(i)] for i in ids]), lambda values: values)
        self.batch = (batch,) if isinstance(batch, dict) or hasattr(batch, "detach") else batch
        self.rows = len(ids)
        if self.rows == 0:
            raise ValueError("the data have no examples")
        labels = _labels(self.batch)
        self.metadata = {"dataset_size": count, "ids": ids.tolist(), **({} if labels is None else {"labels": labels})}

    def __call__(self):
        """Blocks {layer: [k, ...]}, {"losses": [k]}."""
        with self._undisturbed():
            half = any(p.dtype.itemsize == 2 for p in self._trained().values())
            if self.method == "vmap" or (self.method == "auto" and not half):
                try:
                    first = next(blocks := self._by_vmap())
                except (RuntimeError, NotImplementedError, ValueError, AttributeError, TypeError) as error:
                    if self.method == "vmap":
                        raise
                    warnings.warn(f"gradients one example at a time, since torch.func says: {error}", stacklevel=2)
                else:
                    yield first
                    yield from blocks
                    return
            yield from self._by_hooks()

    def _by_vmap(self):
        import torch
        from torch.func import grad_and_value, vmap

        trained = self._trained()
        objective = self._objective()
        of_each = vmap(
            grad_and_value(
                lambda trained, *example: self._of_one(objective, trained, _map(example, lambda v: v[None]))
            ),
            (None, *(0 for _ in self.batch)),
            randomness="different",
        )
        row = max(1, sum(p.numel() * p.element_size() for p in trained.values()))
        chunk, begin = max(1, min(self.chunk, BLOCK_BYTES // row)), 0
        while begin < self.rows:
            try:
                gradients, losses = of_each(trained, *self._part(begin, begin + chunk))
            except getattr(torch, "OutOfMemoryError", torch.cuda.OutOfMemoryError):
                if chunk == 1:
                    raise
                chunk //= 2
                continue
            yield gradients, {"losses": losses.double().cpu().numpy()}
            begin += chunk

    def _by_hooks(self):
        import torch

        # tensors that share the weights: neither .grad of the model nor hooks on its parameters are touched
        trained = {name: p.requires_grad_() for name, p in self._trained().items()}
        objective = self._objective()
        row = {
            name: np.zeros((1, _real_size(p)), "f8" if p.dtype in (torch.float64, torch.complex128) else "f4")
            for name, p in trained.items()
        }

        def keep(name):
            def hook(p):
                row[name][:] = _matrix((p.grad.to_dense() if p.grad.is_sparse else p.grad)[None])
                p.grad = None

            return hook

        for name, p in trained.items():
            p.register_post_accumulate_grad_hook(keep(name))
        for i in range(self.rows):
            for values in row.values():
                values[:] = 0
            with torch.enable_grad():
                loss = self._of_one(objective, trained, self._part(i, i + 1))
                loss.backward()
            yield row, {"losses": [float(loss.detach())]}

    def products(self, tangents):
        """Blocks of H t, t the rows of tangents [m, d] and H the Hessian of the mean loss over all rows."""
        import torch

        with self._undisturbed(), torch.enable_grad():
            trained = {name: p.requires_grad_() for name, p in self._trained().items()}
            objective, leaves = self._objective(), list(trained.values())
            if any(p.is_complex() for p in leaves):
                raise ValueError("products with the Hessian are not written for complex parameters")
            sizes = [p.numel() for p in leaves]
            per_block = max(1, BLOCK_BYTES // max(1, 4 * sum(sizes)))
            for begin in range(0, len(tangents), per_block):
                block = []
                for tangent in tangents[begin : begin + per_block]:
                    parts = np.split(np.asarray(tangent), np.cumsum(sizes)[:-1])
                    block.append(
                        [torch.as_tensor(part.copy()).reshape(p.shape).to(p) for part, p in zip(parts, leaves)]
                    )
                sums = [[torch.zeros_like(p) for p in leaves] for _ in block]
                for start in range(0, self.rows, self.chunk):
                    some = self._part(start, min(start + self.chunk, self.rows))
                    count = min(self.chunk, self.rows - start)
                    losses = (
                        self._of_one(objective, trained, _map(some, lambda v: v[i : i + 1])) for i in range(count)
                    )
                    slopes = torch.autograd.grad(
                        sum(losses) / self.rows, leaves, create_graph=True, materialize_grads=True
                    )
                    curved = [k for k, slope in enumerate(slopes) if slope.requires_grad]
                    for tangent, total in zip(block, sums):
                        found = torch.autograd.grad(
                            [slopes[k] for k in curved],
                            leaves,
                            [tangent[k] for k in curved],
                            retain_graph=True,
                            materialize_grads=True,
                        )
                        for one, more in zip(total, found):
                            one += more.detach()
                yield {name: torch.stack([total[k] for total in sums]) for k, name in enumerate(trained)}

    def second_moments(self, optimizer):
        """
        {layer: v}, the averages of squared gradients by whose roots Adam and its kin (corrected for their start, as they use
        them) and RMSprop divide; None before the first step and for other optimizers.
        """
        if optimizer is None:
            return None
        groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
        found = {}
        for name, p in self.model.named_parameters():
            if p.requires_grad:
                state = optimizer.state.get(p, {})
                keys = ("max_exp_avg_sq", "exp_avg_sq", "square_avg")
                key = next((key for key in keys if getattr(state.get(key), "shape", None) == p.shape), None)
                if key is None:
                    return None
                decay = 0 if key == "square_avg" else groups[id(p)]["betas"][1]
                found[name] = state[key] / (1 - decay ** float(state["step"]))
        return found or None

    def _trained(self):
        found = {name: p for name, p in self.model.named_parameters() if p.requires_grad}
        if not found:
            raise ValueError("no parameter of the model requires a gradient")
        sharded = next((name for name, p in found.items() if type(p.data).__name__ == "DTensor"), None)
        if sharded is not None:
            raise ValueError(
                f"{sharded} is sharded over processes: use a NormLog, or gather the model on one of them first"
            )
        return {name: p.detach() for name, p in found.items()}

    def _objective(self):
        """A module whose only part is the model: what it calls of the model uses the parameters that are put in."""
        from torch import nn

        loss = self._loss

        class Objective(nn.Module):
            def forward(self, *example):
                return loss(self.model, *example)

        objective = Objective()
        objective.model = self.model
        return objective.train(self.model.training)

    @staticmethod
    def _of_one(objective, trained, example):
        from torch.func import functional_call

        loss = functional_call(objective, {"model." + name: p for name, p in trained.items()}, example)
        if loss.numel() != 1:
            raise ValueError(f"the loss of one example is {tuple(loss.shape)}, not one number: reduce it")
        return loss.reshape(())

    def _part(self, begin, end):
        device = next(self.model.parameters()).device
        return _map(self.batch, lambda values: values[begin:end].to(device))

    @contextmanager
    def _undisturbed(self):
        """Eval mode, dense gradients, no autocast; modes and random numbers are afterwards what they were."""
        import torch
        from torch import nn

        modules = list(self.model.modules())
        modes = [module.training for module in modules]
        sparse = [module for module in modules if getattr(module, "sparse", False) is True]
        with ExitStack() as stack:
            stack.enter_context(torch.random.fork_rng())
            for device in {p.device.type for p in self.model.parameters()}:
                stack.enter_context(torch.autocast(device, enabled=False))
            # cuDNN has no gradients of recurrent networks in eval mode
            if any(isinstance(module, nn.RNNBase) for module in modules):
                stack.enter_context(torch.backends.cudnn.flags(enabled=False))
            try:
                self.model.eval()
                for module in sparse:
                    module.sparse = False
                yield
            finally:
                for module in sparse:
                    module.sparse = True
                for module, mode in zip(modules, modes):
                    module.training = mode


def _real_size(p):
    return p.numel() * (2 if p.is_complex() else 1)


def _unwrapped(model):
    """The model that was put into DistributedDataParallel, DataParallel, torch.compile or Opacus."""
    for key in ("_orig_mod", "module", "_module"):
        wrapped = type(model).__name__ in (
            "OptimizedModule",
            "DistributedDataParallel",
            "DataParallel",
            "GradSampleModule",
        )
        if wrapped and hasattr(model, key):
            return _unwrapped(getattr(model, key))
    return model


def opacus_gradients(model):
    """Blocks of what Opacus keeps in `grad_sample` after backward(): gradients of single examples, before clipping."""
    return _kept_by_backward(model, "grad_sample")


def backpack_gradients(model, mean=True):
    """
    Blocks of what BackPACK's BatchGrad keeps in `grad_batch`.

    mean: the loss was the mean over the batch, so that BackPACK's gradients are those of 1/n times each loss
    """
    return _kept_by_backward(model, "grad_batch", scaled=mean)


def _kept_by_backward(model, key, scaled=False, rows=64):
    """`scaled`: they are 1/n times the gradients, n the rows of the batch."""
    kept = {}
    for name, p in _unwrapped(model).named_parameters():
        if p.requires_grad:
            values = getattr(p, key, None)
            if values is None:
                raise ValueError(
                    f"{name} has no {key}: call this after backward() and before the gradients are cleared"
                )
            # Opacus: a list after several backward passes
            kept[name] = values if isinstance(values, (list, tuple)) else [values]
    for k in range(len(next(iter(kept.values()), []))):
        count = len(next(iter(kept.values()))[k])
        for begin in range(0, count, rows):
            some = {name: values[k][begin : begin + rows].detach() for name, values in kept.items()}
            yield {name: values * count for name, values in some.items()} if scaled else some


# ------------------------------------------------------------------------------------------------------------------- JAX


class JaxGradients:
    """
    Gradients of each example's loss(params, *example), without a batch axis, by vmap(grad(loss)); called with the params.

    data: the training data, a tuple of arrays [N, ...]; N is the data-set size
    rows: so many of them, drawn once without replacement; None takes all
    """

    def __init__(self, loss, data, *, rows=512, chunk=64, seed=0):
        self.loss, self.chunk = loss, chunk
        ids = _choose(len(data[0]), rows, seed)
        self.batch, self.rows = _map(tuple(data), lambda values: values[ids]), len(ids)
        labels = _labels(self.batch)
        self.metadata = {
            "dataset_size": len(data[0]),
            "ids": ids.tolist(),
            **({} if labels is None else {"labels": labels}),
        }
        self._of_each = self._product = None

    def __call__(self, params):
        """Blocks {layer: [k, ...]}, {"losses": [k]}."""
        import jax

        if self._of_each is None:
            self._of_each = jax.jit(jax.vmap(jax.value_and_grad(self.loss), (None, *(0 for _ in self.batch))))
        leaves = jax.tree_util.tree_leaves(params)
        chunk = max(1, min(self.chunk, BLOCK_BYTES // max(1, 4 * sum(map(np.size, leaves)))))
        for begin in range(0, self.rows, chunk):
            losses, gradients = self._of_each(params, *_map(self.batch, lambda values: values[begin : begin + chunk]))
            yield self._named(gradients), {"losses": np.asarray(losses, "f8")}

    def products(self, tangents, params):
        """Blocks of H t, t the rows of tangents [m, d] and H the Hessian of the mean loss over all rows."""
        import jax

        if self._product is None:
            of_each = jax.vmap(self.loss, (None, *(0 for _ in self.batch)))

            def product(params, tangent, *batch):
                slope = jax.grad(lambda params: of_each(params, *batch).mean())
                return jax.jvp(slope, (params,), (tangent,))[1]

            self._product = jax.jit(product)
        leaves, tree = jax.tree_util.tree_flatten(params)
        ends = np.cumsum([np.size(leaf) for leaf in leaves])[:-1]
        for tangent in tangents:
            parts = [
                part.reshape(np.shape(leaf)).astype(leaf.dtype)
                for part, leaf in zip(np.split(np.asarray(tangent), ends), leaves)
            ]
            found = self._product(params, jax.tree_util.tree_unflatten(tree, parts), *self.batch)
            yield self._named(jax.tree_util.tree_map(lambda leaf: leaf[None], found))

    @staticmethod
    def _named(tree):
        import jax

        def word(key):
            return str(next((getattr(key, of) for of in ("key", "name", "idx") if hasattr(key, of)), key))

        found = jax.tree_util.tree_flatten_with_path(tree)[0]
        return {".".join(map(word, path)) or "parameters": leaf for path, leaf in found}


# ----------------------------------------------------------------------------------------------------------------- norms


class NormLog:
    """
    Squared gradient norms of each layer, for micro-batches and for their mean, one line for each step: a training run for
    models too large to dump. Micro-batches are the backward passes of one step (gradient accumulation), the ranks of
    DistributedDataParallel, or both; they are measured while gradients pass by, and cost no memory.

    path: X.gradnorms.jsonl; lines are added to one that has the same layers
    model: of PyTorch; without one, `layers` names them and write() adds lines
    divided: the loss of each of k backward passes of a step is divided by k, as gradient accumulation has it
    metadata: for the head line, in Python's spelling
    """

    def __init__(self, path, model=None, *, layers=None, divided=True, **metadata):
        _check_metadata(metadata)
        if not os.fspath(path).endswith(".gradnorms.jsonl"):
            raise ValueError(f"{path}: the name of a norm log ends in .gradnorms.jsonl")
        self.path, self.divided = os.fspath(path), divided
        self._parallel = type(model).__name__ == "DistributedDataParallel"
        self._parameters = (
            {} if model is None else {n: p for n, p in _unwrapped(model).named_parameters() if p.requires_grad}
        )
        self.layers = list(layers if model is None else self._parameters)
        self._sums, self._passes = {}, {}
        self._hooks = [p.register_hook(self._measure(name)) for name, p in self._parameters.items()]
        if _is_first_rank():
            self._begin({"gradnorms": 1, "layers": self.layers, **_camel(metadata)})

    def _begin(self, head):
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        content = b""
        with suppress(FileNotFoundError), open(self.path, "rb") as file:
            content = file.read()
        if not content:
            with _whole(self.path) as file:
                file.write(json.dumps(head, allow_nan=False, default=_plain).encode() + b"\n")
            return
        if json.loads(content.partition(b"\n")[0]).get("layers") != self.layers:
            raise ValueError(f"{self.path} is of other layers: choose another name")
        if not content.endswith(b"\n"):
            # a line that was cut off with its process
            with open(self.path, "r+b") as file:
                file.truncate(content.rfind(b"\n") + 1)

    def _measure(self, name):
        def hook(gradient):
            self._sums[name] = self._sums.get(name, 0) + _squared_norm(gradient)
            self._passes[name] = self._passes.get(name, 0) + 1

        return hook

    def step(self, step, examples, scale=1.0):
        """
        Adds the line of a step, from the backward passes since the last one and the gradients in .grad.

        examples: in each micro-batch
        scale: of the loss, as GradScaler.get_scale() says before unscale_()
        """
        import torch

        passes = max(self._passes.values(), default=0)
        if passes == 0:
            raise ValueError("no gradient has passed since the last step: call this after backward()")
        small = torch.stack(
            [torch.as_tensor(self._sums.get(name, 0.0), dtype=torch.float64).cpu() for name in self.layers]
        )
        small *= passes if self.divided else 1 / passes
        big = torch.stack(
            [
                torch.zeros((), dtype=torch.float64) if p.grad is None else _squared_norm(p.grad).double().cpu()
                for p in self._parameters.values()
            ]
        )
        big /= 1 if self.divided else passes**2
        self._sums, self._passes = {}, {}
        ranks = 1
        if self._parallel:
            ranks = torch.distributed.get_world_size()
            device = next(iter(self._parameters.values())).device
            shared = small.to(device)
            torch.distributed.all_reduce(shared)
            small = shared.cpu() / ranks
        if passes * ranks == 1:
            raise ValueError(
                "one backward pass on one rank: its norm alone says nothing of the noise; split the batch in two"
            )
        if _is_first_rank():
            self.write(step, examples, examples * passes * ranks, small / scale**2, big / scale**2)

    def write(self, step, b, B, small, big):
        """Adds a line: squared norms of each layer, the mean of those of batches of b, and that of a batch of B."""
        small, big = ([float(value) for value in values] for values in (small, big))
        if not len(small) == len(big) == len(self.layers):
            raise ValueError(f"{len(small)} and {len(big)} norms for {len(self.layers)} layers")
        if not np.isfinite(small + big).all():
            warnings.warn(f"step {step} has norms that are not finite and was left out of {self.path}", stacklevel=2)
            return
        line = json.dumps({"step": int(step), "b": b, "B": B, "small": small, "big": big}, default=_plain)
        with open(self.path, "ab") as file:
            file.write(line.encode() + b"\n")

    def close(self):
        """Stops measuring."""
        for hook in self._hooks:
            hook.remove()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _squared_norm(gradient):
    import torch

    values = gradient.coalesce().values() if gradient.is_sparse else gradient.detach()
    dtype = None if values.device.type == "mps" else torch.complex128 if values.is_complex() else torch.float64
    return torch.linalg.vector_norm(values, dtype=dtype) ** 2
