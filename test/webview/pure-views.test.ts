/** What the filter bar and the views of paths, decisions and variables say, without a browser. */
import { describe, expect, it } from 'vitest';
import { chanceWords, entropyWords, ruleWords, spreadWords } from '../../client/webview/decisions/words.ts';
import { conditionWords, filterWords } from '../../client/webview/filter/words.ts';
import { keyCaps } from '../../client/webview/keys.ts';
import { createNames } from '../../client/webview/names.ts';
import { chainOf, chainWords, linksOf } from '../../client/webview/paths/chain.ts';
import { jsonOf } from '../../client/webview/variables/values.ts';
import type { Condition } from '../../server/src/protocol/panel-filter.ts';
import { HOSTILE } from './made-views.ts';

const nameOf = (id: string): string => ({ a: 'Menu', b: 'Priority routing' })[id] ?? id;
const words = (condition: Condition, zone = 'UTC'): string => conditionWords(condition, nameOf, zone);

describe('conditions in words', () => {
  it.each<[Condition, string]>([
    [{ kind: 'mark', mark: 'bottleneck' }, 'bottlenecks'],
    [{ kind: 'mark', mark: 'matching' }, 'matching the query'],
    [{ kind: 'node', nodeId: 'b' }, 'node Priority routing'],
    [{ kind: 'node', nodeId: 'unknown' }, 'node unknown'],
    [{ kind: 'outcome', nodeId: 'a', outcome: 'gold' }, 'outcome gold of Menu'],
    [{ kind: 'outcome', nodeId: 'a', outcome: 'b' }, 'outcome Priority routing of Menu'],
    [{ kind: 'dwell', from: 10, to: 20 }, 'dwell 10–20 s'],
    [{ kind: 'dwell', from: 0.5, to: 2 }, 'dwell 500 ms – 2 s'],
    [{ kind: 'dwell', from: 90, to: 3600 }, 'dwell 1 min 30 s – 1 h'],
    [{ kind: 'dwell', from: 15, to: null }, 'dwell from 15 s'],
    [{ kind: 'dwell', from: null, to: 15 }, 'dwell below 15 s'],
    [{ kind: 'dwell', from: 0, to: 15 }, 'dwell below 15 s'],
    [{ kind: 'search', text: 'abc' }, 'search “abc”'],
    [{ kind: 'edge', from: 'a', to: 'b' }, 'from Menu to Priority routing'],
    [{ kind: 'edge', from: null, to: 'b' }, 'begin with Priority routing'],
    [{ kind: 'edge', from: 'a', to: null }, 'end with Menu'],
    [{ kind: 'path', nodes: ['a', 'b', 'a', 'b', 'a'] }, 'path of 5 nodes'],
    [{ kind: 'path', nodes: ['a'] }, 'path of 1 node'],
    [{ kind: 'interactions', ids: ['x', 'y'], label: '' }, '2 interactions'],
    [{ kind: 'interactions', ids: ['x'], label: 'slowest of Menu' }, 'slowest of Menu'],
  ])('%j is %s', (condition, expected) => {
    expect(words(condition)).toBe(expected);
  });

  const variable = (more: object): Condition => ({
    ...{ kind: 'variable', name: 'priority', change: null, before: null, after: null },
    ...more,
  });
  it.each<[object, string]>([
    [{}, 'priority changed'],
    [{ change: 'changed', after: '"high"' }, "priority changed to 'high'"],
    [{ before: '"low"', after: '"high"' }, "priority changed from 'low' to 'high'"],
    [{ change: 'added', after: '3' }, 'priority added as 3'],
    [{ change: 'removed' }, 'priority removed'],
    [{ change: 'typeChanged', before: '1', after: '"1"' }, "priority changed its type from 1 to '1'"],
    [{ change: 'outside' }, 'priority changed outside a step'],
    [{ before: 'no json', after: null }, 'priority changed from no json'],
  ])('a variable with %j is %s', (more, expected) => {
    expect(words(variable(more))).toBe(expected);
  });

  it.each<[string | null, string | null, string, string]>([
    ['2026-03-29T08:00:00Z', '2026-03-29T09:00:00Z', 'Europe/Berlin', '2026-03-29 10:00–11:00'],
    ['2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z', 'UTC', '2026-03-29'],
    ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', 'Europe/Berlin', '2026-03-29 01:30 CET–03:30 CEST'],
    ['2026-03-29T00:00:05Z', null, 'UTC', 'since 2026-03-29 00:00:05'],
    [null, '2026-03-29T00:00:00Z', 'UTC', 'until 2026-03-29 00:00'],
    ['2026-12-31T00:00:00Z', '2027-01-01T00:00:00Z', 'UTC', '2026-12-31'],
  ])('from %s to %s in %s is %s', (from, to, zone, expected) => {
    expect(
      words({ kind: 'time', from, to }, zone).replaceAll('GMT+1', 'CET').replaceAll('GMT+2', 'CEST'),
    ).toBe(expected);
  });

  it('says a whole filter as one phrase, and that there is none', () => {
    const all: Condition[] = [
      { kind: 'mark', mark: 'error' },
      { kind: 'node', nodeId: 'a' },
      { kind: 'dwell', from: 10, to: 20 },
    ];
    expect(filterWords([], nameOf, 'UTC')).toBe('all interactions');
    expect(filterWords(all.slice(0, 1), nameOf, 'UTC')).toBe('errors');
    expect(filterWords(all, nameOf, 'UTC')).toBe('errors, node Menu and dwell 10–20 s');
  });

  it('makes hidden characters visible and cuts what is long', () => {
    expect(words({ kind: 'node', nodeId: HOSTILE.direction })).toBe('node ⟨U+202E⟩gpj.exe⟨U+202C⟩');
    expect(words({ kind: 'node', nodeId: HOSTILE.long }).length).toBeLessThan(80);
    expect(
      words(variable({ name: HOSTILE.direction, after: JSON.stringify(HOSTILE.long) })).length,
    ).toBeLessThan(200);
  });
});

