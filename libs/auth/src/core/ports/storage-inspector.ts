/** Something that the database lacks or has wrong. */
export interface SchemaFault {
  kind: 'table' | 'column' | 'index' | 'unique-index' | 'collation' | 'charset';
  problem: string;
  remedy: string;
}

/** What a storage tells about itself, for the boot rules. */
export interface StorageFacts {
  /** e.g. `postgres`, `mysql`, `mariadb`, `sqlite`. */
  engine: string;
  /** Tables are changed to what the entities say at every start. */
  synchronizes: boolean;
  /** Most connections at a time as the host has set them; `null` for the driver's default, `undefined` where there is no pool. */
  poolSize: number | null | undefined;
  /** Migrations of this library that are listed and have not run, in their order. */
  pendingMigrations: readonly string[];
  faults: readonly SchemaFault[];
  /** Milliseconds by which the database's clock is ahead of `now`; `null` when it cannot be asked. */
  clockSkew: number | null;
}

/**
 * Looks at the database itself, while the application starts and for `latchkey doctor`. Optional: a storage without one is not judged.
 */
export abstract class StorageInspector {
  /** A few short statements. @param now milliseconds since the epoch, of this process, when asked */
  abstract facts(now: () => number): Promise<StorageFacts>;

  /** Reads every hash once, in pages. @returns `null` when the storage cannot */
  async countHashes(_isOutdated: (hash: string) => boolean): Promise<{ total: number; outdated: number } | null> {
    return null;
  }
}
