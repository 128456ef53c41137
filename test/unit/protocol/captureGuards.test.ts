import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HelperOutput, StartLine } from '../../../src/protocol/captureWire';
import { captureWireVersion, maxWireLineBytes } from '../../../src/protocol/captureWire';
import { maxSnapLengthBytes, parseHelperInput, parseHelperOutput } from '../../../src/protocol/captureGuards';

const outputs: HelperOutput[] = [
  {
    kind: 'hello',
    version: captureWireVersion,
    pid: 4242,
    uid: 1000,
    interface: 'eth0',
    linkType: 1,
    snapLengthBytes: 65535,
    timestampSource: 'kernel',
    nanoseconds: false,
    backend: 'cap',
    dropCountsKnown: false,
    capturePid: null,
  },
  { kind: 'packet', timeUs: 1_720_000_000_123_456, nanoseconds: 789, originalLength: 60, data: 'AAEC' },
  { kind: 'stats', timeUs: 1, received: 2, droppedByKernel: null, droppedByInterface: null, shed: 0 },
  { kind: 'warning', code: 'CLOCK_STEP', message: 'x' },
  { kind: 'error', code: 'BAD_FILTER', message: 'syntax error', hint: '' },
  { kind: 'end', reason: 'stop', received: 2, shed: 0 },
  { kind: 'interfaces', interfaces: [{ name: 'lo', description: null, addresses: ['::1'], loopback: true }] },
];

const start: StartLine = {
  kind: 'start',
  version: captureWireVersion,
  backend: 'auto',
  interface: null,
  filter: 'tcp',
  snapLengthBytes: 65535,
  promiscuous: true,
  bufferBytes: 1 << 26,
};

describe('guards of the helper wire', () => {
  for (const line of outputs) {
    it(`accepts a ${line.kind} line and refuses it when any field is of another type`, () => {
      assert.deepEqual(parseHelperOutput(JSON.stringify(line)), { verdict: 'line', line });
      for (const key of Object.keys(line).filter((name) => name !== 'kind')) {
        for (const wrong of [{}, true, -1, 1.5, undefined, 'x'.repeat(100_000)]) {
          if ((key === 'dropCountsKnown' || key === 'nanoseconds') && wrong === true) continue;
          // A clock may be less fine than that.
          if (line.kind === 'packet' && key === 'nanoseconds' && wrong === undefined) continue;
          const parsed = parseHelperOutput(JSON.stringify({ ...line, [key]: wrong }));
          assert.equal(parsed.verdict, 'invalid', `${key}: ${String(wrong).slice(0, 20)}`);
        }
      }
    });
  }

  it('ignores a kind that it does not know, also one that every object has', () => {
    for (const kind of ['future', 'constructor', '__proto__', 'toString', '']) {
      assert.deepEqual(parseHelperOutput(JSON.stringify({ kind })), { verdict: 'unknown', kind });
    }
  });

  it('never throws, whatever the line', () => {
    const kinds = fc.constantFrom(...outputs.map((line) => line.kind), 'start', 'stop', 'else');
    const object = fc.tuple(kinds, fc.object()).map(([kind, rest]) => JSON.stringify({ ...rest, kind }));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), object), (text) => {
        parseHelperOutput(text);
        parseHelperInput(text);
      }),
    );
  });

  it('has room on a line for the largest packet', () => {
    const data = Buffer.alloc(maxSnapLengthBytes, 0xff).toString('base64');
    const line = { kind: 'packet', timeUs: Number.MAX_SAFE_INTEGER, originalLength: 0xffffffff, data };
    const text = JSON.stringify(line);
    assert.ok(text.length < maxWireLineBytes);
    assert.equal(parseHelperOutput(text).verdict, 'line');
  });

  it('accepts a start line and copies nothing else from it', () => {
    const parsed = parseHelperInput(JSON.stringify({ ...start, extra: 1, toString: 2 }));
    assert.deepEqual(parsed, { verdict: 'line', line: start });
  });

  const bad: { title: string; change: Record<string, unknown> }[] = [
    { title: 'another version', change: { version: captureWireVersion + 1 } },
    { title: 'a backend that nobody knows', change: { backend: 'raw' } },
    { title: 'a mode that is neither', change: { promiscuous: 1 } },
    { title: 'an empty interface name', change: { interface: '' } },
    { title: 'a control character in the interface name', change: { interface: 'eth0\n' } },
    { title: 'an interface name without end', change: { interface: 'x'.repeat(257) } },
    { title: 'an interface that is no text', change: { interface: 7 } },
    { title: 'a filter without end', change: { filter: 'x'.repeat(4097) } },
    { title: 'a filter with a NUL, which C would cut', change: { filter: 'tcp\0' } },
    { title: 'no filter', change: { filter: undefined } },
    { title: 'a snap length of nothing', change: { snapLengthBytes: 0 } },
    { title: 'a snap length that is too large', change: { snapLengthBytes: 65536 } },
    { title: 'a fraction of a byte', change: { snapLengthBytes: 96.5 } },
    { title: 'a tiny buffer', change: { bufferBytes: 4096 } },
    { title: 'a buffer that eats the machine', change: { bufferBytes: 2 ** 31 } },
  ];
  for (const { title, change } of bad) {
    it(`refuses a start line with ${title}`, () => {
      assert.equal(parseHelperInput(JSON.stringify({ ...start, ...change })).verdict, 'invalid');
    });
  }
});
