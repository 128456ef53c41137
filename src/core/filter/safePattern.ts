/**
 * Regular expressions that cannot run away: a filter comes from a person or a web page's message, and its subject from
 * the network, so matching must be linear in the subject. A set of positions is moved along it (Thompson 1968); there
 * are no back-references and no look-around. Case does not matter (as in Wireshark's `matches`), ASCII only.
 *
 * Syntax: literals, `.`, classes with ranges and negation, \d \w \s and their negations, ^ $, groups, |, * + ? {m,n}.
 */

const maxPatternLength = 256;
/** Instructions after the repetitions are written out. */
const maxInstructions = 1024;
const maxRepeat = 100;
const maxDepth = 32;

/** What is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

type CharacterTest = (code: number) => boolean;

type PatternNode =
  | { kind: 'character'; test: CharacterTest }
  | { kind: 'start' | 'end' }
  | { kind: 'sequence' | 'choice'; parts: PatternNode[] }
  | { kind: 'repeat'; part: PatternNode; least: number; most: number };

type Instruction =
  | { kind: 'character'; test: CharacterTest; next: number }
  | { kind: 'start' | 'end'; next: number }
  | { kind: 'split'; next: number; other: number }
  | { kind: 'match' };

/** Compiles a pattern to a search: true when it matches anywhere in the text. Throws `PatternError`. */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > maxPatternLength) {
    throw new PatternError(`The pattern is longer than ${maxPatternLength} characters.`);
  }
  const program = new ProgramWriter();
  const start = program.write(new PatternParser(pattern).parse(), program.add({ kind: 'match' }));
  return (text) => search(program.instructions, start, text);
}

function search(program: readonly Instruction[], start: number, text: string): boolean {
  let current: number[] = [];
  const seen = new Int32Array(program.length).fill(-1);
  const stack: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    // A match may begin anywhere: the start joins the positions before each character.
    const reached: number[] = [];
    stack.push(start);
    for (let index = current.length - 1; index >= 0; index--) stack.push(current[index] ?? 0);
    for (let position = stack.pop(); position !== undefined; position = stack.pop()) {
      if (seen[position] === at) continue;
      seen[position] = at;
      const instruction = program[position];
      if (instruction === undefined) continue;
      if (instruction.kind === 'match') return true;
      if (instruction.kind === 'character') reached.push(position);
      else if (instruction.kind === 'split') stack.push(instruction.other, instruction.next);
      else if (instruction.kind === 'start' ? at === 0 : at === text.length) stack.push(instruction.next);
    }
    const code = foldCase(text.charCodeAt(at));
    current = [];
    for (const position of reached) {
      const instruction = program[position];
      if (instruction?.kind === 'character' && at < text.length && instruction.test(code)) {
        current.push(instruction.next);
      }
    }
  }
  return false;
}

function foldCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Writes instructions from the last to the first, so that each knows what follows it. */
class ProgramWriter {
  readonly instructions: Instruction[] = [];
  private writes = 0;

  add(instruction: Instruction): number {
    if (this.instructions.length >= maxInstructions) throw new PatternError('The pattern is too large.');
    this.instructions.push(instruction);
    return this.instructions.length - 1;
  }

  /** Position of the instructions for `node`, which go on at `next`. */
  write(node: PatternNode, next: number): number {
    // Repetitions of nothing make no instructions, but they multiply too.
    this.writes += 1;
    if (this.writes > 8 * maxInstructions) throw new PatternError('The pattern is too large.');
    switch (node.kind) {
      case 'character':
        return this.add({ kind: 'character', test: node.test, next });
      case 'start':
      case 'end':
        return this.add({ kind: node.kind, next });
      case 'sequence':
        return node.parts.reduceRight((following, part) => this.write(part, following), next);
      case 'choice':
        return node.parts
          .map((part) => this.write(part, next))
          .reduceRight((other, position) => this.add({ kind: 'split', next: position, other }));
      case 'repeat':
        return this.writeRepeat(node, next);
    }
  }

  private writeRepeat(node: { part: PatternNode; least: number; most: number }, next: number): number {
    let position = next;
    if (node.most === Infinity) {
      const split = { kind: 'split' as const, next: 0, other: next };
      position = this.add(split);
      split.next = this.write(node.part, position);
    } else {
      for (let count = node.least; count < node.most; count++) {
        position = this.add({ kind: 'split', next: this.write(node.part, position), other: next });
      }
    }
    for (let count = 0; count < node.least; count++) position = this.write(node.part, position);
    return position;
  }
}

class PatternParser {
  private at = 0;

  constructor(private readonly pattern: string) {}

  parse(): PatternNode {
    // Wireshark users write (?i); case never matters here.
    if (this.pattern.startsWith('(?i)')) this.at = 4;
    const node = this.choice(0);
    if (this.at < this.pattern.length) throw new PatternError('The pattern has a ")" without a "(".');
    return node;
  }

  private choice(depth: number): PatternNode {
    if (depth > maxDepth) throw new PatternError('The pattern is nested too deep.');
    const parts = [this.sequence(depth)];
    while (this.pattern[this.at] === '|') {
      this.at += 1;
      parts.push(this.sequence(depth));
    }
    return { kind: 'choice', parts };
  }

