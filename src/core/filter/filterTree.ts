import { FilterError } from './filterError';
import * as grammar from './generated/filterGrammar';

/** `start` and `end` are offsets in the text of the filter. */
interface Place {
  start: number;
  end: number;
}

export interface WordOperand extends Place {
  /** `word`: a field, a protocol or a value without quotes; `text`: in quotes, its escapes undone. */
  kind: 'word' | 'text';
  text: string;
}

/** `length` bytes from `from` on, or those up to `to`; to the end when both are null. Negative numbers count from the end. */
export interface SliceRange {
  from: number;
  length: number | null;
  to: number | null;
}

export type Operand =
  | WordOperand
  | (Place & { kind: 'slice'; operand: Operand; ranges: SliceRange[] })
  | (Place & { kind: 'mask'; operand: Operand; mask: Operand })
  | (Place & { kind: 'call'; name: string; args: Operand[] });

export type RelationName = '==' | '===' | '!=' | '!==' | '>' | '<' | '>=' | '<=' | 'contains' | 'matches';

export type FilterNode =
  | { kind: 'or' | 'xor' | 'and'; parts: FilterNode[] }
  | { kind: 'not'; part: FilterNode }
  | { kind: 'exists'; operand: Operand }
  | {
      kind: 'relation';
      relation: RelationName;
      quantifier: 'any' | 'all' | null;
      left: Operand;
      right: Operand;
      /** Offset of the relation. */
      at: number;
    }
  | {
      kind: 'member';
      negated: boolean;
      quantifier: 'any' | 'all' | null;
      left: Operand;
      members: { low: WordOperand; high: WordOperand | null }[];
    };

export const maxFilterLength = 4096;
const maxDepth = 64;

/** The tree of a display filter; null when it is empty. Throws `FilterError`. */
export function parseFilterTree(text: string): FilterNode | null {
  if (text.length > maxFilterLength) {
    throw new FilterError(`The filter is longer than ${maxFilterLength} characters.`, maxFilterLength, text.length);
  }
  checkDepth(text);
  try {
    return (grammar.parse as (text: string) => unknown)(text) as FilterNode | null;
  } catch (error) {
    if (error instanceof grammar.SyntaxError) throw explained(text, error as unknown as GrammarFailure);
    throw error;
  }
}

/** The parser recurses once for each parenthesis, so their depth is bounded before it runs. */
function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '(' && ++depth > maxDepth) {
      throw new FilterError('The filter is nested too deep.', at, at + 1);
    } else if (!quoted && character === ')') depth--;
  }
}

interface GrammarFailure {
  expected: { type: string; description?: string; text?: string }[] | null;
  found: string | null;
  location: { start: { offset: number } };
}

function explained(text: string, failure: GrammarFailure): FilterError {
  const at = failure.location.start.offset;
  const wanted = wantedAt(failure);
  if (text[at] === '"' && wanted === operandWanted) {
    return new FilterError('The text has no closing quote.', at, text.length);
  }
  if (failure.found === null) return new FilterError(`The filter ends where ${wanted} is expected.`, at, at);
  const token = /^([A-Za-z0-9_:./*+%-]+|[=!<>~]+|&&|\|\||.)/su.exec(text.slice(at))?.[0] ?? '';
  if (token === '=') return new FilterError('Values are compared with ==.', at, at + 1);
  return new FilterError(`"${shown(token)}" is not expected here, but ${wanted}.`, at, at + token.length);
}

const operandWanted = 'a field or a value';

function wantedAt({ expected }: GrammarFailure): string {
  const wanted = new Set((expected ?? []).map((one) => one.description ?? one.text ?? ''));
  const joining = wanted.has(')') ? '")", "and", "or"' : '"and", "or"';
  if (wanted.has('a comparison')) return `${joining} or a comparison`;
  if (wanted.has(operandWanted)) return operandWanted;
  if (wanted.has('{')) return 'a set like {80, 443}';
  if (wanted.has('a number')) return 'a number';
  if (wanted.has('}')) return '"," or "}"';
  if (wanted.has(']')) return '"," or "]"';
  return `${joining} or the end`;
}

/** A part of a filter as messages show it: bounded. */
export function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
