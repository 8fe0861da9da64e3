import type { MailWordings } from '../../core/options/mail.options.js';

/** Kinds of mail: `notice.` gives them limits of their own, so that no other mail can use them up. */
export type NoticeKind = 'notice.password-changed' | 'notice.new-device' | 'notice.locked' | 'notice.session-reuse';

/** What every notice can name: when it happened, in UTC, and on what device. */
export const NOTICE_PLACEHOLDERS = ['when', 'device'] as const;

export const NOTICE_WORDINGS: Readonly<Record<NoticeKind, MailWordings>> = {
  'notice.password-changed': {
    en: {
      subject: 'Your password was changed',
      heading: 'Your password was changed',
      paragraphs: [
        'The password of your account at {app} was changed on {when}, from this device: {device}.',
        'If it was you, there is nothing to do. If it was not, set a new password now: ask for a link where you sign in.',
      ],
      footer: 'You get this mail because it concerns the safety of your account.',
    },
  },
  'notice.new-device': {
    en: {
      subject: 'New sign-in to your account',
      heading: 'A sign-in on a new device',
      paragraphs: [
        'Somebody signed in to your account at {app} on {when}, from a device that was not used before: {device}.',
        'If it was you, there is nothing to do. If it was not, change your password, which ends all other sessions.',
      ],
      footer: 'You get this mail because it concerns the safety of your account.',
    },
  },
  'notice.locked': {
    en: {
      subject: 'Your account was locked',
      heading: 'Your account was locked',
      paragraphs: [
        'Your account at {app} was locked on {when}. Nobody can sign in to it, and all sessions have ended.',
        'If you do not know why, turn to those who run {app}.',
      ],
      footer: 'You get this mail because it concerns the safety of your account.',
    },
  },
  'notice.session-reuse': {
    en: {
      subject: 'A session of yours was ended',
      heading: 'A session of yours was ended',
      paragraphs: [
        'On {when} an access key of your account at {app} was used that had been replaced before, from this device: {device}. That happens when a key was copied, so the session was ended.',
        'Sign in again. If you see sessions that you do not know, end them and change your password.',
      ],
      footer: 'You get this mail because it concerns the safety of your account.',
    },
  },
};
