import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { doctorInWords } from '../../../src/extension/capture/doctorWords';
import { useLanguage, useTranslations } from '../../../src/protocol/l10n';
import { doctorText } from '../../../src/analyzer/doctor';
import type { MachineFacts, ToolFacts } from '../../../src/analyzer/doctorFacts';
import { groupNames, groupsOf, wslOf } from '../../../src/analyzer/doctorFacts';
import { judge } from '../../../src/analyzer/doctorVerdict';
import { hasCapability } from '../../../src/analyzer/processStatus';

const tool = (changes: Partial<ToolFacts> = {}): ToolFacts => ({
  path: '/usr/bin/dumpcap',
  runnable: true,
  capable: false,
  group: 'root',
  ...changes,
});

/** An ordinary desktop: sudo with a password, no agent, both programs. */
const facts: MachineFacts = {
  platform: 'linux',
  user: 'ada',
  isRoot: false,
  groups: ['users'],
  futureGroups: ['users'],
  mayCapture: false,
  rootMayCapture: true,
  noNewPrivileges: false,
  container: null,
  sandbox: null,
  wsl: null,
  sudo: { path: '/usr/bin/sudo', isRust: false, answer: 'password' },
  pkexec: '/usr/bin/pkexec',
  polkitAgent: null,
  isGraphical: false,
  tcpdump: tool({ path: '/usr/bin/tcpdump' }),
  dumpcap: tool(),
  setpriv: '/usr/bin/setpriv',
  hasBinding: true,
  packageManager: 'apt-get',
  deviceReadable: false,
};
const sudoThat = (answer: 'silent' | 'forbidden') => ({ path: '/usr/bin/sudo', isRust: true, answer });
const restricted = tool({ runnable: false, capable: true, group: 'wireshark' });
const wayOut = (changes: Partial<MachineFacts>) => judge({ ...facts, ...changes });

