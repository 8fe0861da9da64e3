// The decorators of class-validator that our own bodies use, applied when one is first checked. Loading that library takes 40 ms, a quarter
// of what `AuthModule` may add to the start of an application; an application that uses it anyway notices no difference.
import type * as ClassValidator from 'class-validator';

type Library = typeof ClassValidator;
type Options = ClassValidator.ValidationOptions;

interface FieldRule {
  property: string;
  /** The field may be left out. */
  isConditional: boolean;
  decorate: (library: Library) => PropertyDecorator;
}

interface FieldRules {
  rules: FieldRule[];
  isApplied: boolean;
}

const RULES = Symbol('latchkey:field-rules');

/** Notes what a decorator of class-validator will be asked to do. */
const rule =
  (decorate: FieldRule['decorate'], isConditional = false): PropertyDecorator =>
  (target, property) => {
    const own = ownRules(target) ?? { rules: [], isApplied: false };
    own.rules.push({ property: String(property), isConditional, decorate });
    Reflect.defineMetadata(RULES, own, target);
  };

export const IsString = (options?: Options): PropertyDecorator => rule((library) => library.IsString(options));
export const IsNotEmpty = (options?: Options): PropertyDecorator => rule((library) => library.IsNotEmpty(options));
export const IsBoolean = (options?: Options): PropertyDecorator => rule((library) => library.IsBoolean(options));
export const IsArray = (options?: Options): PropertyDecorator => rule((library) => library.IsArray(options));
export const IsOptional = (): PropertyDecorator => rule((library) => library.IsOptional(), true);
export const IsIn = (values: readonly unknown[]): PropertyDecorator => rule((library) => library.IsIn(values));
export const MaxLength = (max: number, options?: Options): PropertyDecorator => rule((library) => library.MaxLength(max, options));
export const ArrayMaxSize = (max: number): PropertyDecorator => rule((library) => library.ArrayMaxSize(max));

/** The field may be left out. `null` does not leave it out (class-validator's `IsOptional` thinks it does): it is a value of the wrong type. */
export const MayBeMissing = (): PropertyDecorator =>
  rule((library) => library.ValidateIf((_, value: unknown) => value !== undefined), true);

/** class-validator, which from now on knows what the decorators above say of `type`. */
export async function validationOf(type: object): Promise<Library> {
  const library = await import('class-validator');
  for (const { prototype, own } of rulesOf(type)) {
    if (own.isApplied) continue;
    own.isApplied = true;
    for (const { property, decorate } of own.rules) decorate(library)(prototype, property);
  }
  return library;
}

/** Every rule of a class: those above, and those of class-validator's own decorators. */
export function describedFields(type: object): { property: string; isConditional: boolean }[] {
  // Whoever has decorated a class with it has loaded it, and there it keeps what it knows, so that several copies of it agree.
  const { classValidatorMetadataStorage: storage } = globalThis as {
    classValidatorMetadataStorage?: ClassValidator.MetadataStorage;
  };
  const known = storage?.getTargetValidationMetadatas(type as () => void, '', false, false) ?? [];
  return [
    ...rulesOf(type).flatMap(({ own }) => own.rules),
    ...known.map(({ propertyName, type: kind }) => ({ property: propertyName, isConditional: kind === 'conditionalValidation' })),
  ];
}

const ownRules = (prototype: object): FieldRules | undefined => Reflect.getOwnMetadata(RULES, prototype) as FieldRules | undefined;

/** Of the class and those that it extends. */
function rulesOf(type: object): { prototype: object; own: FieldRules }[] {
  const found: { prototype: object; own: FieldRules }[] = [];
  let prototype = (type as { prototype: object | null }).prototype;
  for (; prototype !== null && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const own = ownRules(prototype);
    if (own !== undefined) found.push({ prototype, own });
  }
  return found;
}
