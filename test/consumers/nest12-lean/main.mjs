// A host without TypeORM, Redis, cache-manager or Passport: what is optional must not be needed.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthModule, CurrentUser } from 'nestjs-latchkey';
import { MemoryStorage } from 'nestjs-latchkey/testing';

class PrivateController {
  private(user) {
    return { id: user.id, email: user.email };
  }
}
Controller()(PrivateController);
Get('private')(PrivateController.prototype, 'private', Object.getOwnPropertyDescriptor(PrivateController.prototype, 'private'));
CurrentUser()(PrivateController.prototype, 'private', 0);

class AppModule {}
Module({
  imports: [
    AuthModule.forRoot({
      secret: process.env.AUTH_SECRET,
      baseUrl: `http://localhost:${process.env.PORT}`,
      ...(process.env.STORAGE === 'default' ? {} : { storage: MemoryStorage.forRoot() }),
    }),
  ],
  controllers: [PrivateController],
})(AppModule);

const app = await NestFactory.create(AppModule);
await app.listen(process.env.PORT);
