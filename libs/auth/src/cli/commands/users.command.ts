import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { usersCreate } from './users-create.command.js';
import { usersGrant } from './users-grant.command.js';
import { usersList } from './users-list.command.js';
import { usersRevoke } from './users-revoke.command.js';
import { usersShow } from './users-show.command.js';
import { usersDisable, usersEnable, usersLock, usersRevokeSessions, usersUnlock } from './users-state.commands.js';

/** `users`: everything that an administrator does to one account. */
export const users = (terminal: Terminal): Command =>
  new Command('users')
    .description('accounts, their state and their roles')
    .addCommand(usersCreate(terminal))
    .addCommand(usersList(terminal))
    .addCommand(usersShow(terminal))
    .addCommand(usersGrant(terminal))
    .addCommand(usersRevoke(terminal))
    .addCommand(usersLock(terminal))
    .addCommand(usersUnlock(terminal))
    .addCommand(usersDisable(terminal))
    .addCommand(usersEnable(terminal))
    .addCommand(usersRevokeSessions(terminal));
