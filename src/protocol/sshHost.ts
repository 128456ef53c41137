/** Longest destination of ssh that is passed on, in characters. */
export const maxSshHostLength = 255;

const userPart = String.raw`(?:[A-Za-z0-9_][A-Za-z0-9_.+\-]*@)?`;
const hostPart = String.raw`(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.\-]+)?)`;
const destination = new RegExp(`^${userPart}${hostPart}$`);
const address = new RegExp(
  String.raw`^ssh://${userPart}(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?$`,
);

/**
 * Whether `text` is a destination of ssh(1): `[user@]host`, or `ssh://[user@]host[:port]`, where host may be a name of
 * the person's ssh configuration. Nothing that ssh or a shell could take for an option or a command passes.
 */
export function isSshHost(text: string): boolean {
  return text.length <= maxSshHostLength && (destination.test(text) || address.test(text));
}
