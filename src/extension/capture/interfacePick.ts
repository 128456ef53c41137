import * as vscode from 'vscode';
import type { InterfaceInfo } from '../../protocol/capture';
import { interfaceChoices, type InterfaceChoice } from './interfaceChoices';
import { t } from '../../protocol/l10n';

const refreshMs = 1000;

interface InterfaceItem extends vscode.QuickPickItem {
  choice: InterfaceChoice;
}

/**
 * Lets the person choose an interface, or several after a click on the button for it; rates move while the list is
 * open. Returns undefined when the list was closed without a choice, an empty list for "auto-detect".
 */
export async function pickInterfaces(options: {
  list: () => Promise<InterfaceInfo[]>;
  preferred: readonly string[];
  onError: (error: unknown) => void;
}): Promise<string[] | undefined> {
  const pick = vscode.window.createQuickPick<InterfaceItem>();
  const picker = new Picker(pick, options.preferred);
  let open = true;
  const refresh = async (): Promise<void> => {
    while (open) {
      try {
        const interfaces = await options.list();
        if (!open) return;
        picker.show(interfaces);
        pick.busy = false;
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
      const chosen = picker.chosen();
      if (chosen === undefined) return;
      resolve(chosen);
      pick.hide();
    });
    pick.onDidHide(() => {
      open = false;
      resolve(undefined);
      pick.dispose();
    });
    picker.show([]);
    pick.show();
    void refresh();
  });
}

/** The list as it is drawn again and again without what was chosen in it getting lost. */
class Picker {
  private readonly severalButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('checklist'),
    tooltip: t('Capture on several interfaces'),
  };
  private readonly oneButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('list-flat'),
    tooltip: t('Capture on one interface'),
  };
  private readonly allButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('eye'),
    tooltip: t('Show all capture devices'),
  };
  private readonly fewButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('eye-closed'),
    tooltip: t('Show network interfaces only'),
  };
  private readonly checked: Set<string>;
  private interfaces: readonly InterfaceInfo[] = [];
  private all = false;
  private shown = '';
  /** What is to be highlighted once it is in the list. */
  private wanted: string | null;
  private drawing = false;

  constructor(
    private readonly pick: vscode.QuickPick<InterfaceItem>,
    preferred: readonly string[],
  ) {
    this.checked = new Set(preferred);
    this.wanted = preferred[0] ?? null;
    pick.title = t('Start Capture (1/2)');
    pick.matchOnDescription = true;
    pick.keepScrollPosition = true;
    pick.busy = true;
    pick.canSelectMany = preferred.length > 1;
    pick.onDidTriggerButton((button) => {
      if (button === this.severalButton || button === this.oneButton)
        pick.canSelectMany = button === this.severalButton;
      else this.all = button === this.allButton;
      this.shown = '';
      this.show(this.interfaces);
    });
    pick.onDidChangeSelection((items) => {
      if (this.drawing || !pick.canSelectMany) return;
      for (const item of pick.items) if (item.choice.interface !== null) this.checked.delete(item.choice.interface);
      for (const item of items) if (item.choice.interface !== null) this.checked.add(item.choice.interface);
    });
    this.labels();
  }

  show(interfaces: readonly InterfaceInfo[]): void {
    const { pick } = this;
    this.interfaces = interfaces;
    const choices = interfaceChoices(interfaces, { all: this.all, keep: [...this.checked] }).filter(
      (choice) => !pick.canSelectMany || choice.interface !== null,
    );
    const text = JSON.stringify(choices);
    if (text === this.shown) return;
    this.shown = text;
    const name = pick.activeItems[0]?.choice.interface ?? this.wanted;
    this.drawing = true;
    pick.items = choices.map((choice) => ({ label: choice.label, description: choice.description, choice }));
    if (pick.canSelectMany) {
      pick.selectedItems = pick.items.filter(({ choice }) => this.checked.has(choice.interface ?? ''));
    }
    this.drawing = false;
    // Auto-detect is first, so the list chooses it by itself. Told to, it would choose none while typed text hides it.
    const again = name === null ? undefined : pick.items.find((item) => item.choice.interface === name);
    if (again !== undefined) pick.activeItems = [again];
    if (interfaces.some((info) => info.name === this.wanted)) this.wanted = null;
    this.labels();
  }

  /** Undefined while nothing is chosen. */
  chosen(): string[] | undefined {
    if (!this.pick.canSelectMany) {
      const [item] = this.pick.selectedItems;
      if (item === undefined) return undefined;
      return item.choice.interface === null ? [] : [item.choice.interface];
    }
    const names = this.interfaces.map((info) => info.name).filter((name) => this.checked.has(name));
    return names.length === 0 ? undefined : names;
  }

  private labels(): void {
    const { pick } = this;
    const hidden = this.interfaces.some((info) => info.pseudo === true);
    const many = pick.canSelectMany ? this.oneButton : this.severalButton;
    const eye = this.all ? this.fewButton : this.allButton;
    pick.buttons = hidden ? [many, eye] : [many];
    pick.placeholder = pick.canSelectMany
      ? t('Network interfaces to capture on, put together by time')
      : t('Network interface to capture on');
  }
}
