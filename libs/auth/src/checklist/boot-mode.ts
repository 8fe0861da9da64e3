/**
 * Token of what happens to refused rules. Only `latchkey doctor` provides it, in a global module of its own around the application's, so that
 * an application can be asked everything though it would not start. Nothing that an application has lying about switches it on.
 *
 * A registered symbol: a CommonJS host has its own copy of this file.
 */
export const BOOT_MODE = Symbol.for('latchkey.boot-mode');

/** `report`: refused rules stop nothing; whoever has asked for it does not serve requests. */
export type BootMode = 'refuse' | 'report';
