import { columns } from '../features/columns';
import { csvCell } from './csv';

const measured = columns.flatMap((column, i) =>
  column.measure !== null && column.names.improved !== null ? [{ name: column.names.improved, i }] : [],
);

/** Names of the features in `flows --features`: those of the improved CICIDS2017. */
export const featureNames: readonly string[] = measured.map(({ name }) => name);

/** The features of a flow as the end of a CSV line whose own end is cut off. */
export function appendFeatures(line: string, values: Float64Array): string {
  return `${line.replace(/\r\n$/, '')},${measured.map(({ i }) => csvCell(values[i] ?? 0)).join(',')}\r\n`;
}

/** The features of a flow by name, for a row of JSON. */
export function featureObject(values: Float64Array): Record<string, number> {
  return Object.fromEntries(measured.map(({ name, i }) => [name, values[i] ?? 0]));
}

/** The header of a CSV file with the features' names behind the others. */
export function appendFeatureNames(header: string): string {
  return `${header.replace(/\r\n$/, '')},${featureNames.map(csvCell).join(',')}\r\n`;
}
