import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** How long the database may take to answer, in milliseconds. */
const DEADLINE = 1_000;
/** When a question without an answer is given up and asked again, in milliseconds. */
const GIVEN_UP = 10_000;

/** Asks the database one question at a time, however many probes there are: they must not use up the connections. */
@Injectable()
export class DatabaseHealth {
  private question: { answered: Promise<boolean>; askedAt: number } | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), DEADLINE)));
    return Promise.race([this.ask(), late]).finally(() => clearTimeout(timer));
  }

  private ask(): Promise<boolean> {
    if (this.question !== undefined && Date.now() - this.question.askedAt < GIVEN_UP) return this.question.answered;
    const question = { answered: this.select(), askedAt: Date.now() };
    this.question = question;
    void question.answered.then(() => {
      if (this.question === question) this.question = undefined;
    });
    return question.answered;
  }

  private async select(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
