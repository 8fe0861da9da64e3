import { settings } from '../../bench/servers/application.mjs';

// Of every connection: no provider of ours decides it.
settings.database.url += '?options=-c%20synchronous_commit%3Doff';

export const overrides = [];
