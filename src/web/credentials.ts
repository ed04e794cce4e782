/** The Authorization header. Source: RFC 7617 (Basic), RFC 6750 (Bearer). */

export type Credentials =
  | { readonly scheme: 'basic'; readonly name: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

/** @returns undefined for any other scheme and for what is malformed */
export function readCredentials(header: string): Credentials | undefined {
  const [, scheme, text = ''] = /^(basic|bearer) +([\w+/.~-]+=*) *$/i.exec(header) ?? [];
  if (scheme === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: text };
  const login = Buffer.from(text, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  return colon < 0 ? undefined : { scheme: 'basic', name: login.slice(0, colon), password: login.slice(colon + 1) };
}
