import assert from 'node:assert/strict';
import { emptyMarks, markOf, parseMarks, withMark } from '../../../src/extension/findings/marks';
import { finding } from './support/findings';

const scan = finding();

describe('marks of findings', () => {
  it('keeps what a person said, the last of it, and takes it back', () => {
    const right = withMark(emptyMarks, scan, 'lab.pcap', 'right');
    assert.ok(right !== null);
    assert.deepEqual(markOf(parseMarks(right) ?? [], scan, 'lab.pcap'), { verdict: 'right', note: '' });
    const wrong = withMark(right, scan, 'lab.pcap', 'wrong');
    assert.ok(wrong !== null);
    assert.equal(parseMarks(wrong)?.length, 1);
    assert.equal(markOf(parseMarks(wrong) ?? [], scan, 'lab.pcap')?.verdict, 'wrong');
    assert.deepEqual(parseMarks(withMark(wrong, scan, 'lab.pcap', null) ?? ''), []);
  });

  it('tells captures and incidents apart', () => {
    const marks = parseMarks(withMark(emptyMarks, scan, 'lab.pcap', 'right') ?? '') ?? [];
    assert.equal(markOf(marks, scan, 'other.pcap'), null);
    assert.equal(markOf(marks, finding({ firstSeen: scan.firstSeen + 3600 }), 'lab.pcap'), null);
    assert.equal(markOf(marks, finding({ id: 'port-scan|10.0.0.8' }), 'lab.pcap'), null);
  });

  it('keeps the note, and what is not understood', () => {
    const marked = JSON.parse(withMark(emptyMarks, scan, 'lab.pcap', 'wrong') ?? '') as { marks: object[] };
    const text = JSON.stringify({ $schema: './x.json', marks: [{ ...marked.marks[0], note: 'ours' }, { strange: 1 }] });
    const changed = withMark(text, scan, 'lab.pcap', 'right') ?? '';
    assert.deepEqual(markOf(parseMarks(changed) ?? [], scan, 'lab.pcap'), { verdict: 'right', note: 'ours' });
    assert.match(changed, /"strange": 1/);
    assert.match(changed, /"\$schema"/);
  });

  it('writes nothing into a file that it does not understand', () => {
    for (const text of ['', '{', '[]', '{"marks": 7}', 'null']) {
      assert.equal(withMark(text, scan, 'lab.pcap', 'right'), null, text);
      assert.equal(parseMarks(text), null, text);
    }
  });
});
