/** Every sentence that the engine says of a finding, as a text with `{0}`, `{1}` … where the rule puts a value. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { count } from '../../src/core/detectors/words';
import { stagesJoint } from '../../src/core/findings/correlation';

/** Where findings get their words; ruleSettings.ts speaks of settings. */
const places = [
  'src/core/detectors',
  'src/core/model/modelWords.ts',
  'src/core/findings/correlation.ts',
  'src/core/findings/doubts.ts',
];
/** For documentation and settings, or for no person. */
const notSaid = new Set(['description', 'label', 'source', 'sources', 'id', 'subject', 'pattern', 'features']);
/** Functions whose texts are names, units or nouns however short they are. */
const namers = new Set(['plain', 'count', 'rateEvidence', 'measure', 'evidence', 'row']);

function* files(place: string): Generator<string> {
  if (!statSync(place).isDirectory()) yield place;
  else for (const name of readdirSync(place)) if (name !== 'ruleSettings.ts') yield* files(path.join(place, name));
}

/** Sentences and parts of sentences, sorted. @param root of the repository */
export function collectSentences(root: string): string[] {
  const found = new Set([stagesJoint]);
  for (const place of places)
    for (const file of files(path.join(root, place)))
      for (const sentence of sentencesOf(file, readFileSync(file, 'utf8'))) found.add(sentence);
  return [...found].sort();
}

const doctorPlace = 'src/analyzer/doctorVerdict.ts';
/** What no sentence is by its form. */
const doctorWords = ['user', 'container', 'sandbox', 'fits', 'installed', 'readable', 'group {0}', '{0} (sudo-rs)'];
/** Commands are the same in every language. */
const command = /^(\{0\})?(winget|wsl|docker|code|brew|node|apt-get|dnf|zypper|pacman|apk|sudo(?! (is|asks) )) |^, /;

/** What the doctor finds, in sentences and parts of them. @param root of the repository */
export function collectDoctorWords(root: string): string[] {
  const said = sentencesOf(doctorPlace, readFileSync(path.join(root, doctorPlace), 'utf8'));
  return [...said.filter((text) => !command.test(text)), ...doctorWords];
}

/** Sentences and parts of sentences in a source of a rule. */
export function sentencesOf(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || isLimit(node) || isNotSaid(node)) return;
    const parts = partsOf(node);
    if (parts === null) {
      ts.forEachChild(node, visit);
      return;
    }
    for (const part of parts) if (typeof part !== 'string') visit(part);
    const sentence = templateOf(parts);
    const names = isName(node);
    if (names ? /[a-z]{2}/.test(sentence) : isSentence(sentence) && !/\p{Cc}/u.test(sentence)) {
      if (names && isNoun(node)) found.push(`{0} ${sentence}`, count(2, sentence).replace('2', '{0}'));
      else found.push(sentence);
    }
  };
  visit(source);
  return found;
}

type Part = string | ts.Expression;

/** Text and values of a literal, a template, or a sum of them; null for what is no text. */
function partsOf(node: ts.Node): Part[] | null {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.flatMap(({ expression, literal }) => [expression, literal.text])];
  if (ts.isParenthesizedExpression(node)) return partsOf(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null;
  const [left, right] = [partsOf(node.left), partsOf(node.right)];
  if (left === null && right === null) return null;
  return [...(left ?? [node.left]), ...(right ?? [node.right])];
}

function templateOf(parts: readonly Part[]): string {
  let holes = 0;
  return parts.map((part) => (typeof part === 'string' ? part : `{${holes++}}`)).join('');
}

/** Two words beside one another, which identifiers do not have; limits are named after their rule, and sources after a file. */
function isSentence(text: string): boolean {
  if (/^\{0\}: [a-z ]+$|\.(zeek|hjson|go)\b|^own choice/.test(text)) return false;
  return /[A-Za-z)}] [a-z]{2}|[a-z]{2},? [A-Za-z{]|[a-z]{2}\. /.test(text);
}

/** Counters of limits have names of their own. */
function isLimit(node: ts.Node): boolean {
  return ts.isNewExpression(node) && /Limit|Table|Counter/.test(node.expression.getText());
}

function isNotSaid(node: ts.Node): boolean {
  if (!ts.isPropertyAssignment(node) || !notSaid.has(node.name.getText())) return false;
  return node.name.getText() !== 'sources' || ts.isArrayLiteralExpression(node.initializer);
}

/** Whether a text is the name or the unit of a figure. */
function isName(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return namers.has(parent.expression.getText().replace(/^.*\./, ''));
  if (!ts.isPropertyAssignment(parent) || !/^(name|unit|title)$/.test(parent.name.getText())) return false;
  return parent.name.getText() === 'title' || /\bobserved\b/.test(parent.parent.getText());
}

/** Whether a text is a noun that is counted. */
function isNoun(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.expression.getText() === 'count';
}
