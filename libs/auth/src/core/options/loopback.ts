const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a host name, as `URL` spells it, is this machine. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
