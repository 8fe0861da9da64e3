/**
 * Token of what an application is started for. Only the command line provides it, in a global module of its own around the application's.
 * Nothing that an application has lying about switches it on.
 *
 * A registered symbol: a CommonJS host has its own copy of this file.
 */
export const BOOT_MODE = Symbol.for('latchkey.boot-mode');

/**
 * `refuse`: to serve; refused rules stop the start. `command`: they do as well, and nothing is done that is not asked for: no mail is sent, no
 * timer runs. `report`: as `command`, but refused rules stop nothing, so that an application can be asked everything though it would not start,
 * and nothing is written.
 */
export type BootMode = 'refuse' | 'command' | 'report';
