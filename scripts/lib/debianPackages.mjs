import { existsSync } from 'node:fs';
import { run } from './children.mjs';
import { findChromium, findProgram } from './programs.mjs';

const program = (name) => () => findProgram(name) !== null;

/**
 * Everything that is needed of the operating system. `for` says which command needs it: `start` can do without and says
 * what is off then, `test` cannot.
 */
const needs = [
  { package: 'g++', for: ['start', 'test'], why: 'compiles the native modules', present: program('g++') },
  { package: 'make', for: ['start', 'test'], why: 'compiles the native modules', present: program('make') },
  { package: 'python3', for: ['start', 'test'], why: 'node-gyp is written in it', present: program('python3') },
  {
    package: 'libpcap-dev',
    for: ['start', 'test'],
    why: 'what the capture binding is compiled against',
    present: () => existsSync('/usr/include/pcap/pcap.h') || existsSync('/usr/local/include/pcap/pcap.h'),
  },
  {
    package: 'chromium',
    for: ['test'],
    why: 'the browser that drives the workbench',
    present: () => findChromium() !== null,
  },
  { package: 'tcpdump', for: ['test'], why: 'captures, and checks capture filters', present: program('tcpdump') },
  { package: 'wireshark-common', for: ['test'], why: 'captures (dumpcap)', present: program('dumpcap') },
  {
    package: 'libcap2-bin',
    for: ['test'],
    why: 'gives a program the right to capture (setcap)',
    present: () => findProgram('setcap') !== null || existsSync('/usr/sbin/setcap'),
  },
  { package: 'iproute2', for: ['test'], why: 'makes the network namespaces of the tests', present: program('ip') },
  { package: 'curl', for: ['test'], why: 'makes HTTP traffic', present: program('curl') },
  { package: 'bind9-dnsutils', for: ['test'], why: 'makes DNS traffic (dig)', present: program('dig') },
  { package: 'nmap', for: ['test'], why: 'makes the port scans', present: program('nmap') },
  { package: 'openssh-server', for: ['test'], why: 'a host to capture on by SSH', present: program('sshd') },
  { package: 'sudo', for: ['test'], why: 'one way to start a capture', present: program('sudo') },
  { package: 'pkexec', for: ['test'], why: 'one way to start a capture', present: program('pkexec') },
];

/** @returns {{ package: string, why: string }[]} what is missing on this machine for `npm start` or `npm test`. */
export const missingPackages = (purpose) => needs.filter((need) => need.for.includes(purpose) && !need.present());

/** The one command that a person types to get the packages; without sudo it is for root to type. */
export function installCommand(missing, hasSudo = findProgram('sudo') !== null) {
  const sudo = hasSudo ? 'sudo ' : '';
  const names = missing.map((m) => m.package).join(' ');
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names}`;
}

/** @returns {Promise<string[] | null>} words in front of a command that make it run as root unattended; null: none do. */
async function asRoot() {
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  if (sudo === null) return null;
  const { code } = await run(sudo, ['-n', 'true'], { quiet: true });
  return code === 0 ? [sudo, '-n'] : null;
}

/**
 * Installs packages where that needs no question.
 *
 * @returns {Promise<{ ok: boolean, reason: string }>} `reason` is a sentence for a person when `ok` is false.
 */
export async function installPackages(missing, log) {
  if (findProgram('apt-get') === null) return { ok: false, reason: 'this system has no apt-get' };
  const prefix = await asRoot();
  if (prefix === null) {
    const sudo = findProgram('sudo') === null ? 'sudo is not installed' : 'sudo would ask for a password';
    return { ok: false, reason: `this user is not root and ${sudo}` };
  }
  const apt = (...args) => {
    // sudo drops the environment: `env` puts the variable back.
    const words = [...prefix, '/usr/bin/env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
    words.push('-q', '-o', 'DPkg::Lock::Timeout=120', ...args);
    return run(words[0], words.slice(1), { quiet: true });
  };
  const names = missing.map((m) => m.package);
  const install = () => apt('install', '-y', '--no-install-recommends', ...names);
  log(`installing Debian packages: ${missing.map((m) => `${m.package} (${m.why})`).join(', ')}`);
  // The package lists of a fresh container are empty, those of other machines are mostly good enough.
  let result = await install();
  if (result.code !== 0) {
    await apt('update');
    result = await install();
  }
  if (result.code !== 0) return { ok: false, reason: `apt-get install failed:\n${result.output.slice(-3000)}` };
  return { ok: true, reason: '' };
}
