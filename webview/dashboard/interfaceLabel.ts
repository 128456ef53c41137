import type { InterfaceInfo } from '../../src/protocol/capture';
import { safeText } from '../common/format';

/** Text of one interface in the list: name, the address people know it by, and what is special. */
export function interfaceLabel(info: InterfaceInfo): string {
  const address = info.addresses.find((item) => !item.includes(':')) ?? info.addresses[0];
  const remarks = [info.loopback ? 'loopback' : '', info.up === false ? 'down' : ''].filter((item) => item !== '');
  const tail = remarks.length > 0 ? ` (${remarks.join(', ')})` : '';
  return safeText(`${info.name}${address === undefined ? '' : ` – ${address}`}${tail}`, 100);
}
