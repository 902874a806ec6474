import { byteCount, wholeNumber } from '../shared/numbers';
import { AnalysisError } from '../shared/problem';
import type { ReadLimits } from './read-limits';
import { shortened } from './source';
import type { ByteSource } from './source';

/** A name of a Python module that the pickle mentions, such as `torch.FloatStorage`. It stands for nothing by itself. */
export class PickleName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class PickleTuple<T> {
  readonly items: readonly PickleValue<T>[];
  constructor(items: readonly PickleValue<T>[]) {
    this.items = items;
  }
}

export type PickleList<T> = PickleValue<T>[];
/** Keys are those that a dump can have. */
export type PickleDict<T> = Map<PickleKey, PickleValue<T>>;
type PickleKey = string | number | boolean | null;
const isKey = (value: unknown): value is PickleKey =>
  value === null || /^(?:string|number|boolean)$/.test(typeof value);

/** What a pickle describes, as data; T is what its reader makes of calls and of what lies outside. */
export type PickleValue<T> =
  null | boolean | number | bigint | string | PickleName | PickleTuple<T> | PickleList<T> | PickleDict<T> | T;

/** The meaning of the few calls that a format knows. Nothing is looked up by name anywhere else. */
export interface PickleMeaning<T> {
  /** The result of a call, or undefined for a name that is not known. */
  readonly call: (name: string, args: readonly PickleValue<T>[], where: string) => PickleValue<T> | undefined;
  /** Whether a name may be mentioned at all. */
  readonly knows: (name: string) => boolean;
  /** What an identifier outside of the pickle stands for. */
  readonly outside: (identifier: PickleValue<T>, where: string) => T;
  /** What a refusal says to do. */
  readonly remedy: (name: string | undefined) => { readonly remedy: string; readonly fix?: string };
}

const MAX_BYTES = 1 << 26;
/** Steps between two looks at a cancel. */
const STEPS = 1 << 14;
/** What a value on the stack, in a list or in the memo takes at most, without its own content. */
const CHARGE = 64;

/** Opcodes of Python's pickle that are never carried out, by their names; others do not exist. */
const REFUSED: ReadonlyMap<number, string> = new Map(
  Object.entries({
    '0': 'POP', '1': 'POP_MARK', '2': 'DUP', F: 'FLOAT', I: 'INT', L: 'LONG', P: 'PERSID', S: 'STRING', T: 'BINSTRING',
    U: 'SHORT_BINSTRING', V: 'UNICODE', d: 'DICT', g: 'GET', i: 'INST', l: 'LIST', o: 'OBJ', p: 'PUT', B: 'BINBYTES',
    C: 'SHORT_BINBYTES', '\x81': 'NEWOBJ', '\x82': 'EXT1', '\x83': 'EXT2', '\x84': 'EXT4', '\x8b': 'LONG4',
    '\x8d': 'BINUNICODE8', '\x8e': 'BINBYTES8', '\x8f': 'EMPTY_SET', '\x90': 'ADDITEMS', '\x91': 'FROZENSET',
    '\x92': 'NEWOBJ_EX', '\x96': 'BYTEARRAY8', '\x97': 'NEXT_BUFFER', '\x98': 'READONLY_BUFFER',
  }).map(([letter, name]) => [letter.charCodeAt(0), name]),
); // prettier-ignore

/**
 * Reads a pickle as a description, for the closed list of opcodes that `torch.save` writes. Nothing is imported, called or
 * made but what `meaning` makes of the few names it knows; every other opcode and name is refused by its name.
 *
 * @throws AnalysisError pytorch/pickle, file/too-large, what `meaning` and `checkCanceled` throw
 * @see Python, Lib/pickletools.py, for the opcodes
 */
