/**
 * The Python that a debuggee runs to say what a value is, and to save it as a dump.
 *
 * It imports nothing but the standard library and, to save, NumPy; PyTorch and JAX are looked at only where the program has
 * imported them. Until the value is known to be an array, a tensor or a container of them, no method of it is called.
 */
const SOURCE = String.raw`
import json, os, sys, zipfile

class Refused(Exception):
    def __init__(self, kind, found, line=""):
        Exception.__init__(self, found)
        self.reply = {"refused": kind, "found": found, "line": line}

def bases(value):
    return type.__dict__["__mro__"].__get__(type(value))

def type_name(value):
    return str(type.__dict__["__name__"].__get__(type(value)))[:60]

def kind_of(value):
    mro = bases(value)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if getattr(torch, "Tensor", None) in mro: return "tensor"
    if getattr(numpy, "ndarray", None) in mro: return "array"
    if any(c.__name__ == "ArrayImpl" and c.__module__.split(".")[0] in ("jax", "jaxlib") for c in mro): return "jax"
    if any(c.__name__ in ("Tracer", "DynamicJaxprTracer") and c.__module__.startswith("jax") for c in mro): return "tracer"
    if dict in mro: return "dict"
    if list in mro or tuple in mro: return "list"
    if bool in mro or int in mro or float in mro: return "number"
    return "other"

ARRAYS = ("tensor", "array", "jax")

def plainly(torch):
    # a subclass of Tensor may be the reader's own: its __torch_function__ is not called
    return getattr(torch._C, "DisableTorchFunctionSubclass", torch._C.DisableTorchFunction)()

class Leaf:
    """One array: shape, name of its dtype, and the bytes it has when saved. Refused when it cannot be gradients."""
    def __init__(self, value, line):
        self.value, self.kind = value, kind_of(value)
        getattr(self, self.kind)(line)
        self.shape = [int(length) for length in self.shape]
        count = 1
        for length in self.shape: count *= length
        self.bytes = count * self.itemsize

    def tensor(self, line):
        torch = sys.modules["torch"]
        hidden = [c.__name__ for c in bases(self.value)]
        for name in ("DTensor", "ShardedTensor"):
            if name in hidden:
                raise Refused("distributed", "It is a " + name + ": gathering it needs every process of the job, and this one is stopped", line + ".to_local()")
        for name in ("FakeTensor", "FunctionalTensor"):
            if name in hidden: raise Refused("abstract", "It is a " + name + ", which holds no numbers")
        with plainly(torch):
            t = self.value
            wrapped = getattr(getattr(torch._C, "_functorch", None), "is_functorch_wrapped_tensor", None)
            if wrapped is not None and wrapped(t):
                raise Refused("abstract", "It is a tensor inside vmap or grad, which holds no numbers of its own")
            if t.layout is not torch.strided: raise Refused("sparse", "It is sparse", line + ".to_dense()")
            if t.is_nested: raise Refused("nested", "It is a nested tensor", line + ".to_padded_tensor(0.0)")
            if t.is_complex(): raise Refused("complex", "Its numbers are complex", "torch.view_as_real(" + line + ")")
            if t.is_quantized: raise Refused("quantized", "It is quantized", line + ".dequantize()")
            if t.device.type == "meta": raise Refused("abstract", "It is on the device meta, which holds no numbers")
            self.shape, self.dtype = t.shape, str(t.dtype).replace("torch.", "")
            self.widened = self.dtype.startswith(("bfloat16", "float8"))
            self.itemsize = 4 if self.widened else t.element_size()

    def array(self, line):
        numpy = sys.modules["numpy"]
        if numpy.ma.MaskedArray in bases(self.value): raise Refused("masked", "It is a masked array", line + ".filled(0)")
        self.of_dtype(numpy.ndarray.shape.__get__(self.value), numpy.ndarray.dtype.__get__(self.value), line)

    def jax(self, line):
        if not self.value.is_fully_addressable:
            raise Refused("distributed", "It is distributed, and a part of it is at other processes", line + ".addressable_data(0)")
        self.of_dtype(self.value.shape, self.value.dtype, line)

    def of_dtype(self, shape, dtype, line):
        self.shape, self.dtype = shape, str(dtype)
        if dtype.kind == "c": raise Refused("complex", "Its numbers are complex", "np.stack([" + line + ".real, " + line + ".imag], -1)")
        if dtype.kind == "O": raise Refused("objects", "It is an array of Python objects", "np.stack(list(" + line + "))")
        small = self.dtype.startswith(("bfloat16", "float8"))
        if not small and dtype.kind not in "fiub": raise Refused("type", "Its elements are " + self.dtype[:60] + ", not numbers")
        self.widened = small or (dtype.kind == "f" and dtype.itemsize > 8)
        self.itemsize = (4 if small else 8) if self.widened else dtype.itemsize

    def tracer(self, line): raise Refused("abstract", "It is a value inside jit, vmap or grad of JAX, which holds no numbers of its own")
    def other(self, line):
        if self.value is None: raise Refused("none", "It is None")
        raise Refused("type", "It is of the type " + type_name(self.value))
    number = other
    dict = other
    list = other

    def numbers(self):
        numpy = sys.modules["numpy"]
        if self.kind != "tensor":
            array = numpy.asarray(self.value)
            return array.astype(numpy.float32 if self.itemsize == 4 else numpy.float64) if self.widened else array
        torch = sys.modules["torch"]
        with torch.no_grad(), plainly(torch):
            t = self.value.detach().as_subclass(torch.Tensor)
            if t.is_neg(): t = t.resolve_neg()
            t = t.cpu()
            return (t.float() if self.widened else t).numpy()

class Numbers:
    """Nested lists of numbers."""
    kind, dtype = "list", "numbers"
    def __init__(self, value, limit):
        self.value, self.shape, level = value, [], [value]
        while kind_of(level[0]) == "list":
            lengths = {len(each) for each in level if kind_of(each) == "list"}
            if len(lengths) != 1 or 0 in lengths or any(kind_of(each) != "list" for each in level):
                raise Refused("type", "It is a list whose rows are not equally long lists of numbers")
            self.shape.append(lengths.pop())
            if len(level) * self.shape[-1] * 8 > limit: raise Refused("large", "It is a list of more than %d MiB" % (limit >> 20))
            level = [item for each in level for item in each]
        for item in level:
            if kind_of(item) != "number": raise Refused("type", "It is a list that holds " + type_name(item))
        self.bytes = 8 * len(level)
    def numbers(self):
        return sys.modules["numpy"].array(self.value, "float64")

class Stacked:
    """A list of gradients of one example each, all of one shape."""
    kind = "list"
    def __init__(self, leaves):
        self.leaves, self.dtype = leaves, leaves[0].dtype
        self.shape, self.bytes = [len(leaves)] + leaves[0].shape, sum(leaf.bytes for leaf in leaves)
    def numbers(self):
        return sys.modules["numpy"].stack([leaf.numbers() for leaf in self.leaves])

def layers_of(value, prefix, line, found, left, depth):
    if depth > 16: raise Refused("type", "It is nested more than 16 deep")
    for key, item in dict.items(value) if kind_of(value) == "dict" else enumerate(value):
        if kind_of(key) not in ("number",) and type(key) is not str: raise Refused("type", "It is a dict whose keys are " + type_name(key) + ", not names")
        name, place = prefix + str(key), line + "[" + repr(key) + "]"
        kind = kind_of(item)
        if kind in ARRAYS or kind == "tracer":
            if name in found: raise Refused("type", "Two of its arrays are called " + name[:60])
            try: found[name] = Leaf(item, place)
            except Refused as refused:
                # names of examples, and the like
                if refused.reply["refused"] in ("type", "objects"):
                    left.append(name[:60])
                    continue
                refused.reply["found"] = "At " + place[:200] + ": " + refused.reply["found"]
                raise
        elif kind == "dict" or (kind == "list" and any(kind_of(each) in ARRAYS for each in item)):
            layers_of(item, name + ".", place, found, left, depth + 1)
        else: left.append(name[:60])

# what has one of these names next to gradients is not a gradient: losses, labels, and the like
BESIDE = "loss losses label labels target targets y step epoch lr learning_rate index indices idx ids mask groups sample_weight sample_weights".split()

def parameters_of(found, left):
    for name, leaf in list(found.items()):
        if len(leaf.shape) > 1: continue
        whole = "int" in leaf.dtype or "bool" in leaf.dtype
        if not leaf.shape or whole or name.split(".")[-1].lower() in BESIDE:
            left.append(name[:60])
            del found[name]

def same_rows(leaves):
    rows = {leaf.shape[0] if leaf.shape else None for leaf in leaves if len(leaf.shape) > 0}
    if len(rows) > 1 or not any(len(leaf.shape) > 1 for leaf in leaves):
        raise Refused("shape", "Its arrays have no axis of examples in common (%s): these are the gradients of one batch, not of its examples"
            % ", ".join(str(tuple(leaf.shape)) for leaf in leaves[:4]))

def plan_of(value, line, limit):
    """What is to be saved: one array, or layers by their names; and the names that are left out."""
    kind, left = kind_of(value), []
    if kind == "dict":
        found = {}
        layers_of(value, "", line, found, left, 0)
        parameters_of(found, left)
        if not found: raise Refused("type", "It is a dict without arrays")
        same_rows(list(found.values()))
        return found, left
    if kind != "list": return Leaf(value, line), left
    if len(value) == 0: raise Refused("type", "It is empty")
    if not any(kind_of(item) in ARRAYS for item in value): return Numbers(value, limit), left
    if any(kind_of(item) not in ARRAYS for item in value):
        other = [item for item in value if kind_of(item) not in ARRAYS][0]
        raise Refused("type", "It is a list of arrays that also holds " + type_name(other))
    leaves = [Leaf(item, line + "[%d]" % k) for k, item in enumerate(value)]
    if len(leaves) == 1: return leaves[0], left
    shapes = {tuple(leaf.shape) for leaf in leaves}
    if len(shapes) == 1:
        if len(leaves[0].shape) < 2: return Stacked(leaves), left
        joined = "torch.cat(" if leaves[0].kind == "tensor" else "np.concatenate("
        raise Refused("ambiguous", "It is a list of %d arrays of one shape %s: whether these are rows or layers, it does not say. For layers: {f\"layer{i}\": x for i, x in enumerate(%s)}; for rows:"
            % (len(leaves), tuple(leaves[0].shape), line), joined + line + ")")
    same_rows(leaves)
    return {"parameter_%d" % k: leaf for k, leaf in enumerate(leaves)}, left

def write(plan, path):
    from numpy.lib import format as npy
    import numpy
    part = path + ".part"
    def put(target, leaf, column=False):
        array = numpy.asarray(leaf.numbers())
        npy.write_array(target, array[:, None] if column else array, allow_pickle=False)
    try:
        with open(part, "wb") as file:
            if type(plan) is not dict: put(file, plan)
            else:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                    for name, leaf in plan.items():
                        # a parameter that is one number has no axis of its own: one column
                        with archive.open(name + ".npy", "w", force_zip64=True) as entry: put(entry, leaf, len(leaf.shape) == 1)
        size = os.stat(part).st_size
        os.replace(part, path)
        return size
    except BaseException:
        try: os.remove(part)
        except OSError: pass
        raise

def described(plan, left, value):
    leaves = list(plan.values()) if type(plan) is dict else [plan]
    return {
        "type": type_name(value),
        "layers": [[name[:60], leaf.shape] for name, leaf in list(plan.items())[:20]] if type(plan) is dict else None,
        "shape": leaves[0].shape if type(plan) is not dict else None,
        "dtype": leaves[0].dtype,
        "bytes": sum(leaf.bytes for leaf in leaves),
        "left": left[:20],
    }

def door(value, line, path, nonce, limit):
    try:
        plan, left = plan_of(value, line, 1 << 62 if limit is None else limit)
        reply = described(plan, left, value)
        if limit is not None and reply["bytes"] > limit:
            raise Refused("large", "It has %d MiB" % (reply["bytes"] >> 20))
        if path is not None:
            try:
                with open(path + ".nonce") as file: ours = file.read() == nonce
            except OSError: ours = False
            if not ours: raise Refused("disk", "The folder of the extension is not on the disk of the program")
            reply["size"] = write(plan, path)
    except Refused as refused: reply = refused.reply
    except Exception as error: reply = {"refused": "failed", "found": (type(error).__name__ + ": " + str(error))[:500], "line": ""}
    return "gradients:" + json.dumps(reply).encode().hex()
`;

