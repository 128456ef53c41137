import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PcapngBlocks } from '../../support/pcapngBlocks';

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;

/** Records of a pcap file with little-endian numbers and microseconds. */
function* records(pcap: Buffer): Generator<{ seconds: number; microseconds: number; data: Buffer }> {
  for (let at = fileHeaderBytes; at + recordHeaderBytes <= pcap.length;) {
    const length = pcap.readUInt32LE(at + 8);
    const data = pcap.subarray(at + recordHeaderBytes, at + recordHeaderBytes + length);
    yield { seconds: pcap.readUInt32LE(at), microseconds: pcap.readUInt32LE(at + 4), data };
    at += recordHeaderBytes + length;
  }
}

/** The same packets again and again, each time an hour later. */
export function longCapture(pcap: Buffer, times: number): Buffer {
  const body = pcap.subarray(fileHeaderBytes);
  const copies = [pcap.subarray(0, fileHeaderBytes)];
  for (let copy = 0; copy < times; copy++) {
    const later = Buffer.from(body);
    for (let at = 0; at + recordHeaderBytes <= later.length; at += recordHeaderBytes + later.readUInt32LE(at + 8))
      later.writeUInt32LE(later.readUInt32LE(at) + copy * 3600, at);
    copies.push(later);
  }
  return Buffer.concat(copies);
}

/** The first packets of a pcap file as pcapng, with a comment on one of them (1-based). */
export function withComments(pcap: Buffer, commented: number, comment: string): Buffer {
  const blocks = new PcapngBlocks(true);
  const parts = [blocks.section(), blocks.interfaceDescription(1)];
  let number = 0;
  for (const { seconds, microseconds, data } of records(pcap)) {
    number += 1;
    if (number > 20) break;
    const ticks = BigInt(seconds) * 1_000_000n + BigInt(microseconds);
    const options =
      number === commented ? [blocks.option(1, Buffer.from(comment)), blocks.option(0, new Uint8Array(0))] : [];
    parts.push(blocks.enhancedPacket(0, ticks, data, { options }));
  }
  return Buffer.concat(parts);
}

/** Writes an extension that has a file system of its own with one file in it, `remote.pcap`, and a command that opens it. */
export function foreignExtension(folder: string, capture: string): void {
  const command = 'ntaTest.openForeign';
  const manifest = {
    name: 'nta-foreign-files',
    publisher: 'test',
    version: '1.0.0',
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: [],
    extensionKind: ['workspace'],
    contributes: { commands: [{ command, title: 'Open Capture of Another Scheme', category: 'Test' }] },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    path.join(folder, 'main.js'),
    `const vscode = require('vscode');
const { readFileSync } = require('node:fs');
const bytes = readFileSync(${JSON.stringify(capture)});
const none = () => { throw vscode.FileSystemError.NoPermissions(); };
exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    vscode.workspace.registerFileSystemProvider('nta-test', {
      onDidChangeFile: new vscode.EventEmitter().event,
      watch: () => new vscode.Disposable(() => undefined),
      stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.length }),
      readDirectory: () => [['remote.pcap', vscode.FileType.File]],
      readFile: () => bytes,
      createDirectory: none, writeFile: none, delete: none, rename: none,
    }, { isReadonly: true }),
    vscode.commands.registerCommand('${command}', () =>
      vscode.commands.executeCommand('vscode.openWith', vscode.Uri.parse('nta-test:/remote.pcap'), 'networkTraffic.captureEditor')),
  );
};
`,
  );
}
