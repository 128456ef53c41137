import assert from 'node:assert/strict';
import { chooseInterface, defaultRouteInterface } from '../../../src/analyzer/interfaceChoice';
import type { InterfacesLine } from '../../../src/protocol/captureWire';

type ListedInterface = InterfacesLine['interfaces'][number];

const device = (name: string, addresses: string[] = ['192.0.2.1'], loopback = false): ListedInterface => ({
  name,
  description: null,
  addresses,
  loopback,
});
const lo = device('lo', ['127.0.0.1'], true);

describe('chooseInterface', () => {
  const choose = (listed: ListedInterface[], up: string[], defaultRoute: string | null = null): string | null =>
    chooseInterface(listed, { up: new Set(up), defaultRoute });

  it('takes the interface of the default route', () => {
    assert.equal(choose([device('docker0'), device('eth0'), lo], ['docker0', 'eth0', 'lo'], 'eth0'), 'eth0');
  });
  it('else takes the first that is up, has an address and is no loopback', () => {
    const listed = [lo, device('any', []), device('eth0'), device('eth1'), device('eth2')];
    assert.equal(choose(listed, ['lo', 'eth1', 'eth2'], 'ppp7'), 'eth1');
  });
  it('else takes the loopback', () => {
    assert.equal(choose([device('eth0'), lo], ['lo']), 'lo');
  });
  it('trusts addresses where the system has other names than libpcap', () => {
    const windows = [device('\\Device\\NPF_{1}', []), device('\\Device\\NPF_{2}')];
    assert.equal(choose(windows, ['Ethernet', 'Loopback']), '\\Device\\NPF_{2}');
  });
  it('finds nothing among nothing', () => {
    assert.equal(choose([], []), null);
  });
});

describe('defaultRouteInterface', () => {
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  it('takes the default route of the smallest metric', () => {
    const table = `${header}docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`;
    assert.equal(defaultRouteInterface(table), 'eth0');
  });
  it('does not take half of the Internet for all of it', () => {
    assert.equal(defaultRouteInterface(`${header}tun0\t00000000\t0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n`), null);
    assert.equal(defaultRouteInterface(''), null);
  });
});
