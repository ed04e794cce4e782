/** Our own formats and what people write: log lines, recordings, state, options, configuration. */
import { OPTIONS } from '../../src/config/options.ts';
import { readYaml } from '../../src/config/yaml-text.ts';
import { Malformed } from '../../src/formats/json.ts';
import { decodeLine, encodeLine, type Pair } from '../../src/formats/l2met.ts';
import { encodeHeader, encodeReadings, parseRecordingLine } from '../../src/formats/recording.ts';
import { decodeState, encodeState } from '../../src/formats/state.ts';
import type { Learned } from '../../src/model/learned.ts';
import { createState, step } from '../../src/step.ts';
import { renderEventLine } from '../../src/terminal/event-line.ts';
import { sentence } from '../../src/verdict/sentence.ts';
import { hostsServed } from '../../src/web/known-host.ts';
import { readWebConfig } from '../../src/web/web-config.ts';
import { WebConfigError } from '../../src/web/web-config-error.ts';
import { require, requireEqual, requirePrintable, requireQuantities } from './invariants.ts';
import type { Target } from './targets.ts';

const RECORDING = [
  '{"leakwatch":1,"intervalSeconds":20,"source":"web.1"}',
  '{"t":1700000000,"groups":{"unicorn":{"start":"4711:881234","threads":43,"zombies":2,"oldestZombieSeconds":7,"rss":412000000,"roots":1,"session":true}},"limits":{"threads":256},"used":{"threads":253},"of":{"threads":"uid:1"},"refused":{"threads":2}}',
  '{"t":1700000020,"extra":true,"groups":{"unicorn":{"start":"4711:881234","threads":44,"limits":{"memory":[7,8,"/a"]}}},"limits":{"threads":256}}',
];
const STATE =
  '{"leakwatch-state":1,"intervalSeconds":20,"groups":[\n{"name":"unicorn","lastSeen":1700000000,"series":{"threads":{"slots":4320,"lives":{"settled":1,"unsettledSlots":0,"thirdRise":0.5,"fourthRise":1,"highs":[46],"lows":[43]},"startedAt":1.5,"reaping":{"most":9,"slots":90},"floorFalls":[1],"meanFalls":[0.5],"evidence":[1,2,3,4]}},"releases":[{"release":"v42","seconds":86400,"rises":{"threads":0.5}}]}\n]}\n';
const YAML = `interval: 20s
group:
  web: ^puma
  worker: 'side.*kiq'
listen: "[::1]:9917"
alertmanager:
  - http://a.example:9093
state: |
  /a
`;
const WEB = `tls_server_config:
  cert_file: a.pem
  key_file: b.pem
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
http_server_config:
  headers:
    Strict-Transport-Security: max-age=1
basic_auth_users:
  alice: $2y$10$abcdefghijklmnopqrstuuZzZzZzZzZzZzZzZzZzZzZzZzZzZzZzZz
`;

/** Who writes a configuration harms himself alone, and the library takes its time for errors: 40 ms for this many. */
const MOST_YAML = 4096;

