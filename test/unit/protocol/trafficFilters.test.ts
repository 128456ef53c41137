import assert from 'node:assert/strict';
import { compileFilter } from '../../../src/core/filter/displayFilter';
import { addressFilter, flowFilter, packetNumbersFilter } from '../../../src/protocol/trafficFilters';

const flow = { transport: 'tcp', a: '10.0.0.7', aPort: 41_000, b: '10.0.0.2', bPort: 22, start: 1_700_000_000.25 };

describe('filters for what a finding names', () => {
  it('are display filters that compile', () => {
    const texts = [
      addressFilter('10.0.0.7'),
      addressFilter('2001:db8::1'),
      addressFilter('02:00:00:00:00:01'),
      flowFilter(flow),
      flowFilter({ ...flow, transport: 'icmp', aPort: null, bPort: null }),
      flowFilter({ ...flow, transport: 'sctp' }),
      flowFilter({ ...flow, a: '2001:db8::1', b: '2001:db8::2', transport: 'icmpv6', aPort: null, bPort: null }),
      packetNumbersFilter([7]),
      packetNumbersFilter([3, 5, 6, 7, 9]),
      packetNumbersFilter(Array.from({ length: 5000 }, (_, at) => at * 2 + 1)),
    ];
    for (const text of texts) {
      assert.ok(text !== null && text !== '');
      const compiled = compileFilter(text);
      assert.ok(compiled.ok, `${text}: ${compiled.ok ? '' : compiled.message}`);
    }
  });

  it('hold a flow to its ends, ports and begin', () => {
    assert.equal(
      flowFilter(flow),
      'ip.addr == 10.0.0.7 && ip.addr == 10.0.0.2 && tcp.port == 41000 && tcp.port == 22 && frame.time_epoch >= 1700000000.249999',
    );
    assert.equal(flowFilter({ ...flow, a: 'nobody' }), null);
  });

  it('put runs of numbers together', () => {
    assert.equal(packetNumbersFilter([9, 3, 4, 5, 4]), 'frame.number in {3..5, 9}');
    assert.equal(packetNumbersFilter([12]), 'frame.number == 12');
    assert.equal(packetNumbersFilter([]), '');
  });
});