export function readPickle<T>(source: ByteSource, limits: ReadLimits, meaning: PickleMeaning<T>): PickleValue<T> {
  const { memoryBudget, checkCanceled } = limits;
  const size = source.size;
  const refuse = (found: string, position: number, name?: string): never => {
    throw new AnalysisError({ code: 'pytorch/pickle', found, where: source.where(position), ...meaning.remedy(name) });
  };
  if (size > MAX_BYTES) refuse(`The description of the tensors has ${wholeNumber(size)} bytes, and at most ${wholeNumber(MAX_BYTES)} are read`, 0); // prettier-ignore
  let memory = 0;
  const charge = (bytes: number): void => {
    memory += bytes;
    if (memory <= memoryBudget) return;
    throw new AnalysisError({
      code: 'file/too-large',
      found: `What it describes needs more than the budget of ${byteCount(memoryBudget)}`,
      where: source.path,
      ...meaning.remedy(undefined),
    });
  };
  charge(size);
  const bytes = source.read(0, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  let at = 0;
  /** Where the opcode at work began. */
  let begin = 0;
  let stack: PickleValue<T>[] = [];
  /** The stacks below the marks. */
  const marked: PickleValue<T>[][] = [];
  const memo = new Map<number, PickleValue<T>>();

  const take = (length: number): number => {
    const from = at;
    if (length > size - from) refuse('The description of the tensors is cut short', size);
    at = from + length;
    return from;
  };
  const push = (value: PickleValue<T>): void => {
    charge(CHARGE);
    stack.push(value);
  };
  const pop = (): PickleValue<T> => {
    const value = stack.pop();
    return value === undefined ? refuse('An opcode finds nothing to work on', begin) : value;
  };
  const top = (): PickleValue<T> => {
    const value = stack.at(-1);
    return value === undefined ? refuse('An opcode finds nothing to work on', begin) : value;
  };
  /** What was pushed since the last mark. */
  const sinceMark = (): PickleValue<T>[] => {
    const items = stack;
    stack = marked.pop() ?? refuse('An opcode looks for a mark, and there is none', begin);
    return items;
  };
  const text = (length: number): string => {
    const from = take(length);
    charge(2 * length);
    try {
      return utf8.decode(bytes.subarray(from, at));
    } catch {
      return refuse('A text in the description is not UTF-8', from);
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) refuse('The description of the tensors is cut short', size);
    const content = text(end - at);
    at = end + 1;
    return content;
  };
  const named = (module: string, name: string): PickleName => {
    const whole = `${module}.${name}`;
    if (!meaning.knows(whole)) refuse(`It mentions “${shortened(whole)}”, which is not among the few names that are read as data`, begin, whole); // prettier-ignore
    return new PickleName(whole);
  };
  const popText = (): string => {
    const value = pop();
    return typeof value === 'string' ? value : refuse('A name in the description is not a text', begin);
  };
  const remember = (index: number): void => {
    charge(CHARGE);
    memo.set(index, top());
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) refuse(`The description refers to its value ${index}, which it has not made`, begin);
    else push(value);
  };
  const list = (value: PickleValue<T>): PickleList<T> =>
    Array.isArray(value) ? value : refuse('An opcode appends to something that is not a list', begin);
  const append = (target: PickleList<T>, items: readonly PickleValue<T>[]): void => {
    for (const item of items) {
      charge(CHARGE);
      target.push(item);
    }
  };
  const setItems = (target: PickleValue<T>, items: readonly PickleValue<T>[]): void => {
    if (!(target instanceof Map)) refuse('An opcode sets an item of something that is not a dict', begin);
    else {
      if (items.length % 2 > 0) refuse('A key in the description lacks its value', begin);
      for (let k = 0; k < items.length; k += 2) {
        const [key, value] = [items[k], items[k + 1] ?? null];
        charge(2 * CHARGE);
        if (isKey(key)) target.set(key, value);
        else refuse('A dict in the description has a key that is neither a text nor a number', begin);
      }
    }
  };
  const call = (): void => {
    const args = pop();
    const callee = pop();
    if (!(callee instanceof PickleName)) return refuse('It calls something that is not a name', begin);
    if (!(args instanceof PickleTuple)) return refuse('It calls a name with something that is not a tuple', begin);
    const result = meaning.call(callee.name, args.items, source.where(begin));
    if (result === undefined) return refuse(`It calls “${shortened(callee.name)}”, which is not among the few calls that are read as data`, begin, callee.name); // prettier-ignore
    push(result);
  };
  const number = (length: number): number | bigint => {
    const from = take(length);
    let value = 0n;
    for (let k = length - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[from + k] ?? 0);
    if (length > 0 && (bytes[from + length - 1] ?? 0) >= 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };

  for (let steps = 1; ; steps++) {
    if (steps % STEPS === 0) checkCanceled();
    begin = at;
    const opcode = bytes[take(1)] ?? 0;
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = bytes[take(1)] ?? 0;
        if (protocol < 2 || protocol > 5 || begin > 0) refuse(`It is a pickle of protocol ${protocol}, and those from 2 to 5 are read`, begin); // prettier-ignore
        break;
      }
      case 0x95: // FRAME: what follows so many bytes long is one piece; nothing depends on it
        take(8);
        break;
      case 0x63: {
        // GLOBAL
        const module = line();
        push(named(module, line()));
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = popText();
        push(named(popText(), name));
        break;
      }
      case 0x58: // BINUNICODE
        push(text(view.getUint32(take(4), true)));
        break;
      case 0x8c: // SHORT_BINUNICODE
        push(text(view.getUint8(take(1))));
        break;
      case 0x4a: // BININT
        push(view.getInt32(take(4), true));
        break;
      case 0x4b: // BININT1
        push(view.getUint8(take(1)));
        break;
      case 0x4d: // BININT2
        push(view.getUint16(take(2), true));
        break;
      case 0x8a: // LONG1
        push(number(view.getUint8(take(1))));
        break;
      case 0x47: // BINFLOAT
        push(view.getFloat64(take(8), false));
        break;
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x71: // BINPUT
        remember(view.getUint8(take(1)));
        break;
      case 0x72: // LONG_BINPUT
        remember(view.getUint32(take(4), true));
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x68: // BINGET
        recall(view.getUint8(take(1)));
        break;
      case 0x6a: // LONG_BINGET
        recall(view.getUint32(take(4), true));
        break;
      case 0x28: // MARK
        charge(CHARGE);
        marked.push(stack);
        stack = [];
        break;
      case 0x29: // EMPTY_TUPLE
        push(new PickleTuple<T>([]));
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, pop).reverse();
        push(new PickleTuple(items));
        break;
      }
      case 0x74: // TUPLE
        push(new PickleTuple(sinceMark()));
        break;
      case 0x7d: // EMPTY_DICT
        push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
        push([]);
        break;
      case 0x61: {
        // APPEND
        const item = pop();
        append(list(top()), [item]);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = sinceMark();
        append(list(top()), items);
        break;
      }
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        setItems(top(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = sinceMark();
        setItems(top(), items);
        break;
      }
      case 0x51: // BINPERSID
        push(meaning.outside(pop(), source.where(begin)));
        break;
      case 0x52: // REDUCE
        call();
        break;
      case 0x62: // BUILD: the attributes of a state_dict, which say nothing about its numbers
        if (!(pop() instanceof Map) || !(top() instanceof Map)) refuse('It sets attributes of something that is not a dict', begin); // prettier-ignore
        break;
      case 0x2e: {
        // STOP
        const value = pop();
        if (stack.length > 0 || marked.length > 0) refuse('The description leaves values behind that belong to nothing', begin); // prettier-ignore
        if (at < size) refuse('The description goes on after its end', at);
        return value;
      }
      default: {
        const name = REFUSED.get(opcode);
        const shown = `0x${opcode.toString(16).padStart(2, '0')}`;
        refuse(name === undefined ? `There is no opcode ${shown} in a pickle` : `It uses the opcode ${name} (${shown}), which is never carried out here`, begin); // prettier-ignore
      }
    }
  }
}
