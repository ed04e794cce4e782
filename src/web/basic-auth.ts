/**
 * HTTP basic authentication against bcrypt hashes. An unknown name takes as long as a wrong password. Accepted
 * credentials are remembered under a keyed digest, because bcrypt is slow on purpose. Few checks run at a time, so that
 * guesses cannot delay samples. Source: RFC 7617. Cost: one HMAC for a known client, else one bcrypt in slices of 100
 * ms.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { compare } from 'bcryptjs';

export type AuthResult = 'allowed' | 'denied' | 'busy';

const MOST_REMEMBERED = 100;
const MOST_CHECKED_AT_ONCE = 4;

export class BasicAuth {
  readonly #hashes: ReadonlyMap<string, string>;
  /** Compared with for an unknown user: as slow as the slowest hash, and no password matches it. */
  readonly #decoy: string;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();
  readonly #checking = new Map<string, Promise<boolean>>();

  /** @param hashes bcrypt hashes by user name, at least one */
  constructor(hashes: ReadonlyMap<string, string>) {
    this.#hashes = hashes;
    const slowest = Math.max(...[...hashes.values()].map(bcryptCost));
    this.#decoy = `$2b$${String(slowest).padStart(2, '0')}$${'.'.repeat(53)}`;
  }

  /** @param header the Authorization header */
  async check(header: string | undefined): Promise<AuthResult> {
    const encoded = /^basic +([\w+/-]+=*) *$/i.exec(header ?? '')?.[1];
    if (encoded === undefined) return 'denied';
    const digest = createHmac('sha256', this.#key).update(encoded).digest('base64');
    if (this.#remembered.has(digest)) return 'allowed';
    let checking = this.#checking.get(digest);
    if (!checking) {
      if (this.#checking.size >= MOST_CHECKED_AT_ONCE) return 'busy';
      checking = this.#compare(encoded).finally(() => this.#checking.delete(digest));
      this.#checking.set(digest, checking);
    }
    if (!(await checking)) return 'denied';
    this.#remember(digest);
    return 'allowed';
  }

  async #compare(encoded: string): Promise<boolean> {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const hash = colon < 0 ? undefined : this.#hashes.get(text.slice(0, colon));
    const equal = await compare(text.slice(colon + 1), hash ?? this.#decoy);
    return equal && hash !== undefined;
  }

  #remember(digest: string): void {
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.delete(this.#remembered.values().next().value!);
    this.#remembered.add(digest);
  }
}

/** @returns log2 of the number of rounds; NaN if the text is not a bcrypt hash */
export function bcryptCost(hash: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1] ?? Number.NaN);
}
