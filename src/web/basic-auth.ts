/**
 * Names and passwords against bcrypt hashes. What was right once is remembered under a keyed digest, because bcrypt is
 * slow on purpose: a known client costs one HMAC and never waits. A check that fails runs as many rounds for each name,
 * known or not: as the slowest hash of the file needs. Source: RFC 7617.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { compare as bcryptCompare } from 'bcryptjs';
import { type Asker, CheckQueue } from './check-queue.ts';

export type AuthResult = 'allowed' | 'denied' | 'busy';

export interface Login {
  readonly name: string;
  readonly password: string;
}

type Compare = (password: string, hash: string, done: undefined, onSlice: () => void) => Promise<boolean>;

export class BasicAuth {
  #hashes: ReadonlyMap<string, string> = new Map();
  #mostCost = 0;
  readonly #key = randomBytes(32);
  /** The digest of the last right login of each user. */
  readonly #remembered = new Map<string, string>();
  readonly #queue = new CheckQueue();
  readonly #compare: Compare;

  /** @param hashes bcrypt hashes by user name */
  constructor(hashes: ReadonlyMap<string, string>, compare: Compare = bcryptCompare) {
    this.#compare = compare;
    this.setUsers(hashes);
  }

  /** Users whose hash has changed or who are gone are forgotten; the others stay known. */
  setUsers(hashes: ReadonlyMap<string, string>): void {
    for (const [name, hash] of this.#hashes) if (hashes.get(name) !== hash) this.#remembered.delete(name);
    this.#hashes = hashes;
    this.#mostCost = Math.max(0, ...[...hashes.values()].map(bcryptCost));
  }

  async check({ name, password }: Login, asker: Pick<Asker, 'address' | 'isGone'>): Promise<AuthResult> {
    if (this.#hashes.size === 0) return 'denied';
    const digest = createHmac('sha256', this.#key).update(`${name}:${password}`).digest('base64');
    if (this.#remembered.get(name) === digest) return 'allowed';
    const result = await this.#queue.run({ ...asker, name, digest }, (onSlice) =>
      this.#isRight({ name, password }, digest, onSlice),
    );
    return result === 'busy' ? 'busy' : result ? 'allowed' : 'denied';
  }

  async #isRight({ name, password }: Login, digest: string, onSlice: () => void): Promise<boolean> {
    const mostCost = this.#mostCost;
    const hash = this.#hashes.get(name);
    const isEqual = await this.#compare(password, hash ?? decoy(mostCost), undefined, onSlice);
    // The file may have been read again meanwhile.
    if (isEqual && hash !== undefined && this.#hashes.get(name) === hash) {
      this.#remembered.set(name, digest);
      return true;
    }
    // 2^c + 2^c + 2^(c+1) + ... + 2^(most-1) = 2^most rounds: the time tells nothing about the user.
    for (let cost = hash === undefined ? mostCost : bcryptCost(hash); cost < mostCost; cost++)
      await this.#compare(password, decoy(cost), undefined, onSlice);
    return false;
  }
}

/** A hash that no password has. */
function decoy(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

/** @returns log2 of the number of rounds; NaN if the text is not a bcrypt hash */
export function bcryptCost(hash: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1] ?? Number.NaN);
}
