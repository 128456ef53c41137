import type { Host } from '../../flows/host';
import { addressPortKey } from '../recordKeys';

/** Who contacts each service, and what services of one port each client contacts, counted once for all that ask. */
export class BeaconPeers {
  readonly #clients = new Map<number | string, Set<number>>();
  readonly #servers = new Map<number | string, Set<number>>();

  add(client: Host, server: Host, port: number): void {
    addTo(this.#clients, addressPortKey(server, port), client.id);
    addTo(this.#servers, addressPortKey(client, port), server.id);
  }

  /** Clients of the service at `port` of `server`; 1 when it is not known. */
  clientsOf(server: Host, port: number): number {
    return this.#clients.get(addressPortKey(server, port))?.size ?? 1;
  }

  /** Hosts that `client` contacted at `port`; 1 when it is not known. */
  servicesOf(client: Host, port: number): number {
    return this.#servers.get(addressPortKey(client, port))?.size ?? 1;
  }
}

function addTo(sets: Map<number | string, Set<number>>, key: number | string, id: number): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([id]));
  else known.add(id);
}
