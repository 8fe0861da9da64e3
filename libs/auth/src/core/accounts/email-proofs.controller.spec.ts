import type { HttpAdapterHost } from '@nestjs/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientReader } from '../access/client-reader.js';
import type { HttpRequest } from '../access/http-request.js';
import { ResourceNotFoundException, ValidationFailedException } from '../errors/auth.errors.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { EmailProofs } from './email-proofs.js';
import { EmailProofsController } from './email-proofs.controller.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const REQUEST = {} as HttpRequest;

describe('where an address is confirmed', () => {
  let proofs: { isOffered: boolean; hasBuiltInPage: boolean };
  let redeemed: unknown[][];
  let headers: Record<string, string>;
  let controller: EmailProofsController;

  beforeEach(() => {
    proofs = { isOffered: true, hasBuiltInPage: true };
    redeemed = [];
    headers = {};
    Object.assign(proofs, { redeem: async (...args: unknown[]) => void redeemed.push(args) });
    const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => void (headers[name] = value) };
    controller = new EmailProofsController(
      { appName: 'Difference & Engine' } as ResolvedAuthOptions,
      proofs as unknown as EmailProofs,
      { read: () => CLIENT } as unknown as ClientReader,
      { httpAdapter } as unknown as HttpAdapterHost,
    );
  });

  it('is a page that says for what, with one button, and what it says afterwards', () => {
    const html = controller.show({});

    expect(html).toMatch(/<title>[^<]*address[^<]*Difference &amp; Engine<\/title>/);
    expect(html).toMatch(/<p>[^<]*address is yours[^<]*Difference &amp; Engine\.<\/p>/);
    expect(html).toMatch(/<button>Confirm<\/button>/);
    expect(html).toMatch(/data-done="[^"]*address is confirmed[^"]*"/);
    expect(headers['Referrer-Policy']).toBe('no-referrer');
    expect(redeemed).toEqual([]);
  });

  it('is no page when the links lead to pages of the host', () => {
    proofs.hasBuiltInPage = false;

    expect(() => controller.show({})).toThrow(ResourceNotFoundException);
  });

  it('takes the token from whoever brings it', async () => {
    await controller.confirm({ token: 'a token' }, REQUEST);

    expect(redeemed).toEqual([['a token', CLIENT]]);
  });

  it.each([{}, { token: '' }, { token: 7 }, { token: 'x'.repeat(1025) }])('takes no body like %j', async (body) => {
    await expect(controller.confirm(body, REQUEST)).rejects.toBeInstanceOf(ValidationFailedException);
    expect(redeemed).toEqual([]);
  });

  it('is not there when there is nothing to prove, whatever the body is', async () => {
    proofs.isOffered = false;

    await expect(controller.confirm({}, REQUEST)).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});
