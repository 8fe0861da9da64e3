/** Checks the answer to a challenge that tells people from programs: Turnstile, hCaptcha, a proof of work. */
export abstract class ChallengeVerifier {
  /**
   * Asked at sign-in once an address has had `lockout.challengeAfter` failures, whether or not it has an account; never for a device that
   * the account knows. What it rejects with, or no answer within two seconds, is 503: nobody gets in because a check could not be made.
   *
   * @param response the request's `challengeResponse`
   * @param ip of the client
   */
  abstract verify(response: string, ip: string | null): Promise<boolean>;
}
