import { DiscoveryService } from '@nestjs/core';

/**
 * Marks a provider of a room that is nothing without mail: an application without a transport does not start, and is told the room's name.
 *
 * @example `@SendsMail('PasswordResetModule')`
 */
export const SendsMail = DiscoveryService.createDecorator<string>();
