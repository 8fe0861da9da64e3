import { UnitOfWork } from 'nestjs-latchkey';

class Autocommit extends UnitOfWork {
  run(work) {
    return work(undefined);
  }

  afterCommit(effect) {
    effect();
  }
}

export const fault = {
  title: 'every statement is committed by itself',
  overrides: [{ provide: UnitOfWork, useClass: Autocommit }],
};
