import { describe, expect, it } from 'vitest';
import { SharedQuestion } from './shared-question.js';

const DEADLINE = 50;
const BELIEVED = 1_000;
const LATE = 'no answer in time';

/** What is asked, and how often it was. */
function asked(inquiry: () => Promise<string>) {
  const state = { calls: 0, now: 0 };
  const counted = () => {
    state.calls += 1;
    return inquiry();
  };
  return { state, question: new SharedQuestion(counted, { deadline: DEADLINE, believed: BELIEVED }, () => state.now) };
}

const never = () => new Promise<string>(() => undefined);

describe('a shared question', () => {
  it('is asked once however many want to know', async () => {
    const { question, state } = asked(async () => 'fine');

    const answers = await Promise.all(Array.from({ length: 1_000 }, () => question.ask()));

    expect(new Set(answers)).toEqual(new Set(['fine']));
    expect(state.calls).toBe(1);
  });

  it('is asked again once its answer is not believed any more', async () => {
    const { question, state } = asked(async () => 'fine');
    await question.ask();
    state.now = 999;
    await question.ask();
    expect(state.calls).toBe(1);

    state.now = 1_000;
    await question.ask();
    expect(state.calls).toBe(2);
  });

  it('is asked again when the clock was set back', async () => {
    const { question, state } = asked(async () => 'fine');
    await question.ask();
    state.now = -1;
    await question.ask();

    expect(state.calls).toBe(2);
  });

  it('rejects as whoever was asked, and that is believed as well', async () => {
    const { question, state } = asked(() => {
      throw new Error('connection refused');
    });

    await expect(question.ask()).rejects.toThrow('connection refused');
    await expect(question.ask()).rejects.toThrow('connection refused');
    expect(state.calls).toBe(1);
  });

  it('that could not be answered is asked again sooner, where that is wanted', async () => {
    const state = { calls: 0, now: 0 };
    const inquiry = async (): Promise<string> => {
      state.calls += 1;
      if (state.calls === 1) throw new Error('connection refused');
      return 'fine';
    };
    const times = { deadline: DEADLINE, believed: 60_000, rejectionBelieved: BELIEVED };
    const question = new SharedQuestion(inquiry, times, () => state.now);
    await expect(question.ask()).rejects.toThrow('connection refused');

    state.now = 999;
    await expect(question.ask()).rejects.toThrow('connection refused');
    state.now = 1_000;
    expect(await question.ask()).toBe('fine');
    state.now = 60_999;
    expect(await question.ask()).toBe('fine');
    expect(state.calls).toBe(2);
  });

  it('is answered within its deadline, and what hangs is not asked a second time', async () => {
    const { question, state } = asked(never);
    const begun = performance.now();

    const outcomes = await Promise.allSettled([question.ask(), question.ask()]);

    expect(performance.now() - begun).toBeLessThan(DEADLINE + 200);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(question.ask()).rejects.toThrow(LATE);
    expect(state.calls).toBe(1);
  });

  it('keeps the answer it had for a while when the next one takes its time, and no longer', async () => {
    let inquiry = async () => 'fine';
    const { question, state } = asked(() => inquiry());
    await question.ask();
    inquiry = never;

    state.now = 1_000;
    expect(await question.ask()).toBe('fine');
    state.now = 2_000;
    await expect(question.ask()).rejects.toThrow(LATE);
  });
});
