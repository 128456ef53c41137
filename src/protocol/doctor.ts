/** One thing that was looked at. `problem` stands in the way, `note` does not. */
export interface DoctorCheck {
  name: string;
  state: 'ok' | 'note' | 'problem';
  /** What was found, in a few words. */
  found: string;
}

/** What stands between this machine and a capture. */
export interface DoctorReport {
  /** `ready`: nobody is asked anything; `asks`: somebody types a password; `blocked`: it cannot work as it is. */
  verdict: 'ready' | 'asks' | 'blocked';
  /** One line: how a capture will start, or what stands in the way. */
  summary: string;
  /** The one command that repairs it, or that ends the asking; null when there is nothing to repair. */
  command: string | null;
  checks: DoctorCheck[];
}
