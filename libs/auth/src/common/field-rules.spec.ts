import 'reflect-metadata';
import { IsEmail } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { describedFields, IsOptional, IsString, MaxLength, MayBeMissing, validationOf } from './field-rules.js';

class Named {
  @IsOptional()
  @IsString()
  @MaxLength(3)
  name?: string | null;
}

class Reachable extends Named {
  @MayBeMissing()
  @IsString()
  phone?: string;

  // A host's own class is decorated by class-validator itself, also when it extends one of ours.
  @IsEmail()
  email: string;
}

const faultsOf = async (type: new () => object, values: object) => {
  const { validate } = await validationOf(type);
  const errors = await validate(Object.assign(new type(), values), { forbidUnknownValues: false });
  return errors.map(({ property, constraints }) => [property, ...Object.keys(constraints ?? {})]);
};

describe('field rules', () => {
  it('describe a class before class-validator knows of it, together with what it extends', () => {
    const fields = describedFields(Reachable);

    expect(new Set(fields.map(({ property }) => property))).toEqual(new Set(['name', 'phone', 'email']));
    expect(new Set(fields.filter(({ isConditional }) => isConditional).map(({ property }) => property))).toEqual(
      new Set(['name', 'phone']),
    );
  });

  it('are class-validator’s, each of them once', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await faultsOf(Reachable, { name: 'Ada Lovelace', phone: null, email: 'ada' })).toEqual([
        ['email', 'isEmail'],
        ['phone', 'isString'],
        ['name', 'maxLength'],
      ]);
    }
    expect(await faultsOf(Named, { name: null })).toEqual([]);
    expect(await faultsOf(Named, { name: 7 })).toEqual([['name', 'maxLength', 'isString']]);
  });
});
