import { f4, joined, latin1, u16, u32, utf8, zip } from './build';
import type { EntryParts } from './build';

/* pickles put together opcode by opcode, and the archives that torch.save would put them in */

const op = (code: string | number, ...rest: readonly Uint8Array[]): Uint8Array =>
  joined(typeof code === 'number' ? Uint8Array.of(code) : latin1(code), ...rest);

export const PROTO = op(0x80, Uint8Array.of(2));
export const STOP = latin1('.');
export const MARK = latin1('(');
export const name = (module: string, attribute: string): Uint8Array => op('c', utf8(`${module}\n${attribute}\n`));
export const text = (value: string): Uint8Array => op('X', u32(utf8(value).length), utf8(value));
export const whole = (value: number): Uint8Array =>
  value >= 0 && value < 256 ? op('K', Uint8Array.of(value)) : value >= 0 && value < 65536 ? op('M', u16(value)) : op('J', u32(value >>> 0)); // prettier-ignore
export const put = (index: number): Uint8Array => op('r', u32(index));
export const get = (index: number): Uint8Array => op('j', u32(index));
export const tuple = (...items: readonly Uint8Array[]): Uint8Array => joined(MARK, ...items, latin1('t'));
export const list = (...items: readonly Uint8Array[]): Uint8Array => joined(latin1(']('), ...items, latin1('e'));
export const dict = (...items: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  joined(latin1('}('), ...items.flatMap(([key, value]) => [text(key), value]), latin1('u'));
export const called = (callee: Uint8Array, ...args: readonly Uint8Array[]): Uint8Array =>
  joined(callee, tuple(...args), latin1('R'));
export const ordered = called(name('collections', 'OrderedDict'));

export interface TensorParts {
  readonly type?: string;
  readonly key?: string;
  readonly count?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly stride?: readonly number[];
}

/** A tensor of 3 × 4 numbers in the storage “0”, in so far as nothing else is said. */
export const tensor = ({
  type = 'FloatStorage',
  key = '0',
  count = 12,
  offset = 0,
  shape = [3, 4],
  stride = [4, 1],
}: TensorParts = {}): Uint8Array =>
  called(
    name('torch._utils', '_rebuild_tensor_v2'),
    joined(tuple(text('storage'), name('torch', type), text(key), text('cpu'), whole(count)), latin1('Q')),
    whole(offset),
    tuple(...shape.map(whole)),
    tuple(...stride.map(whole)),
    latin1('\x89'),
    ordered,
  );

export const pickle = (...parts: readonly Uint8Array[]): Uint8Array => joined(PROTO, ...parts, STOP);

export const TWELVE = f4(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

/** An archive as torch.save writes it. */
export const pt = (
  description: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = { '0': TWELVE },
  more: readonly EntryParts[] = [],
  /** As set_crc32_options(False) leaves it. */
  unchecked = false,
  byteorder = 'little',
): Uint8Array =>
  zip(
    [
      { name: 'archive/data.pkl', data: description },
      { name: 'archive/byteorder', data: utf8(byteorder) },
      ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
      { name: 'archive/version', data: utf8('3\n') },
      ...more,
    ].map((entry) => (unchecked ? { ...entry, crc: 0 } : entry)),
  );
