/** Connections of a store's pool at one moment. */
export interface PoolUse {
  /** At most this many can be open. */
  limit: number;
  /** Taken by somebody. */
  inUse: number;
  /** Open and free. */
  idle: number;
  /** Who waits for one. */
  waiting: number;
}

/**
 * One transaction, carried by the asynchronous context: repositories called inside `run` take part in it without being handed anything.
 *
 * Contract:
 * - all or nothing: when `work` rejects, nothing it did through our ports remains, and `run` rejects with the same error;
 * - `run` inside `run` joins the outer unit (the inner failure fails the outer one unless it is caught);
 * - a unit that lost against a concurrent one (deadlock, serialisation failure, busy database) is run again from the start,
 *   so `work` has no effect outside the store but through `afterCommit`;
 * - a unit that is not committed within the store's deadline is rolled back and rejects with `StoreUnavailableException`.
 */
export abstract class UnitOfWork {
  /**
   * Runs `work` in one transaction and commits it.
   *
   * `transaction` is the adapter's own handle (TypeORM: its `EntityManager`), for policies and hosts that write their own rows with ours.
   *
   * @throws StoreUnavailableException when the store cannot answer in time
   */
  abstract run<T>(work: (transaction: unknown) => Promise<T>): Promise<T>;

  /**
   * Runs `effect` once the current unit has committed, never if it has not; at once when no unit is active.
   * Effects run in the order in which they were added; what they throw is nobody's answer.
   */
  abstract afterCommit(effect: () => void): void;

  /**
   * Runs `work` so that all its calls to the store, units of work among them, have together the deadline that else each of them has: a
   * request is answered in time however many questions it asks. What is over by then rejects with `StoreUnavailableException`, what has not
   * begun does not begin. A store that does not do this leaves each call its own deadline.
   *
   * @param spent milliseconds that the store has had already
   */
  shareDeadline<T>(work: () => Promise<T>, _spent?: number): Promise<T> {
    return work();
  }

  /**
   * Waits for what others have asked the store on behalf of this work, as part of the time that its own calls share.
   *
   * @throws StoreUnavailableException when that is over
   */
  awaitAnswer<T>(answer: () => Promise<T>): Promise<T> {
    return answer();
  }

  /** For health and metrics, without I/O; `null` when the store has no pool. */
  poolUse(): PoolUse | null {
    return null;
  }
}