/** What the debuggee says of a value. */
export interface ValueDescription {
  /** The name of its class. */
  readonly type: string;
  /** Names and shapes of the first 20 arrays, where it is several. */
  readonly layers: readonly (readonly [name: string, shape: readonly number[]])[] | null;
  readonly shape: readonly number[] | null;
  /** Of its first array. */
  readonly dtype: string;
  /** When saved. */
  readonly bytes: number;
  /** Names of what is not an array, such as a loss: it is left out. */
  readonly left: readonly string[];
  /** Bytes of the file, once it is saved. */
  readonly size?: number;
}

/** Why it was not saved. */
export interface ValueRefusal {
  readonly refused: string;
  /** A clause without a full stop. */
  readonly found: string;
  /** The Python expression to ask for instead; empty where there is none. */
  readonly line: string;
}

/** Where a debuggee saves, and what it finds there if the disk is the one of the extension. */
export interface SavingPlace {
  /** An absolute path. A file of this name and `.nonce` holds the nonce. */
  readonly path: string;
  readonly nonce: string;
}

/**
 * One Python expression that says what the value of an expression is, and saves it where a place is given. The value is
 * evaluated once. Locals of the frame are seen because it is an argument, not a part of the lambda.
 *
 * @param limit bytes above which it is refused; undefined when the reader agreed
 */
export function doorExpression(expression: string, place?: SavingPlace, limit?: number): string {
  const given = [expression.trim(), place?.path, place?.nonce].map((text) =>
    text === undefined ? 'None' : python(text),
  );
  const call = `space["door"](value, ${given.join(', ')}, ${limit ?? 'None'})`;
  // on lines of its own, because it may end with a comment
  return `(lambda value, space: (exec(${python(SOURCE)}, space), ${call})[1])((\n${expression.trim()}\n), {})`;
}

/** A Python string literal in ASCII, whatever the text holds. */
function python(text: string): string {
  const plain = JSON.stringify(text).replace(/[\u007f-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return plain;
}

/** What the debuggee answered; undefined when the answer is none of ours, such as an error of its own. */
export function doorReply(result: string): ValueDescription | ValueRefusal | undefined {
  const [, hex] = /gradients:((?:[0-9a-f]{2})+)'?$/.exec(result) ?? [];
  if (hex === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as ValueDescription | ValueRefusal;
  } catch {
    return undefined;
  }
}
