import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer, RouterModule } from '@nestjs/core';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { AUTH_CONTROLLER } from './auth-controller.decorator.js';

/**
 * Puts every controller of the library, those of the rooms too, under `routePrefix`. It happens in the constructor because the prefix may
 * come from an asynchronous factory, and routes are registered once all providers exist.
 */
@Injectable()
export class AuthRoutes {
  constructor(modules: ModulesContainer, @Inject(AUTH_OPTIONS) options: ResolvedAuthOptions) {
    const rooms = [...modules.values()].filter(({ controllers }) =>
      [...controllers.values()].some(
        ({ metatype }) => metatype !== null && Reflect.getMetadata(AUTH_CONTROLLER, metatype as object) === true,
      ),
    );
    void new RouterModule(
      modules,
      rooms.map(({ metatype }) => ({ path: options.routePrefix, module: metatype })),
    );
  }
}
