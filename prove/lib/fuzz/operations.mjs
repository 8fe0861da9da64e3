// What every route of the fuzzed application takes, and who may use it. Our handlers read their bodies raw, so Swagger cannot see what is in
// them; and who may use a route is reviewed here, not asked of the code that is under test.
//
// Examples are good values; what stands in braces is filled in from the person who asks (`credentials.mjs`).

const text = (example, isRequired = true) => ({ type: 'string', example, isRequired });
const flag = () => ({ type: 'boolean', example: false, isRequired: false });
const choice = (...values) => ({ type: 'string', enum: values, example: values[0], isRequired: false });

const EMAIL = text('{{email}}');
const NEW_EMAIL = text('{{fresh}}');
const PASSWORD = text('{{password}}');
const NEW_PASSWORD = text('battery staple horse correct');
const NAME = text('Ada Lovelace', false);
const DELIVERY = { delivery: choice('bearer', 'cookie'), remember: flag() };

const open = (body, query) => ({ isPublic: true, body, query });
const guarded = (body, query) => ({ isPublic: false, body, query });

export const OPERATIONS = {
  'POST /auth/signup': open({ email: NEW_EMAIL, password: PASSWORD, name: NAME, ...DELIVERY }),
  'POST /auth/signin': open({ email: EMAIL, password: PASSWORD, challengeResponse: text('yes', false), ...DELIVERY }),
  'POST /auth/refresh': open({ refreshToken: text('{{refresh}}') }),
  'POST /auth/signout': open({ refreshToken: text('{{refresh}}', false) }),
  'POST /auth/step-up': guarded({ password: PASSWORD }),
  'GET /auth/me': guarded(),
  'PATCH /auth/me': guarded({ name: NAME }),
  'DELETE /auth/me': guarded({ password: PASSWORD }),
  'POST /auth/password/change': guarded({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  'POST /auth/password/forgot': open({ email: EMAIL }),
  'GET /auth/password/reset': open(),
  'POST /auth/password/reset': open({ token: text('{{reset}}'), password: NEW_PASSWORD }),
  'GET /auth/email/confirm': open(),
  'POST /auth/email/confirm': open({ token: text('{{confirmation}}') }),
  'POST /auth/email/resend': open({ email: EMAIL }),
  'POST /auth/email/change': guarded({ email: NEW_EMAIL }),
  'DELETE /auth/email/change': guarded(),
  'POST /auth/magic-link': open({ email: EMAIL }),
  'GET /auth/magic-link/verify': open(),
  'POST /auth/magic-link/verify': open({ token: text('{{magic}}'), ...DELIVERY }),
  'GET /auth/sessions': guarded(),
  'DELETE /auth/sessions': guarded(),
  'DELETE /auth/sessions/{id}': guarded(),
  'POST /auth/invitations': guarded({ email: NEW_EMAIL, roles: { type: 'array', example: ['member'], isRequired: false } }),
  'GET /auth/invitations': guarded(),
  'DELETE /auth/invitations/{id}': guarded(),
  'POST /auth/invitations/{id}/resend': guarded(),
  'GET /auth/invitations/accept': open(),
  'POST /auth/invitations/accept': open({ token: text('{{invitation}}'), password: NEW_PASSWORD, name: NAME, ...DELIVERY }),
  'GET /auth/unlock': open(),
  'POST /auth/unlock': open({ token: text('{{reset}}') }),
  'GET /auth/audit': guarded(undefined, {
    user: text('{{userId}}'),
    event: text('session.created'),
    from: text('2026-01-01'),
    to: text('2099-01-01T00:00:00Z'),
    before: text('1'),
    limit: text('20'),
  }),
  'GET /open': open(),
  'GET /private': guarded(),
  'POST /private': guarded({ anything: text('goes', false) }),
  'GET /admin': guarded(),
  'GET /health': open(),
  'GET /metrics': open(),
};

const PATH_EXAMPLE = '{{sessionId}}';

/**
 * Adds to an OpenAPI document what Swagger cannot know.
 *
 * @throws Error when it has routes that are not described above, or the other way round: they would not be fuzzed
 */
export function completed(document) {
  const unseen = new Set(Object.keys(OPERATIONS));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path}`;
      const known = OPERATIONS[name];
      if (known === undefined) throw new Error(`${name} is not described in ${import.meta.filename}`);
      unseen.delete(name);
      operation.security = known.isPublic ? [] : [{ bearer: [] }, { cookie: [] }];
      if (known.body !== undefined) operation.requestBody = { content: { 'application/json': { schema: schemaOf(known.body) } } };
      for (const parameter of operation.parameters ?? []) parameter.example = PATH_EXAMPLE;
      for (const [field, { isRequired: _, example, ...schema }] of Object.entries(known.query ?? {}))
        operation.parameters.push({ name: field, in: 'query', required: false, schema, example });
    }
  }
  if (unseen.size > 0) throw new Error(`The application does not have ${[...unseen].join(', ')}`);
  return document;
}

const schemaOf = (fields) => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(fields).map(([name, { isRequired: _, ...schema }]) => [name, schema])),
  required: Object.keys(fields).filter((name) => fields[name].isRequired),
});
