// Decorators without a compiler step: what `@A @B class X {}` and `@A @B method() {}` do.

/** Applies class decorators, the last one first, as the language does. */
export function decorateClass(target, decorators, parameterTypes = []) {
  Reflect.defineMetadata('design:paramtypes', parameterTypes, target);
  return decorators.reduceRight((decorated, decorator) => decorator(decorated) ?? decorated, target);
}

/** Applies method decorators, the last one first. */
export function decorateMethod(target, name, decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name);
  for (const decorator of decorators.toReversed()) decorator(target.prototype, name, descriptor);
}

export function decorateParameter(target, name, index, decorator) {
  decorator(target.prototype, name, index);
}
