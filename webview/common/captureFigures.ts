/** Numbers of a live capture itself, as it is shown in a strip: pure, so that each can be read in a test. */
import type { InterfaceFigures } from '../../src/protocol/liveCapture';
import type { Snapshot } from '../../src/protocol/snapshot';
import { formatBytes, formatCount, formatMilliseconds, formatShortCount, safeText, unknownText } from './format';

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
      'Packets',
      formatShortCount(snapshot.packets),
      `${formatCount(snapshot.packets)} packets analyzed`,
    ),
    figure('bytes', 'Bytes', formatBytes(snapshot.originalBytes), 'On the wire, frames with all their headers'),
    lossFigure('kernel', 'Dropped by the kernel', droppedByKernel, kernelTitle(live.interfaces, droppedByKernel)),
    lossFigure(
      'shed',
      'Shed by us',
      shedByHelper,
      'Packets that the capture helper dropped because the analysis was too slow.',
    ),
    {
      id: 'lag',
      label: 'Lag',
      value: live.lagMs === null ? unknownText : formatMilliseconds(live.lagMs),
      title: 'From the time of a packet to its analysis. Programs that capture hand packets over in blocks.',
      tone: live.lagMs === null ? 'unknown' : live.lagMs > lateMs ? 'warning' : 'normal',
    },
  ];
  if (live.spool !== null) {
    const { files, bytes, limitBytes, droppedPackets } = live.spool;
    const gone =
      droppedPackets === 0 ? '' : `\n${formatCount(droppedPackets)} older packets were dropped for newer ones.`;
    figures.push(
      figure(
        'disk',
        'On disk',
        formatBytes(bytes),
        `${files === 1 ? '1 file' : `${files} files`}, at most ${formatBytes(limitBytes)}.${gone}`,
      ),
    );
  }
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

function kernelTitle(interfaces: readonly InterfaceFigures[], dropped: number | null): string {
  const card = interfaces.reduce((sum, one) => sum + (one.droppedByInterface ?? 0), 0);
  const cardText = card === 0 ? '' : `\nThe network card dropped ${formatCount(card)} more.`;
  if (dropped !== null) return `Packets that found no room in the buffer of the kernel.${cardText}`;
  const silent = interfaces.filter((one) => one.droppedByKernel === null).map((one) => safeText(one.backend, 40));
  return `Not known: ${[...new Set(silent)].join(', ')} does not tell while it captures.${cardText}`;
}

function interfaceFigure(one: InterfaceFigures, index: number): FigureModel {
  const lost = `kernel ${orUnknown(one.droppedByKernel)}, helper ${orUnknown(one.shed)}`;
  const ended = one.ended === null ? '' : `\n${safeText(one.ended, 300)}`;
  return {
    id: `interface-${index}`,
    label: safeText(one.name, 40),
    value: one.ended === null ? orUnknown(one.received) : `${orUnknown(one.received)}, ended`,
    title: `Packets received on ${safeText(one.name, 40)} with ${safeText(one.backend, 40)}. Lost: ${lost}.${ended}`,
    tone: one.ended !== null ? 'warning' : one.received === null ? 'unknown' : 'normal',
  };
}
