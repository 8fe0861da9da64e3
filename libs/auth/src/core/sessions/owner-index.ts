/** Which keys belong to which owner. Most owners have one key, which then costs no set. */
export class OwnerIndex {
  private readonly owners = new Map<string, string | Set<string>>();

  add(owner: string, key: string): void {
    const held = this.owners.get(owner);
    if (held === undefined) this.owners.set(owner, key);
    else if (typeof held !== 'string') held.add(key);
    else if (held !== key) this.owners.set(owner, new Set([held, key]));
  }

  remove(owner: string, key: string): void {
    const held = this.owners.get(owner);
    if (held === key) this.owners.delete(owner);
    else if (held instanceof Set && held.delete(key) && held.size === 0) this.owners.delete(owner);
  }

  keysOf(owner: string): string[] {
    const held = this.owners.get(owner);
    if (held === undefined) return [];
    return typeof held === 'string' ? [held] : [...held];
  }

  clear(): void {
    this.owners.clear();
  }

  get size(): number {
    return this.owners.size;
  }
}
