import * as vscode from 'vscode';
import { completeFilter } from '../../protocol/commonFilters';
import { maxFilterLength } from '../settings';
import { FilterCheck, type FilterVerdict } from './filterCheck';
import { escapeIcons } from './interfaceChoices';
import { t } from '../../protocol/l10n';

interface FilterItem extends vscode.QuickPickItem {
  /** Null: what is typed. */
  filter: string | null;
}

/**
 * Lets the person type a BPF filter, checked while typing, or choose a recent or a common one.
 * Returns undefined when it was closed without a choice, an empty text for "everything".
 */
export async function pickFilter(options: {
  check: (filter: string) => Promise<FilterVerdict>;
  initial: string;
  recent: readonly string[];
}): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<FilterItem>();
  pick.title = t('Start Capture (2/2)');
  pick.placeholder = t('BPF filter, for example: tcp port 443 (empty captures everything)');
  pick.value = options.initial;
  pick.ignoreFocusOut = true;
  // Not in the API yet, and without effect where it is not known: the list would put longer texts above what was typed.
  (pick as { sortByLabel?: boolean }).sortByLabel = false;

  const show = (value: string, verdict: FilterVerdict | null): void => {
    const typed = typedItem(value.trim(), verdict);
    const recent = options.recent
      .filter((filter) => filter !== value.trim())
      .map((filter): FilterItem => ({ label: `$(history) ${escapeIcons(filter)}`, filter }));
    const common = completeFilter(value)
      .filter(({ filter }) => !options.recent.includes(filter))
      .map(({ filter, meaning }): FilterItem => {
        return { label: `$(lightbulb) ${escapeIcons(filter)}`, description: t(meaning), filter, alwaysShow: true };
      });
    const active = verdict === null ? undefined : pick.activeItems[0]?.filter;
    pick.items = [
      typed,
      ...(recent.length === 0 ? [] : [separator(t('recent filters')), ...recent]),
      ...(common.length === 0 ? [] : [separator(t('common filters')), ...common]),
    ];
    // Enter takes what was typed, unless somebody went down to another row.
    pick.activeItems = [pick.items.find((item) => item.filter === active && item.filter !== null) ?? typed];
  };
  const check = new FilterCheck(options.check, (filter, verdict) => {
    pick.busy = false;
    show(filter, verdict);
  });
  const update = (value: string): void => {
    pick.busy = value.trim() !== '';
    show(value, null);
    check.update(value);
  };

  return new Promise((resolve) => {
    let accepting = false;
    const accept = async (): Promise<void> => {
      const chosen = pick.selectedItems[0]?.filter ?? null;
      const filter = (chosen ?? pick.value).trim();
      if (filter.length > maxFilterLength) return;
      const verdict = await check.verdict(chosen ?? pick.value);
      if (verdict.verdict === 'invalid') {
        if (chosen !== null) pick.value = chosen;
        show(pick.value, verdict);
        return;
      }
      resolve(filter);
      pick.hide();
    };
    pick.onDidChangeValue(update);
    pick.onDidAccept(() => {
      if (accepting) return;
      accepting = true;
      void accept().finally(() => {
        accepting = false;
      });
    });
    pick.onDidHide(() => {
      resolve(undefined);
      check.dispose();
      pick.dispose();
    });
    pick.show();
    update(pick.value);
  });
}

function separator(label: string): FilterItem {
  return { label, kind: vscode.QuickPickItemKind.Separator, filter: null };
}

function typedItem(value: string, verdict: FilterVerdict | null): FilterItem {
  const item = { filter: null, alwaysShow: true };
  if (value === '') return { ...item, label: t('$(record) Capture everything'), description: t('no filter') };
  const label = escapeIcons(value);
  if (value.length > maxFilterLength) {
    return {
      ...item,
      label: `$(error) ${label.slice(0, 60)}…`,
      description: t('longer than {0} characters', maxFilterLength),
    };
  }
  if (verdict?.verdict === 'invalid') {
    return { ...item, label: `$(error) ${label}`, description: t('not valid'), detail: escapeIcons(verdict.message) };
  }
  const description =
    verdict === null ? 'checking…' : verdict.verdict === 'valid' ? 'valid' : t('checked when the capture starts');
  return { ...item, label: `$(filter) ${label}`, description };
}
