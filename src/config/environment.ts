/**
 * What leakwatch takes over from the environment in which it is started. All else is meant for the programs beside it:
 * under `leakwatch exec`, on a dyno and in a Procfile it is theirs. scripts/build.js puts the names into leakwatch.sh,
 * which starts Node with these variables only. Where Node was started without that script, `takeOver` drops the others.
 */

/** Beside the options, which have this prefix. */
const PREFIX = 'LEAKWATCH_';

interface TakenOver {
  readonly name: string;
  /** For the documentation. */
  readonly use: string;
}

export const TAKEN_OVER: readonly TakenOver[] = [
  { name: 'PATH', use: 'where `node` is looked for, in absolute directories only, and `ps` where there is no /proc' },
  { name: 'HOME', use: 'for a `node` that is a script of a version manager' },
  { name: 'DYNO', use: 'the name of this host in log lines' },
  { name: 'HEROKU_APP_ID', use: 'the id of the dyno in log lines' },
  { name: 'HEROKU_DYNO_ID', use: 'the same' },
  { name: 'HEROKU_APP_NAME', use: 'the name of the app in metrics and alerts' },
  { name: 'HEROKU_RELEASE_VERSION', use: 'the release in metrics and alerts' },
  { name: 'HEROKU_BUILD_COMMIT', use: 'the same, where there is no version' },
  { name: 'HEROKU_SLUG_COMMIT', use: 'the same; its older name' },
  { name: 'NO_COLOR', use: 'no colours on a terminal' },
  { name: 'TERM', use: '`dumb` is a terminal without colours' },
];

const NAMES: ReadonlySet<string> = new Set(TAKEN_OVER.map(({ name }) => name));

/**
 * Names that the linker, libc, OpenSSL, libuv or Node have read before the first line of a program, and obey: code to
 * load, certificates to trust, proxies, files to write. Not NODE_TLS_REJECT_UNAUTHORIZED and SSL_CERT_FILE, which are
 * read at the first connection or later.
 * Sources: ld.so(8), mallopt(3), openssl-env(7), `node --help`, docs.libuv.org/en/v1.x/threadpool.html.
 */
const OBEYED_EARLY =
  /^(LD_\w+|GLIBC_TUNABLES|MALLOC_\w+|OPENSSL_\w+|UV_\w+|NODE_(OPTIONS|EXTRA_CA_CERTS|USE_\w+|ICU_DATA|V8_COVERAGE|REDIRECT_WARNINGS|COMPILE_CACHE|DEBUG\w*))$/;

/**
 * Removes from `env` all that is not taken over.
 * @returns names of the removed variables that have had their effect already
 * @example takeOver({ LEAKWATCH_INTERVAL: '5s', TERM: 'xterm', NODE_OPTIONS: '--no-warnings', LANG: 'C' }) // => ['NODE_OPTIONS']
 */
export function takeOver(env: Record<string, string | undefined>): readonly string[] {
  const others = Object.keys(env).filter((name) => !name.startsWith(PREFIX) && !NAMES.has(name));
  for (const name of others) delete env[name];
  return others.filter((name) => OBEYED_EARLY.test(name));
}
