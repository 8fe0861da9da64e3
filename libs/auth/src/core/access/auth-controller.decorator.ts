import { applyDecorators, Controller, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { AuthGuard } from './auth.guard.js';
import { AuthHttpInterceptor } from './auth-http.interceptor.js';

export const AUTH_CONTROLLER = 'latchkey:controller';

/**
 * A controller of the library: under `routePrefix`, guarded also where the host has no global guard, never cached, with the headers that
 * our exceptions ask for.
 */
export const AuthController = (path = ''): ClassDecorator =>
  applyDecorators(Controller(path), SetMetadata(AUTH_CONTROLLER, true), UseGuards(AuthGuard), UseInterceptors(AuthHttpInterceptor));