describe('judge', () => {
  const cases: {
    title: string;
    changes: Partial<MachineFacts>;
    verdict: 'ready' | 'asks' | 'blocked';
    says: RegExp;
    command: RegExp | null;
  }[] = [
    { title: 'root', changes: { isRoot: true, sudo: null }, verdict: 'ready', says: /root/, command: null },
    {
      title: 'a process with the right',
      changes: { mayCapture: true },
      verdict: 'ready',
      says: /NET_RAW/,
      command: null,
    },
    {
      title: 'a capable dumpcap',
      changes: { dumpcap: tool({ capable: true }), sudo: null },
      verdict: 'ready',
      says: /dumpcap may capture without a password/,
      command: null,
    },
    {
      title: 'silent sudo',
      changes: { sudo: sudoThat('silent') },
      verdict: 'ready',
      says: /no password/,
      command: null,
    },
    {
      title: 'sudo with a password',
      changes: {},
      verdict: 'asks',
      says: /sudo -A/,
      command: /dpkg-reconfigure wireshark-common && sudo usermod -aG wireshark ada/,
    },
    {
      title: 'a desktop with an agent',
      changes: { polkitAgent: 'gnome-shell', isGraphical: true },
      verdict: 'asks',
      says: /pkexec/,
      command: /usermod/,
    },
    {
      title: 'an agent that nobody sees',
      changes: { polkitAgent: 'gnome-shell', isGraphical: false },
      verdict: 'asks',
      says: /sudo -A/,
      command: /usermod/,
    },
    {
      title: 'a dumpcap for a group that the user is not in',
      changes: { dumpcap: restricted },
      verdict: 'asks',
      says: /sudo -A/,
      command: /^sudo usermod -aG wireshark ada$/,
    },
    {
      title: 'a group that the user came into just now',
      changes: { dumpcap: restricted, futureGroups: ['wireshark'] },
      verdict: 'blocked',
      says: /log out and in again/,
      command: /terminate-user ada/,
    },
    {
      title: 'a user who is not in sudoers',
      changes: { sudo: sudoThat('forbidden') },
      verdict: 'blocked',
      says: /ada is not in sudoers/,
      command: /^su -c 'usermod -aG sudo ada'$/,
    },
    {
      title: 'no sudo, on a system of another family',
      changes: { sudo: null, packageManager: 'dnf' },
      verdict: 'blocked',
      says: /sudo is not installed/,
      command: /wheel/,
    },
    {
      title: 'NoNewPrivs, whatever else there is',
      changes: { noNewPrivileges: true, sudo: sudoThat('silent'), dumpcap: tool({ capable: true }) },
      verdict: 'blocked',
      says: /NoNewPrivs/,
      command: /no-new-privileges/,
    },
    {
      title: 'a container without NET_RAW, also for root',
      changes: { rootMayCapture: false, container: 'docker', isRoot: true },
      verdict: 'blocked',
      says: /container \(docker\).*NET_RAW/,
      command: /--cap-add=NET_RAW/,
    },
    {
      title: 'Flatpak',
      changes: { sandbox: 'flatpak' },
      verdict: 'blocked',
      says: /Flatpak/,
      command: /code --remote/,
    },
    { title: 'snap', changes: { sandbox: 'snap' }, verdict: 'asks', says: /sudo -A/, command: /usermod/ },
    { title: 'WSL 1', changes: { wsl: 1 }, verdict: 'blocked', says: /WSL 1/, command: /^wsl --set-version .+ 2$/ },
    { title: 'WSL 2', changes: { wsl: 2, sudo: sudoThat('silent') }, verdict: 'ready', says: /sudo/, command: null },
    {
      title: 'nothing to capture with',
      changes: { tcpdump: null, dumpcap: null, hasBinding: false, packageManager: 'pacman' },
      verdict: 'blocked',
      says: /Nothing that captures/,
      command: /^sudo pacman -S/,
    },
    {
      title: 'nothing to capture with, as root',
      changes: { tcpdump: null, dumpcap: null, hasBinding: false, isRoot: true },
      verdict: 'blocked',
      says: /Nothing that captures/,
      command: /^apt-get install/,
    },
    {
      title: 'macOS with ChmodBPF',
      changes: { platform: 'darwin', deviceReadable: true },
      verdict: 'ready',
      says: /dev\/bpf/,
      command: null,
    },
    {
      title: 'macOS without it',
      changes: { platform: 'darwin' },
      verdict: 'asks',
      says: /sudo -A/,
      command: /access_bpf/,
    },
    {
      title: 'Windows without Npcap',
      changes: { platform: 'win32', sudo: null },
      verdict: 'blocked',
      says: /Npcap/,
      command: /^winget/,
    },
    {
      title: 'Windows with it',
      changes: { platform: 'win32', sudo: null, deviceReadable: true },
      verdict: 'ready',
      says: /Npcap/,
      command: null,
    },
  ];
  for (const { title, changes, verdict, says, command } of cases) {
    it(`${title}: ${verdict}`, () => {
      const report = wayOut(changes);
      assert.equal(report.verdict, verdict);
      assert.match(report.summary, says);
      assert.ok(!report.summary.includes('\n'), 'one line');
      if (command === null) assert.equal(report.command, null);
      else assert.match(report.command ?? '', command);
    });
  }

  it('is said in German, whatever was found', () => {
    useTranslations(JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Record<string, string>);
    useLanguage('de');
    try {
      const rest = [{ sudo: sudoThat('forbidden'), pkexec: null }, { sudo: null }, { wsl: 2 as const, setpriv: null }];
      for (const changes of [...cases.map((one) => one.changes), ...rest]) {
        const { summary, checks } = doctorInWords(wayOut(changes));
        for (const text of [summary, ...checks.flatMap(({ name, found }) => [name, found])])
          assert.doesNotMatch(
            text,
            /\b(the|not|this|is|may|of|no|and|installed|group|asks|user|readable|unknown|by|by itself)\b/i,
          );
      }
      const { checks } = doctorInWords(judge({ ...facts, dumpcap: restricted }));
      assert.equal(checks.find(({ name }) => name === 'dumpcap')?.found, '/usr/bin/dumpcap, nicht für diesen Benutzer, Gruppe wireshark'); // prettier-ignore
    } finally {
      useTranslations(undefined);
      useLanguage('en-US');
    }
  });

  it('lists everything that it looked at, and says which of it is in the way', () => {
    const { checks } = wayOut({ noNewPrivileges: true, container: 'podman', sudo: sudoThat('silent') });
    const found = new Map(checks.map((check) => [check.name, check]));
    for (const name of ['tcpdump', 'dumpcap', 'sudo', 'pkexec', 'setpriv', 'container'])
      assert.ok(found.has(name), name);
    assert.match(found.get('sudo')?.found ?? '', /sudo-rs/);
    assert.deepEqual(
      checks.filter(({ state }) => state === 'problem').map(({ name }) => name),
      ['NoNewPrivs'],
    );
  });
});

describe('doctorText', () => {
  it('begins with the line that matters, and the command on a line of its own', () => {
    const [first, second, third] = doctorText(judge(facts)).split('\n');
    assert.match(first ?? '', /sudo -A/);
    assert.equal(second, '');
    assert.match(third ?? '', /^ {4}sudo dpkg-reconfigure/);
  });
});

describe('what the doctor reads', () => {
  it('groups, also of damaged lines', () => {
    const text = 'root:x:0:\nwireshark:x:117:ada,bob\nbroken\nx:y:z:ada\n';
    assert.deepEqual(
      [...groupNames(text)],
      [
        [0, 'root'],
        [117, 'wireshark'],
      ],
    );
    assert.deepEqual(groupsOf('ada', text), ['wireshark', 'x']);
  });
  it('the version of WSL', () => {
    assert.equal(wslOf('Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)'), 1);
    assert.equal(wslOf('Linux version 5.15.90.1-microsoft-standard-WSL2'), 2);
    assert.equal(wslOf('Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)'), null);
  });
  it('capabilities', () => {
    const status = new Map([['CapEff', '0000000000002000']]);
    assert.ok(hasCapability('CapEff', 13, status));
    assert.ok(!hasCapability('CapEff', 12, status));
    assert.ok(!hasCapability('CapBnd', 13, status));
    assert.ok(!hasCapability('CapEff', 13, new Map([['CapEff', 'nonsense']])));
  });
});
