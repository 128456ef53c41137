import assert from 'node:assert/strict';
import { parseDefaultRoute, parseDefaultRoute6, rankInterfaces } from '../../../src/analyzer/interfaceRanks';

const one = (name: string, changes: object = {}) => ({
  name,
  description: null,
  addresses: [] as string[],
  loopback: false,
  up: true as boolean | null,
  packetsPerSecond: null,
  ...changes,
});

describe('the order of interfaces', () => {
  it('is: default route, with an address, loopback, any, without, down, taps', () => {
    const list = [
      one('nflog', { up: null }),
      one('any', { up: null }),
      one('lo', { loopback: true, addresses: ['127.0.0.1'] }),
      one('down0', { up: false }),
      one('bare0'),
      one('eth0', { addresses: ['10.0.0.1'] }),
      one('wlan0', { addresses: ['10.0.1.1'] }),
    ];
    const ranked = rankInterfaces(list, 'wlan0');
    assert.deepEqual(
      ranked.map((info) => info.name),
      ['wlan0', 'eth0', 'lo', 'any', 'bare0', 'down0', 'nflog'],
    );
    assert.deepEqual(
      ranked.filter((info) => info.pseudo).map((info) => info.name),
      ['nflog'],
    );
    assert.deepEqual(
      ranked.filter((info) => info.defaultRoute).map((info) => info.name),
      ['wlan0'],
    );
  });

  it('reads the default route of IPv4 with the smallest metric that is up', () => {
    const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
    const route = (name: string, destination: string, flags: string, metric: number, mask: string): string =>
      `${name}\t${destination}\t0101A8C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;
    assert.equal(
      parseDefaultRoute(
        head +
          route('docker0', '000011AC', '0001', 0, '0000FFFF') +
          route('wlan0', '00000000', '0003', 600, '00000000') +
          route('eth0', '00000000', '0003', 100, '00000000') +
          route('eth1', '00000000', '0002', 1, '00000000'),
      ),
      'eth0',
    );
    assert.equal(parseDefaultRoute(head), null);
    assert.equal(parseDefaultRoute(''), null);
  });

  it('reads the default route of IPv6, not the unreachable one of lo', () => {
    const zero = '0'.repeat(32);
    const route = (name: string, prefix: string, metric: string): string =>
      `${zero} ${prefix} ${zero} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 00000003     ${name}\n`;
    assert.equal(parseDefaultRoute6(route('lo', '00', 'ffffffff') + route('eth0', '00', '00000400')), 'eth0');
    assert.equal(parseDefaultRoute6(route('lo', '00', 'ffffffff') + route('eth0', '40', '00000400')), null);
    assert.equal(parseDefaultRoute6('garbage'), null);
  });
});
