/** Why requests and connections are refused: the label `reason` of `leakwatch_http_refused_total`. */
export const REFUSALS = [
  /** A connection could not be accepted, usually for lack of a descriptor. */
  'accept',
  /** A connection gave its place to a new one. */
  'place',
  /** A request or the taking of an answer took too long. */
  'slow',
  /** Answers that nobody took were more than may be held. */
  'unread',
  /** What came is no request that is understood. */
  'malformed',
  /** The request was for another host. */
  'host',
  /** No password, or a wrong one. */
  'denied',
  /** Too many passwords were to be checked. */
  'busy',
  /** There were listeners enough. */
  'listeners',
] as const;

export type Refusal = (typeof REFUSALS)[number];
