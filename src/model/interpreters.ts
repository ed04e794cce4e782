/**
 * What an interpreter runs, read from its command line as the interpreter reads it: a script or module, or code that is on
 * the command line or comes from standard input. Arguments may be secrets, and a script is an argument as well, so its
 * place is found by the options before it. Source: the manual of each (`--help`), Node 20 to 26.
 */

export interface Interpreter {
  readonly names: RegExp;
  /** It has no script, or reads it from where no path says: what follows is code, or arguments of it. Looked at first. */
  readonly code: RegExp;
  /** The next word is the script or module, or it stands behind the option in the same word, as the last group. */
  readonly module?: RegExp;
  /** The next word is the value of the option. */
  readonly value: RegExp;
  /** Other options that are known. `--name=value` is complete in any case. */
  readonly flag: RegExp;
  /** What its scripts are called. Only such a word is one behind an option that is not known: it may be its value. */
  readonly script: RegExp;
  /** A command that is followed by options and a script. */
  readonly command?: RegExp;
  /** Without such a command a word is a script only by its name. */
  readonly needsCommand?: boolean;
  readonly isShell?: boolean;
}

/** `code` = a script from elsewhere; `interactive` = none; `unclear` = an unknown option may have a value. */
export type Run = { readonly script: string } | 'code' | 'interactive' | 'unclear';

const NODE_VALUES = `allow-fs-read allow-fs-write bench-isolation bench-name-pattern bench-reporter bench-reporter-destination
  bench-samples bench-warmup build-sea build-snapshot-config conditions config-file cpu-prof-dir cpu-prof-interval
  cpu-prof-name debug-port diagnostic-dir disable-proto disable-warning dns-result-order env-file env-file-if-exists
  es-module-specifier-resolution experimental-config-file experimental-default-type experimental-loader
  experimental-package-map experimental-policy experimental-sea-config experimental-specifier-resolution
  experimental-test-isolation experimental-test-tag-filter heap-prof-dir heap-prof-interval heap-prof-name
  heapsnapshot-near-heap-limit heapsnapshot-signal icu-data-dir import input-type inspect-port inspect-publish-uid
  loader localstorage-file max-http-header-size max-old-space-size-percentage
  network-family-autoselection-attempt-timeout openssl-config policy-integrity process-timeout redirect-warnings
  report-dir report-directory report-filename report-signal require secure-heap secure-heap-min snapshot-blob
  test-concurrency test-coverage-branches test-coverage-exclude test-coverage-functions test-coverage-include
  test-coverage-lines test-global-setup test-isolation test-name-pattern test-random-seed test-reporter
  test-reporter-destination test-rerun-failures test-shard test-skip-pattern test-timeout title tls-cipher-list
  tls-keylog trace-event-categories trace-event-file-pattern trace-require-module unhandled-rejections use-largepages
  v8-pool-size vfs-load watch-kill-signal watch-path`;

/** Those of V8 never have a value in the next word. `--no-...` negates a flag. */
const NODE_FLAGS = `abort-on-uncaught-exception allow-addons allow-child-process allow-ffi allow-fs-vfs allow-inspector allow-net
  allow-openssl-store allow-wasi allow-worker bench build-snapshot check cpu-prof disable-sigusr1 disable-wasm-trap-handler
  disallow-code-generation-from-strings enable-.+ entry-url experimental-addon-modules experimental-async-context-frame
  experimental-bench experimental-default-config-file experimental-detect-module experimental-eventsource
  experimental-fetch experimental-global-.+ experimental-import-meta-resolve experimental-import-text
  experimental-inspector-network-resource experimental-json-modules experimental-modules experimental-network-imports
  experimental-network-inspection experimental-permission experimental-print-required-tla experimental-repl-await
  experimental-report experimental-require-module experimental-shadow-realm experimental-sqlite
  experimental-storage-inspection experimental-stream-iter experimental-strip-types experimental-test-coverage
  experimental-test-module-mocks experimental-test-snapshots experimental-top-level-await
  experimental-transform-types experimental-vfs experimental-vm-modules experimental-wasi-unstable-.+
  experimental-wasm-modules experimental-web-worker experimental-websocket experimental-webstorage
  experimental-worker experimental-worker-inspection force-.+ frozen-intrinsics heap-prof huge-max-old-generation-size
  insecure-http-parser inspect inspect-brk inspect-wait interactive interpreted-frames-native-stack no-.+ nouse-.+
  node-memory-debug node-snapshot openssl-legacy-provider openssl-shared-config pending-deprecation permission
  permission-audit preserve-symlinks preserve-symlinks-main report-compact report-exclude-env report-exclude-network
  report-on-fatalerror report-on-process-timeout report-on-signal report-uncaught-exception security-revert test
  test-coverage-include-all test-force-exit test-only test-randomize test-udp-no-try-send test-update-snapshots
  throw-deprecation tls-m(?:in|ax)-v1\\.\\d trace-atomics-wait trace-deprecation trace-env trace-env-js-stack
  trace-env-native-stack trace-exit trace-promises trace-sigint trace-sync-io trace-tls trace-uncaught trace-warnings
  track-heap-objects use-bundled-ca use-env-proxy use-openssl-ca use-system-ca watch watch-preserve-output webstorage
  zero-fill-buffers
  (?:allow-natives|always|concurrent|expose|gc|harmony|incremental|jitless|lite|log|maglev|optimize|parallel|perf|predictable|prof|single|sparkplug|stress|trace-(?:deopt|gc|ic|opt|turbo)|turbo|use-strict|wasm)\\b.*`;

