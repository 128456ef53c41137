/** What a run's state means to a person: pure, so that every state can be read in a test. */
import type { LiveSource, Snapshot } from '../../src/protocol/snapshot';
import { formatBytes, formatElapsed, formatPercent, plural, safeLines, safeText } from './format';
import { captureSpanMs } from './tileModels';
import { t } from '../../src/protocol/l10n';

export type BannerAction = 'retry' | 'showLog';

export interface BannerModel {
  kind: 'busy' | 'info' | 'warning' | 'error';
  title: string;
  text: string;
  /** Small print, for example an error code; empty for none. */
  code: string;
  actions: BannerAction[];
}

export interface StatusModel {
  text: string;
  /** Shape and colour of the dot beside the text. */
  tone: 'idle' | 'busy' | 'live' | 'done' | 'error';
  /** Time since the start; empty where there is none. */
  elapsed: string;
}

export interface FactModel {
  id: string;
  text: string;
  title: string;
  warning: boolean;
}

export function isBusy(snapshot: Snapshot | null): boolean {
  return (
    snapshot !== null &&
    (snapshot.state === 'authorising' ||
      snapshot.state === 'capturing' ||
      snapshot.state === 'reading' ||
      snapshot.state === 'stopping')
  );
}

const subject = (snapshot: Snapshot): string => {
  if (snapshot.source?.kind === 'live') return safeText(snapshot.source.interface, 60);
  if (snapshot.source?.kind === 'file') return fileName(snapshot.source.path);
  return '';
};

export function fileName(path: string): string {
  return safeText(path.split(/[\\/]/).pop() ?? path, 120);
}

/** `elapsedMs`: time since the run was first seen by this view, or more. */
export function statusModel(snapshot: Snapshot | null, elapsedMs: number): StatusModel {
  if (snapshot === null) return { text: t('Not capturing'), tone: 'idle', elapsed: '' };
  const elapsed = formatElapsed(elapsedMs);
  const name = subject(snapshot);
  const on = name === '' ? '' : snapshot.source?.kind === 'live' ? t(' on {0}', name) : ` ${name}`;
  switch (snapshot.state) {
    case 'idle':
      return { text: t('Not capturing'), tone: 'idle', elapsed: '' };
    case 'authorising':
      return { text: t('Waiting for permission'), tone: 'busy', elapsed: '' };
    case 'capturing':
      return { text: t('Capturing{0}', on), tone: 'live', elapsed };
    case 'reading':
      return { text: t('Reading{0}', on), tone: 'busy', elapsed: '' };
    case 'stopping':
      return { text: t('Stopping'), tone: 'busy', elapsed };
    case 'finished':
      return {
        text: snapshot.source?.kind === 'file' ? t('Read{0}', on) : t('Finished{0}{1}', on, stopText(snapshot)),
        tone: 'done',
        elapsed: snapshot.packets > 0 ? formatElapsed(captureSpanMs(snapshot)) : '',
      };
    case 'failed':
      return {
        text: snapshot.packets > 0 ? t('Ended by an error') : t('Could not capture'),
        tone: 'error',
        elapsed: snapshot.packets > 0 ? formatElapsed(captureSpanMs(snapshot)) : '',
      };
  }
}

const stopTexts: Partial<Record<string, string>> = {
  time: t('its time was up'),
  packets: t('it had its packets'),
  size: t('it had its size'),
  finding: t('there was a finding'),
};

/** Why a capture ended by itself; empty when a person ended it. */
function stopText(snapshot: Snapshot): string {
  const text = stopTexts[snapshot.live?.stoppedBy ?? ''];
  return text === undefined ? '' : `: ${text}`;
}

const failureTitles: Partial<Record<string, string>> = {
  CANCELLED: t('Capture was cancelled'),
  WRONG_PASSWORD: t('The password was not accepted'),
  NOT_PERMITTED: t('Capturing is not permitted here'),
  NO_SUCH_INTERFACE: t('There is no such interface'),
  BAD_FILTER: t('The capture filter is not valid'),
  BINDING_MISSING: t('The capture library could not be loaded'),
  UNSUPPORTED_LINK_TYPE: t('This kind of interface cannot be read'),
  PRIVILEGE_DROP_FAILED: t('The capture helper could not give up its rights'),
  INTERFACE_GONE: t('The interface went away'),
  HELPER_DIED: t('The capture helper ended unexpectedly'),
  HELPER_TIMEOUT: t('The capture helper did not answer'),
  PROTOCOL: t('The capture helper sent something that makes no sense'),
  SPOOL: t('The captured packets could not be stored'),
  REMOTE: t('Capturing on the remote machine failed'),
};

