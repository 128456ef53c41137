import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { isSshHost } from '../../protocol/sshHost';
import * as v from 'valibot';
import { interfaceNameSchema } from '../settings';
import { escapeIcons } from './interfaceChoices';
import { parseSshHosts } from './sshConfig';
import { t } from '../../protocol/l10n';

/** Asks for a destination of ssh: typed, used before, or named in the person's SSH configuration. */
export async function pickSshHost(recent: readonly string[]): Promise<string | undefined> {
  const configuration = await readFile(path.join(homedir(), '.ssh', 'config'), 'utf8').catch(() => '');
  const known = parseSshHosts(configuration).filter((host) => !recent.includes(host));
  const pick = vscode.window.createQuickPick();
  pick.title = t('Capture on SSH Host (1/3)');
  pick.placeholder = t('host, user@host, or ssh://user@host:port');
  pick.ignoreFocusOut = true;
  const show = (typed: string): void => {
    const item = typed === '' ? [] : [{ label: escapeIcons(typed), description: wrong(typed) ?? '', alwaysShow: true }];
    const others = (hosts: readonly string[], description: string): vscode.QuickPickItem[] =>
      hosts.filter((host) => host !== typed).map((host) => ({ label: host, description }));
    pick.items = [...item, ...others(recent, t('used before')), ...others(known, t('SSH configuration'))];
  };
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => show(value.trim()));
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems[0]?.label ?? pick.value.trim();
      if (!isSshHost(chosen)) return;
      resolve(chosen);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    show('');
    pick.show();
  });
}

/** Asks for an interface of the other machine; empty for all. */
export async function askRemoteInterface(host: string): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: t('Capture on SSH Host (2/3)'),
    prompt: t('Network interface of {0}. Empty: all of them (any).', host),
    placeHolder: 'any',
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' || v.is(interfaceNameSchema, text.trim()) ? undefined : t('This is no name of an interface.'),
  });
  return typed?.trim();
}

function wrong(typed: string): string | undefined {
  return isSshHost(typed) ? undefined : t('is no host');
}
