import { type ColumnOptions, type EntityMetadata, getMetadataArgsStorage } from 'typeorm';
import type { ColumnMetadata } from '../user-id.js';

/**
 * Declares a column of `LatchkeyAccount` or `LatchkeyUser` again with other options, e.g. the name that it has in your table. What is not
 * given stays as it is inherited.
 *
 * TypeORM's own `@Column()` is without effect there: of two declarations of one property it keeps the one that was made first, which is
 * always the parent's.
 *
 * @throws TypeError when nothing of that name is inherited
 *
 * @example
 * ```ts
 * @OverrideColumn({ name: 'email_address' })
 * declare email: string;
 * ```
 */
export function OverrideColumn(options: ColumnOptions): PropertyDecorator {
  return (prototype, property) => {
    const { columns } = getMetadataArgsStorage();
    const inherited = columns.find(
      ({ target, propertyName }) => propertyName === property && typeof target === 'function' && prototype instanceof target,
    );
    if (inherited === undefined) throw new TypeError(`${prototype.constructor.name} inherits no column ${String(property)}`);
    columns.unshift({ ...inherited, target: prototype.constructor, options: { ...inherited.options, ...options } });
  };
}

/** The name that the entity gives to a column with a decorator that TypeORM ignores; `undefined` when there is none. */
export function ignoredColumnName(
  { target }: EntityMetadata,
  { propertyName, givenDatabaseName }: ColumnMetadata,
): string | undefined {
  const { columns } = getMetadataArgsStorage();
  const declared = columns.find((column) => column.target === target && column.propertyName === propertyName)?.options.name;
  return declared === givenDatabaseName ? undefined : declared;
}
