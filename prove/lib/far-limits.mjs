/** A limit that nobody reaches, for experiments that are about something else. */
export const FAR = 1_000_000;

/** Options of `AuthModule` by which every limit is in force, so that what it does is done, and none is reached. */
export const FAR_LIMITS = {
  throttle: {
    signIn: { limit: FAR },
    signUp: { limit: FAR },
    mail: { limit: FAR },
    token: { limit: FAR },
    failures: { perMinute: FAR, perDay: FAR },
  },
  mailLimits: { perMinute: FAR, perHour: FAR, perSource: FAR },
};
