/**
 * Work that one process at a time does for all: table `auth_lease`. A lease ends by itself, so that a process that has died hinders nobody
 * for longer. Its time is the *database's* (or is made comparable by the adapter), so that clocks of nodes do not matter.
 */
export abstract class LeaseRepository {
  /**
   * Takes the lease `name`, or prolongs it when `holder` has it: of several holders at once exactly one gets `true`, decided by one
   * conditional statement. `false` while another holder has it.
   *
   * @param holder unique to whoever asks, e.g. a random text
   * @param ttlMs the lease is over in so many milliseconds
   */
  abstract take(name: string, holder: string, ttlMs: number): Promise<boolean>;

  /** Gives the lease back before its time; changes nothing when `holder` has lost it. */
  abstract release(name: string, holder: string): Promise<void>;
}
