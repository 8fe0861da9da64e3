// For faults that change some methods of a port and leave the rest to the library's own adapter.
import { ModulesContainer } from '@nestjs/core';
import { TypeOrmStorage } from 'nestjs-latchkey/typeorm';

/**
 * The provider of `port`, which is the adapter of `TypeOrmStorage` but for `methods`.
 *
 * @param methods gets what gives the adapter, once everything has started
 */
export function changed(port, methods) {
  return {
    provide: port,
    inject: [ModulesContainer],
    useFactory: (modules) => {
      const real = () => [...modules.values()].find(({ metatype }) => metatype === TypeOrmStorage)?.providers.get(port)?.instance;
      const changes = methods(real);
      return new Proxy(Object.create(port.prototype), {
        get(target, name) {
          if (name in changes) return changes[name];
          const instance = real();
          // While the application starts the adapter is not there yet, and nobody but Nest asks.
          if (name === 'constructor' || typeof instance?.[name] !== 'function') return Reflect.get(target, name);
          return instance[name].bind(instance);
        },
      });
    },
  };
}
