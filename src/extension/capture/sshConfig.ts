import { isSshHost } from '../../protocol/sshHost';

/** Hosts that are offered; a configuration can have hundreds. */
const maxHosts = 50;

/** Names that `Host` lines of an ssh_config(5) give, but patterns. */
export function parseSshHosts(configuration: string): string[] {
  const hosts = new Set<string>();
  for (const line of configuration.split(/\r?\n/)) {
    const match = /^\s*host(?:\s+|\s*=\s*)(.+)$/i.exec(line);
    for (const name of match?.[1]?.split(/\s+/) ?? []) {
      const host = name.replaceAll('"', '');
      if (isSshHost(host)) hosts.add(host);
    }
  }
  return [...hosts].slice(0, maxHosts);
}
