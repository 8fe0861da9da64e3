import { HashGate } from 'nestjs-latchkey';

export const overrides = [{ provide: HashGate, useFactory: () => new HashGate({ queue: 1_000_000, patience: 600_000 }) }];
