// A Nest application without any authentication: what the others are compared with.
import { Module } from '@nestjs/common';
import { portOf, serve, start } from './application.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';

class BareModule {}
decorateClass(BareModule, [Module({ controllers: [measuredController('measured')] })]);

serve({ port: portOf(await start(BareModule)) });
