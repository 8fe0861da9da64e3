// From the start of the process to an open port, with and without AuthModule; TypeORM and its database both times.
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { serve, settings, start } from './application.mjs';
import { dataSourceOptions } from './data-source.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';

const imports = [];
let migrations = [];
if (settings.withAuth) {
  const { AuthModule } = await import('nestjs-latchkey');
  ({ authMigrations: migrations } = await import('nestjs-latchkey/typeorm'));
  imports.push(AuthModule.forRoot({ secret: settings.secret, baseUrl: 'http://localhost:3000', environment: 'test' }));
}

class BootModule {}
decorateClass(BootModule, [
  Module({
    imports: [TypeOrmModule.forRoot({ ...(await dataSourceOptions(settings.database)), migrations }), ...imports],
    controllers: [measuredController('measured')],
  }),
]);

await start(BootModule);
// Since the process was started, Node's own start included.
serve({ milliseconds: performance.now() });
