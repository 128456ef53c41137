/** What one payload packet shows of a shell, as bits. */
export const shellSigns = { prompt: 1, banner: 2, command: 4, output: 8 } as const;

const maxText = 512;

/** ANSI escape sequences (ECMA-48 section 5.4), which terminals put around a prompt. */
const escapes = /\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]{0,200}\x07|[=>()][0-9A-B]?)/g;

/** `sh-5.1$ `, `root@host:/srv# `, `/ # `, `C:\Users\x>`, `PS C:\>` at the end of a packet. */
const prompt = /(?:^|[\r\n])[\w@:~/.()[\] -]{0,80}[$#] ?$|(?:^|[\r\n])(?:PS )?[A-Za-z]:\\[^\r\n<>|]{0,120}> ?$/;

const banner =
  /can't access tty; job control|no job control in this shell|cannot set terminal process group|Microsoft Windows \[Version|built-in shell \((?:ash|msh|hush)\)|Windows PowerShell\r?\n|Copyright \(C\) .{0,20}Microsoft Corporation/;

const commands =
  /^(?:sudo )?(?:id|whoami|uname(?: -\w+)?|hostname|pwd|ls(?: .{0,80})?|dir(?: .{0,80})?|cat \S.{0,120}|ps(?: \S{0,12})?|w|who|env|set|ip a\w*|ip \w+|ifconfig.{0,20}|ipconfig.{0,20}|netstat.{0,20}|ss -\w+|net (?:user|group|view|localgroup).{0,60}|systeminfo|tasklist.{0,20}|cd .{1,120}|find .{1,120}|grep .{1,120}|head .{1,80}|tail .{1,80}|wget .{1,120}|curl .{1,120}|python\d? -c .{1,200}|type .{1,120}|echo .{1,120}|history|df(?: -h)?|mount|last|crontab -l|exit|export .{1,80}|chmod .{1,80}|mkdir .{1,80}|rm .{1,80}|tar .{1,80}|wc .{1,80}|date|uptime|arp -a|route.{0,20})\r?\n?$/;

const output =
  /\buid=\d+(?:\([\w.-]+\))? gid=\d+|^root:x:0:0:|\nroot:x:0:0:|[-dl][rwxsStT-]{9}[+.@]? +\d+ \w+ +\w+ +\d+ |^total \d+\r?\n|Directory of [A-Z]:\\|^Linux \S+ \d+\.\d+|\bPID +(?:TTY|USER)\b|Host Name: +\S|Windows IP Configuration|nt authority\\system/i;

/** Signs in the text of one packet; 0 when it is no text. */
export function findShellSigns(bytes: Uint8Array, start: number, end: number): number {
  const text = readText(bytes, start, end);
  if (text === null) return 0;
  let signs = 0;
  if (prompt.test(text.slice(-160))) signs |= shellSigns.prompt;
  if (banner.test(text)) signs |= shellSigns.banner;
  if (text.length <= 256 && commands.test(text)) signs |= shellSigns.command;
  if (output.test(text)) signs |= shellSigns.output;
  return signs;
}

/** First and last part of the payload without escapes; null when a tenth of it is no text. */
function readText(bytes: Uint8Array, start: number, end: number): string | null {
  if (isBinary(bytes, start, Math.min(end, start + quickLook))) return null;
  let text = '';
  let odd = 0;
  const cut = end - start > maxText ? start + maxText / 2 : end;
  for (let index = start; index < end; index++) {
    if (index === cut) index = end - maxText / 2;
    const byte = bytes[index] ?? 0;
    const plain = (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x1b;
    // Other languages than English have bytes above 0x7f, but not mostly.
    if (!plain && byte !== 0x07 && byte !== 0x08) odd++;
    text += String.fromCharCode(byte);
  }
  return odd * 10 > text.length ? null : text.replace(escapes, '');
}

const quickLook = 24;

/** Most of what is no text shows it at once. */
function isBinary(bytes: Uint8Array, start: number, end: number): boolean {
  let odd = 0;
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if ((byte < 0x20 && (byte < 7 || byte > 13) && byte !== 0x1b) || byte >= 0x7f) odd++;
  }
  return odd * 3 > end - start;
}
