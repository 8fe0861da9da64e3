/** Purpose of the keys that seal what rests in the outbox. */
export const OUTBOX_PURPOSE = 'outbox';
