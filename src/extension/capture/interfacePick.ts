import * as vscode from 'vscode';
import type { InterfaceInfo } from '../../protocol/capture';
import { interfaceChoices, type InterfaceChoice } from './interfaceChoices';

const refreshMs = 1000;

interface InterfaceItem extends vscode.QuickPickItem {
  choice: InterfaceChoice;
}

/**
 * Lets the person choose an interface; rates move while the list is open.
 * Returns undefined when the list was closed without a choice, null for "auto-detect".
 */
export async function pickInterface(options: {
  list: () => Promise<InterfaceInfo[]>;
  preferred: string | null;
  onError: (error: unknown) => void;
}): Promise<string | null | undefined> {
  const pick = vscode.window.createQuickPick<InterfaceItem>();
  pick.title = 'Start Capture (1/2)';
  pick.placeholder = 'Network interface to capture on';
  pick.matchOnDescription = true;
  pick.keepScrollPosition = true;
  pick.busy = true;

  let shown = '';
  let wanted = options.preferred;
  let open = true;
  const show = (interfaces: readonly InterfaceInfo[]): void => {
    const choices = interfaceChoices(interfaces);
    const text = JSON.stringify(choices);
    if (text === shown) return;
    shown = text;
    const name = pick.activeItems[0]?.choice.interface ?? wanted;
    pick.items = choices.map((choice) => ({ label: choice.label, description: choice.description, choice }));
    // Auto-detect is first, so the list chooses it by itself. Told to, it would choose none while typed text hides it.
    const again = name === null ? undefined : pick.items.find((item) => item.choice.interface === name);
    if (again !== undefined) pick.activeItems = [again];
  };
  const refresh = async (): Promise<void> => {
    while (open) {
      try {
        const interfaces = await options.list();
        if (!open) return;
        show(interfaces);
        pick.busy = false;
        if (wanted !== null && interfaces.some((info) => info.name === wanted)) wanted = null;
      } catch (error) {
        pick.busy = false;
        options.onError(error);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, refreshMs));
    }
  };

  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item === undefined) return;
      resolve(item.choice.interface);
      pick.hide();
    });
    pick.onDidHide(() => {
      open = false;
      resolve(undefined);
      pick.dispose();
    });
    show([]);
    pick.show();
    void refresh();
  });
}
