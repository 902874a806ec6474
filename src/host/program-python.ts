/**
 * The Python that a program runs, under a debugger or in a notebook, to say what a value is and to save it as a dump.
 *
 * It imports nothing but the standard library and, to save, NumPy; PyTorch and JAX are looked at only where the program has
 * imported them. No method, property or operator of a class of the reader's is called.
 */
const SOURCE = String.raw`
import base64, io, json, os, sys, types, zipfile

class Refused(Exception):
    def __init__(self, kind, found, line=""):
        Exception.__init__(self, found)
        self.reply = {"refused": kind, "found": found, "line": line}

# what type itself says: a metaclass may say it otherwise
def of_class(c, what):
    return type.__dict__[what].__get__(c)

def bases(value):
    return of_class(type(value), "__mro__")

def is_a(value, *classes):
    return any(c is each for c in bases(value) for each in classes)

def type_name(value):
    return str(of_class(type(value), "__name__"))[:60]

def kind_of(value):
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if is_a(value, getattr(torch, "Tensor", None)): return "tensor"
    if is_a(value, getattr(numpy, "ndarray", None)): return "array"
    for c in bases(value):
        if str(of_class(c, "__module__")).split(".")[0] not in ("jax", "jaxlib"): continue
        if of_class(c, "__name__") == "ArrayImpl": return "jax"
        if of_class(c, "__name__") in ("Tracer", "DynamicJaxprTracer"): return "tracer"
    if is_a(value, dict): return "dict"
    if is_a(value, list, tuple): return "list"
    if is_a(value, bool, int, float): return "number"
    return "other"

def items_of(value):
    """Of a list or tuple, also of a class that would say otherwise."""
    return list((list if is_a(value, list) else tuple).__iter__(value))

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
        hidden = [of_class(c, "__name__") for c in bases(self.value)]
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
        if is_a(self.value, numpy.ma.MaskedArray): raise Refused("masked", "It is a masked array", line + ".filled(0)")
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
        self.shape, level = [], [value]
        while kind_of(level[0]) == "list":
            lists = [items_of(each) for each in level if kind_of(each) == "list"]
            lengths = {len(each) for each in lists}
            if len(lengths) != 1 or 0 in lengths or len(lists) != len(level):
                raise Refused("type", "It is a list whose rows are not equally long lists of numbers")
            self.shape.append(lengths.pop())
            if len(level) * self.shape[-1] * 8 > limit: raise Refused("large", "It is a list of more than %d MiB" % (limit >> 20))
            level = [item for each in lists for item in each]
        for item in level:
            if kind_of(item) != "number": raise Refused("type", "It is a list that holds " + type_name(item))
        self.level, self.bytes = level, 8 * len(level)
    def numbers(self):
        import numpy
        return numpy.array(self.level, "float64").reshape(self.shape)

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
    for key, item in dict.items(value) if kind_of(value) == "dict" else enumerate(items_of(value)):
        if type(key) not in (str, int, float, bool): raise Refused("type", "It is a dict whose keys are " + type_name(key) + ", not names")
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
        elif kind == "dict" or (kind == "list" and any(kind_of(each) in ARRAYS for each in items_of(item))):
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
    value = items_of(value)
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

def put(plan, file):
    from numpy.lib import format as npy
    import numpy
    def array_to(target, leaf, column=False):
        array = numpy.asarray(leaf.numbers())
        npy.write_array(target, array[:, None] if column else array, allow_pickle=False)
    if type(plan) is not dict: return array_to(file, plan)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, leaf in plan.items():
            # a parameter that is one number has no axis of its own: one column
            with archive.open(name + ".npy", "w", force_zip64=True) as entry: array_to(entry, leaf, len(leaf.shape) == 1)

def write(plan, path):
    part = path + ".part"
    try:
        with open(part, "wb") as file: put(plan, file)
        size = os.stat(part).st_size
        os.replace(part, path)
        return size
    except BaseException:
        try: os.remove(part)
        except OSError: pass
        raise

def is_readers(c):
    """Whether a class is neither built in, nor of the standard library, nor installed."""
    name = of_class(c, "__module__")
    if name == "__main__" or name not in sys.modules: return True
    path = object.__getattribute__(sys.modules[name], "__dict__").get("__file__")
    return path is not None and not any(part in path for part in ("site-packages", "dist-packages", os.path.dirname(os.__file__)))

# reading an attribute of these types runs nothing of the reader
STILL = (types.FunctionType, types.MemberDescriptorType, types.GetSetDescriptorType, classmethod, staticmethod)

def code_behind(value, name):
    """The class of the reader's whose code would run when an attribute is read, or an item (name None)."""
    found = {}
    for c in bases(value):
        for key in ("__getitem__",) if name is None else ("__getattribute__", "__getattr__", name):
            if key in of_class(c, "__dict__"): found.setdefault(key, (c, of_class(c, "__dict__")[key]))
    if name is None: running = list(found.values())
    else:
        running = [found["__getattribute__"]]
        if name in found:
            own = found[name][1]
            if type(own) not in STILL and any("__get__" in of_class(c, "__dict__") for c in bases(own)): running.append(found[name])
        elif "__getattr__" in found and name not in getattr(value, "__dict__", ()): running.append(found["__getattr__"])
    return next((of_class(c, "__name__") for c, _ in running if is_readers(c)), None)

def walk(value, steps, line):
    for step in steps:
        name = step if type(step) is str and step[:1] == "." else None
        owner = code_behind(value, name and name[1:])
        if owner is not None:
            what = "the attribute " + name[1:] if name else "an item"
            raise Refused("code", "Reading %s runs code of the class %s" % (what[:60], str(owner)[:60]), "(" + line + ")")
        key = step if type(step) is int else step[1:]
        # no value is made for a key that is not there
        if name is None and is_a(value, dict) and not dict.__contains__(value, key): raise Refused("evaluation", "KeyError: " + repr(key)[:300])
        try: value = getattr(value, key) if name else value[key]
        except Exception as error: raise Refused("evaluation", (type(error).__name__ + ": " + str(error))[:300])
    return value

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

def is_here(path, nonce):
    try:
        with open(path + ".nonce") as file: return file.read() == nonce
    except OSError: return False

def door(value, line, path, nonce, limit, carry, steps):
    content = ""
    try:
        value = walk(value, steps, line)
        plan, left = plan_of(value, line, 1 << 62 if limit is None else limit)
        reply = described(plan, left, value)
        if limit is not None and reply["bytes"] > limit:
            raise Refused("large", "It has %d MiB" % (reply["bytes"] >> 20))
        if path is not None:
            if is_here(path, nonce): reply["size"] = write(plan, path)
            elif carry is not None and reply["bytes"] <= carry:
                file = io.BytesIO()
                put(plan, file)
                reply["size"], content = file.getbuffer().nbytes, ":" + base64.b64encode(file.getbuffer()).decode()
            else: raise Refused("disk", "The folder of the extension is not on the disk of the program" +
                ("" if carry is None else ", and its %.1f MiB are too many to be sent" % (reply["bytes"] / 1048576)))
    except Refused as refused: reply, content = refused.reply, ""
    except Exception as error: reply = {"refused": "failed", "found": (type(error).__name__ + ": " + str(error))[:500], "line": ""}
    return "gradients:" + json.dumps(reply).encode().hex() + content
`;

