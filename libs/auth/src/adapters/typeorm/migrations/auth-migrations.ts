import { CreateAuthSideTables1795000000000 } from './1795000000000-create-auth-side-tables.js';
import { CreateAuthUser1795000000001 } from './1795000000001-create-auth-user.js';
import { CreateAuthOutbox1795100000000 } from './1795100000000-create-auth-outbox.js';
import { AddAuthOneTimeTokenGroup1795200000000 } from './1795200000000-add-one-time-token-group.js';
import { CreateAuthInvitation1795400000000 } from './1795400000000-create-auth-invitation.js';
import { CreateAuthLease1795500000000 } from './1795500000000-create-auth-lease.js';

/** The library's own tables without `auth_user`, for the `migrations` of a host that has its own user table. */
export const authSideMigrations = [
  CreateAuthSideTables1795000000000,
  CreateAuthOutbox1795100000000,
  AddAuthOneTimeTokenGroup1795200000000,
  CreateAuthInvitation1795400000000,
  CreateAuthLease1795500000000,
];

/** Every table of the library, `auth_user` included, for the `migrations` of a host's data source. */
export const authMigrations = [...authSideMigrations, CreateAuthUser1795000000001];
