/** The Pushgateway and the Alertmanager of Prometheus as real servers on the loopback network. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { temporaryDirectory } from './files.ts';
import { OWN_LOOPBACK } from './unique.ts';
import { until } from './until.ts';

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** An address where nobody listens, nor will: these servers cannot choose one themselves and say which. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, OWN_LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `${OWN_LOOPBACK}:${port}`;
}

export class RealServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, url: string, directory: string) {
    this.#child = child;
    this.url = url;
    this.#directory = directory;
  }

  /** @param webConfig content of a file in the format of the exporters: users and their hashes */
  static pushgateway({ webConfig = '' } = {}): Promise<RealServer> {
    return RealServer.#start('prometheus-pushgateway', { 'web.yml': webConfig }, () => ['--persistence.file=']);
  }

  static alertmanager(config: string): Promise<RealServer> {
    return RealServer.#start('prometheus-alertmanager', { 'alertmanager.yml': config, 'web.yml': '' }, (directory) => [
      `--config.file=${directory}/alertmanager.yml`,
      `--storage.path=${directory}/data`,
      '--cluster.listen-address=',
    ]);
  }

  static async #start(
    program: string,
    files: Readonly<Record<string, string>>,
    args: (directory: string) => readonly string[],
  ): Promise<RealServer> {
    const directory = temporaryDirectory('leakwatch-server-');
    for (const [name, content] of Object.entries(files)) writeFileSync(`${directory}/${name}`, content);
    const address = await freeAddress();
    const words = [`--web.listen-address=${address}`, `--web.config.file=${directory}/web.yml`, ...args(directory)];
    const server = new RealServer(spawn(program, words, { stdio: 'ignore' }), `http://${address}`, directory);
    // 401 from a server with passwords: it is up as well.
    const isUp = async () => (await fetch(`${server.url}/-/ready`)).status < 500;
    await until(isUp, { what: program, everyMs: 50 }).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as T;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
