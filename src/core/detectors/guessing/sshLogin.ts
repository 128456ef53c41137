/** Server replies of a login that are looked at: six tries are allowed by default, with keys before them. */
const maxReplies = 40;
/** Replies in a row that are neither failure nor success: a session goes on. */
const maxOthers = 6;
/** The public key in a request makes it this much longer than one without (ed25519, RFC 8709). */
const keyBytes = 72;
/** The packet SSH_MSG_NEWKEYS in clear (RFC 4253 section 6). */
const newKeysBytes = 16;
/** SSH_MSG_USERAUTH_FAILURE lists the methods that can continue; it is no longer than the acceptance by this. */
const failureExtraBytes = 112;

export type LoginStep = 'none' | 'failed' | 'succeeded' | 'over';

/**
 * What an onlooker knows of an SSH login (RFC 4252) from the lengths of encrypted packets, as Zeek does in its SSH analyzer: the
 * first reply accepts the service, and each failure has the same length, at least that of the acceptance. Success is the
 * shortest message there is.
 */
export class SshLogin {
  /** Packet that each side's new keys came in; 0 before. */
  keysFromClient = 0;
  keysFromServer = 0;
  failures = 0;
  succeeded = false;
  #acceptBytes = 0;
  /** Of what this server sends ahead of each reply; 0 for nothing. */
  #aheadBytes = 0;
  #failureBytes = 0;
  #firstRequestBytes = 0;
  #requestBytes = 0;
  #replies = 0;
  #others = 0;

  /** A segment with `bytes` of payload in packet number `packet`. */
  segment(fromClient: boolean, bytes: number, packet: number): LoginStep {
    if (this.keysFromClient === 0) return 'none';
    if (fromClient) {
      // Some clients send the first request along with their new keys.
      this.#requestBytes = packet === this.keysFromClient ? Math.max(0, bytes - newKeysBytes) : bytes;
      return 'none';
    }
    if (this.keysFromServer === 0 || packet === this.keysFromServer) return 'none';
    if (this.#requestBytes === 0) {
      // The acceptance is the last of what comes to the first request: EXT_INFO (RFC 8308) may come late, and AsyncSSH sends
      // a message to be ignored (RFC 4253 section 11.2) ahead of every reply.
      if (this.#replies === 1) {
        this.#aheadBytes = this.#acceptBytes;
        this.#acceptBytes = bytes;
      }
      return 'none';
    }
    if (bytes === this.#aheadBytes) return 'none';
    const asked = this.#requestBytes;
    this.#requestBytes = 0;
    return this.#reply(asked, bytes);
  }

  #reply(asked: number, bytes: number): LoginStep {
    if (++this.#replies > maxReplies) return 'over';
    if (this.#acceptBytes === 0) {
      this.#acceptBytes = bytes;
      return 'none';
    }
    if (bytes < this.#acceptBytes) {
      this.succeeded = true;
      return 'succeeded';
    }
    if (this.#firstRequestBytes === 0) this.#firstRequestBytes = asked;
    if (this.#failureBytes === 0 && bytes <= this.#acceptBytes + failureExtraBytes) this.#failureBytes = bytes;
    if (bytes !== this.#failureBytes) return ++this.#others > maxOthers ? 'over' : 'none';
    this.#others = 0;
    // A key that is not accepted is no guess: agents offer all they have.
    if (asked - this.#firstRequestBytes >= keyBytes) return 'none';
    this.failures++;
    return 'failed';
  }
}
