/**
 * A headless Chromium, driven over a pipe: opens a page, runs expressions in it, takes pictures, and collects whatever the
 * browser complains of. The pipe carries JSON messages that end with a NUL, so no library and no port is needed.
 * Source: chromedevtools.github.io/devtools-protocol, `--remote-debugging-pipe` of Chromium.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const COMMAND_MS = 30_000;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns the path of a Chromium; undefined where there is none */
export function findBrowser(): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface View {
  readonly width: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Run in the page before its own script; the policy of the page does not hold for it. */
  readonly prologue?: string;
}

/** What comes from the browser: the answer to a command, or an event with those of its fields that are read here. */
interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: {
    readonly exceptionDetails?: Exception;
    readonly args?: readonly { readonly value?: unknown; readonly description?: string }[];
    readonly entry?: { readonly text: string; readonly url?: string };
    readonly request?: { readonly url: string };
  };
}

interface Exception {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

/** One browser with one page. */
export class Browser {
  /** Errors of scripts, messages on the console, refused requests and breaches of the policy, as text. */
  readonly complaints: string[] = [];
  /** URLs of all requests. */
  readonly requests: string[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #loaded: (() => void)[] = [];
  #lastId = 0;
  #session: string | undefined;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = '';
    const answers = child.stdio[4] as Readable;
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.#receive(JSON.parse(message));
    });
    // It may be killed while a command is on its way.
    for (const pipe of [child.stdio[3], child.stdio[4]]) pipe?.on('error', () => undefined);
  }

  /** @throws if it does not start */
  static async start(path: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'leakwatch-browser-'));
    const flags = [
      '--headless=new',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      '--lang=en-GB',
      '--hide-scrollbars',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--no-proxy-server',
      // Text looks the same on every screen.
      '--font-render-hinting=none',
      '--disable-lcd-text',
      // Chromium's sandbox refuses to run as root, and we open only our own pages.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const child = spawn(path, [...flags, '--no-startup-window'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', HOME: profile },
      detached: true,
    });
    const browser = new Browser(child, profile);
    try {
      if (child.pid === undefined) throw (await once(child, 'error'))[0];
      const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
      const attachment = { targetId, flatten: true };
      browser.#session = (await browser.send<{ sessionId: string }>('Target.attachToTarget', attachment)).sessionId;
      for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Resolves when the page has been loaded, with what its script began not waited for. */
  async open(url: string, { width, height = 900, dark = false, prologue }: View): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send('Emulation.setDeviceMetricsOverride', size);
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.send('Emulation.setEmulatedMedia', { features });
    if (prologue !== undefined) await this.send('Page.addScriptToEvaluateOnNewDocument', { source: prologue });
    const loaded = new Promise<void>((resolve) => this.#loaded.push(resolve));
    const { errorText } = await this.send<{ errorText?: string }>('Page.navigate', { url });
    if (errorText) throw new Error(`${url} cannot be opened: ${errorText}`);
    await loaded;
  }

  /** @returns the value of a JavaScript expression in the page, a promise awaited; it must be JSON */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send<{ result: { value: T }; exceptionDetails?: Exception }>(
      'Runtime.evaluate',
      options,
    );
    if (exceptionDetails) throw new Error(describe(exceptionDetails));
    return result.value;
  }

  /** @returns a PNG of the whole page, down to `height` pixels */
  async picture({ height = Number.POSITIVE_INFINITY }: { readonly height?: number } = {}): Promise<Buffer> {
    const { cssContentSize: size } = await this.send<{ cssContentSize: { width: number; height: number } }>(
      'Page.getLayoutMetrics',
    );
    const clip = { x: 0, y: 0, width: size.width, height: Math.min(height, size.height), scale: 1 };
    const options = { format: 'png', clip, captureBeyondViewport: true };
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', options);
    return Buffer.from(data, 'base64');
  }

  /** A command of the protocol; `T` is the part of its answer that is wanted. */
  async send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId;
    const sessionId = this.#session;
    const { result, error } = await new Promise<Message>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the browser does not answer ${method}`)), COMMAND_MS);
      this.#waiting.set(id, (message) => {
        clearTimeout(late);
        resolve(message);
      });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const gone = once(this.#child, 'exit');
      process.kill(-pid, 'SIGKILL');
      await gone;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive({ id, method, params, ...answer }: Message): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    }
    if (method === 'Page.loadEventFired') for (const loaded of this.#loaded.splice(0)) loaded();
    const { exceptionDetails, args, entry, request } = params ?? {};
    if (method === 'Network.requestWillBeSent' && request) this.requests.push(request.url);
    if (exceptionDetails) this.complaints.push(describe(exceptionDetails));
    if (args) this.complaints.push(args.map(({ value, description }) => value ?? description).join(' '));
    if (entry) this.complaints.push(`${entry.text} ${entry.url ?? ''}`.trim());
  }
}

function describe({ text, exception }: Exception): string {
  return `${text} ${exception?.description ?? ''}`.trim();
}
