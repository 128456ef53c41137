import type * as vscode from 'vscode';
import type { PacketLayout } from '../../protocol/packetLayout';
import { parsePacketLayout } from '../../protocol/packetLayout';

const key = 'packetLayout';

/** Keeps how the packet list is wanted, over files and windows. */
export class PacketLayoutStore {
  constructor(private readonly memory: vscode.Memento) {}

  read(): PacketLayout {
    return parsePacketLayout(this.memory.get(key));
  }

  save(layout: PacketLayout): void {
    void this.memory.update(key, parsePacketLayout(layout));
  }
}
