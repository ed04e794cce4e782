/** The daemon's own log: what leakwatch says about itself on standard error. Its implementation is pino. */
export interface DaemonLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