  private sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.pattern.length && this.pattern[this.at] !== '|' && this.pattern[this.at] !== ')') {
      parts.push(this.repeated(this.atom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  private repeated(part: PatternNode): PatternNode {
    const bounds = this.bounds();
    if (bounds === null) return part;
    // A lazy repetition finds the same matches.
    if (this.pattern[this.at] === '?') this.at += 1;
    if (this.bounds() !== null) throw new PatternError('The pattern repeats a repetition.');
    return { kind: 'repeat', part, least: bounds[0], most: bounds[1] };
  }

  private bounds(): [number, number] | null {
    const character = this.pattern[this.at];
    if (character === '*' || character === '+' || character === '?') {
      this.at += 1;
      return [character === '+' ? 1 : 0, character === '?' ? 1 : Infinity];
    }
    const counts = /^\{([0-9]{1,3})(,([0-9]{0,3}))?\}/.exec(this.pattern.slice(this.at, this.at + 9));
    if (counts === null) return null;
    this.at += counts[0].length;
    const least = Number(counts[1]);
    const most = counts[2] === undefined ? least : counts[3] ? Number(counts[3]) : Infinity;
    if (least > maxRepeat || (most !== Infinity && most > maxRepeat) || most < least) {
      throw new PatternError(`A repetition in the pattern is out of order or above ${maxRepeat}.`);
    }
    return [least, most];
  }

  private atom(depth: number): PatternNode {
    const character = this.pattern[this.at] ?? '';
    this.at += 1;
    switch (character) {
      case '(':
        return this.group(depth);
      case '[':
        return { kind: 'character', test: this.characterClass() };
      case '.':
        return { kind: 'character', test: (code) => code !== 0x0a };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'character', test: this.escape() };
      case '*':
      case '+':
      case '?':
        throw new PatternError(`Nothing stands before "${character}" in the pattern.`);
      default:
        return { kind: 'character', test: literal(character) };
    }
  }

  private group(depth: number): PatternNode {
    if (this.pattern[this.at] === '?') {
      if (this.pattern[this.at + 1] !== ':') throw new PatternError('The pattern has a group that is not supported.');
      this.at += 2;
    }
    const node = this.choice(depth + 1);
    if (this.pattern[this.at] !== ')') throw new PatternError('The pattern has a "(" without a ")".');
    this.at += 1;
    return node;
  }

  private escape(): CharacterTest {
    const character = this.pattern[this.at];
    if (character === undefined) throw new PatternError('The pattern ends in a backslash.');
    this.at += 1;
    const named = namedClasses.get(character);
    if (named !== undefined) return named;
    if (character === 'x') {
      const digits = this.pattern.slice(this.at, this.at + 2);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw new PatternError('\\x needs two hexadecimal digits.');
      this.at += 2;
      return literal(String.fromCharCode(parseInt(digits, 16)));
    }
    const control = controlEscapes.get(character);
    if (control !== undefined) return literal(control);
    if (/[A-Za-z0-9]/.test(character))
      throw new PatternError(`The pattern has \\${character}, which is not supported.`);
    return literal(character);
  }

  private characterClass(): CharacterTest {
    const negated = this.pattern[this.at] === '^';
    if (negated) this.at += 1;
    const tests: CharacterTest[] = [];
    for (let first = true; first || this.pattern[this.at] !== ']'; first = false) {
      const low = this.pattern[this.at];
      if (low === undefined) throw new PatternError('The pattern has a "[" without a "]".');
      this.at += 1;
      if (low === '\\') {
        tests.push(this.escape());
        continue;
      }
      const high = this.pattern[this.at + 1];
      if (this.pattern[this.at] !== '-' || high === undefined || high === ']') {
        tests.push(literal(low));
        continue;
      }
      this.at += 2;
      tests.push(range(low, high));
    }
    this.at += 1;
    return (code) => tests.some((test) => test(code)) !== negated;
  }
}

const isDigit: CharacterTest = (code) => code >= 0x30 && code <= 0x39;
const isWord: CharacterTest = (code) => isDigit(code) || code === 0x5f || (code >= 0x61 && code <= 0x7a);
const isSpace: CharacterTest = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d);

const namedClasses = new Map<string, CharacterTest>([
  ['d', isDigit],
  ['D', (code) => !isDigit(code)],
  ['w', isWord],
  ['W', (code) => !isWord(code)],
  ['s', isSpace],
  ['S', (code) => !isSpace(code)],
]);

const controlEscapes = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Tests get codes with the case folded. */
function literal(character: string): CharacterTest {
  const wanted = foldCase(character.charCodeAt(0));
  return (code) => code === wanted;
}

function range(low: string, high: string): CharacterTest {
  const least = low.charCodeAt(0);
  const most = high.charCodeAt(0);
  if (most < least) throw new PatternError(`The pattern has a range out of order: ${low}-${high}.`);
  return (code) => {
    const upper = code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
    return (code >= least && code <= most) || (upper >= least && upper <= most);
  };
}
