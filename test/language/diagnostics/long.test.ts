/** A query that is long: all of it is checked, a piece at a time. */
import { describe, expect, it } from 'vitest';
import { check, checkSteps } from '../../../server/src/language/check/index.ts';
import { parse } from '../../../server/src/language/index.ts';
import { context, diagnose } from '../markers.ts';

const COUNT = 900;
const conditions = (one: (index: number) => string) =>
  Array.from({ length: COUNT }, (_, index) => one(index));

describe('a query of 900 conditions', () => {
  it('is told of each that is wrong, at its place', () => {
    const text = `${conditions((index) => `dwell > ${index + 1000}`).join(' AND ')} LAST 2h`;
    const found = diagnose(text);
    expect(found.map((one) => text.slice(one.start, one.end))).toEqual(
      conditions((index) => `${index + 1000}`),
    );
    expect(new Set(found.map((one) => one.code))).toEqual(new Set(['CXQ2003']));
  });

  it.each([
    ['', 900],
    ['open AND ', 901],
  ])('is checked 200 conditions in a step: %s…', (first, all) => {
    let calls = 0;
    const using = context({
      patterns: {
        problem: () => {
          calls++;
          return undefined;
        },
        finds: () => undefined,
      },
    });
    const text = `${first}${conditions((index) => `nodeId MATCHES 'a${index}'`).join(' AND ')} LAST 2h`;
    const steps = checkSteps(parse(text), using);
    const perStep: number[] = [];
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      perStep.push(calls);
      calls = 0;
    }
    perStep.push(calls);
    const counted = perStep.filter((count) => count > 0);
    expect(counted).toEqual(all === 900 ? [200, 200, 200, 200, 100] : [199, 200, 200, 200, 101]);
    // Before the conditions, between them and the window, and between the window and what is never true.
    const at = perStep.findIndex((count) => count > 0);
    const quiet = perStep.slice(at + counted.length);
    expect(quiet.length).toBeGreaterThanOrEqual(2);
  });
});

describe('the steps of a check', () => {
  /** How many of them a check takes. */
  const stepsOf = (text: string): number => {
    const steps = checkSteps(parse(text), context());
    let taken = 0;
    while (steps.next().done !== true) taken++;
    return taken;
  };
  const anded = (count: number) =>
    Array.from({ length: count }, (_, index) => `dwell > ${1000 + index}`).join(' AND ');
  // The first text of all takes steps of its own, in which the parser is made.
  diagnose('open LAST 2h');
  const one = stepsOf(`${anded(20)} LAST 2h`);

  it('are four more for a long query, and one for 200 of its conditions', () => {
    expect(stepsOf(`${anded(900)} LAST 2h`) - one).toBe(4 + 5);
    expect(stepsOf(`${anded(800)} LAST 2h`) - one).toBe(4 + 4);
    expect(stepsOf(`${anded(801)} LAST 2h`) - one).toBe(4 + 5);
  });

  it('are none more for one of common size, wherever it stands', () => {
    expect(stepsOf(`${anded(300)} LAST 2h`)).toBe(one);
    const two = stepsOf(`${anded(20)} LAST 2h; ${anded(20)} LAST 2h`);
    expect(two - one).toBe(1);
    expect(stepsOf(`${anded(500)} LAST 2h; ${anded(300)} LAST 2h`)).toBe(two);
    expect(stepsOf(`${anded(500)} LAST 2h; ${anded(900)} LAST 2h`) - two).toBe(4 + 5);
    expect(stepsOf(`${anded(20)} LAST 2h; ${anded(20)} LAST 2h; ${anded(20)} LAST 2h`)).toBe(two + 1);
  });
});

describe('many queries', () => {
  it('are looked at one in a step, and not at all where nothing has changed', () => {
    const text = Array.from({ length: 130 }, (_, index) => `QUERY q${index} dwell > 5 LAST 2h`).join('\n');
    const document = parse(text);
    const using = context();
    const count = () => {
      const steps = checkSteps(document, using);
      let taken = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) taken++;
      return { taken, found: step.value.length };
    };
    const first = count();
    expect(first.found).toBe(130);
    expect(first.taken).toBeGreaterThan(130);
    expect(count()).toEqual({ taken: 0, found: 130 });
    expect(check(document, using)).toEqual(check(parse(text), using));
  });

  it('give their diagnostics to whoever asks, who can change the list', () => {
    const document = parse('dwell > 5 LAST 2h');
    const using = context();
    const first = check(document, using);
    first.pop();
    expect(check(document, using)).toHaveLength(1);
    check(document, using).pop();
    expect(check(document, using)).toHaveLength(1);
  });
});
