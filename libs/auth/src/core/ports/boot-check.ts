/**
 * The boot rules, as whoever works while the application starts sees them: `await bootCheck.passed()` before the store is touched or a timer
 * begins in `onApplicationBootstrap`. They are asked once, by whoever comes first.
 */
export abstract class BootCheck {
  /** @throws AuthConfigurationError when the application must not start */
  abstract passed(): Promise<void>;
}
