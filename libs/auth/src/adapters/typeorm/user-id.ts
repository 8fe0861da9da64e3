import type { EntityMetadata } from 'typeorm';
import type { Dialect } from './sql/dialect.js';
import { isStorable } from './sql/statement.js';

export type ColumnMetadata = EntityMetadata['columns'][number];

/** Side tables hold user ids as text of at most this length. */
export const MAX_ID_LENGTH = 64;

const INTEGER_BITS: Readonly<Record<string, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  int2: 16n,
  smallserial: 16n,
  mediumint: 24n,
  int: 32n,
  int4: 32n,
  integer: 32n,
  serial: 32n,
  bigint: 64n,
  int8: 64n,
  bigserial: 64n,
};
const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Character set and collation of the id's column, where the database has such. */
export interface IdCollation {
  charset: string;
  collation: string;
}

/**
 * The host's own id beside the text that side tables and tokens hold: what a text means as an id, and how SQL joins the two so that
 * the index of the user table's primary key is used.
 */
export class UserIdColumn {
  private readonly type: string;
  private readonly bits: bigint | undefined;

  constructor(
    private readonly column: ColumnMetadata,
    private readonly dialect: Dialect,
    normalizedType: string,
  ) {
    this.type = normalizedType.toLowerCase();
    // An integer of SQLite has 64 bits, of which JavaScript's numbers hold 53.
    this.bits = dialect === 'sqlite' && this.type in INTEGER_BITS ? 54n : INTEGER_BITS[this.type];
  }

  get isText(): boolean {
    return this.bits === undefined && this.type !== 'uuid';
  }

  /** The parameter that finds `text`, or `undefined` when the column can hold no such id. */
  parse(text: unknown): string | number | undefined {
    if (typeof text !== 'string' || text === '' || text.length > MAX_ID_LENGTH) return undefined;
    if (this.bits !== undefined) return this.parseInteger(text, this.bits);
    if (this.type === 'uuid') return CANONICAL_UUID.test(text) ? text : undefined;
    const maxLength = Number(this.column.length || MAX_ID_LENGTH);
    // Databases may ignore spaces at the end when they compare.
    return text.length <= maxLength && text === text.trim() && isStorable(text) ? text : undefined;
  }

  /** An SQL expression of the column's type from one of text. */
  fromText(expression: string, collation: IdCollation | undefined): string {
    if (this.bits !== undefined) return `CAST(${expression} AS ${this.integerType()})`;
    if (this.type === 'uuid') return `CAST(${expression} AS uuid)`;
    if (collation === undefined) return expression;
    return `CONVERT(${expression} USING ${collation.charset}) COLLATE ${collation.collation}`;
  }

  /** An SQL expression of text from the column. */
  toText(expression: string): string {
    if (this.isText) return expression;
    return `CAST(${expression} AS ${this.dialect === 'mysql' ? 'CHAR' : 'text'})`;
  }

  private parseInteger(text: string, bits: bigint): string | number | undefined {
    if (!/^-?\d{1,20}$/.test(text)) return undefined;
    const value = BigInt(text);
    if (String(value) !== text) return undefined;
    const [min, max] = this.column.unsigned ? [0n, 1n << bits] : [-(1n << (bits - 1n)), 1n << (bits - 1n)];
    if (value < min || value >= max) return undefined;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : text;
  }

  private integerType(): string {
    if (this.dialect === 'mysql') return this.column.unsigned ? 'UNSIGNED' : 'SIGNED';
    if (this.dialect === 'sqlite') return 'INTEGER';
    return this.bits === 64n ? 'bigint' : 'integer';
  }
}