/** @returns an expression that matches each of the names, after two dashes and to its end */
function long(names: string): string {
  return `^--(?:${names.trim().split(/\s+/).join('|')})$`;
}

export const INTERPRETERS: readonly Interpreter[] = [
  {
    names: /^(sh|bash|dash|ash|zsh|ksh|mksh)$/,
    // `-c` is followed by code, and `-s` by arguments of the code that comes from standard input.
    // Options of one letter are digits as well in zsh.
    code: /^[-+][^-cs]*[cs]|^--(help|version)$/,
    value: /^([-+][abd-np-rt-zB-NP-SU-Z]*[oO]|--(rcfile|init-file|emulate))$/,
    flag: /^([-+][^-oOAT]*|--(login|noprofile|norc|posix|restricted|verbose|debugger|noediting|debug|protected|no-[a-z-]+))$/,
    script: /\.(sh|bash|zsh|ksh)$/,
    isShell: true,
  },
  {
    names: /^fish$/,
    code: /^-[ilnNPvh]*c|^--command\b|^--(help|version)$/,
    value:
      /^(-[ilnNP]*[CdofpD]|--(init-command|debug|debug-output|debug-stack-frames|features|profile|profile-startup))$/,
    flag: /^(-[ilnNP]+|--(login|interactive|no-config|no-execute|private|print-rusage-self|print-debug-categories))$/,
    script: /\.fish$/,
    isShell: true,
  },
  {
    names: /^(node|nodejs)$/,
    code: /^-[a-z]*[ep]|^--(eval|print|run|build-sea|experimental-sea-config|prof-process|completion-bash|v8-options|help|version)\b(?!-)/,
    value: new RegExp(`^-[rC]$|${long(NODE_VALUES)}`),
    flag: new RegExp(`^-[ci]+$|${long(NODE_FLAGS)}`),
    script: /\.[cm]?[jt]sx?$/,
    command: /^inspect$/,
  },
  {
    names: /^bun$/,
    code: /^-[a-z]*[ep]$|^--(eval|print)\b|^(a|add|audit|build|c|completions|create|discord|exec|getcompletes|i|info|init|install|link|outdated|patch|pm|publish|remove|repl|rm|test|unlink|update|upgrade|why|x)$/,
    value:
      /^(-[rcdlFu]|--(preload|require|import|cwd|config|env-file|conditions|define|loader|external|port|tsconfig-override|filter|main-fields|extension-order|jsx-.+|title|fetch-preconnect|max-http-header-size|dns-result-order|unhandled-rejections|cpu-prof-name|cpu-prof-dir|user-agent|origin|drop))$/,
    flag: /^(-[bi]|--(bun|hot|watch|smol|silent|no-.+|if-present|inspect|inspect-wait|inspect-brk|prefer-.+|expose-gc|cpu-prof|zero-fill-buffers|throw-deprecation|experimental-http2-fetch|use-system-ca))$/,
    script: /\.[cm]?[jt]sx?$/,
    command: /^run$/,
  },
  {
    names: /^deno$/,
    code: /^(eval|repl|x)$/,
    value:
      /^(-[cL]|--(config|import-map|log-level|cert|location|seed|ext|preload|import|require|port|host|env-file|v8-flags|conditions))$/,
    flag: /^(-[A-Zqr]+|--(allow-.+|deny-.+|no-.+|unstable.*|node-modules-dir|watch|check|reload|cached-only|frozen|quiet|inspect|inspect-brk|inspect-wait|vendor|parallel))$/,
    script: /\.[cm]?[jt]sx?$/,
    command: /^(run|serve|test|bench)$/,
    needsCommand: true,
  },
  {
    names: /^j?ruby[\d.]*$/,
    // `-K` takes one letter of its word, `-Ku`; others may follow.
    code: /^-(?!W:)(?:[^-eErICXFKx]|K.)*e|^--(help|version|copyright)$/,
    value:
      /^(-(?:[^-eErICXFKx]|K.)*[rICEX]|--(enable|disable|encoding|external-encoding|internal-encoding|parser|backtrace-limit|dump))$/,
    flag: /^(-[^-].*|--(verbose|debug.*|y?jit.*|rjit.*|yydebug|(enable|disable)-.+|dev|server|client|headless|profile.*|1\.9|2\.0))$/,
    script: /\.(rb|ru)$/,
  },
  {
    names: /^(python|pypy)[\d.]*$/,
    code: /^-[bBdEiIOPqRsSuUvxt3]*[chV?]|^--(help.*|version)$/,
    module: /^-[bBdEiIOPqRsSuUvxt3]*m(.*)$/,
    value: /^(-[bBdEiIOPqRsSuUvxt3]*[WXQ]|--(check-hash-based-pycs|jit))$/,
    flag: /^-[bBdEiIOPqRsSuUvxt3]+([WXQ].+)?$|^-[WXQ].|^--info$/,
    script: /\.(py|pyc|pyz|zip)$/,
  },
  {
    names: /^perl[\d.]*$/,
    code: /^-[^-eEImMFDxCV]*[eEV]|^-[^-eEImMFDxCV]*0x/,
    value: /^-[^-eEiImMFDxCV]*[ImM]$/,
    flag: /^-[^-]/,
    script: /\.(pl|pm|t|cgi|psgi)$/,
  },
  {
    names: /^php[\d.-]*$/,
    // `--` ends the options where there is no script: it comes from standard input.
    code: /^-[CeHlnqsw]*[arRBEFhivm?]|^--$|^--(run|interactive|process-.+|help|usage|info|version|modules|ini|r[fcezi]|r(function|class|extension|zendextension|extinfo))\b/,
    module: /^(?:-[CeHlnqsw]*f|--file)$|^(?:-[CeHlnqsw]*f|--file=)(.+)$/,
    value: /^(-[CeHlnqsw]*[cdgSztT]|--(php-ini|define|server|docroot|zend-extension|timing))$/,
    flag: /^-[^-]|^--(no-php-ini|no-header|syntax-highlight|syntax-highlighting|strip|profile-info|no-chdir|hide-args|syntax-check)$/,
    script: /\.(php\d?|phar|phtml)$/,
  },
  {
    names: /^java$/,
    // An argument file may hold anything, also the name of the class.
    code: /^@|^-{1,2}(help.*|version|list-modules|validate-modules|dry-run|\?|h)$/,
    module: /^(?:-jar|-m|--module)$|^--module=(.+)$/,
    value:
      /^(-cp|-classpath|-p|-d|--(class-path|module-path|upgrade-module-path|add-(opens|exports|modules|reads)|limit-modules|patch-module|enable-native-access|source|describe-module|finalization|illegal-native-access|sun-misc-unsafe-memory-access))$/,
    flag: /^-[^-]|^--(enable-preview|show-version|show-module-resolution|enable-final-field-mutation)$/,
    script: /\.(java|jar)$/,
  },
  {
    names: /^lua(jit)?[\d.]*$/,
    code: /^-[eb]/,
    value: /^-[lj]$/,
    flag: /^-([viWE]|[ljO].*)$/,
    script: /\.lua$/,
  },
  { names: /^(tclsh|wish)[\d.]*$/, code: /^-$/, value: /^-encoding$/, flag: /(?!)/, script: /\.tcl$/ },
];

