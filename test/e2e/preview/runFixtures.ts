import type { Marker } from '../../../src/protocol/markers';
import type { ProgramFigures } from '../../../src/protocol/programs';

/** Moments of a debug run, one with markup in it. */
export const fixtureMarkers = (startUs: number, hostileText: string): Marker[] => [
  { timeUs: startUs + 12e6, kind: 'start', text: 'Debugging server' },
  { timeUs: startUs + 52e6, kind: 'stop', text: `breakpoint at ${hostileText}:12` },
  { timeUs: startUs + 54e6, kind: 'stop', text: 'breakpoint at server.js:14' },
  { timeUs: startUs + 110e6, kind: 'test', text: 'npm: test' },
  { timeUs: startUs + 170e6, kind: 'end', text: 'server' },
];

/** Programs of a live capture, one with markup in its name. */
export const fixturePrograms = (hostileText: string): ProgramFigures => ({
  programs: [
    {
      name: 'node',
      processes: [4711, 4712, 4713, 4714],
      flows: 31,
      packets: 9120,
      bytesSent: 812_000,
      bytesReceived: 7_400_000,
    },
    { name: 'chromium', processes: [812], flows: 88, packets: 6010, bytesSent: 402_000, bytesReceived: 3_900_000 },
    {
      name: `a-program-with-a-long-name ${hostileText}`,
      processes: [],
      flows: 1,
      packets: 2,
      bytesSent: 120,
      bytesReceived: 0,
    },
  ],
  unknownPackets: 4047,
  unknownBytes: 1_900_000,
});
