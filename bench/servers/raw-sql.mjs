// A Nest application without any authentication whose route asks for a row by its key, and does nothing else.
import { Controller, Get, Module } from '@nestjs/common';
import { portOf, serve, settings, start } from './application.mjs';
import { decorateClass, decorateMethod } from './decorate.mjs';
import { statementAnswers } from './statements.mjs';
import { openUsersTable } from './users-table.mjs';

const table = await openUsersTable(settings.database);

class RowController {
  async answer() {
    return { ok: (await table.findById(1)) !== null };
  }
}
decorateMethod(RowController, 'answer', [Get()]);
decorateClass(RowController, [Controller('row')]);

class RawSqlModule {}
decorateClass(RawSqlModule, [Module({ controllers: [RowController] })]);

const app = await start(RawSqlModule);
const users = ({ count, password }) => table.create({ count, password, cost: settings.cost });

serve({ port: portOf(app) }, { users, ...statementAnswers });
