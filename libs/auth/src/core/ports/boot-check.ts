/**
 * The boot rules, as whoever works while the application starts sees them: `await bootCheck.passed()` before the store is touched or a timer
 * begins in `onApplicationBootstrap`. They are asked once, by whoever comes first.
 */
export abstract class BootCheck {
  /** @throws AuthConfigurationError when the application must not start */
  abstract passed(): Promise<void>;

  /**
   * Whether this process serves the application, and with it does the work that nobody asks for: sending what is in the outbox, cleaning,
   * polling. One that runs a command leaves all of it to those that serve.
   */
  readonly isServing: boolean = true;

  /** Whether this process only looks, and must change nothing that is stored. */
  readonly isReadOnly: boolean = false;
}
