import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Delivery } from '../../../src/sinks/push/delivery.ts';
import { daemonLog } from '../../support/daemon-log.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that the test answers for. It notes the number of the state that was newest at each request. */
class Server {
  state = 0;
  readonly sent: number[] = [];
  readonly log: string[] = [];
  #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly delivery: Delivery;

  constructor({ random = (): number => 1 } = {}) {
    const entry =
      (level: string) =>
      (fields: object, message: string): void =>
        void this.log.push(`${level} ${JSON.stringify(fields)} ${message}`);
    this.delivery = new Delivery({
      url: 'http://push.example',
      log: daemonLog({ info: entry('info'), warn: entry('warn') }),
      random,
      send: (signal) => {
        this.sent.push(this.state);
        return new Promise((resolve, reject) => {
          this.#answers.push({ resolve, reject });
          signal.onabort = () => reject(new Error('given up'));
        });
      },
    });
  }

  get waiting(): number {
    return this.#answers.length;
  }

  change(): void {
    this.state++;
    this.delivery.wake();
  }

  /** Answers the oldest request. */
  async answer(error?: string): Promise<void> {
    const { resolve, reject } = this.#answers.shift()!;
    if (error === undefined) resolve();
    else reject(new Error(error));
    await vi.advanceTimersByTimeAsync(0);
  }
}

test('a delivery sends one state at a time, and then the newest of those that came meanwhile', async () => {
  const server = new Server();
  for (let time = 0; time < 5; time++) server.change();
  expect(server.sent).toEqual([1]);
  await server.answer();
  // State five is the newest by now.
  expect(server.sent).toEqual([1, 5]);
  expect(server.waiting).toBe(1);
  await server.answer();
  expect(server.sent).toEqual([1, 5]);
  server.change();
  expect(server.sent).toEqual([1, 5, 6]);
});

describe('after a failure', () => {
  test('waits twice as long each time, up to a minute, and then sends the newest state', async () => {
    const server = new Server();
    server.change();
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      await server.answer('down');
      const before = server.sent.length;
      let wait = 0;
      while (server.sent.length === before) {
        wait += 500;
        server.change();
        await vi.advanceTimersByTimeAsync(500);
      }
      waits.push(wait);
      expect(server.sent.at(-1)).toBe(server.state);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
    expect(server.delivery.failures).toBe(9);
  });

  test('waits up to half as long, by chance', async () => {
    const first = async (random: number): Promise<number> => {
      const server = new Server({ random: () => random });
      server.change();
      await server.answer('down');
      const { sent } = server;
      let wait = 0;
      for (; sent.length === 1; wait += 10) await vi.advanceTimersByTimeAsync(10);
      return wait;
    };
    expect([await first(0), await first(0.5), await first(1)]).toEqual([500, 750, 1000]);
  });

  test('starts again with the first wait once the server has answered', async () => {
    const server = new Server();
    server.change();
    await server.answer('down');
    await vi.advanceTimersByTimeAsync(1000);
    await server.answer('down');
    await vi.advanceTimersByTimeAsync(2000);
    await server.answer();
    server.change();
    await server.answer('down');
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.sent).toHaveLength(5);
  });

  test('logs one line, and one when failures are over', async () => {
    const server = new Server();
    server.change();
    for (let failure = 0; failure < 5; failure++) {
      await server.answer('ECONNREFUSED');
      await vi.advanceTimersByTimeAsync(60_000);
    }
    await server.answer();
    expect(server.log).toEqual([
      'warn {"target":"http://push.example","reason":"ECONNREFUSED"} a push has failed; it is retried, and failures are counted',
      'info {"target":"http://push.example","failuresTotal":5} pushes arrive again',
    ]);
  });

  test('logs a server that fails every other time only now and then', async () => {
    const server = new Server();
    for (let time = 0; time < 100; time++) {
      server.change();
      await server.answer('down');
      await vi.advanceTimersByTimeAsync(1000);
      await server.answer();
    }
    expect(server.log).toHaveLength(2);
    expect(server.delivery.failures).toBe(100);
    await vi.advanceTimersByTimeAsync(600_000);
    server.change();
    await server.answer('down');
    expect(server.log).toHaveLength(3);
  });
});

describe('at the end', () => {
  test('closes at once if nothing is left to send', async () => {
    const server = new Server();
    server.change();
    await server.answer();
    await server.delivery.close(1000);
    expect(server.sent).toEqual([1]);
  });

  test('waits for the running request, and sends the newest state after it', async () => {
    const server = new Server();
    server.change();
    server.change();
    const closed = server.delivery.close(1000);
    await server.answer();
    expect(server.sent).toEqual([1, 2]);
    await server.answer();
    await closed;
  });

  test('gives up on a server that does not answer, and does not retry', async () => {
    const server = new Server();
    server.change();
    let isClosed = false;
    void server.delivery.close(1000).then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isClosed).toBe(true);
    expect(server.sent).toEqual([1]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.sent).toEqual([1]);
  });

  test('retries a failed request once, without a wait', async () => {
    const server = new Server();
    server.change();
    await server.answer('down');
    server.change();
    const closed = server.delivery.close(1000);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.sent).toEqual([1, 2]);
    await server.answer('down');
    await closed;
    expect(vi.getTimerCount()).toBe(0);
    // No line in the log announces a retry that will not happen.
    expect(server.log).toHaveLength(1);
  });

  test('sends nothing that comes later', async () => {
    const server = new Server();
    await server.delivery.close(1000);
    server.change();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.sent).toEqual([]);
  });
});
