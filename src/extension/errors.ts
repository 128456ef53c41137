import type { AnalyzerError, AnalyzerErrorCode } from '../protocol/analyzerMessages';
import { t } from '../protocol/l10n';

/** A failure that a person is told of: what happened, and what to do. */
export class NetworkTrafficError extends Error implements AnalyzerError {
  constructor(
    readonly code: AnalyzerErrorCode,
    message: string,
    readonly hint = '',
  ) {
    super(message);
    this.name = 'NetworkTrafficError';
  }
}

export type ErrorAction = 'retry' | 'showLog' | 'howToAllow';

export const errorActionTitles: Record<ErrorAction, string> = {
  retry: t('Retry'),
  showLog: t('Show Log'),
  howToAllow: t('How to Allow Capture'),
};

export interface ErrorPresentation {
  /** Starts the message; the details that came with the error follow it. */
  text: string;
  actions: readonly ErrorAction[];
  /** `silent`: the person did it, so no notification tells them of it. */
  tone: 'error' | 'warning' | 'silent';
}

/** What each failure looks like to a person. */
export const errorPresentations: Record<AnalyzerErrorCode, ErrorPresentation> = {
  CANCELLED: { text: t('Cancelled.'), actions: [], tone: 'silent' },
  WRONG_PASSWORD: { text: t('The password was not accepted.'), actions: ['retry', 'howToAllow'], tone: 'error' },
  NOT_PERMITTED: { text: t('This user may not capture here.'), actions: ['howToAllow', 'showLog'], tone: 'error' },
  NO_SUCH_INTERFACE: { text: t('There is no such network interface.'), actions: ['retry'], tone: 'error' },
  BAD_FILTER: { text: t('The capture filter is not valid.'), actions: ['retry'], tone: 'error' },
  BINDING_MISSING: {
    text: t('The capture library cannot be loaded.'),
    actions: ['howToAllow', 'showLog'],
    tone: 'error',
  },
  UNSUPPORTED_LINK_TYPE: {
    text: t('This kind of interface cannot be captured on.'),
    actions: ['retry'],
    tone: 'error',
  },
  PRIVILEGE_DROP_FAILED: {
    text: t('The capture helper could not give up its administrator rights, so it ended.'),
    actions: ['showLog'],
    tone: 'error',
  },
  INTERFACE_GONE: { text: t('The network interface has gone.'), actions: ['retry', 'showLog'], tone: 'warning' },
  HELPER_DIED: { text: t('The capture helper ended unexpectedly.'), actions: ['retry', 'showLog'], tone: 'error' },
  HELPER_TIMEOUT: { text: t('The capture helper did not answer.'), actions: ['retry', 'showLog'], tone: 'error' },
  PROTOCOL: {
    text: t('The capture helper said something that was not understood.'),
    actions: ['showLog'],
    tone: 'error',
  },
  SPOOL: { text: t('Captured packets cannot be written to disk.'), actions: ['retry', 'showLog'], tone: 'error' },
  REMOTE: { text: t('Capturing on the remote machine failed.'), actions: ['retry', 'showLog'], tone: 'error' },
  INTERNAL: { text: t('Something went wrong inside the extension.'), actions: ['showLog'], tone: 'error' },
  BAD_REQUEST: { text: t('This cannot be done.'), actions: ['showLog'], tone: 'warning' },
  FILE_UNREADABLE: { text: t('The file cannot be read or written.'), actions: ['showLog'], tone: 'error' },
  NOT_A_CAPTURE: { text: t('The file is not a network capture.'), actions: ['showLog'], tone: 'error' },
  TIMEOUT: { text: t('The analysis did not answer in time.'), actions: ['retry', 'showLog'], tone: 'error' },
};

/** Longest text of a notification, in characters: what libpcap or sudo said can be any length. */
const maxMessageLength = 600;

/** Whatever was thrown, as an error with a code. */
export function asNetworkTrafficError(error: unknown): NetworkTrafficError {
  if (error instanceof NetworkTrafficError) return error;
  return new NetworkTrafficError('INTERNAL', error instanceof Error ? error.message : String(error));
}

/** The one message that tells of an error: text of its code, details, what to do. */
export function errorMessage(error: AnalyzerError): string {
  const { text } = errorPresentations[error.code];
  const parts = [text];
  for (const part of [error.message, error.hint]) {
    const sentence = asSentence(part);
    if (sentence !== '' && !parts.includes(sentence)) parts.push(sentence);
  }
  // A notification turns `[text](command:…)` into a link that runs the command, and file names are anyone's text.
  const message = parts.join(' ').replaceAll('](', '] (');
  return message.length > maxMessageLength ? message.slice(0, maxMessageLength - 1) + '…' : message;
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
