/** Every text that asks for a translation: literals of `t` and `plural`, and the names in tables that are shown. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { rules } from '../../src/core/detectors/registry';
import { commonFilters } from '../../src/protocol/commonFilters';
import { severities } from '../../src/protocol/finding';
import { tableColumns } from '../../src/protocol/tables';
import { whenEmpty } from './ruleTexts';
import { collectDoctorWords, collectSentences } from './sentences';

/** Folders whose texts people see; what the engine says of findings is collected in sentences.ts, and the command line is English. */
const folders = ['src/extension', 'webview'];

export interface FoundText {
  file: string;
  line: number;
  text: string;
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* sources(file);
    else if (/(?<!\.d)\.ts$/.test(file)) yield file;
  }
}

/** Keys of the bundle, sorted. @param root of the repository */
export function collectMessages(root: string): string[] {
  const found = new Set<string>();
  for (const folder of folders)
    for (const file of sources(path.join(root, folder)))
      for (const text of messagesOf(file, readFileSync(file, 'utf8'))) found.add(text);
  for (const severity of severities) found.add(severity);
  for (const { meaning } of commonFilters) if (meaning.includes(' ')) found.add(meaning);
  for (const columns of Object.values(tableColumns))
    for (const { label, about } of columns) for (const text of [label, about]) if (text) found.add(text);
  for (const sentence of collectSentences(root)) found.add(sentence);
  for (const words of collectDoctorWords(root)) found.add(words);
  // The settings of rules, which `npm run rules` puts together.
  found.add(whenEmpty);
  for (const { title, description, numbers } of rules)
    for (const text of [title, description, ...Object.values(numbers).flatMap(({ label, unit }) => [label, unit])])
      if (/[a-z]{2}/.test(text)) found.add(text);
  return [...found].sort();
}

/** Texts that a source asks translations for. */
export function messagesOf(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      if (node.expression.text === 't') for (const literal of literalsOf(node.arguments[0])) found.push(literal);
      if (node.expression.text === 'plural') {
        const [one] = literalsOf(node.arguments[1]);
        const [many] = literalsOf(node.arguments[2]);
        if (one !== undefined) found.push(one, many ?? `${one}s`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function literalsOf(node: ts.Node | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)];
  return [];
}

const shownProperties = new Set([
  'text',
  'label',
  'title',
  'placeholder',
  'placeHolder',
  'prompt',
  'openLabel',
  'aria-label',
]);

/** Literals in places that people see, which no translation is asked for. */
export function untranslated(root: string): FoundText[] {
  const found: FoundText[] = [];
  for (const folder of folders)
    for (const file of sources(path.join(root, folder))) {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        for (const shown of shownNodes(node))
          for (const literal of shownLiterals(shown)) {
            const { line } = source.getLineAndCharacterOfPosition(node.getStart());
            found.push({ file: path.relative(root, file), line: line + 1, text: literal });
          }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  return found;
}

/** What people see of a node: the value of a property, the words of an error or of a message, the names of kinds of files. */
function shownNodes(node: ts.Node): readonly ts.Node[] {
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText().replace(/['"]/g, '');
    if (shownProperties.has(name)) return [node.initializer];
    if (name !== 'filters' || !ts.isObjectLiteralExpression(node.initializer)) return [];
    return node.initializer.properties.flatMap((kind) => (kind.name === undefined ? [] : [kind.name]));
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'NetworkTrafficError')
    return (node.arguments ?? []).slice(1);
  if (
    ts.isCallExpression(node) &&
    /\.show(Information|Warning|Error)Message$|^setText$/.test(node.expression.getText())
  )
    return node.arguments;
  return [];
}

/** Of words: names of formats and protocols, and text without letters, are the same in every language. */
function shownLiterals(node: ts.Node): string[] {
  if (ts.isConditionalExpression(node)) return [...shownLiterals(node.whenTrue), ...shownLiterals(node.whenFalse)];
  const text = ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('')
    : literalsOf(node)[0];
  return text !== undefined && /[a-z]{3,} [a-z]|^[A-Z][a-z]{2,}/.test(text.replace(/\$\([a-z-]+\)/g, '')) ? [text] : [];
}
