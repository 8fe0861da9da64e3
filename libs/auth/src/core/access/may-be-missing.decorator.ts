import { ValidateIf } from 'class-validator';

/** The field may be left out. `null` does not leave it out (class-validator's `IsOptional` thinks it does): it is a value of the wrong type. */
export const MayBeMissing = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);
