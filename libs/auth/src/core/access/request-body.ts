import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { closest } from '../../common/closest.js';
import { describedFields, validationOf } from '../../common/field-rules.js';
import { UnsupportedMediaTypeAuthException, ValidationFailedException } from '../errors/auth.errors.js';
import type { FieldFault } from '../errors/auth.exception.js';
import { type HttpRequest, httpRequestOf } from './http-request.js';

const MAX_DEPTH = 20;
/** Faults that are told, so that a body full of nonsense does not cause an answer many times its size. */
const MAX_FAULTS = 20;
/** Of a field's path in an answer; and no longer name is compared with ours. */
const MAX_NAME = 64;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

export type JsonObject = Record<string, unknown>;

/** Hides the body from the host's pipes: whatever they do to objects, they leave a function alone. */
type Sealed = () => JsonObject;

class Unseal implements PipeTransform<Sealed, JsonObject> {
  transform(sealed: Sealed): JsonObject {
    return sealed();
  }
}

const SealedBody = createParamDecorator((_: unknown, context: ExecutionContext): Sealed => {
  const request = httpRequestOf(context)!;
  if (hasBody(request) && !JSON_TYPE.test(request.headers['content-type'] ?? '')) throw new UnsupportedMediaTypeAuthException();
  const body = jsonObjectOf(request);
  return () => body;
});

/**
 * The JSON object that the client sent, untouched by the host's pipes: `"123"` stays text, `"false"` is not `true`, and nothing is trimmed.
 * Validate it with {@link validated}.
 *
 * @throws UnsupportedMediaTypeAuthException, ValidationFailedException
 */
export const JsonBody = (): ParameterDecorator => SealedBody(new Unseal());

/** What the host's parser made of the body, when that is an object of text that is text. @throws ValidationFailedException */
export function jsonObjectOf({ body = {} }: HttpRequest): JsonObject {
  if (typeof body !== 'object' || Array.isArray(body))
    throw new ValidationFailedException([fault('body', 'is_object', 'Send an object')]);
  const unsafe = unsafeText(body, '', 0);
  if (unsafe !== null) throw new ValidationFailedException([unsafe]);
  return (body ?? {}) as JsonObject;
}

function hasBody({ headers }: HttpRequest): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

const fault = (field: string, code: string, message: string): FieldFault => ({ field: field.slice(0, MAX_NAME), code, message });

/** NUL ends strings in some databases, lone surrogates are not text at all: refused wherever they stand, as is endless nesting. */
function unsafeText(value: unknown, path: string, depth: number): FieldFault | null {
  if (depth > MAX_DEPTH) return fault(path, 'too_deep', `At most ${MAX_DEPTH} levels`);
  if (typeof value === 'string') {
    return value.includes('\u0000') || !value.isWellFormed()
      ? fault(path, 'invalid_characters', 'Holds characters that are not text')
      : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (key.includes('\u0000') || !key.isWellFormed())
      return fault('body', 'invalid_characters', 'A field has a name that is not text');
    const found = unsafeText(member, name, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** Properties that a class-validator class describes. */
export function fieldsOf(type: Type): string[] {
  return [...new Set(describedFields(type).map(({ property }) => property))];
}

/**
 * Checks `body` against a class-validator class, and further ones whose fields may stand beside its own (`alsoAllowed`). Unknown fields and
 * wrong types are faults; nothing is converted but what the class itself asks for with class-transformer.
 *
 * @throws ValidationFailedException with every fault, or the first 20
 */
export async function validated<T extends object>(
  type: Type<T>,
  body: JsonObject,
  alsoAllowed: readonly string[] = [],
): Promise<T> {
  const { instance, faults } = await inspected(type, body, alsoAllowed);
  if (faults.length > 0) throw new ValidationFailedException(faults.slice(0, MAX_FAULTS));
  return instance;
}

async function inspected<T extends object>(
  type: Type<T>,
  body: JsonObject,
  alsoAllowed: readonly string[],
): Promise<{ instance: T; faults: FieldFault[] }> {
  // Loaded when a body is first checked, as class-validator is, which keeps it out of every start.
  const [{ validate }, { plainToInstance }] = await Promise.all([validationOf(type), import('class-transformer')]);
  const own = fieldsOf(type);
  const known = [...own, ...alsoAllowed];
  const faults: FieldFault[] = [];
  const picked: JsonObject = {};
  for (const key of Object.keys(body)) {
    const misleading = own.includes(key) ? constructorIn(body[key], key) : null;
    if (misleading !== null) faults.push(fault(misleading, 'unknown_field', 'Unknown field'));
    else if (own.includes(key)) picked[key] = body[key];
    else if (!known.includes(key) && faults.length < MAX_FAULTS) faults.push(unknownField(key, known));
  }
  const instance = plainToInstance(type, picked);
  faults.push(...(await validate(instance, { forbidUnknownValues: false })).flatMap((error) => faultsOf(error, '')));
  return { instance, faults };
}

/** Path of a member that class-transformer would take for the class of its object. */
function constructorIn(value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Object.hasOwn(value, 'constructor')) return `${path}.constructor`;
  for (const [key, member] of Object.entries(value)) {
    const found = constructorIn(member, `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** The part of `body` that belongs to `type`, validated; as a plain object of own properties. @throws as {@link validated} */
export async function validatedPart(type: Type, body: JsonObject, alsoAllowed: readonly string[]): Promise<JsonObject> {
  const instance = (await validated(type, body, alsoAllowed)) as JsonObject;
  return Object.fromEntries(fieldsOf(type).flatMap((key) => (instance[key] === undefined ? [] : [[key, instance[key]]])));
}

/** Of `type` only the fields that `body` has: what is not sent is neither missed nor set to its default. @throws as {@link validated} */
export async function validatedChanges(type: Type, body: JsonObject): Promise<JsonObject> {
  const sent = (field: string): boolean => Object.hasOwn(body, field.split('.')[0]!);
  const { instance, faults } = await inspected(type, body, []);
  const own = faults.filter(({ field }) => sent(field));
  if (own.length > 0) throw new ValidationFailedException(own);
  return Object.fromEntries(fieldsOf(type).flatMap((key) => (sent(key) ? [[key, (instance as JsonObject)[key]]] : [])));
}

/** Fields of `type` without which its class refuses, or which it fills by itself. */
export function certainFieldsOf(type: Type): string[] {
  const defaults = new type() as JsonObject;
  const optional = new Set(
    describedFields(type)
      .filter(({ isConditional }) => isConditional)
      .map(({ property }) => property),
  );
  return fieldsOf(type).filter((field) => !optional.has(field) || (defaults[field] !== undefined && defaults[field] !== null));
}

function unknownField(key: string, known: readonly string[]): FieldFault {
  const suggestion = key.length > MAX_NAME ? undefined : closest(key, known);
  return fault(key, 'unknown_field', suggestion === undefined ? 'Unknown field' : `Unknown field; did you mean ${suggestion}?`);
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function faultsOf(error: ValidationError, path: string): FieldFault[] {
  const field = path === '' ? error.property : `${path}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([code, message]) => fault(field, snakeCase(code), message));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, field))];
}
