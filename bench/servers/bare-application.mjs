// A Nest application without any authentication.
import { Module } from '@nestjs/common';
import { portOf, start } from './application.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';

class BareModule {}
decorateClass(BareModule, [Module({ controllers: [measuredController('measured')] })]);

export const port = portOf(await start(BareModule));
