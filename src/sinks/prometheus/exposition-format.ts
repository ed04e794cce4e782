/**
 * Chooses between the two text formats by the Accept header of a scrape. A scraper that asks for neither gets the older
 * format, which all of them read.
 * Sources: RFC 9110 12.5.1; prometheus.io/docs/instrumenting/content_negotiation.
 */
export type ExpositionFormat = 'text' | 'openmetrics';

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** Media types that match each format, the most specific first, and the versions of the format that we write. */
const OFFERS: Readonly<Record<ExpositionFormat, { types: readonly string[]; versions: readonly string[] }>> = {
  text: { types: ['text/plain', 'text/*', '*/*'], versions: ['0.0.4'] },
  openmetrics: { types: ['application/openmetrics-text', 'application/*', '*/*'], versions: ['1.0.0', '0.0.1'] },
};

/**
 * @example negotiateFormat('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3') // => 'openmetrics'
 * @example negotiateFormat('text/html,*' + '/*;q=0.8') // => 'text'
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').split(',').map(parseRange);
  return quality('openmetrics', ranges) > quality('text', ranges) ? 'openmetrics' : 'text';
}

/** The most specific media type that is named decides; of several versions, the one with the highest quality. */
function quality(format: ExpositionFormat, ranges: readonly MediaRange[]): number {
  const { types, versions } = OFFERS[format];
  for (const type of types) {
    const named = ranges.filter(
      (range) => range.type === type && (range.version === undefined || versions.includes(range.version)),
    );
    if (named.length > 0) return Math.max(...named.map((range) => range.quality));
  }
  return 0;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parts] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(parts.map((part) => cut(part)));
  const q = Number(parameters.get('q') ?? 1);
  return { type, version: parameters.get('version'), quality: q >= 0 && q <= 1 ? q : 0 };
}

function cut(parameter: string): [name: string, value: string] {
  const at = parameter.indexOf('=');
  if (at < 0) return [parameter, ''];
  return [
    parameter.slice(0, at).trim(),
    parameter
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  ];
}
