/** Numbers of a live capture itself, as it is shown in a strip: pure, so that each can be read in a test. */
import type { InterfaceFigures, ModelFigures } from '../../src/protocol/liveCapture';
import type { Snapshot } from '../../src/protocol/snapshot';
import { formatBytes, formatCount, formatMilliseconds, formatShortCount, safeText, unknownText } from './format';
import { t } from '../../src/protocol/l10n';

export interface FigureModel {
  id: string;
  label: string;
  value: string;
  title: string;
  tone: 'normal' | 'unknown' | 'warning';
}

/** Behind this, what is shown as now was some time ago. */
const lateMs = 2000;

const orUnknown = (value: number | null): string => (value === null ? unknownText : formatShortCount(value));

/** Empty for a file, and before a capture has begun. */
export function captureFigures(snapshot: Snapshot | null): FigureModel[] {
  const live = snapshot?.live;
  if (!snapshot || !live || live.interfaces.length === 0) return [];
  const { droppedByKernel, shedByHelper } = snapshot.captureLoss;
  const figures: FigureModel[] = [
    figure(
      'packets',
      t('Packets'),
      formatShortCount(snapshot.packets),
      t('{0} packets analyzed', formatCount(snapshot.packets)),
    ),
    figure('bytes', t('Bytes'), formatBytes(snapshot.originalBytes), t('On the wire, frames with all their headers')),
    lossFigure('kernel', t('Dropped by the kernel'), droppedByKernel, kernelTitle(live.interfaces, droppedByKernel)),
    lossFigure(
      'shed',
      t('Shed by us'),
      shedByHelper,
      t('Packets that the capture helper dropped because the analysis was too slow.'),
    ),
    {
      id: 'lag',
      label: t('Lag'),
      value: live.lagMs === null ? unknownText : formatMilliseconds(live.lagMs),
      title: t('From the time of a packet to its analysis. Programs that capture hand packets over in blocks.'),
      tone: live.lagMs === null ? 'unknown' : live.lagMs > lateMs ? 'warning' : 'normal',
    },
  ];
  if (live.spool !== null) {
    const { files, bytes, limitBytes, droppedPackets } = live.spool;
    const gone =
      droppedPackets === 0 ? '' : t('\n{0} older packets were dropped for newer ones.', formatCount(droppedPackets));
    figures.push(
      figure(
        'disk',
        t('On disk'),
        formatBytes(bytes),
        t('{0}, at most {1}.{2}', files === 1 ? t('1 file') : t('{0} files', files), formatBytes(limitBytes), gone),
      ),
    );
  }
  figures.push(modelFigure(live.model));
  if (live.interfaces.length > 1) figures.push(...live.interfaces.map(interfaceFigure));
  return figures;
}

function figure(id: string, label: string, value: string, title: string): FigureModel {
  return { id, label, value, title, tone: 'normal' };
}

function lossFigure(id: string, label: string, value: number | null, title: string): FigureModel {
  const tone = value === null ? 'unknown' : value > 0 ? 'warning' : 'normal';
  return { id, label, value: orUnknown(value), title, tone };
}

function modelFigure({ state, scoredFlows, behindMs, mostWaiting, mostBehindMs }: ModelFigures): FigureModel {
  const make = (tone: FigureModel['tone'], value: string, ...title: string[]): FigureModel => ({
    id: 'model',
    label: t('Model'),
    value,
    title: title.join('\n'),
    tone,
  });
  if (state === 'none')
    return make(
      'unknown',
      t('off'),
      t('No model can be used here: only the rules look for attacks. The log says why.'),
    );
  if (state === 'failed')
    return make('warning', t('failed'), t('The model failed: only the rules look for attacks. The log says why.'));
  const scored = scoredFlows === 1 ? t('1 flow was scored.') : t('{0} flows were scored.', formatCount(scoredFlows));
  const waited =
    mostWaiting === 0
      ? ''
      : t('At most {0} waited at once, for {1} at most.', formatCount(mostWaiting), formatMilliseconds(mostBehindMs));
  const words = [scored, ...(waited === '' ? [] : [waited])];
  const refused = t('The chosen model was refused: the shipped one is used. The log says why.');
  if (behindMs > lateMs) {
    const late = t('Scores come late: packets do not wait for them, findings of the model do.');
    return make('warning', t('{0} behind', formatMilliseconds(behindMs)), late, ...words);
  }
  if (state === 'instead') return make('warning', t('the shipped one'), refused, ...words);
  return make('normal', scoredFlows === 1 ? t('1 flow') : t('{0} flows', formatShortCount(scoredFlows)), ...words);
}

function kernelTitle(interfaces: readonly InterfaceFigures[], dropped: number | null): string {
  const card = interfaces.reduce((sum, one) => sum + (one.droppedByInterface ?? 0), 0);
  const cardText = card === 0 ? '' : t('\nThe network card dropped {0} more.', formatCount(card));
  if (dropped !== null) return t('Packets that found no room in the buffer of the kernel.{0}', cardText);
  const silent = interfaces.filter((one) => one.droppedByKernel === null).map((one) => safeText(one.backend, 40));
  return t('Not known: {0} does not tell while it captures.{1}', [...new Set(silent)].join(', '), cardText);
}

function interfaceFigure(one: InterfaceFigures, index: number): FigureModel {
  const lost = t('kernel {0}, helper {1}', orUnknown(one.droppedByKernel), orUnknown(one.shed));
  const ended = one.ended === null ? '' : `\n${safeText(one.ended, 300)}`;
  return {
    id: `interface-${index}`,
    label: safeText(one.name, 40),
    value: one.ended === null ? orUnknown(one.received) : t('{0}, ended', orUnknown(one.received)),
    title: t(
      'Packets received on {0} with {1}. Lost: {2}.{3}',
      safeText(one.name, 40),
      safeText(one.backend, 40),
      lost,
      ended,
    ),
    tone: one.ended !== null ? 'warning' : one.received === null ? 'unknown' : 'normal',
  };
}