/** What a program says of a value. */
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
  /** The file itself, where the program could not save it here and sent it. */
  readonly content?: Uint8Array;
}

/** Why it was not saved. */
export interface ValueRefusal {
  readonly refused: string;
  /** A clause without a full stop. */
  readonly found: string;
  /** The Python expression to ask for instead; empty where there is none. */
  readonly line: string;
}

/** Where a program saves, and what it finds there if the disk is the one of the extension. */
export interface SavingPlace {
  /** An absolute path. A file of this name and `.nonce` holds the nonce. */
  readonly path: string;
  readonly nonce: string;
  /** Bytes up to which a program on another disk sends the file instead. */
  readonly carry?: number | undefined;
}

const NAME = String.raw`[\p{ID_Start}_]\p{ID_Continue}*`;
const STEP = String.raw`\.${NAME}|\[(?:-?\d+|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\]`;
const PLACE = new RegExp(String.raw`^(${NAME})((?:${STEP})*)$`, 'u');
const KEYWORD = /^(?:None|True|False|await|lambda|not|yield)$/;

/**
 * Whether an expression only names a place: names, attributes and literal indices. Such a one is evaluated again whenever the
 * program has gone on; anything else, such as `next(loader)`, may change the program and is evaluated once.
 *
 * @example namesAPlace('self.grads[0]') // => true
 */
export function namesAPlace(expression: string): boolean {
  const [, name] = PLACE.exec(expression.trim()) ?? [];
  return name !== undefined && !KEYWORD.test(name);
}

/**
 * One Python expression that says what the value of an expression is, and saves it where a place is given. The value is
 * evaluated once. Locals of the frame are seen because it is an argument, not a part of the lambda. Of a name with attributes
 * and indices only the name is; the steps from there are taken one by one, and refused where they would run the reader's code.
 *
 * @param limit bytes above which it is refused; undefined when the reader agreed
 */
export function doorExpression(expression: string, place?: SavingPlace, limit?: number): string {
  const text = expression.trim();
  const [, name = '', path = ''] = namesAPlace(text) ? (PLACE.exec(text) ?? []) : [];
  const steps = [...path.matchAll(new RegExp(STEP, 'gu'))].map(([step]) => stepOf(step));
  const given = [text, place?.path, place?.nonce].map((each) => (each === undefined ? 'None' : python(each)));
  const numbers = [limit, place?.carry].map((each) => `${each ?? 'None'}`);
  const call = `space["door"](value, ${[...given, ...numbers].join(', ')}, [${steps.join(', ')}])`;
  // on lines of its own, because it may end with a comment
  return `(lambda value, space: (exec(${python(SOURCE)}, space), ${call})[1])((\n${name || text}\n), {})`;
}

/** An attribute as a text that begins with a point, a key with a slash, and an index as it is. */
function stepOf(step: string): string {
  if (step.startsWith('.')) return python(step);
  const key = step.slice(1, -1);
  return /^-?\d/.test(key) ? key : `"/" ${key}`;
}

/** A Python string literal in ASCII, whatever the text holds. */
function python(text: string): string {
  const plain = JSON.stringify(text).replace(/[\u007f-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return plain;
}

const MARK = 'gradients:';

/** What the program answered; undefined when the answer is none of ours, such as an error of its own. */
export function doorReply(result: string): ValueDescription | ValueRefusal | undefined {
  const start = result.lastIndexOf(MARK);
  // a file may follow, of millions of characters: no regular expression
  const [hex = '', content] = start < 0 ? [] : result.slice(start + MARK.length).split(':');
  const bytes = Buffer.from(hex, 'hex');
  try {
    const reply = JSON.parse(bytes.toString('utf8')) as ValueDescription | ValueRefusal;
    return content === undefined ? reply : { ...reply, content: Buffer.from(content, 'base64') };
  } catch {
    return undefined;
  }
}
