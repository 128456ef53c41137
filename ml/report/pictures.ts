import type { CalibrationBin } from '../train/calibration';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const start = (width: number, height: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">` +
  `<rect width="${width}" height="${height}" fill="#fff"/>`;

/** Confusion matrix as SVG: a row a true class, a column a predicted one, each cell its number of rows. */
export function confusionPicture(
  title: string,
  names: readonly string[],
  counts: readonly (readonly number[])[],
): string {
  const cell = 44;
  const side = 190;
  const top = 200;
  const size = names.length * cell;
  const parts = [
    start(side + size + 20, top + size + 20),
    `<text x="10" y="20" font-size="14">${escape(title)}</text>`,
  ];
  for (const [i, row] of counts.entries()) {
    const total = Math.max(1, row.reduce((x, y) => x + y, 0)); // prettier-ignore
    const y = top + i * cell;
    const name = escape(names[i] ?? '');
    parts.push(
      `<text x="${side - 6}" y="${y + 26}" text-anchor="end">${name}</text>`,
      `<text transform="translate(${side + i * cell + 26} ${top - 6}) rotate(-60)">${name}</text>`,
    );
    for (const [j, n] of row.entries()) {
      if (n === 0) continue;
      const share = n / total;
      const fill = i === j ? `rgb(${Math.round(255 - 175 * share)},${Math.round(255 - 105 * share)},${255})` : `rgb(255,${Math.round(235 - 150 * share)},${Math.round(225 - 150 * share)})`; // prettier-ignore
      parts.push(
        `<rect x="${side + j * cell}" y="${y}" width="${cell}" height="${cell}" fill="${fill}" stroke="#ddd"/>`,
        `<text x="${side + j * cell + cell / 2}" y="${y + 26}" text-anchor="middle">${n}</text>`,
      );
    }
  }
  parts.push(`<rect x="${side}" y="${top}" width="${size}" height="${size}" fill="none" stroke="#888"/></svg>\n`);
  return parts.join('\n');
}

/** Reliability diagram as SVG: how sure against how often right, circles by the number of rows. */
export function calibrationPicture(title: string, bins: readonly CalibrationBin[]): string {
  const size = 320;
  const [left, top] = [50, 40];
  const x = (p: number): string => (left + p * size).toFixed(1);
  const y = (p: number): string => (top + (1 - p) * size).toFixed(1);
  const used = bins.filter((b) => b.rows > 0);
  const parts = [
    start(left + size + 30, top + size + 50),
    `<text x="10" y="20" font-size="14">${escape(title)}</text>`,
    `<rect x="${left}" y="${top}" width="${size}" height="${size}" fill="none" stroke="#888"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#aaa" stroke-dasharray="4"/>`,
    `<polyline fill="none" stroke="#3b6fb6" points="${used.map((b) => `${x(b.confidence)},${y(b.accuracy)}`).join(' ')}"/>`,
    ...used.map(
      (b) =>
        `<circle cx="${x(b.confidence)}" cy="${y(b.accuracy)}" r="${(2 + Math.log10(b.rows)).toFixed(1)}" fill="#3b6fb6"><title>${b.rows} rows</title></circle>`,
    ),
    ...[0, 0.5, 1].flatMap((p) => [
      `<text x="${x(p)}" y="${top + size + 16}" text-anchor="middle">${p}</text>`,
      `<text x="${left - 6}" y="${y(p)}" text-anchor="end">${p}</text>`,
    ]),
    `<text x="${left + size / 2}" y="${top + size + 36}" text-anchor="middle">calibrated probability of the predicted class</text>`,
    `<text transform="translate(14 ${top + size / 2}) rotate(-90)" text-anchor="middle">share that was right</text></svg>`,
    '',
  ];
  return parts.join('\n');
}
