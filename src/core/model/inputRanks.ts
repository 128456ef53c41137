import type { ModelMetadata } from './modelMetadata';
import type { TreeEnsemble } from './treeEnsemble';

/** Values remembered of each input: flows of one kind of traffic have many in common. A power of two. */
const rememberedValues = 4;

/**
 * The rank of each input of a row among all numbers that anything said of the row depends on: the thresholds of the trees, what
 * training showed of the input, and zero. Rows of numbers
 * with the same ranks get the same scores, bit for bit, and are as strange.
 */
export class InputRanks {
  /** Numbers of one input after another, rising, and where those of each begin. */
  readonly #bounds: Float32Array;
  readonly #starts: Int32Array;
  /** Of each input some values and their ranks: most inputs of most flows are one of a few numbers. */
  readonly #known: Float32Array;
  readonly #knownRanks: Uint16Array;

  private constructor(
    private readonly inputs: number,
    bounds: readonly Float32Array[],
  ) {
    this.#bounds = Float32Array.from(bounds.flatMap((list) => [...list]));
    this.#starts = new Int32Array(inputs + 1);
    for (const [i, list] of bounds.entries()) this.#starts[i + 1] = (this.#starts[i] ?? 0) + list.length;
    this.#known = new Float32Array(inputs * rememberedValues);
    this.#knownRanks = new Uint16Array(inputs * rememberedValues);
    for (let i = 0; i < inputs; i++) {
      this.#knownRanks.fill(this.#search(i, 0), i * rememberedValues, (i + 1) * rememberedValues);
    }
  }

  /** Null for a model with more numbers of one input than a rank can tell apart. */
  static of(model: TreeEnsemble, metadata: ModelMetadata): InputRanks | null {
    const lists = Array.from({ length: model.inputs }, (_, i) => {
      const [low, high] = metadata.seen[i] ?? [0, 0];
      return new Set([below(0), 0, largestUnder(low), largestUpTo(high)]);
    });
    for (const [n, f] of model.feature.entries()) if (f >= 0) lists[f]?.add(model.threshold[n] ?? 0);
    if (lists.some((list) => list.size > 65_535)) return null;
    return new InputRanks(
      model.inputs,
      lists.map((list) => Float32Array.from(list).sort()),
    );
  }

  /** Writes the ranks of the row at `offset` of `rows` to `into`; gives their hash. */
  write(rows: Float32Array, offset: number, into: Uint16Array): number {
    const known = this.#known;
    const knownRanks = this.#knownRanks;
    let hash = 0;
    for (let i = 0; i < this.inputs; i++) {
      const value = rows[offset + i] as number;
      let rank = 0;
      const place = i * rememberedValues + ((value >>> 0) & (rememberedValues - 1));
      if (known[place] === value) rank = knownRanks[place] as number;
      else {
        rank = this.#search(i, value);
        known[place] = value;
        knownRanks[place] = rank;
      }
      into[i] = rank;
      hash = Math.imul(hash ^ rank, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** How many numbers of an input are below a value; what is no number is above all of them, as in ONNX. */
  #search(input: number, value: number): number {
    const bounds = this.#bounds;
    const start = this.#starts[input] as number;
    let low = start;
    let many = (this.#starts[input + 1] as number) - start;
    while (many > 0) {
      const half = many >> 1;
      if ((bounds[low + half] as number) >= value) many = half;
      else {
        low += half + 1;
        many -= half + 1;
      }
    }
    return low - start;
  }
}

/** The next smaller number in single precision, which the inputs are in. */
function below(value: number): number {
  const single = Float32Array.of(value);
  const bits = new Int32Array(single.buffer);
  const [word = 0] = bits;
  bits[0] = value === 0 ? -0x7fffffff : word + (value > 0 ? -1 : 1);
  return single[0] ?? 0;
}

const largestUpTo = (value: number): number => {
  const single = Math.fround(value);
  return single > value ? below(single) : single;
};
const largestUnder = (value: number): number => {
  const single = largestUpTo(value);
  return single === value ? below(single) : single;
};
