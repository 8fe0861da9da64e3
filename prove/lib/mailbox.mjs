/** What has arrived at a sink, by address. */
export class Mailbox {
  #mails = new Map();
  #waiting = new Map();

  constructor(sink) {
    sink.listen((mail) => {
      const of = this.of(mail.to);
      of.push(mail);
      this.#mails.set(mail.to, of);
      for (const look of this.#waiting.get(mail.to) ?? []) look();
    });
  }

  /** As often as they were delivered. */
  of(address) {
    return this.#mails.get(address) ?? [];
  }

  find(address, subject) {
    return this.of(address).find((mail) => mail.subject === subject) ?? null;
  }

  /** The mail of the subject, or `null` when it does not come in time. */
  next(address, subject, milliseconds) {
    const found = this.find(address, subject);
    if (found !== null) return found;
    return new Promise((resolve) => {
      const done = (mail) => {
        clearTimeout(timer);
        this.#waiting.get(address).delete(look);
        if (this.#waiting.get(address).size === 0) this.#waiting.delete(address);
        resolve(mail);
      };
      const look = () => {
        const mail = this.find(address, subject);
        if (mail !== null) done(mail);
      };
      const timer = setTimeout(() => done(null), milliseconds);
      this.#waiting.set(address, (this.#waiting.get(address) ?? new Set()).add(look));
    });
  }
}
