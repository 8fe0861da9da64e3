import { closest } from '../../common/closest.js';
import { CommandError } from '../terminal.js';

/** What a file can say of an account, beside the fields of its profile. */
export const ACCOUNT_FIELDS = ['email', 'passwordHash', 'emailConfirmed', 'roles', 'createdAt', 'disabled'] as const;
export type AccountField = (typeof ACCOUNT_FIELDS)[number];

/** Which column of a file is which field of an account. */
export class Fields {
  private readonly byName = new Map<string, string>();
  private readonly known: ReadonlyMap<string, string>;

  /**
   * @param profile properties of the user entity that a profile can fill; `null` when any will do
   * @param mapped fields by column, as the command line names them; an empty field leaves the column out
   * @throws CommandError for a field that there is not
   */
  constructor(
    private readonly profile: readonly string[] | null,
    private readonly mapped: ReadonlyMap<string, string>,
  ) {
    this.known = new Map([...ACCOUNT_FIELDS, ...(profile ?? ['name'])].map((field) => [spelt(field), field]));
    for (const [column, field] of mapped) {
      if (field !== '' && this.fieldNamed(field) === undefined) {
        throw new CommandError(`--map ${column}=${field} names no field of an account. ${this.suggestion(field)}`);
      }
    }
  }

  /**
   * The fields of a header, all of them at once.
   *
   * @throws CommandError for a column that is no field, for one field twice, and when there is no address
   */
  useHeader(columns: readonly string[]): void {
    const seen = new Map<string, string>();
    for (const column of columns) {
      const field = this.fieldOf(column);
      if (field === undefined)
        throw new CommandError(`Column ${quoted(column)} is no field of an account. ${this.suggestion(column)}`);
      const twin = field === '' ? undefined : seen.get(field);
      if (twin !== undefined)
        throw new CommandError(`Columns ${quoted(twin)} and ${quoted(column)} are both ${field}: leave one out, --map ${column}=`);
      seen.set(field, column);
    }
    for (const column of this.mapped.keys()) {
      if (!columns.includes(column))
        throw new CommandError(`--map names column ${quoted(column)}, which the file does not have: ${columns.join(', ')}`);
    }
    if (!seen.has('email')) throw new CommandError('No column holds addresses: name it, e.g. --map email_address=email');
  }

  /** The field of a column; `''` for one that is left out, `undefined` for one that is none. */
  fieldOf(column: string): string | undefined {
    let field = this.byName.get(column);
    if (field === undefined) {
      field = this.mapped.get(column);
      field = field === undefined ? this.fieldNamed(column) : field === '' ? '' : this.fieldNamed(field);
      // JSON lines may have any number of names; those that are no field stop counting soon.
      if (field !== undefined) this.byName.set(column, field);
    }
    return field;
  }

  suggestion(name: string): string {
    const names = [...this.known.values()];
    const near = closest(name, names);
    return `${near === undefined ? '' : `Did you mean ${near}? `}Fields are ${names.join(', ')}; --map ${name}=<field> says which it is, --map ${name}= leaves it out.`;
  }

  private fieldNamed(name: string): string | undefined {
    return this.known.get(spelt(name)) ?? (this.profile === null && /^[a-z]\w*$/i.test(name) ? name : undefined);
  }
}

/** `password_hash`, `PasswordHash` and `passwordHash` are one name. */
const spelt = (name: string): string => name.toLowerCase().replace(/[_\s-]/g, '');

const quoted = (text: string): string => JSON.stringify(text);
