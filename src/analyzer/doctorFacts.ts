import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { isNotInSudoers } from './elevation';
import { chooseRuntime } from './helperRuntime';
import { capabilityBits, hasCapability, readProcessStatus } from './processStatus';
import { findRootsProgram, findSystemProgram } from './systemPrograms';

const askTimeoutMs = 5000;

/** Programs that show the dialog of polkit, as the kernel cuts their names. */
const agents =
  /^(polkit-gnome-au|polkit-kde-auth|polkit-mate-aut|gnome-shell|lxpolkit|lxqt-policykit|xfce-polkit|cinnamon|hyprpolkitagen|cosmic-osd)/;

/** A program that may capture. */
export interface ToolFacts {
  path: string;
  /** Whether this user may run it. */
  runnable: boolean;
  /** Whether its file gives the right to capture; null where `getcap` is missing. */
  capable: boolean | null;
  /** The group that it belongs to; null where nobody knows its name. */
  group: string | null;
}

/** What `sudo` says without asking: `forbidden` for a user who is not in sudoers. */
export type SudoFacts = { path: string; isRust: boolean; answer: 'silent' | 'password' | 'forbidden' } | null;

export interface MachineFacts {
  platform: NodeJS.Platform;
  user: string;
  isRoot: boolean;
  /** Names of the groups of this process, and of those that the user would have after the next login. */
  groups: string[];
  futureGroups: string[];
  /** Linux: whether packet sockets may be opened by this process, and by any that root starts here. */
  mayCapture: boolean;
  rootMayCapture: boolean;
  noNewPrivileges: boolean;
  container: string | null;
  sandbox: 'snap' | 'flatpak' | null;
  wsl: 1 | 2 | null;
  sudo: SudoFacts;
  pkexec: string | null;
  /** Name of the program that would show polkit's dialog. */
  polkitAgent: string | null;
  isGraphical: boolean;
  tcpdump: ToolFacts | null;
  dumpcap: ToolFacts | null;
  setpriv: string | null;
  /** Whether the capture library fits a Node of this machine. */
  hasBinding: boolean;
  packageManager: 'apt-get' | 'dnf' | 'zypper' | 'pacman' | 'apk' | 'brew' | null;
  /** macOS: whether the packet filter devices may be read; Windows: whether Npcap is there. */
  deviceReadable: boolean;
}

/** Looks at this machine. Asks nobody anything, changes nothing, never rejects. */
export async function readMachineFacts(distDirectory: string): Promise<MachineFacts> {
  const status = readProcessStatus();
  const isLinux = process.platform === 'linux';
  const user = readUser();
  const groupFile = readText('/etc/group');
  const nameOf = groupNames(groupFile);
  const [sudo, tcpdump, dumpcap, runtime] = await Promise.all([
    askSudo(),
    readTool('tcpdump', nameOf),
    readTool('dumpcap', nameOf),
    chooseRuntime(distDirectory),
  ]);
  return {
    platform: process.platform,
    user,
    isRoot: process.getuid?.() === 0,
    groups: (process.getgroups?.() ?? []).flatMap((id) => nameOf.get(id) ?? []),
    futureGroups: groupsOf(user, groupFile),
    mayCapture: isLinux && hasCapability('CapEff', capabilityBits.netRaw, status),
    rootMayCapture: !isLinux || status.size === 0 || hasCapability('CapBnd', capabilityBits.netRaw, status),
    noNewPrivileges: status.get('NoNewPrivs') === '1',
    container: containerOf(),
    sandbox: existsSync('/.flatpak-info') ? 'flatpak' : process.env['SNAP_NAME'] === 'code' ? 'snap' : null,
    wsl: wslOf(readText('/proc/version')),
    sudo,
    pkexec: isLinux ? findRootsProgram('pkexec') : null,
    polkitAgent: isLinux ? findAgent() : null,
    isGraphical: Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']),
    tcpdump,
    dumpcap,
    setpriv: isLinux ? findRootsProgram('setpriv') : null,
    hasBinding: await bindingFits(distDirectory, runtime),
    packageManager:
      (['apt-get', 'dnf', 'zypper', 'pacman', 'apk', 'brew'] as const).find((name) => findSystemProgram(name)) ?? null,
    deviceReadable: isReadable(process.platform === 'darwin' ? '/dev/bpf0' : 'C:\\Windows\\System32\\Npcap\\wpcap.dll'),
  };
}

function readUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Reads `/etc/group`: name, password, id, members. */
export function groupNames(text: string): Map<number, string> {
  const rows = text.split('\n').map((line) => line.split(':'));
  return new Map(rows.flatMap(([name = '', , id = '']) => (/^\d+$/.test(id) ? [[Number(id), name] as const] : [])));
}

export function groupsOf(user: string, text: string): string[] {
  const rows = text.split('\n').map((line) => line.split(':'));
  return rows.flatMap(([name = '', , , members = '']) => (members.split(',').includes(user) ? [name] : []));
}

/** WSL 1 has "Microsoft" in its version, WSL 2 "microsoft-standard". */
export function wslOf(version: string): 1 | 2 | null {
  if (/microsoft-standard|WSL2/.test(version)) return 2;
  return version.includes('Microsoft') ? 1 : null;
}

function containerOf(): string | null {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  return /container=(\w+)/.exec(readText('/run/host/container-manager'))?.[1] ?? null;
}

function findAgent(): string | null {
  try {
    for (const id of readdirSync('/proc')) {
      if (!/^\d+$/.test(id)) continue;
      const name = readText(`/proc/${id}/comm`).trim();
      if (agents.test(name) && statSync(`/proc/${id}`, { throwIfNoEntry: false })?.uid === process.getuid?.())
        return name;
    }
  } catch {
    // No /proc, so nobody knows.
  }
  return null;
}

async function readTool(name: string, nameOf: ReadonlyMap<number, string>): Promise<ToolFacts | null> {
  const directories =
    process.platform === 'win32' ? ['C:\\Program Files\\Wireshark'] : ['/usr/bin', '/usr/sbin', '/bin'];
  for (const directory of [...directories, '/sbin', '/usr/local/bin', '/usr/local/sbin']) {
    const file = path.join(directory, process.platform === 'win32' ? `${name}.exe` : name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    const getcap = findSystemProgram('getcap');
    const caps = getcap === null ? null : await ask(getcap, [file]);
    const capable = caps?.code === 0 ? /cap_net_raw/.test(caps.stdout) : null;
    return {
      path: file,
      runnable: findRootsProgram(name, [directory]) !== null,
      capable,
      group: nameOf.get(found.gid) ?? null,
    };
  }
  return null;
}

async function askSudo(): Promise<SudoFacts> {
  const file = findRootsProgram('sudo');
  if (file === null || process.getuid?.() === 0) return null;
  const version = await ask(file, ['--version']);
  const facts = { path: file, isRust: /sudo-rs/.test(version.stdout + version.stderr) };
  if ((await ask(file, ['-n', '--', 'true'])).code === 0) return { ...facts, answer: 'silent' };
  const { stderr } = await ask(file, ['-n', '-v']);
  return { ...facts, answer: isNotInSudoers(stderr) ? 'forbidden' : 'password' };
}

async function bindingFits(distDirectory: string, runtime: string): Promise<boolean> {
  const lister = path.join(distDirectory, 'interface-lister.js');
  return existsSync(lister) && (await ask(runtime, [lister])).code === 0;
}

function ask(program: string, args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', ELECTRON_RUN_AS_NODE: '1' };
    const options = {
      timeout: askTimeoutMs,
      maxBuffer: 4 * 1024 * 1024,
      env,
      windowsHide: true,
      cwd: path.parse(program).root,
    };
    const child = execFile(program, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
  });
}