/** The message across the top of the view, or null when the numbers speak for themselves. */
export function bannerModel(snapshot: Snapshot | null, canCapture: boolean): BannerModel | null {
  if (snapshot?.state === 'failed' && snapshot.failure) {
    const { code, message, hint } = snapshot.failure;
    const text = [message, hint]
      .map((part) => safeLines(part, 2000))
      .filter((part) => part !== '')
      .join('\n');
    const title = failureTitles[code] ?? t('The capture failed');
    if (code === 'CANCELLED') return { kind: 'info', title, text, code: '', actions: canCapture ? ['retry'] : [] };
    return {
      kind: 'error',
      title,
      text,
      code: safeText(code, 40),
      actions: canCapture ? ['retry', 'showLog'] : ['showLog'],
    };
  }
  if (snapshot?.state === 'authorising')
    return {
      kind: 'busy',
      title: t('Waiting for permission to capture'),
      text: t(
        'Your system may ask for a password, in a dialog of its own or in an input box at the top of this window. Packets are read by a small helper that gives up its rights as soon as the interface is open.',
      ),
      code: '',
      actions: [],
    };
  if (!canCapture)
    return {
      kind: 'warning',
      title: t('This workspace is not trusted'),
      text: t(
        'Capture files can be viewed here, but a capture starts a program with more rights. To capture, trust this workspace (command "Workspaces: Manage Workspace Trust").',
      ),
      code: '',
      actions: [],
    };
  if (snapshot?.state === 'capturing' && snapshot.packets === 0) {
    const filter = snapshot.source?.kind === 'live' ? snapshot.source.filter : '';
    return {
      kind: 'busy',
      title: t('Listening on {0}', subject(snapshot) || t('the interface')),
      text:
        filter === ''
          ? t('No packet has arrived yet.')
          : t('No packet has passed the filter "{0}" yet.', safeText(filter, 200)),
      code: '',
      actions: [],
    };
  }
  return null;
}

function liveFacts(source: LiveSource): FactModel[] {
  const facts: FactModel[] = [
    {
      id: 'backend',
      text: safeText(source.backend, 60),
      title: t('Packets are read with {0}; started: {1}', safeText(source.backend, 60), safeText(source.elevation, 40)),
      warning: false,
    },
  ];
  if (source.filter !== '')
    facts.push({
      id: 'filter',
      text: t('filter: {0}', safeText(source.filter, 80)),
      title: safeText(source.filter),
      warning: false,
    });
  if (source.timestampSource === 'process')
    facts.push({
      id: 'time',
      text: t('approximate latency'),
      title: t('This backend gives no kernel time: packets are stamped when they are read. Latency is approximate.'),
      warning: false,
    });
  if (source.uid !== null)
    facts.push({
      id: 'uid',
      text: source.uid === 0 ? t('helper runs as root') : t('root dropped (uid {0})', source.uid),
      title:
        source.uid === 0
          ? t('The capture helper kept the rights of root, because you are root.')
          : t('The capture helper gave up the rights of root and runs as uid {0}.', source.uid),
      warning: source.uid === 0,
    });
  if (source.snapLengthBytes < 65_535)
    facts.push({
      id: 'snapLength',
      text: t('first {0} of each packet', formatBytes(source.snapLengthBytes)),
      title: t('Longer packets are cut; their full length is still counted.'),
      warning: false,
    });
  return facts;
}

/** Short facts about where the packets come from, and what was lost on the way into the numbers. */
export function factModels(snapshot: Snapshot | null): FactModel[] {
  if (!snapshot) return [];
  const facts = snapshot.source?.kind === 'live' ? liveFacts(snapshot.source) : [];
  const hit = snapshot.limits.filter((limit) => limit.hits > 0);
  if (hit.length > 0)
    facts.push({
      id: 'limits',
      text: plural(hit.length, 'limit reached', 'limits reached'),
      title: hit
        .map((limit) => t('{0}: limit {1}, {2}', safeText(limit.name, 60), limit.limit, plural(limit.hits, 'time')))
        .join('\n'),
      warning: true,
    });
  const oddities = snapshot.notes.filter((note) => note.count > 0);
  if (oddities.length > 0)
    facts.push({
      id: 'notes',
      text: plural(oddities.length, 'oddity on the wire', 'oddities on the wire'),
      title: oddities.map((note) => `${safeText(note.name, 60)}: ${plural(note.count, 'time')}`).join('\n'),
      warning: false,
    });
  return facts;
}

/** What to say aloud when the state changes; empty when nothing is to be said. */
export function announcement(previous: Snapshot | null, next: Snapshot | null, findings: number): string {
  if (next === null || (previous?.run === next.run && previous.state === next.state)) return '';
  if (next.state === 'finished')
    return `${statusModel(next, 0).text}: ${plural(next.packets, 'packet')}, ${plural(findings, 'finding')}.`;
  // A failure is said by its banner, which is an alert.
  return next.state === 'failed' || next.state === 'idle' ? '' : `${statusModel(next, 0).text}.`;
}

/** How much of a file has been read, for a progress bar; null when not reading. */
export function readingProgress(snapshot: Snapshot | null): { fraction: number; text: string } | null {
  if (snapshot?.state !== 'reading' || snapshot.source?.kind !== 'file') return null;
  const { readBytes, sizeBytes, following } = snapshot.source;
  if (following === true) {
    const text = t('Read to its end: {0}. What is still written to it is added.', plural(snapshot.packets, 'packet'));
    return { fraction: 1, text };
  }
  const fraction = sizeBytes > 0 ? Math.min(1, readBytes / sizeBytes) : 0;
  const text = t(
    '{0} of {1} read ({2}), {3}',
    formatBytes(readBytes),
    formatBytes(sizeBytes),
    formatPercent(Math.floor(fraction * 100)),
    plural(snapshot.packets, 'packet'),
  );
  return { fraction, text };
}
