import { SessionRepository } from 'nestjs-latchkey';
import { changed } from './real.mjs';

const MINUTE = 60_000;

export const overrides = [
  changed(SessionRepository, (real) => ({
    findState(id) {
      // All adapters share it.
      real().database.time.ms = MINUTE;
      return real().findState(id);
    },
  })),
];
