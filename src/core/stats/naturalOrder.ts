const zero = 0x30;
const nine = 0x39;

/**
 * Orders texts as people do: numbers in them by their value (10.0.0.9 before 10.0.0.10), letters without their case, and what is
 * equal then by its characters. Negative when `a` comes first, 0 only for the same text.
 */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (isDigit(x) && isDigit(y)) {
      const iEnd = endOfDigits(a, i);
      const jEnd = endOfDigits(b, j);
      while (i < iEnd - 1 && a.charCodeAt(i) === zero) i += 1;
      while (j < jEnd - 1 && b.charCodeAt(j) === zero) j += 1;
      // Without leading zeros the longer number is the larger one.
      if (iEnd - i !== jEnd - j) return iEnd - i - (jEnd - j);
      for (; i < iEnd; i++, j++) {
        const difference = a.charCodeAt(i) - b.charCodeAt(j);
        if (difference !== 0) return difference;
      }
      continue;
    }
    const difference = lower(x) - lower(y);
    if (difference !== 0) return difference;
    i += 1;
    j += 1;
  }
  const rest = a.length - i - (b.length - j);
  if (rest !== 0) return rest;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return end;
}
