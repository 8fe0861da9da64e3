import type { AuthEnvironment } from '../core/options/auth.options.js';
import type { StorageFacts } from '../core/ports/storage-inspector.js';

/** In production pending migrations are refused by a rule of their own: what they would have made is not said again, item by item. */
export const isExplainedByMigrations = ({ pendingMigrations }: StorageFacts, environment: AuthEnvironment): boolean =>
  environment === 'production' && pendingMigrations.length > 0;
