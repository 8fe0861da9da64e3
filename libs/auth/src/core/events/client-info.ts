/** Where a request came from; part of every event and audit row. */
export interface ClientInfo {
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  /** Cookie of a device that may be known; never part of an event. */
  device?: string;
}

/** For calls that no client made: jobs, the command line, tests. */
export const NO_CLIENT: ClientInfo = Object.freeze({ ip: null, userAgent: null, requestId: null });
