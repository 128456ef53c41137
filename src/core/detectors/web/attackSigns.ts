import type { WebText } from './webText';

export const webAttackKinds = ['sql', 'xss', 'traversal', 'command', 'tool'] as const;
export type WebAttackKind = (typeof webAttackKinds)[number];

export const webAttackNames: Readonly<Record<WebAttackKind, string>> = {
  sql: 'SQL injection',
  xss: 'cross-site scripting',
  traversal: 'path traversal',
  command: 'command injection',
  tool: 'scanning tool',
};

interface Sign {
  kind: WebAttackKind;
  points: number;
  /** On decoded text in lower case; no nested repetition, so that time is linear in the text for any input. */
  pattern: RegExp;
  name: string;
}

/**
 * Signs after the classes of the OWASP Core Rule Set (932 command, 930 file, 941 XSS, 942 SQL) and sqlmap's payloads
 * (data/xml/payloads). Each alone may be somebody's odd sentence; points add up, and four are an attack.
 */
const signs: readonly Sign[] = [
  // SQL.
  {
    kind: 'sql',
    points: 4,
    name: 'UNION SELECT',
    pattern:
      /\bunion(?: all| distinct)?[ (]{1,4}select\b ?[^a-z ]|\bunion(?: all| distinct)?[ (]{1,4}select\b.{1,200}(?:,|\bfrom\b|--|#)/,
  },
  {
    kind: 'sql',
    points: 3,
    name: 'comparison of two constants',
    pattern:
      /(?:\b(?:or|and|xor|having)|\|\||&&)[ (]{0,6}(?:not )?[ ('"]{0,4}\d{1,8}['" )]{0,4}(?:=|<>|!=|<|>|like|rlike)[ ('"]{0,4}\d{1,8}/,
  },
  {
    kind: 'sql',
    points: 1,
    name: 'value that goes on as a condition',
    pattern: /^-?\w{0,30}['") ]{1,6}(?:and|or|xor|having|\|\||&&)[ (]/,
  },
  {
    kind: 'sql',
    points: 4,
    name: 'comparison of two constants in quotes',
    pattern: /['"][ )]{0,4}(?:or|and|xor|\|\||&&)[ (]{0,4}(['"])([^'"]{0,20})\1?[ )]{0,2}(?:=|like)[ (]{0,2}['"]\2/,
  },
  {
    kind: 'sql',
    points: 2,
    name: 'quote that ends a string, then SQL',
    pattern:
      /(?:^|[\w%.])['"]['" )]{0,6}(?:(?:or|and|xor|union|having|group by|order by|limit|procedure|into)\b|;|--|#|\|\|)/,
  },
  {
    kind: 'sql',
    points: 2,
    name: 'comment that cuts a statement off',
    pattern: /(?:['")\w])[ ]?(?:--|#)[ -]{0,3}\w{0,6}$|;%00$/,
  },
  {
    kind: 'sql',
    points: 3,
    name: 'second statement',
    pattern:
      /;[ ]{0,3}(?:drop (?:table|database|user)|insert into|update \w{1,40} set|delete from|alter table|create (?:table|user|function)|truncate table|exec(?:ute)?\b[ (]|shutdown\b|declare @|waitfor delay|select\b.{1,80}(?:\bfrom\b|\())/,
  },
  {
    kind: 'sql',
    points: 4,
    name: 'function that waits',
    pattern:
      /\b(?:sleep ?\( ?\d|pg_sleep ?\(|benchmark ?\( ?\d|waitfor delay ?\(? ?['"\d@]|dbms_(?:pipe|lock)\b|randomblob ?\()/,
  },
  {
    kind: 'sql',
    points: 3,
    name: 'function of an attack',
    pattern:
      /\b(?:extractvalue|updatexml|xp_cmdshell|xp_dirtree|load_file|group_concat|string_agg|ctxsys\.|utl_(?:http|inaddr)|json_keys|gtid_subset|exp\(~)\b|\binto (?:out|dump)file\b|\b(?:concat|concat_ws|char|chr|ascii|ord|mid|substr|substring|elt|make_set|ifnull|nullif|cast|convert)\([^)]{0,60}(?:0x|select|\bas (?:n?char|int|varchar|numeric|text)|,\d)|\b(?:ascii|ord|mid|substr|substring|length|hex) ?\( ?(?:mid|substr|substring|user|database|version|current_user)\b ?\(|chr\(\d{1,3}\)\|\|/,
  },
  {
    kind: 'sql',
    points: 3,
    name: 'catalogue of a database',
    pattern:
      /\b(?:information_schema|sqlite_master|sysobjects|syscolumns|pg_catalog|pg_user|all_tables|msysobjects|rdb\$|sysibm)\b|@@(?:version|datadir|hostname)/,
  },
  { kind: 'sql', points: 3, name: 'query inside a value', pattern: /\( ?select\b.{1,200}?(?:\bfrom\b|\(|\d ?\))/ },
  { kind: 'sql', points: 1, name: 'SELECT … FROM', pattern: /\bselect\b.{1,120}\bfrom\b/ },
  { kind: 'sql', points: 2, name: 'conditional expression', pattern: /\bcase when\b|\biif? ?\([^)]{1,60},[^)]{1,40},/ },
  { kind: 'sql', points: 2, name: 'ORDER BY a number', pattern: /\b(?:order|group) by \d{1,4}(?:[ ,]|--|#|$)/ },
  { kind: 'sql', points: 2, name: 'broken quotes and brackets', pattern: /(?:['"][(),.]|[(),.]['"])[(),.'"]{3,}/ },
  // XSS.
  { kind: 'xss', points: 4, name: 'script element', pattern: /<[/ ]{0,3}script[\s/>]|<script$/ },
  {
    kind: 'xss',
    points: 4,
    name: 'element with an event handler',
    pattern: /<[a-z!/][^>]{0,200}[\s/"'+]on[a-z]{3,24} ?=/,
  },
  {
    kind: 'xss',
    points: 3,
    name: 'event handler behind a quote',
    pattern:
      /['"][\s/>][^>]{0,100}\bon(?:error|load|click|mouse\w{2,6}|focus\w{0,3}|key\w{2,5}|toggle|start|begin|animation\w{3,9}|pointer\w{2,6}) ?=/,
  },
  { kind: 'xss', points: 3, name: 'javascript: address', pattern: /(?:^|['"=(, ])(?:java|vb)script ?:[^ ]/ },
  {
    kind: 'xss',
    points: 2,
    name: 'element that loads a page',
    pattern: /<(?:iframe|object|embed|applet|meta|base|frame|link|svg|math)\b[^>]{0,200}(?:=|>|$)/,
  },
  {
    kind: 'xss',
    points: 2,
    name: 'reads or changes the page',
    pattern:
      /\b(?:document\.(?:cookie|location|write|domain)|window\.(?:location|open)|location\.href|localstorage|xmlhttprequest|\.innerhtml)\b/,
  },
  {
    kind: 'xss',
    points: 1,
    name: 'call that attacks try',
    pattern: /\b(?:alert|prompt|confirm|eval|settimeout|string\.fromcharcode|fetch|atob|import) ?[(`]/,
  },
  {
    kind: 'xss',
    points: 2,
    name: 'data: page or style with code',
    pattern: /data:text\/html|expression ?\(|srcdoc ?=/,
  },
  // Files.
  {
    kind: 'traversal',
    points: 2,
    name: 'climbs up two folders',
    pattern: /(?:\.\.|\.\.;|\.{4})[/\\]{1,3}(?:\.\.|\.\.;|\.{4})[/\\]/,
  },
  { kind: 'traversal', points: 2, name: 'climbs up far', pattern: /(?:(?:\.\.|\.\.;|\.{4})[/\\]{1,3}){4}/ },
  {
    kind: 'traversal',
    points: 3,
    name: 'file of the system',
    pattern:
      /\/etc\/(?:passwd|shadow|hosts|group|issue|crontab)\b|\/proc\/self\/|(?:win|system|boot)\.ini\b|\\windows\\|\/windows\/(?:win|system32)|\.ssh\/(?:id_|authorized)|web\.config\b|web-inf\/|\/\.aws\/credentials/,
  },
  {
    kind: 'traversal',
    points: 3,
    name: 'address of a local stream',
    pattern: /\b(?:php:\/\/(?:filter|input)|file:\/\/\/|expect:\/\/|phar:\/\/|zip:\/\/|data:\/\/text)/,
  },
  // Commands.
  {
    kind: 'command',
    points: 3,
    name: 'shell command behind a separator',
    pattern:
      /(?:[;|&`\n]|\|\||&&)[ ]{0,3}(?:\/(?:usr\/)?s?bin\/)?(?:cat|ls|id|whoami|uname|wget|curl|nc|ncat|netcat|bash|sh|zsh|ping|sleep|powershell|cmd(?:\.exe)?|dir|type|echo|python3?|perl|ruby|php|net user|ifconfig|ipconfig|nslookup|dig|chmod|rm|tftp|busybox|env|ps)(?:[ ;|&`<>'"]|$)/,
  },
  {
    kind: 'command',
    points: 3,
    name: 'command substitution',
    pattern:
      /\$\((?:\/|cat|ls|id|whoami|uname|wget|curl|nc|bash|sh|ping|sleep|echo|expr|nslookup|printf)\b|`(?:cat|ls|id|whoami|uname|wget|curl|nc|bash|sh|ping|sleep|nslookup)\b|\$\{ifs\}|\$ifs\b/,
  },
  {
    kind: 'command',
    points: 2,
    name: 'a command and what it is used on',
    pattern:
      /\b(?:cat|type|more|head|tail) [^ ]{0,40}(?:\/etc\/|\/proc\/|\.ini\b)|\b(?:wget|curl)\b.{0,40}https?:\/\/|\bping -[cn] ?\d|\/bin\/(?:ba|da|z)?sh\b|\bchmod (?:\+x|[0-7]{3})\b|\b(?:nc|ncat) .{0,60}-[a-z]{0,4}e\b/,
  },
  {
    kind: 'command',
    points: 5,
    name: 'shell to the network',
    pattern: /\/dev\/tcp\/|bash -i\b|\bmkfifo\b|fsockopen ?\(|socket\.socket\(/,
  },
  {
    kind: 'command',
    points: 7,
    name: 'JNDI look-up (CVE-2021-44228)',
    pattern: /\$\{(?:jndi:|[^}]{0,40}\$\{[^}]{0,40}(?:lower|upper|env|::?-))/,
  },
  {
    kind: 'command',
    points: 7,
    name: 'function in the environment (CVE-2014-6271)',
    pattern: /\(\) ?\{ ?[:_] ?;/,
  },
  {
    kind: 'command',
    points: 5,
    name: 'expression language or template',
    pattern:
      /[%$#]\{[^}]{0,80}(?:#_memberaccess|@java|java\.lang|getruntime|processbuilder|class\.forname|#context)|\bt\(java\.lang|\{\{[^}]{0,40}(?:__class__|config\.|self\.|\d{1,6} ?\* ?['"]?\d)|<%= ?\d|#\{ ?\d{1,6} ?\*/,
  },
  {
    kind: 'command',
    points: 4,
    name: 'program text for the server',
    pattern:
      /<\?php\b|<\?= ?|\b(?:system|passthru|shell_exec|popen|proc_open|assert|base64_decode) ?\([^)]{0,80}[$'"]|<!entity\b[^>]{0,100}\bsystem\b|xmlns:xi=|<!--#exec/,
  },
];

/** Headers hold odd punctuation by nature: there only signs that no sentence has by chance. */
const strongInHeaders = 4;

export interface SignsFound {
  kind: WebAttackKind;
  points: number;
  names: string[];
  where: string;
}

/** Signs of one kind in one text; the kind with most points. Null below two points. */
export function findSigns(text: WebText, header = false): SignsFound | null {
  let best: SignsFound | null = null;
  const found: Partial<Record<WebAttackKind, SignsFound>> = {};
  for (const sign of signs) {
    if (header && sign.points < strongInHeaders) continue;
    if (!sign.pattern.test(text.text)) continue;
    const kind = (found[sign.kind] ??= { kind: sign.kind, points: 0, names: [], where: text.where });
    kind.points += sign.points;
    kind.names.push(sign.name);
    if (best === null || kind.points > best.points) best = kind;
  }
  if (best === null || best.points < 2) return null;
  // Nobody's browser encodes twice.
  if (text.rounds > 1) {
    best.points++;
    best.names.push(`encoded ${text.rounds} times`);
  }
  return best;
}

/** As the tools call themselves when nobody tells them otherwise; those that guess passwords are another rule's. */
const tools =
  /\b(sqlmap|nikto|nmap scripting engine|wpscan|dirbuster|gobuster|feroxbuster|ffuf|fuzz faster|wfuzz|nuclei|acunetix|nessus|openvas|w3af|arachni|havij|whatweb|skipfish|jaeles|zmeu|commix|fimap|netsparker|dirsearch|xsstrike|vega\/|zaproxy|owasp zap|burp ?suite|jorgee|paros|absinthe|grabber|dirb\b)/i;

/** Name of the scanning tool that a User-Agent names, or null. */
export function scanningTool(userAgent: string): string | null {
  return tools.exec(userAgent)?.[1]?.toLowerCase() ?? null;
}
