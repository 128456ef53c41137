/**
 * Servers let those wait who fail (Dovecot auth_failure_delay 2 s, Postfix smtpd_error_sleep_time 1 s, Linux-PAM 2 s), and answer
 * everything else at once.
 */
const refusalUs = 400_000;
/** As many late answers alike are no coincidence. */
const leastRefusals = 6;
/** Passwords differ in length; the sizes of equal commands do not, but by a digit of the number they carry. */
const leastSpreadBytes = 2;
/** Requests whose sizes are this near differ in the password alone; answers in the number of the request. */
const alikeAskedBytes = 64;
const alikeAnsweredBytes = 4;
/** Late turns of different sizes that are told apart: AUTH LOGIN of SMTP asks three times (RFC 4954 section 4). */
const mostSeries = 4;
/** A pause that ends a series. */
const quietUs = 120e6;

/** Tells the turns of one encrypted session apart: what was asked, and how late how much was answered. */
export class EncryptedTurns {
  asked = 0;
  answered = 0;
  late = false;
  #askedUs = 0;

  /** A segment with `bytes` of payload; true when a turn with a late answer is complete, which the fields tell until `clear`. */
  segment(fromClient: boolean, bytes: number, timeUs: number, roundTripUs: number): boolean {
    if (!fromClient) {
      if (this.asked === 0) return false;
      if (this.answered === 0) this.late = timeUs - this.#askedUs >= refusalUs + roundTripUs;
      this.answered += bytes;
      return false;
    }
    if (this.answered > 0) {
      if (this.late) return true;
      this.clear();
    }
    this.#ask(bytes, timeUs);
    return false;
  }

  /** Begins the next turn with a segment of the client. */
  next(bytes: number, timeUs: number): void {
    this.clear();
    this.#ask(bytes, timeUs);
  }

  clear(): void {
    this.asked = 0;
    this.answered = 0;
    this.late = false;
  }

  #ask(bytes: number, timeUs: number): void {
    this.asked += bytes;
    this.#askedUs = timeUs;
  }
}

interface Series {
  asked: number;
  answered: number;
  lastUs: number;
  count: number;
  told: number;
  least: number;
  most: number;
}

/**
 * Late answers of one service to one client in encrypted sessions, by shape: requests of about one size, answers of the very same
 * size, over and over, in one session or in several. A try may have several turns that are late, each a series of its own.
 */
export class LateRefusals {
  readonly #series: Series[] = [];

  /** Whether they are tries of passwords. */
  get telling(): boolean {
    return this.#series.some(isTelling);
  }

  /** One more late answer. Returns how many tries failed that were not returned before. */
  add(turn: EncryptedTurns, timeUs: number): number {
    const series = this.#of(turn, timeUs);
    series.asked = turn.asked;
    series.lastUs = timeUs;
    series.count++;
    series.least = Math.min(series.least, turn.asked);
    series.most = Math.max(series.most, turn.asked);
    if (!isTelling(series)) return 0;
    const more = series.count - series.told;
    series.told = series.count;
    return more;
  }

  /** The series that a turn goes on with; a new one in place of the oldest when there is none. */
  #of({ asked, answered }: EncryptedTurns, timeUs: number): Series {
    const index = this.#series.findIndex(
      (each) =>
        Math.abs(answered - each.answered) <= alikeAnsweredBytes &&
        Math.abs(asked - each.asked) <= alikeAskedBytes &&
        timeUs - each.lastUs < quietUs,
    );
    const found = index < 0 ? undefined : this.#series.splice(index, 1)[0];
    const series = found ?? { asked, answered, lastUs: timeUs, count: 0, told: 0, least: asked, most: asked };
    if (found === undefined && this.#series.length >= mostSeries) this.#series.shift();
    this.#series.push(series);
    return series;
  }
}

function isTelling({ count, least, most }: Series): boolean {
  return count >= leastRefusals && most - least >= leastSpreadBytes;
}