describe('names', () => {
  it('tells nodes that share a name apart by their ids, and knows a node without a name by its id', () => {
    const names = createNames();
    names.learn([
      { nodeId: 'q1', nodeName: 'Queue' },
      { nodeId: 'm', nodeName: 'Menu' },
      { nodeId: 'x', nodeName: null },
    ]);
    expect(['q1', 'm', 'x', 'other'].map(names.of)).toEqual(['Queue', 'Menu', 'x', 'other']);
    names.learn([{ nodeId: 'q2', nodeName: 'Queue' }]);
    names.learn([{ nodeId: 'q2', nodeName: 'Queue' }]);
    expect(['q1', 'q2', 'm'].map(names.of)).toEqual(['Queue (q1)', 'Queue (q2)', 'Menu']);
  });
});

describe('chains', () => {
  const one = () => 1;

  it('counts a node that comes again at once', () => {
    expect(linksOf(['a', 'a', 'b', 'a'])).toEqual([
      { nodeId: 'a', times: 2 },
      { nodeId: 'b', times: 1 },
      { nodeId: 'a', times: 1 },
    ]);
    expect(linksOf([])).toEqual([]);
  });

  it('keeps both ends of a path in their order, whatever the room', () => {
    const links = linksOf(Array.from({ length: 40 }, (_, at) => `n${at}`));
    for (let room = -5; room < 60; room += 1) {
      const { head, hidden, tail } = chainOf(links, room, one);
      expect([...head, ...hidden, ...tail]).toEqual(links);
      expect(head.length).toBeGreaterThan(0);
      expect(tail.length).toBeGreaterThan(0);
      expect(head.length + tail.length).toBe(Math.max(2, Math.min(40, room)));
    }
    expect(chainOf(links.slice(0, 1), 0, one)).toEqual({ head: links.slice(0, 1), hidden: [], tail: [] });
    expect(chainOf([], 10, one)).toEqual({ head: [], hidden: [], tail: [] });
  });

  it('is read with what is left out', () => {
    const chain = chainOf(linksOf(['a', 'a', 'b', 'c', 'd']), 2, one);
    expect(chainWords(chain, nameOf)).toBe('Menu 2 times, 2 more nodes, d');
  });
});

describe('decisions in words', () => {
  const two = [1, 2].map(() => ({})) as never;
  it.each([
    [0, 'nearly always the same way'],
    [0.4, 'mostly one way'],
    [0.7, 'mixed, one way more often'],
    [0.9, 'mixed'],
    [1, 'evenly split'],
  ])('says an entropy of %d bits of two outcomes: %s', (entropy, expected) => {
    expect(spreadWords({ entropy, outcomes: two })).toBe(expected);
  });

  it('says what one outcome is, and the most that there can be', () => {
    expect(spreadWords({ entropy: 0, outcomes: [{}] as never })).toBe('always the same way');
    expect(entropyWords({ entropy: 0.8113, outcomes: two })).toBe('0.81 of at most 1 bit');
  });

  it.each([
    [0, 'no chance (q < 0.001)'],
    [0.004, 'hardly chance (q = 0.004)'],
    [0.03, 'unlikely chance (q = 0.03)'],
    [0.1, 'may be chance (q = 0.10)'],
    [1, 'as good as chance (q = 1.00)'],
  ])('says a q of %d: %s', (q, expected) => {
    expect(chanceWords({ q })).toBe(expected);
  });

  it('warns of a rule that is no better than the commonest outcome', () => {
    expect(ruleWords({ accuracy: 0.71, baseline: 0.71 })).toMatch(/do not rely/);
    expect(ruleWords({ accuracy: 0.6, baseline: 0.71 })).toMatch(/do not rely/);
    expect(ruleWords({ accuracy: 0.94, baseline: 0.71 })).toBe(
      'Right for 94 % of visits that it was not made from, 23 points more than always saying the commonest outcome.',
    );
  });
});

it('gives every value of a report a text', () => {
  expect([undefined, null, 'a', 3, [1]].map(jsonOf)).toEqual(['null', 'null', '"a"', '3', '[1]']);
});

it('shows chords as they are on the keyboard', () => {
  expect(keyCaps('Ctrl+F')).toEqual(['Ctrl', 'F']);
  expect(keyCaps('Ctrl+F', true)).toEqual(['Cmd', 'F']);
  expect(keyCaps('Shift+ArrowLeft')).toEqual(['Shift', '←']);
  expect(keyCaps('+')).toEqual(['+']);
  expect(keyCaps('Ctrl++')).toEqual(['Ctrl', '+']);
});
