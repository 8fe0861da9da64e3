import { Injectable } from '@nestjs/common';

/** Roles that rooms bring into the database while the application starts: they exist for the boot rules before they are there. */
@Injectable()
export class DeclaredRoles {
  private readonly declared = new Set<string>();

  /** While the application starts (`onModuleInit`). */
  declare(names: Iterable<string>): void {
    for (const name of names) this.declared.add(name);
  }

  get names(): readonly string[] {
    return [...this.declared];
  }
}
