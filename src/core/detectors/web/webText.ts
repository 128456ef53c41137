/** Rounds of decoding: attackers encode twice to get past filters; more than three hide nothing that a server would undo. */
const maxRounds = 3;
/** Parameters of one request that are looked at, and characters of each. */
const maxValues = 64;
const maxValueLength = 2048;

/** One place of a request where a client can put text. */
export interface WebText {
  /** In words: `path`, `parameter id`, `header Cookie`. */
  where: string;
  /** Decoded, in lower case, blanks and SQL comments made one blank. */
  text: string;
  /** Rounds of decoding that changed it; two and more are unusual. */
  rounds: number;
}

const odd = /[%'"<>(){};|`$\\&^]|\.\.|--|\/\*|[a-z]:\/\/|\/etc\/|\b(?:select|union)\b/i;

/** Whether there is anything to look at: most requests hold nothing but letters, digits and slashes. */
export function isOdd(raw: string): boolean {
  return odd.test(raw);
}

const hexByte = /%([0-9a-f]{2})/gi;
const unicodeEscape = /(?:%u|\\u)([0-9a-f]{4})|\\x([0-9a-f]{2})/gi;
const entity = /&(?:#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))|(lt|gt|quot|apos|amp|colon|lpar|rpar|sol|tab|newline));?/gi;
const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
  colon: ':',
  lpar: '(',
  rpar: ')',
  sol: '/',
  tab: ' ',
  newline: ' ',
};

function character(code: number): string {
  return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : ' ';
}

/** Percent-encoding (RFC 3986 section 2.1), `%uXXXX` of IIS, escapes of JSON and JavaScript, HTML entities: one round. */
function decodeOnce(text: string): string {
  let decoded = text;
  if (decoded.includes('%') || decoded.includes('\\')) {
    decoded = decoded
      // Overlong UTF-8 of dot, slash and backslash, which old servers took for the character (CVE-2000-0884).
      .replace(/%c0%(?:ae|2e)/gi, '.')
      .replace(/%c0%af|%e0%80%af|%c1%9c/gi, '/')
      .replace(unicodeEscape, (_all, four?: string, two?: string) => character(parseInt(four ?? two ?? '', 16)))
      .replace(hexByte, (_all, hex: string) => character(parseInt(hex, 16)))
      .replace(/\\\//g, '/');
  }
  if (decoded.includes('&')) {
    decoded = decoded.replace(entity, (all, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return character(parseInt(hex, 16));
      if (decimal !== undefined) return character(Number(decimal));
      return entities[(name ?? '').toLowerCase()] ?? all;
    });
  }
  return decoded;
}

/** What a server may make of `raw`: decoded again and again until nothing changes. */
export function webText(where: string, raw: string): WebText {
  let text = raw.slice(0, maxValueLength);
  let rounds = 0;
  while (rounds < maxRounds) {
    const decoded = decodeOnce(text);
    if (decoded === text) break;
    text = decoded;
    rounds++;
  }
  text = text
    .toLowerCase()
    .replace(/\/\*!?\d{0,5}|\*\//g, ' ')
    .replace(/[\s\u00a0·]+/g, ' ')
    .trim();
  return { where, text, rounds };
}

/** Path, parameter names and values of a request target or a form. */
export function targetTexts(target: string): WebText[] {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const texts: WebText[] = [];
  if (isOdd(path)) texts.push(webText('path', path.replace(/^https?:\/\/[^/]*/i, '')));
  if (question >= 0) texts.push(...formTexts(target.slice(question + 1)));
  return texts;
}

/** Fields of `application/x-www-form-urlencoded`; `+` is a blank there. */
export function formTexts(form: string): WebText[] {
  const texts: WebText[] = [];
  if (!isOdd(form)) return texts;
  for (const field of form.split('&', maxValues)) {
    if (!isOdd(field)) continue;
    const equals = field.indexOf('=');
    const name = equals < 0 ? '' : field.slice(0, equals);
    const value = (equals < 0 ? field : field.slice(equals + 1)).replace(/\+/g, ' ');
    texts.push(webText(equals < 0 ? 'query' : `parameter ${name.slice(0, 40)}`, value));
    if (isOdd(name)) texts.push(webText('name of a parameter', name.replace(/\+/g, ' ')));
  }
  return texts;
}

const jsonString = /"((?:[^"\\]|\\.){1,2048})"/g;

/** Strings of a JSON body, which may be cut. */
export function jsonTexts(body: string): WebText[] {
  const texts: WebText[] = [];
  for (const [, value] of body.matchAll(jsonString)) {
    if (texts.length >= maxValues) break;
    if (value !== undefined && isOdd(value)) texts.push(webText('JSON', value.replace(/\\"/g, '"')));
  }
  return texts;
}

/** Texts of a body by its media type; null when the request names none. */
export function bodyTexts(contentType: string | null, text: string): WebText[] {
  const type = (contentType ?? '').toLowerCase();
  if (type.includes('json')) return jsonTexts(text);
  if (type.includes('multipart')) {
    // What a file holds is no field of a form.
    const parts = text.split(/--[-\w'()+,./:=?]{4,70}(?=·|$)/).filter((part) => !/filename\*?=/i.test(part));
    return parts.map((part) => webText('form', part.replace(/^.*?····/, '')));
  }
  if (type === '' || type.includes('urlencoded')) return formTexts(text);
  return [webText('body', text)];
}
