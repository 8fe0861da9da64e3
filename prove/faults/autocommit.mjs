import { UnitOfWork } from 'nestjs-latchkey';

class Autocommit extends UnitOfWork {
  run(work) {
    return work(undefined);
  }

  afterCommit(effect) {
    effect();
  }
}

export const overrides = [{ provide: UnitOfWork, useClass: Autocommit }];
