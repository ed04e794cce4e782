import { expect, test } from 'vitest';
import { negotiateFormat } from '../../../src/sinks/prometheus/exposition-format.ts';

test.each([
  ['no header', undefined, 'text'],
  ['an empty header', '', 'text'],
  ['anything', '*/*', 'text'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'text'],
  [
    'Prometheus 2',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 3',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'an agent that wants protobuf',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3',
    'text',
  ],
  ['only protobuf', 'application/vnd.google.protobuf;encoding=delimited', 'text'],
  ['text preferred', 'application/openmetrics-text;q=0.2, text/plain;q=0.9', 'text'],
  ['text refused', 'text/plain;q=0, */*;q=0.5', 'openmetrics'],
  ['OpenMetrics refused', 'application/openmetrics-text;q=0, */*', 'text'],
  ['an OpenMetrics of the future', 'application/openmetrics-text;version=2.0.0, text/plain;q=0.1', 'text'],
  ['capitals, spaces and quotes', ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=1 ', 'openmetrics'],
  ['nonsense', ';;q=,=,/;q=abc,\u0000', 'text'],
] as const)('%s', (_, accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});
