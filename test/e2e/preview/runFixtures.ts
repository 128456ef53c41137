import type { Marker } from '../../../src/protocol/markers';

/** Moments of a debug run, one with markup in it. */
export const fixtureMarkers = (startUs: number, hostileText: string): Marker[] => [
  { timeUs: startUs + 12e6, kind: 'start', text: 'Debugging server' },
  { timeUs: startUs + 52e6, kind: 'stop', text: `breakpoint at ${hostileText}:12` },
  { timeUs: startUs + 54e6, kind: 'stop', text: 'breakpoint at server.js:14' },
  { timeUs: startUs + 110e6, kind: 'test', text: 'npm: test' },
  { timeUs: startUs + 170e6, kind: 'end', text: 'server' },
];
