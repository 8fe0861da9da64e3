import { Type } from 'class-transformer';
import { IsInt, IsString as IsText, Max, ValidateNested } from 'class-validator';
import type { ExecutionContext, PipeTransform } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import { IsOptional, IsString, MayBeMissing, MaxLength } from '../../common/field-rules.js';
import type { AuthException } from '../errors/auth.exception.js';
import {
  certainFieldsOf,
  fieldsOf,
  JsonBody,
  type JsonObject,
  jsonObjectOf,
  validated,
  validatedChanges,
  validatedPart,
} from './request-body.js';

class Address {
  @IsText()
  street: string;
}

class Person {
  @IsString()
  @MaxLength(10)
  name: string;
  @IsInt()
  @Max(200)
  @IsOptional()
  age?: number;
  @ValidateNested()
  @Type(() => Address)
  @IsOptional()
  address?: Address;
  @IsString()
  @MayBeMissing()
  language?: string = 'en';
  @IsString()
  @IsOptional()
  motto?: string | null = null;
}

const ADA = { name: 'Ada' };

/** The faults that a refusal names, as `field: code`. */
async function faultsOf(work: () => unknown): Promise<{ field: string; code: string; message: string }[]> {
  try {
    await work();
  } catch (error) {
    const { errorCode, details } = (error as AuthException).getResponse() as Record<string, unknown>;
    expect(errorCode).toBe('auth.validation_failed');
    return details as never;
  }
  return [];
}
const named = async (work: () => unknown): Promise<string[]> =>
  (await faultsOf(work)).map(({ field, code }) => `${field}: ${code}`);
const read = (body: unknown) => () => jsonObjectOf({ method: 'POST', headers: {}, body });
const nested = (levels: number): JsonObject => (levels === 0 ? {} : { a: nested(levels - 1) });

describe('the object of a body', () => {
  it('is what was sent, or empty where nothing was', () => {
    expect(read(ADA)()).toBe(ADA);
    expect(read(undefined)()).toEqual({});
    expect(read(null)()).toEqual({});
  });

  it.each([['text'], [7], [true], [[ADA]]])('is refused where it is none (%j)', async (body) => {
    expect(await faultsOf(read(body))).toEqual([
      { field: 'body', code: 'is_object', message: expect.stringMatching(/object/) as string },
    ]);
  });

  it.each([
    ['name', { name: 'A\u0000' }],
    ['name', { name: 'A\ud800' }],
    ['address.street', { address: { street: '\u0000' } }],
    ['tags.1', { tags: ['a', '\u0000'] }],
  ])('holds text that is text (%s)', async (field, body) => {
    expect(await faultsOf(read(body))).toEqual([
      { field, code: 'invalid_characters', message: expect.stringMatching(/characters/) as string },
    ]);
  });

  it.each([['na\u0000me'], ['na\ud800me']])('has fields whose names are text', async (name) => {
    const fault = { field: 'body', code: 'invalid_characters', message: expect.stringMatching(/name/) as string };
    expect(await faultsOf(read({ [name]: 1 }))).toEqual([fault]);
    expect(await faultsOf(read({ a: { [name]: 1 } }))).toEqual([fault]);
  });

  it('is twenty levels deep and no deeper', async () => {
    expect(read(nested(20))()).toEqual(nested(20));
    const path = Array(21).fill('a').join('.');
    expect(await faultsOf(read(nested(21)))).toEqual([
      { field: path, code: 'too_deep', message: expect.stringMatching(/20 levels/) as string },
    ]);
    expect(await named(read(nested(40)))).toEqual([`${path}: too_deep`]);
  });

  it('may hold null, numbers and truths anywhere', () => {
    const body = { a: null, b: [null, 1, false], c: { d: null } };
    expect(read(body)()).toBe(body);
  });
});

describe('the body of a handler', () => {
  class Handler {
    handle(@JsonBody() _: JsonObject): void {}
  }
  interface Argument {
    factory: (data: unknown, context: ExecutionContext) => unknown;
    pipes: [PipeTransform<unknown, JsonObject>];
  }
  const { factory, pipes } = Object.values(Reflect.getMetadata(ROUTE_ARGS_METADATA, Handler, 'handle') as object)[0] as Argument;
  const sealed = (headers: Record<string, string>, body: unknown = ADA) => {
    const request = { method: 'POST', headers, body };
    return factory(undefined, { getType: () => 'http', switchToHttp: () => ({ getRequest: () => request }) } as never);
  };

  it('passes the pipes of the host as something that they leave alone', () => {
    const body = sealed({ 'content-type': 'application/json; charset=utf-8', 'content-length': '13' });
    expect(body).toBeTypeOf('function');
    expect(pipes[0].transform(body, {} as never)).toBe(ADA);
  });

  it.each<Record<string, string>>([
    { 'content-length': '13' },
    { 'content-length': '13', 'content-type': 'text/plain' },
    { 'content-length': '13', 'content-type': 'application/jsonp' },
    { 'transfer-encoding': 'chunked' },
    { 'transfer-encoding': 'chunked', 'content-type': 'application/x-www-form-urlencoded' },
  ])('is JSON (%j)', (headers) => {
    expect(() => sealed(headers)).toThrow(expect.objectContaining({ errorCode: 'auth.unsupported_media_type' }) as Error);
  });

  it.each<Record<string, string>>([
    {},
    { 'content-length': '0' },
    { 'transfer-encoding': 'chunked', 'content-type': 'APPLICATION/JSON' },
  ])('may be empty, and is then of no type (%j)', (headers) => {
    expect(() => sealed(headers, {})).not.toThrow();
  });
});

