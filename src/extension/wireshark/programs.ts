import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../protocol/l10n';

/** What of Wireshark is installed; null is not there. Absolute paths. */
export interface WiresharkPrograms {
  tshark: string | null;
  wireshark: string | null;
}

const usualFolders: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  win32: ['C:\\Program Files\\Wireshark'],
  darwin: ['/Applications/Wireshark.app/Contents/MacOS', '/opt/homebrew/bin', '/usr/local/bin'],
};
const unixFolders = ['/usr/bin', '/usr/local/bin', '/run/current-system/sw/bin'];

/**
 * Looks where the programs are installed, not along the PATH, which a workspace can change.
 * @param folder where a person says that they are; empty for the usual places
 */
export function findWireshark(folder: string, platform: NodeJS.Platform = process.platform): WiresharkPrograms {
  const folders = folder === '' ? (usualFolders[platform] ?? unixFolders) : [folder];
  const suffix = platform === 'win32' ? '.exe' : '';
  const find = (name: string): string | null =>
    folders.map((each) => path.join(each, name + suffix)).find(isProgram) ?? null;
  return {
    tshark: find('tshark'),
    wireshark: find('wireshark') ?? (platform === 'darwin' ? find('Wireshark') : null),
  };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return path.isAbsolute(file) && statSync(file).isFile();
  } catch {
    return false;
  }
}

export interface WiresharkHandover {
  /** Absolute path of the capture. */
  file: string;
  /** Packet to go to; null for none. */
  packet: number | null;
  /** Display filter; empty for none. */
  filter: string;
}

/** Each value is an argument of its own behind its option, so that none can be taken for an option. */
export function wiresharkArguments({ file, packet, filter }: WiresharkHandover): string[] {
  return [
    ...['-r', file],
    ...(packet === null ? [] : ['-g', String(packet)]),
    ...(filter.trim() === '' ? [] : ['-Y', filter.trim()]),
  ];
}

/** A program that cannot show its window ends within this. */
const startMs = 3000;

/** Starts Wireshark, which then lives on its own. @returns null, or in words why it did not start */
export function openWireshark(program: string, handover: WiresharkHandover): Promise<string | null> {
  const environment = { ...process.env };
  // Meant for the extension host.
  delete environment['ELECTRON_RUN_AS_NODE'];
  delete environment['NODE_OPTIONS'];
  return new Promise((resolve) => {
    const child = spawn(program, wiresharkArguments(handover), { detached: true, stdio: 'ignore', env: environment });
    const timer = setTimeout(() => resolve(null), startMs);
    const settle = (verdict: string | null): void => {
      clearTimeout(timer);
      resolve(verdict);
    };
    child.once('error', (error) => settle(t('Wireshark could not be started: {0}', error.message)));
    child.once('exit', (code) => {
      const needs = hasScreen(environment) ? '' : t(' This machine has no screen to show it on.');
      settle(code === 0 ? null : t('Wireshark ended at once ({0}).{1}', code ?? t('by a signal'), needs));
    });
    child.unref();
  });
}

function hasScreen(environment: NodeJS.ProcessEnv): boolean {
  if (process.platform !== 'linux') return true;
  return (environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY'] ?? '') !== '';
}
