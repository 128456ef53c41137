import assert from 'node:assert/strict';
import {
  captureErrorCode,
  captureToolArguments,
  isToolInterfaceName,
  pcapStreamFacts,
  toolFailure,
  toolLosses,
} from '../../../src/protocol/captureTools';

describe('captureErrorCode', () => {
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
    it(`${said} -> ${code}`, () => assert.equal(captureErrorCode(said, filter), code));
  }
});

describe('captureToolArguments', () => {
  const options = {
    interface: 'eth0',
    filter: '-w /tmp/x $(id)',
    snapLengthBytes: 256,
    promiscuous: false,
    bufferBytes: 16 * 1024 * 1024,
    nanoseconds: true,
  };
  it('gives the filter as one word that is no option', () => {
    const tcpdump = captureToolArguments('tcpdump', options);
    assert.deepEqual(tcpdump.slice(-2), ['--', options.filter]);
    const dumpcap = captureToolArguments('dumpcap', options);
    assert.equal(dumpcap[dumpcap.indexOf('-f') + 1], options.filter);
    for (const words of [tcpdump, dumpcap]) assert.equal(words.filter((word) => word.includes('/tmp')).length, 1);
  });
  it('leaves out what is not wanted', () => {
    const words = captureToolArguments('tcpdump', { ...options, filter: '', promiscuous: true, nanoseconds: false });
    assert.deepEqual(words, ['-i', 'eth0', '-s', '256', '-B', '16384', '-U', '-n', '-w', '-']);
    assert.deepEqual(captureToolArguments('dumpcap', { ...options, filter: '', bufferBytes: 1 }), [
      ...['-q', '-P', '-i', 'eth0', '-s', '256', '-p', '-B', '1', '-w', '-'],
    ]);
  });
});

describe('isToolInterfaceName', () => {
  it('takes names of interfaces', () => {
    for (const name of ['eth0', 'any', 'lo', 'br-1a2b', 'eth0.100', 'eth0:1', '\\Device\\NPF_{4E1F-22}', 'vpn_x'])
      assert.ok(isToolInterfaceName(name), name);
  });
  it('takes nothing that means something else to a tool', () => {
    for (const name of ['-w', '1', '', '/tmp/pipe', 'rpcap://host/eth0', 'TCP@10.0.0.1', 'a b', 'x'.repeat(40), '-'])
      assert.ok(!isToolInterfaceName(name), name);
  });
});

describe('toolFailure', () => {
  const cases: [stderr: string, filter: string, code: string, message: string][] = [
    [
      'tcpdump: nope: No such device exists\n(No such device exists)\n',
      '',
      'NO_SUCH_INTERFACE',
      'nope: No such device exists',
    ],
    [
      "tcpdump: lo: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n",
      'tcp',
      'NOT_PERMITTED',
      "lo: You don't have permission to perform this capture on that device",
    ],
    [
      "tcpdump: can't parse filter expression: syntax error\n",
      'tcp prot',
      'BAD_FILTER',
      "can't parse filter expression: syntax error",
    ],
    [
      "Capturing on 'lo'\ndumpcap: Invalid capture filter \"tcp prot 1\" for interface 'lo'.\n\nThat string isn't a valid capture filter (can't parse filter expression: syntax error).\nSee the User's Guide.\n",
      'tcp prot 1',
      'BAD_FILTER',
      "can't parse filter expression: syntax error",
    ],
    [
      'Capturing on \'lo\'\ndumpcap: You do not have permission to capture on device "lo".\n(socket: Operation not permitted)\n',
      '',
      'NOT_PERMITTED',
      'You do not have permission to capture on device "lo".',
    ],
    [
      'Capturing on \'nope\'\ndumpcap: There is no device named "nope".\n',
      '',
      'NO_SUCH_INTERFACE',
      'There is no device named "nope".',
    ],
    [
      'tcpdump: listening on v0, link-type EN10MB (Ethernet), snapshot length 96 bytes\ntcpdump: pcap_loop: The interface disappeared\n3 packets captured\n',
      'tcp',
      'INTERFACE_GONE',
      'pcap_loop: The interface disappeared',
    ],
    [
      'Capturing on \'v0\'\nFile: -\ndumpcap: The network adapter "v0" is no longer attached.\n',
      'tcp',
      'INTERFACE_GONE',
      'The network adapter "v0" is no longer attached.',
    ],
    [
      'setpriv: activate capabilities: Operation not permitted\n',
      'tcp',
      'BINDING_MISSING',
      'setpriv: activate capabilities: Operation not permitted',
    ],
    ['capture 77\n', '', 'INTERNAL', 'it gave no reason'],
  ];
  for (const [stderr, filter, code, message] of cases) {
    it(`${message} -> ${code}`, () => assert.deepEqual(toolFailure(stderr, filter), { code, message }));
  }
});

describe('toolLosses', () => {
  it('reads the newest of tcpdump, with and without losses of the interface', () => {
    const first =
      'tcpdump: 6 packets captured, 12 packets received by filter, 3 packets dropped by kernel, 7 packets dropped by interface\n';
    assert.deepEqual(toolLosses(first), { droppedByKernel: 3, droppedByInterface: 7 });
    const last = '9 packets captured\n9 packets received by filter\n1 packet dropped by kernel\n';
    assert.deepEqual(toolLosses(first + last), { droppedByKernel: 1, droppedByInterface: 0 });
  });
  it('counts what tcpdump left behind at its end as dropped', () => {
    const last = '5 packets captured\n20 packets received by filter\n3 packets dropped by kernel\n';
    for (const [device, taken, dropped] of [
      ['eth0', 14, 9],
      ['eth0', 8, 3],
      ['eth0', 7, 3],
      ['lo', 17, 5],
    ] as const) {
      assert.deepEqual(toolLosses(last, device, taken), { droppedByKernel: dropped, droppedByInterface: 0 });
    }
  });
  it('reads those of dumpcap', () => {
    const text = "Packets received/dropped on interface 'lo': 5/3 (pcap:2/dumpcap:1/flushed:0/ps_ifdrop:4) (62.5%)\n";
    assert.deepEqual(toolLosses(text), { droppedByKernel: 3, droppedByInterface: 4 });
  });
  it('knows that it does not know', () => assert.equal(toolLosses('tcpdump: listening on lo\n'), null));
});

describe('pcapStreamFacts', () => {
  const header = (magic: number, isLittleEndian: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(24));
    view.setUint32(0, magic, isLittleEndian);
    view.setUint32(20, 0x1000_0071, isLittleEndian);
    return new Uint8Array(view.buffer);
  };
  it('reads every magic in either order', () => {
    for (const isLittleEndian of [true, false]) {
      assert.deepEqual(pcapStreamFacts(header(0xa1b2c3d4, isLittleEndian)), { linkType: 113, nanoseconds: false });
      assert.deepEqual(pcapStreamFacts(header(0xa1b23c4d, isLittleEndian)), { linkType: 113, nanoseconds: true });
    }
  });
});
