import { getDomain } from 'tldts';

const options = {
  // Names under a hoster's suffix (duckdns.org, cloudfront.net) belong to different people.
  allowPrivateDomains: true,
  detectIp: false,
  extractHostname: false,
  // Tunnels use characters that no host name has.
  validateHostname: false,
};

/** Names looked up of late: an answer has the name of its query, and people come back. Forgotten all at once. */
const known = new Map<string, string | null>();
const maxKnown = 2048;
/** Of these, the newest of each cell: to compare a text costs less than to hash it. */
const cellCount = 1024;
const cellNames = new Array<string>(cellCount).fill('');
const cellDomains = new Array<string | null>(cellCount).fill(null);

/**
 * The domain that somebody registered, by the public suffix list (publicsuffix.org); null for names that are none: single
 * labels, reverse look-ups, names of the local link (RFC 6762, RFC 6761).
 */
export function registeredDomain(name: string): string | null {
  const cell = cellOf(name);
  if (cellNames[cell] === name) return cellDomains[cell] ?? null;
  const before = known.get(name);
  const domain = before === undefined ? lookUp(name) : before;
  if (before === undefined) {
    if (known.size >= maxKnown) known.clear();
    known.set(name, domain);
  }
  cellNames[cell] = name;
  cellDomains[cell] = domain;
  return domain;
}

/** By some of the characters. */
function cellOf(name: string): number {
  const { length } = name;
  const some =
    name.charCodeAt(0) ^
    (name.charCodeAt(1) << 7) ^
    (name.charCodeAt(length >> 2) << 14) ^
    (name.charCodeAt(length >> 1) << 21) ^
    (length << 25);
  return Math.imul(some, 0x9e3779b1) >>> 22;
}

function lookUp(name: string): string | null {
  if (name.length < 3 || name.endsWith('.arpa') || name.endsWith('.local')) return null;
  const domain = getDomain(name, options);
  return domain === null || domain === '' ? null : domain.toLowerCase();
}

const minimumLength = 8;

/**
 * Whether a label looks as if a program had made it up: hardly a vowel, long rows of consonants, or digits strewn in. After
 * nDPI's `ndpi_check_dga_name` (ndpi_main.c), without its table of letter pairs.
 */
export function looksMadeUp(label: string): boolean {
  if (label.length < minimumLength || label.startsWith('xn--')) return false;
  let vowels = 0;
  let letters = 0;
  let consonants = 0;
  let longestConsonants = 0;
  let changes = 0;
  let wasDigit = false;
  for (let index = 0; index < label.length; index++) {
    const character = label.charAt(index);
    const digit = character >= '0' && character <= '9';
    if (index > 0 && digit !== wasDigit) changes++;
    wasDigit = digit;
    if (digit || character === '-') {
      consonants = 0;
      continue;
    }
    letters++;
    const vowel = 'aeiouy'.includes(character);
    if (vowel) vowels++;
    consonants = vowel ? 0 : consonants + 1;
    longestConsonants = Math.max(longestConsonants, consonants);
  }
  return longestConsonants >= 5 || changes >= 4 || (letters >= minimumLength && vowels / letters < 0.2);
}
