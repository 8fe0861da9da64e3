import { expect, it } from 'vitest';
import type { AuthUser } from '../ports/user.repository.js';
import { DefaultUserPresenter } from './default-user.presenter.js';

const ADA: AuthUser = {
  id: 7,
  email: 'ada@example.com',
  emailConfirmedAt: null,
  name: 'Ada',
  disabledAt: null,
  lockedAt: null,
  credentialsVersion: 1,
  emailVersion: 1,
  createdAt: new Date(1_800_000_000_000),
};
const present = (changes: object = {}, roles: string[] = []) => new DefaultUserPresenter().present({ ...ADA, ...changes }, roles);

it('shows the fields of the contract, and nothing of the columns of the host', () => {
  expect(present({ passwordHash: 'secret', salary: 7 }, ['admin'])).toEqual({
    id: 7,
    email: 'ada@example.com',
    emailConfirmed: false,
    name: 'Ada',
    roles: ['admin'],
    createdAt: '2027-01-15T08:00:00.000Z',
  });
});

it('shows that an address is confirmed, and not when', () => {
  expect(present({ emailConfirmedAt: new Date() })).toMatchObject({ emailConfirmed: true });
  expect(present({ emailConfirmedAt: undefined })).toMatchObject({ emailConfirmed: false });
});

it('shows that there is no name, whatever the store says then', () => {
  expect(present({ name: undefined })).toMatchObject({ name: null });
  expect(present({ name: null })).toMatchObject({ name: null });
});

it('reads the date of a store that keeps dates as text', () => {
  expect(present({ createdAt: '2027-01-15 08:00:00Z' })).toMatchObject({ createdAt: '2027-01-15T08:00:00.000Z' });
});

it('hands out roles of its own', () => {
  const roles = ['admin'];

  expect(present({}, roles)['roles']).not.toBe(roles);
});