export const TEXT_TARGETS: readonly Target[] = [
  {
    name: 'l2met',
    seeds: () => ['source=web.1 sample#rss=512.33MB comm=a__b_', 'a=1 b=2.5 c', 'at=alert code=W10 desc="x y"'],
    run(bytes) {
      const words = decodeLine(bytes.toString());
      const pairs = [...words].map(([name, value], at): Pair => {
        const number = Number(value);
        return [
          /^[A-Za-z]\w{0,30}$/.test(name) ? `${name}_${at}` : `word_${at}`,
          Number.isNaN(number) ? value : number,
        ];
      });
      const line = encodeLine(pairs);
      requirePrintable(line, { most: 9998 });
      const again = [...decodeLine(line)];
      requireEqual(encodeLine(again), line, 'a line changes when it is read and written');
      require(again.every(([, value]) => value !== ''), 'a word without a value');
    },
  },
  {
    name: 'recording',
    seeds: () => RECORDING,
    run(bytes) {
      const line = parseRecordingLine(bytes.toString());
      if (line.kind === 'malformed') requirePrintable(line.reason, { most: 1000 });
      else if (line.kind === 'header')
        requireEqual(parseRecordingLine(encodeHeader(line)), line, 'a header changes when it is written and read');
      else if (line.kind === 'readings') {
        requireQuantities({ ...line.readings, groups: [...line.readings.groups.values()] });
        const once = parseRecordingLine(encodeReadings(line.readings));
        require(once.kind === 'readings', 'our own line cannot be read');
        if (once.kind !== 'readings') return;
        const t = Math.round(line.readings.t * 1000) / 1000;
        requireEqual(once.readings, { ...line.readings, t }, 'readings change when they are written and read');
      }
    },
  },
  {
    name: 'replay',
    seeds: () => [
      RECORDING.join('\n'),
      [250, 251, 252, 253, 254, 255, 256, 256]
        .map((threads, at) =>
          JSON.stringify({
            t: 1.7e9 + 20 * at,
            groups: { web: { start: '1:2', threads, zombies: 9 } },
            limits: { threads: 256 },
          }),
        )
        .join('\n'),
    ],
    run(bytes) {
      let state = createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1 });
      for (const text of bytes.toString().split('\n').slice(0, 200)) {
        const line = parseRecordingLine(text);
        if (line.kind === 'header') state = createState({ ...line, falseAlarmsPerMonth: 1 });
        if (line.kind !== 'readings') continue;
        for (const event of step(state, line.readings).events) {
          requirePrintable(renderEventLine(event), { most: 4000 });
          requirePrintable(sentence(event), { most: 4000 });
        }
      }
    },
  },
  {
    name: 'state',
    seeds: () => [STATE],
    run(bytes) {
      let learned: Learned;
      try {
        learned = decodeState(bytes.toString());
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        requirePrintable(error.message, { most: 1000 });
        return;
      }
      requireQuantities(learned);
      const { text, leftOut } = encodeState(learned, 1 << 24);
      require(/^[\x20-\x7e\n]*$/.test(text) && leftOut === 0, 'a state file is ASCII');
      const rounded = learned.groups.map((group) => ({ ...group, lastSeen: Math.round(group.lastSeen) }));
      requireEqual(decodeState(text), { ...learned, groups: rounded }, 'a state changes when it is written and read');
      const state = createState({ intervalSeconds: learned.intervalSeconds, falseAlarmsPerMonth: 1 });
      state.groups.learn(learned);
    },
  },
  {
    name: 'options',
    seeds: () => [
      '20s',
      '500ms',
      '[::1]:9917',
      ':80',
      'web=^puma',
      'http://a:b%20@c.example:9091/x',
      'on',
      '50',
      '/run/a',
    ],
    run(bytes) {
      const text = bytes.toString();
      hostsServed('a.example', '192.0.2.1')(text);
      for (const { parse } of OPTIONS) {
        const parsed = parse(text);
        if ('problem' in parsed) requirePrintable(parsed.problem, { most: 5000 });
        else requireQuantities(parsed.value);
      }
    },
  },
  {
    name: 'yaml',
    seeds: () => [
      YAML,
      WEB,
      'a: [b, {c: d}]\n? e\n: &f g\n---\nh: *f\n',
      'a: >-\n  b\n\n  c\n# d\n!!str e: "\\u0041"\n',
    ],
    run(bytes) {
      const problems: string[] = [];
      const entries = readYaml(bytes.toString('utf8', 0, MOST_YAML), (line, sentence) => {
        require(line === undefined || line >= 1, 'a line that is not in the file');
        problems.push(sentence);
      });
      for (const sentence of problems.slice(0, 50)) requirePrintable(sentence, { most: 5000 });
      requireQuantities(entries);
    },
  },
  {
    name: 'web_config',
    seeds: () => [WEB, YAML],
    run(bytes) {
      const text = bytes.toString('utf8', 0, MOST_YAML);
      const pem = '-----BEGIN CERTIFICATE-----\n';
      try {
        requireQuantities(readWebConfig('/web.yml', (path) => (path === '/web.yml' ? text : pem)));
      } catch (error) {
        if (!(error instanceof WebConfigError)) throw error;
        for (const line of error.message.split('\n').slice(0, 50)) requirePrintable(line, { most: 5000 });
      }
    },
  },
];
