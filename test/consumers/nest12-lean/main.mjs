// A host without TypeORM, Redis, cache-manager, Passport, Terminus or prom-client: what is optional must not be needed.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthModule, CurrentUser } from 'nestjs-latchkey';
import { AuthHealth, HealthModule } from 'nestjs-latchkey/health';
import { MetricsModule } from 'nestjs-latchkey/metrics';
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
    HealthModule.forRoot(),
    ...(process.env.METRICS === undefined ? [] : [MetricsModule.forRoot({ [process.env.METRICS]: true })]),
  ],
  controllers: [PrivateController],
})(AppModule);

const app = await NestFactory.create(AppModule);
const { status } = await app.get(AuthHealth).check();
if (status !== 'up') throw new Error(`the health is ${status}`);
await app.listen(process.env.PORT);
