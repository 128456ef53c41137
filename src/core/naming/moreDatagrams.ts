import { uint16, uint32, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { rejected } from './payload';
import type { Namer } from './payload';
import type { PickyDatagram } from './pickyDatagrams';

const onPorts = (
  ports: readonly number[],
  names: PickyDatagram['names'],
  fits: PickyDatagram['fits'],
  minimum = 4,
): readonly PickyDatagram[] => ports.map((port) => ({ port, names, fits, minimum }));

/** First bytes by the public descriptions of the protocols. */
export const morePickyDatagrams: readonly PickyDatagram[] = [
  // eDonkey, Kademlia and their packed forms.
  ...onPorts([4665, 4672], ['edonkey'], (b, at) => [0xe3, 0xe4, 0xe5, 0xc5, 0xd4].includes(uint8(b, at)), 2),
  ...onPorts(
    [27036],
    ['steam_ihs_discovery'],
    (b, at) => uint32(b, at) === 0xffff_ffff && uint32(b, at + 4) === 0x214c_5fa0,
    8,
  ),
  ...onPorts([20561], ['mactelnet'], () => true, 18),
  // GE Ethernet Global Data.
  ...onPorts([18246], ['egd'], (b, at) => uint16(b, at) === 0x0d01, 32),
];

/** Art-Net 4: name, operation; of data that is sent to lamps each channel is one. */
const guessArtNet: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (!startsWithAscii(bytes, start, end, 'Art-Net\0') || payload.length < 12) return rejected;
  payload.add('artnet');
  if (uint16(bytes, start + 8) === 0x0050) payload.add('dmx_chan');
  return payload.wireEnd - start;
};

const sessionCommands: ReadonlySet<number> = new Set(
  ['IN', 'NO', 'OK', 'BY', 'CK', 'RL', 'RS'].map((word) => (word.charCodeAt(0) << 8) | word.charCodeAt(1)),
);

/** RFC 6295's companion, Apple's MIDI session protocol: 0xffff, then two letters. */
const guessAppleMidi: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 12 || uint16(bytes, start) !== 0xffff || !sessionCommands.has(uint16(bytes, start + 2)))
    return rejected;
  payload.add('applemidi');
  return payload.wireEnd - start;
};

/** RFC 5191 section 6.2: nothing, the length of the whole message, flags that exist, a type. */
const guessPana: Namer = (payload) => {
  const { bytes, start, wireEnd } = payload;
  const type = uint16(bytes, start + 6);
  if (payload.length < 16 || uint16(bytes, start) !== 0 || uint16(bytes, start + 2) !== wireEnd - start)
    return rejected;
  if ((uint16(bytes, start + 4) & 0x03ff) !== 0 || type < 1 || type > 4) return rejected;
  payload.add('pana');
  return wireEnd - start;
};

/** DirectPlay 8 and before: the word in the header. */
const guessDirectPlay: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (payload.length < 25 || !startsWithAscii(bytes, start + 20, end, 'play')) return rejected;
  payload.add('dplay');
  return payload.wireEnd - start;
};

export const moreDatagramGuessers: readonly Namer[] = [guessArtNet, guessAppleMidi, guessDirectPlay, guessPana];
