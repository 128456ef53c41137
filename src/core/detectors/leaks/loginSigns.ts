import type { LineCommand, LineProtocol } from '../../decode/lineProtocols';

/** Protocols in which a person can give a password in clear. */
export type ClearLogin = 'FTP' | 'POP3' | 'IMAP' | 'SMTP' | 'Telnet' | 'HTTP Basic' | 'HTTP form';

const names: Readonly<Record<LineProtocol, ClearLogin>> = { ftp: 'FTP', pop: 'POP3', imap: 'IMAP', smtp: 'SMTP' };

/** How a command of a client gives a password, or begins to; null when it does not. */
export function loginOf({ protocol, verb, argument }: LineCommand): ClearLogin | null {
  switch (verb) {
    // RFC 959 section 4.1.1, RFC 1939 section 7; RFC 9051 section 6.2.3.
    case 'PASS':
    case 'LOGIN':
      return argument === '' ? null : names[protocol];
    // RFC 4954, RFC 5034; RFC 9051 section 6.2.2. The other mechanisms do not send the password itself.
    case 'AUTH':
    case 'AUTHENTICATE':
      return /^"?(?:PLAIN|LOGIN)\b/i.test(argument) ? names[protocol] : null;
    default:
      return null;
  }
}

/** RFC 1635: a user of FTP who needs no password. */
export function isAnonymous({ protocol, verb, argument }: LineCommand): boolean {
  return protocol === 'ftp' && verb === 'USER' && /^(?:anonymous|ftp)$/i.test(argument.trim());
}

/** What a server of Telnet says before it wants a password (RFC 854 leaves that to it). */
export function asksPassword(text: string): boolean {
  return /(?:password|passcode|passwort|mot de passe|contraseña)[^\r\n]{0,20}:\s*$/i.test(text);
}

const fieldNames =
  'pass|passwd|password|passphrase|pwd|pw|userpass|user_pass|userpassword|login_password|passwort|kennwort|pin';
const field = new RegExp(`(?:^|[?&])(?:[\\w.%-]{0,40}[._\\[-])?(?:${fieldNames})(?:\\]|%5d)?=[^&\\s]`, 'i');
const jsonField = new RegExp(`"(?:${fieldNames})"\\s*:\\s*"[^"]`, 'i');
const multipartField = new RegExp(`name="?(?:${fieldNames})"?[·\\s]`, 'i');

/** Whether a query or the body of a form holds a field that is a password by its name. */
export function hasPasswordField(text: string): boolean {
  const equals = text.includes('=');
  if (equals && field.test(text)) return true;
  return (text.includes('"') && jsonField.test(text)) || (equals && multipartField.test(text));
}
