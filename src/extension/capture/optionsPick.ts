import * as vscode from 'vscode';
import { readSettings } from '../readSettings';
import { captureOptions, parseOption, type CaptureOption, type OptionKey } from './optionsModel';
import { t } from '../../protocol/l10n';

interface OptionItem extends vscode.QuickPickItem {
  option?: CaptureOption;
}

/** Lets the person change what captures are started with, one option after the other, until the list is closed. */
export async function pickCaptureOptions(): Promise<void> {
  for (;;) {
    const option = await pickOption(captureOptions(readSettings()));
    if (option === undefined) return;
    const value = await askValue(option);
    if (value !== undefined) await store(option.key, value);
  }
}

async function pickOption(options: readonly CaptureOption[]): Promise<CaptureOption | undefined> {
  const items: OptionItem[] = [];
  let group = '';
  for (const option of options) {
    if (option.group !== group) items.push({ label: option.group, kind: vscode.QuickPickItemKind.Separator });
    group = option.group;
    items.push({ label: option.label, description: option.value, option });
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: t('Capture Options'),
    placeHolder: t('For captures started from now on. Escape closes the list.'),
    matchOnDescription: true,
  });
  return picked?.option;
}

async function askValue(option: CaptureOption): Promise<number | string | boolean | undefined> {
  const { edit } = option;
  const title = t('Capture Options: {0}', option.label);
  if (edit.kind === 'choice') {
    const items = edit.choices.map((choice) => ({
      label: choice.label,
      description: choice.label === option.value ? t('now') : '',
      choice,
    }));
    return (await vscode.window.showQuickPick(items, { title }))?.choice.value;
  }
  const typed = await vscode.window.showInputBox({
    title,
    prompt: edit.prompt,
    value: String(edit.current),
    validateInput: (text) => {
      const parsed = parseOption(option.key, text);
      return parsed.ok ? undefined : parsed.reason;
    },
  });
  if (typed === undefined) return undefined;
  const parsed = parseOption(option.key, typed);
  return parsed.ok ? parsed.value : undefined;
}

/** These settings belong to the machine, so they are the user's. */
async function store(key: OptionKey, value: number | string | boolean): Promise<void> {
  await vscode.workspace.getConfiguration('networkTraffic').update(key, value, vscode.ConfigurationTarget.Global);
}
