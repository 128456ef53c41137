/** Protocols in which a person can give a password in clear. */
export type ClearLogin = 'FTP' | 'POP3' | 'IMAP' | 'SMTP' | 'Telnet' | 'HTTP Basic' | 'HTTP form';

const byPort = new Map<number, ClearLogin>([
  [21, 'FTP'],
  [23, 'Telnet'],
  [25, 'SMTP'],
  [110, 'POP3'],
  [143, 'IMAP'],
  [587, 'SMTP'],
  [2323, 'Telnet'],
  [2525, 'SMTP'],
]);
const bySpoken = new Map<string, ClearLogin>([
  ['ftp', 'FTP'],
  ['pop', 'POP3'],
  ['imap', 'IMAP'],
  ['smtp', 'SMTP'],
]);

/** What a connection with this server port and recognised protocol may log in by; null for others and for TLS. */
export function loginProtocol(port: number, spoken: string | null): ClearLogin | null {
  if (spoken !== null) return bySpoken.get(spoken) ?? null;
  return byPort.get(port) ?? null;
}

const commands: Readonly<Partial<Record<ClearLogin, RegExp>>> = {
  // RFC 959 section 4.1.1.
  FTP: /^PASS \S/i,
  // RFC 1939 section 7, RFC 5034.
  POP3: /^(?:PASS \S|AUTH (?:PLAIN|LOGIN)\b)/i,
  // RFC 9051 sections 6.2.2, 6.2.3.
  IMAP: /^[^ ]{1,20} (?:LOGIN \S|AUTHENTICATE "?(?:PLAIN|LOGIN)\b)/i,
  // RFC 4954.
  SMTP: /^AUTH (?:PLAIN|LOGIN)\b/i,
};

/** Whether a line of the client gives a password, or begins to. The line is only looked at, never kept. */
export function givesPassword(protocol: ClearLogin, line: string): boolean {
  return commands[protocol]?.test(line) === true;
}

/** RFC 1635: a user name that needs no password. */
export function isAnonymous(line: string): boolean {
  return /^USER (?:anonymous|ftp)\b/i.test(line);
}

/** What a server of Telnet says before it wants a password (RFC 854 leaves that to it). */
export function asksPassword(text: string): boolean {
  return /(?:password|passcode|passwort|mot de passe|contraseña)[^\r\n]{0,20}:\s*$/i.test(text);
}

const names =
  'pass|passwd|password|passphrase|pwd|pw|userpass|user_pass|userpassword|login_password|passwort|kennwort|pin';
const field = new RegExp(`(?:^|[?&])(?:[\\w.%-]{0,40}[._\\[-])?(?:${names})(?:\\]|%5d)?=[^&\\s]`, 'i');
const jsonField = new RegExp(`"(?:${names})"\\s*:\\s*"[^"]`, 'i');
const multipartField = new RegExp(`name="?(?:${names})"?[·\\s]`, 'i');

/** Whether a query or the body of a form holds a field that is a password by its name. */
export function hasPasswordField(text: string): boolean {
  return field.test(text) || jsonField.test(text) || multipartField.test(text);
}