describe('validation', () => {
  it('hands on an instance with what was sent', async () => {
    const person = await validated(Person, { name: 'Ada', age: 36, address: { street: 'St James’s Square' } });
    expect(person).toBeInstanceOf(Person);
    expect(person).toMatchObject({ name: 'Ada', age: 36, language: 'en' });
    expect(person.address).toBeInstanceOf(Address);
  });

  it('names every fault, nested ones by their path', async () => {
    const body = { name: 7, age: 300, address: { street: 1 } };
    expect((await named(() => validated(Person, body))).toSorted()).toEqual([
      'address.street: is_string',
      'age: max',
      'name: is_string',
      'name: max_length',
    ]);
  });

  it('refuses fields that nobody knows, and guesses what was meant', async () => {
    expect(await faultsOf(() => validated(Person, { ...ADA, nmae: 'x', zzzzzzzz: 1 }))).toEqual([
      { field: 'nmae', code: 'unknown_field', message: 'Unknown field; did you mean name?' },
      { field: 'zzzzzzzz', code: 'unknown_field', message: 'Unknown field' },
    ]);
  });

  it('lets others have fields beside', async () => {
    expect({ ...(await validated(Person, { ...ADA, password: 'x' }, ['password'])) }).not.toHaveProperty('password');
    expect(await faultsOf(() => validated(Person, { ...ADA, pasword: 'x' }, ['password']))).toMatchObject([
      { message: expect.stringContaining('password') as string },
    ]);
  });

  it('compares no name that is too long with its own, and repeats 64 characters of it', async () => {
    const near = `${'n'.repeat(64)}ame`;
    expect(await faultsOf(() => validated(Person, { ...ADA, [near]: 1 }, ['n'.repeat(66)]))).toEqual([
      { field: near.slice(0, 64), code: 'unknown_field', message: 'Unknown field' },
    ]);
    const longest = 'n'.repeat(64);
    expect(await faultsOf(() => validated(Person, { ...ADA, [longest]: 1 }, ['n'.repeat(63)]))).toMatchObject([
      { message: `Unknown field; did you mean ${'n'.repeat(63)}?` },
    ]);
  });

  it('names twenty faults of a body full of nonsense', async () => {
    const nonsense = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, 1]));
    expect(await named(() => validated(Person, { ...nonsense }))).toEqual(
      Array.from({ length: 20 }, (_, i) => `x${i}: unknown_field`),
    );
    expect(await named(() => validatedChanges(Person, { ...nonsense }))).toHaveLength(20);
    const few = Object.fromEntries(Object.entries(nonsense).slice(0, 19));
    expect((await named(() => validated(Person, { ...few, name: 7 }))).slice(-1)).toEqual(['name: max_length']);
  });

  it('lets nobody choose the class of an object', async () => {
    const constructor = { name: 'Object' };
    expect(await faultsOf(() => validated(Person, { ...ADA, address: { constructor } }))).toContainEqual({
      field: 'address.constructor',
      code: 'unknown_field',
      message: 'Unknown field',
    });
    expect(await named(() => validated(Person, { ...ADA, address: { a: { b: 1 }, c: { constructor } } }))).toContain(
      'address.c.constructor: unknown_field',
    );
    expect(await named(() => validated(Person, { ...ADA, address: { street: { b: { constructor } } } }))).toContain(
      'address.street.b.constructor: unknown_field',
    );
    expect(await named(() => validated(Person, { ...ADA, address: { a: 1, b: { c: null }, street: 's' } }))).toEqual([]);
  });

  it('accepts a class without rules', async () => {
    class Nothing {}
    expect(await validated(Nothing, {})).toBeInstanceOf(Nothing);
  });
});

describe('a part of a body', () => {
  it('is what belongs to the class, with its defaults, as a plain object', async () => {
    const part = await validatedPart(Person, { ...ADA, password: 'x' }, ['password']);
    expect(part).toEqual({ name: 'Ada', language: 'en', motto: null });
    expect(Object.getPrototypeOf(part)).toBe(Object.prototype);
    expect(Object.keys(part)).not.toContain('age');
  });
});

describe('changes', () => {
  it('are the fields that were sent, and no default', async () => {
    expect(await validatedChanges(Person, { age: 36 })).toEqual({ age: 36 });
    expect(await validatedChanges(Person, {})).toEqual({});
  });

  it('are not refused for what was not sent, but for what was', async () => {
    expect(await named(() => validatedChanges(Person, { age: 300 }))).toEqual(['age: max']);
    expect(await named(() => validatedChanges(Person, { address: { street: 1 } }))).toEqual(['address.street: is_string']);
    expect(await named(() => validatedChanges(Person, { agee: 3 }))).toEqual(['agee: unknown_field']);
  });
});

describe('the fields of a class', () => {
  it('are those that it describes, each once', () => {
    expect(fieldsOf(Person).toSorted()).toEqual(['address', 'age', 'language', 'motto', 'name']);
  });

  it('are certain when they are required or have a value of their own', () => {
    expect(certainFieldsOf(Person).toSorted()).toEqual(['language', 'name']);
  });
});
