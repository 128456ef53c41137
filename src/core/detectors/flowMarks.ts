/**
 * One bit for each detector that says in `flow.dismissed` that it needs no more packets of a flow, or in `flow.kept` that it has
 * to hear of the flow's end. Most flows matter to few detectors, and a bit is cheaper to ask than a detector.
 */
export const flowMarks = {
  slowHttp: 1,
  httpFlood: 2,
  sshGuessing: 4,
  lineGuessing: 8,
  httpGuessing: 16,
  smbGuessing: 32,
  sessionGuessing: 64,
  heartbleed: 128,
  webAttack: 256,
  interactiveShell: 512,
  upload: 1024,
  icmpTunnel: 2048,
  clearCredentials: 4096,
} as const;
