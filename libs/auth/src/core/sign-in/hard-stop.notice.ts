import type { ClientInfo } from '../events/client-info.js';

/** Offers the owner of an address a way out of the hard stop; the room `lockout` implements it. */
export abstract class HardStopNotice {
  /** Does the same for an address that has no account. @param email folded */
  abstract send(email: string, client: ClientInfo): Promise<void>;
}