export function interpreterOf(program: string): Interpreter | undefined {
  return INTERPRETERS.find(({ names }) => names.test(program));
}

/** @param words the command line of the interpreter; the first is its own name */
export function runOf(words: readonly string[], interpreter: Interpreter): Run {
  let isClear = interpreter.needsCommand !== true;
  let hasCommand = false;
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    const next = words[at + 1];
    // `-` is standard input; what follows are arguments.
    if (word === '' || word === '-' || interpreter.code.test(word)) return 'code';
    const module = interpreter.module?.exec(word);
    if (module || word === '--') return given(module?.at(-1) || next);
    // Node takes `_` for `-` in the names of its options.
    const option = word.startsWith('--') ? word.replaceAll('_', '-') : word;
    if (interpreter.value.test(option)) {
      at++;
      isClear = true;
    } else if (interpreter.flag.test(option) || /^--?[\w-]+=/.test(option)) isClear = true;
    else if (/^[-+]/.test(word)) isClear = false;
    else if (!hasCommand && interpreter.command?.test(word)) hasCommand = isClear = true;
    // A number is the value of the option before it.
    else if (!isClear && /^\d+$/.test(word)) isClear = true;
    else return isClear || interpreter.script.test(word) ? { script: word } : 'unclear';
  }
  return 'interactive';
}

function given(script: string | undefined): Run {
  return script === undefined ? 'interactive' : { script };
}
