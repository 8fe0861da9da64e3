import { applyDecorators, Controller, SetMetadata, UseInterceptors } from '@nestjs/common';
import { AuthHttpInterceptor } from './auth-http.interceptor.js';

export const AUTH_CONTROLLER = 'latchkey:controller';

/** A controller of the library: under `routePrefix`, never cached, with the headers that our exceptions ask for. */
export const AuthController = (path = ''): ClassDecorator =>
  applyDecorators(Controller(path), SetMetadata(AUTH_CONTROLLER, true), UseInterceptors(AuthHttpInterceptor));
