/** What is under way to another server: each with a deadline, and all of it ended when the application closes. */
export class OpenRequests {
  private readonly controllers = new Set<AbortController>();

  /** @param work honours the signal, which fires after `ms` milliseconds */
  async run<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('no answer in time')), ms);
    this.controllers.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      this.controllers.delete(controller);
    }
  }

  cancel(): void {
    for (const controller of this.controllers) controller.abort(new Error('the application closes'));
  }
}
