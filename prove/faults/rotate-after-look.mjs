import { SessionRepository } from 'nestjs-latchkey';
import { changed } from './real.mjs';

export const overrides = [
  changed(SessionRepository, (real) => ({
    async rotate(rotation) {
      const generation = async () => (await real().findState(rotation.id)).session.generation;
      if ((await generation()) !== rotation.generation) return false;
      // The write has no condition of its own: whatever the row is at by now.
      for (;;) if (await real().rotate({ ...rotation, generation: await generation() })) return true;
    },
  })),
];
