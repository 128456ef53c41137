/**
 * The only file that knows `@vscode/webview-ui-toolkit` (archived since 2025): everybody else uses the controls below,
 * so that another component library can take its place here.
 */
import './cspNonce';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { Dropdown, TextField } from '@vscode/webview-ui-toolkit';
import { element, icon, setText } from './dom';
import type { IconName } from './dom';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());

export interface Control {
  readonly element: HTMLElement;
  setEnabled(enabled: boolean): void;
}

function setDisabled(node: HTMLElement, disabled: boolean): void {
  if (node.hasAttribute('disabled') !== disabled) node.toggleAttribute('disabled', disabled);
}

export interface ButtonControl extends Control {
  setLabel(label: string): void;
  setVisible(visible: boolean): void;
  /** For a button that switches something on and off. */
  setPressed(pressed: boolean): void;
  focus(): void;
}

export interface ButtonOptions {
  label: string;
  appearance: 'primary' | 'secondary' | 'icon';
  icon?: IconName;
  title?: string;
  onPress: () => void;
}

export function button(options: ButtonOptions): ButtonControl {
  const node = document.createElement('vscode-button');
  node.setAttribute('appearance', options.appearance);
  const text = element('span', { class: 'button-label', text: options.label });
  if (options.appearance === 'icon') {
    node.setAttribute('aria-label', options.label);
    if (options.icon) node.append(icon(options.icon));
    node.title = options.title ?? options.label;
  } else {
    if (options.icon) node.append(icon(options.icon, 'start'));
    node.append(text);
    if (options.title !== undefined) node.title = options.title;
  }
  node.addEventListener('click', () => {
    if (!node.hasAttribute('disabled')) options.onPress();
  });
  return {
    element: node,
    setEnabled: (enabled) => setDisabled(node, !enabled),
    setVisible: (visible) => {
      node.hidden = !visible;
    },
    setLabel(label) {
      if (options.appearance === 'icon') {
        node.setAttribute('aria-label', label);
        node.title = label;
      } else setText(text, label);
    },
    setPressed: (pressed) => node.setAttribute('aria-pressed', String(pressed)),
    focus: () => node.focus(),
  };
}

export interface TextFieldControl extends Control {
  /** The text; setting it does not call `onInput`. */
  value: string;
  setInvalid(invalid: boolean): void;
  focus(): void;
}

export interface TextFieldOptions {
  label: string;
  placeholder: string;
  onInput: (value: string) => void;
  /** Enter was pressed. */
  onCommit: (value: string) => void;
}

export function textField(options: TextFieldOptions): TextFieldControl {
  const node = document.createElement('vscode-text-field') as TextField;
  node.setAttribute('placeholder', options.placeholder);
  node.setAttribute('spellcheck', 'false');
  node.append(options.label);
  node.addEventListener('input', () => options.onInput(node.value));
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') options.onCommit(node.value);
  });
  return {
    element: node,
    get value() {
      return node.value;
    },
    set value(value: string) {
      if (node.value !== value) node.value = value;
    },
    setEnabled: (enabled) => setDisabled(node, !enabled),
    setInvalid(invalid) {
      node.classList.toggle('invalid', invalid);
      node.setAttribute('aria-invalid', String(invalid));
    },
    focus: () => node.focus(),
  };
}

export interface Choice {
  value: string;
  label: string;
}

export interface DropdownControl extends Control {
  value: string;
  /** Rebuilds the list when it changed; one that is open is rebuilt once it is closed. */
  setChoices(choices: readonly Choice[]): void;
}

export interface DropdownOptions {
  label: string;
  onChange: (value: string) => void;
  onOpen: () => void;
}

export function dropdown(options: DropdownOptions): DropdownControl {
  const node = document.createElement('vscode-dropdown') as Dropdown;
  node.setAttribute('aria-label', options.label);
  let chosen = '';
  let shown = '';
  let pending: readonly Choice[] | null = null;
  const rebuild = (choices: readonly Choice[]): void => {
    const key = JSON.stringify(choices);
    if (key === shown) return;
    shown = key;
    node.replaceChildren(
      ...choices.map((choice) => {
        const option = document.createElement('vscode-option');
        option.setAttribute('value', choice.value);
        // The element picks its first choice by this attribute: its options are taken in asynchronously.
        option.toggleAttribute('selected', choice.value === chosen);
        option.textContent = choice.label;
        return option;
      }),
    );
    requestAnimationFrame(() => {
      if (node.value !== chosen) node.value = chosen;
    });
  };
  new MutationObserver(() => {
    if (node.open || pending === null) return;
    rebuild(pending);
    pending = null;
  }).observe(node, { attributes: true, attributeFilter: ['open'] });
  node.addEventListener('change', () => {
    chosen = node.value;
    options.onChange(chosen);
  });
  node.addEventListener('click', () => {
    if (node.open) options.onOpen();
  });
  return {
    element: node,
    get value() {
      return chosen;
    },
    set value(value: string) {
      chosen = value;
      if (node.value !== value) node.value = value;
    },
    setEnabled: (enabled) => setDisabled(node, !enabled),
    setChoices(choices) {
      if (node.open) pending = choices;
      else rebuild(choices);
    },
  };
}

export interface BadgeControl {
  readonly element: HTMLElement;
  setText(text: string): void;
}

/** Not the toolkit's: its badge carries a style attribute, which the content security policy refuses. */
export function badge(text: string): BadgeControl {
  const node = element('span', { class: 'badge', text });
  return { element: node, setText: (next) => setText(node, next) };
}

/**
 * Turning ring for work of unknown length; decorative, the state is said in words beside it. Not the toolkit's: its
 * animation cannot be stopped for those who asked for reduced motion.
 */
export function progressRing(): HTMLElement {
  return element('span', { class: 'ring', attributes: { 'aria-hidden': 'true' } });
}
