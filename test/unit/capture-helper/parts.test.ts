import assert from 'node:assert/strict';
import { codeOfOpenError } from '../../../src/capture-helper/capSource';
import { chooseInterface, defaultRouteInterface } from '../../../src/capture-helper/interfaceChoice';
import type { ListedInterface } from '../../../src/capture-helper/packetSource';
import { WallClock } from '../../../src/capture-helper/wallClock';

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

describe('WallClock', () => {
  it('follows the monotonic clock, and a step of the system clock only when asked', () => {
    let monotonicUs = 1000;
    let systemUs = 1_700_000_000_000_000;
    const clock = new WallClock(
      () => monotonicUs,
      () => systemUs,
    );
    monotonicUs += 500;
    systemUs -= 3_600_000_000;
    assert.equal(clock.nowUs(), 1_700_000_000_000_500);
    assert.equal(clock.follow(), -3_600_000_500);
    assert.equal(clock.nowUs(), systemUs);
  });

  it('leaves the small corrections of NTP alone', () => {
    let systemUs = 1_700_000_000_000_000;
    const clock = new WallClock(
      () => 0,
      () => systemUs,
    );
    systemUs += 200_000;
    assert.equal(clock.follow(), 0);
    assert.equal(clock.nowUs(), 1_700_000_000_000_000);
  });
});

describe('codeOfOpenError', () => {
  const cases: [said: string, filter: string, code: string][] = [
    ["can't parse filter expression: syntax error", 'tcp prot', 'BAD_FILTER'],
    ["invalid IPv4 address '999.1.1.1'", 'host 999.1.1.1', 'BAD_FILTER'],
    ["unknown host 'nowhere.invalid'", 'host nowhere.invalid', 'BAD_FILTER'],
    ["illegal token: '", "'", 'BAD_FILTER'],
    ['socket: Operation not permitted', 'tcp', 'NOT_PERMITTED'],
    ['(cannot open BPF device) /dev/bpf0: Permission denied', '', 'NOT_PERMITTED'],
    ['No such device exists', '', 'NO_SUCH_INTERFACE'],
    ['SIOCGIFHWADDR: No such device', 'tcp', 'NO_SUCH_INTERFACE'],
    ['That device is not up', 'tcp', 'INTERFACE_GONE'],
    ["can't mmap rx ring: Cannot allocate memory", 'tcp', 'INTERNAL'],
    ['libpcap gave no reason', 'tcp', 'INTERNAL'],
    ['something new', '', 'INTERNAL'],
  ];
  for (const [said, filter, code] of cases) {
    it(`${said} -> ${code}`, () => assert.equal(codeOfOpenError(said, filter), code));
  }
});
