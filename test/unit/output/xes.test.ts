/** XES exports: valid by the standard's schema, whatever is in them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { XES_TAIL, xesHead, xesTrace } from '../../../server/src/output/exports/xes.ts';
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';
import { interactions, items } from './logs.ts';
import { interactionOf } from './menu-step.ts';
import { breaksOfSchema } from './xes-schema.ts';

function written(list: readonly Interaction[]): string {
  return xesHead() + items(list).map(xesTrace).join('') + XES_TAIL;
}

const one = (...steps: Partial<Step>[]): Interaction => interactionOf('a1', steps);

/** The attributes of each event. */
function eventsOf(xml: string): string[][] {
  return [...xml.matchAll(/<event>\n(.*?)\t\t<\/event>/gs)].map(([, body = '']) =>
    body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

describe('the schema in these tests', () => {
  const log = (inside: string, attributes = 'xes.version="1849.2016"'): string =>
    `<log ${attributes} xmlns="http://www.xes-standard.org/">${inside}</log>`;

  it('takes what the standard allows', () => {
    expect(breaksOfSchema(log(''))).toEqual([]);
    expect(
      breaksOfSchema(log('<trace><string key="a:b" value=""><id key="x" value="1"/></string></trace>')),
    ).toEqual([]);
  });

  it.each([
    ['a log without a version', log('', '')],
    ['a version that is no number', log('', 'xes.version="1849-2016"')],
    ['traces before globals', log('<trace/><global scope="event"/>')],
    ['classifiers before globals', log('<classifier name="a" keys="b"/><global scope="event"/>')],
    ['a key with a blank', log('<string key="a b" value="c"/>')],
    ['an attribute without a value', log('<string key="a"/>')],
    ['an attribute without a key', log('<string value="a"/>')],
    ['an integer that is none', log('<int key="a" value="1.5"/>')],
    ['a date that is none', log('<date key="a" value="2026-11-22 07:00"/>')],
    ['a list without values', log('<list key="a"><string key="b" value="c"/></list>')],
    ['attributes after events', log('<trace><event/><string key="a" value="b"/></trace>')],
    ['a container', log('<container key="a"/>')],
    ['an extension with a blank in its name', log('<extension name="a b" prefix="c" uri="d"/>')],
    ['what is no XML', log('<trace>')],
  ])('refuses %s', (_what, xml) => {
    expect(breaksOfSchema(xml)).toHaveLength(2);
  });
});

describe('XES', () => {
  it('has two events a step, with what was before it and after it', () => {
    const xml = written([one({})]);
    expect(breaksOfSchema(xml)).toEqual([]);
    expect(xml).toContain('<log xes.version="1849.2016" xes.features="nested-attributes"');
    expect(xml).toContain('<string key="cxq:workflowId" value="wf-7"/>');
    expect(eventsOf(xml)).toEqual([
      [
        '<string key="concept:name" value="menu-1"/>',
        '<string key="concept:instance" value="0"/>',
        '<string key="lifecycle:transition" value="start"/>',
        '<date key="time:timestamp" value="2026-11-22T07:00:00.000Z"/>',
        '<string key="cxq:nodeName" value="Main menu"/>',
        '<string key="cxq:nodeType" value="DECISION"/>',
        '<string key="queue" value="none"/>',
      ],
      [
        '<string key="concept:name" value="menu-1"/>',
        '<string key="concept:instance" value="0"/>',
        '<string key="lifecycle:transition" value="complete"/>',
        '<date key="time:timestamp" value="2026-11-22T07:00:12.500001Z"/>',
        '<string key="cxq:nodeName" value="Main menu"/>',
        '<string key="cxq:nodeType" value="DECISION"/>',
        '<string key="cxq:outcome" value="billing"/>',
        '<boolean key="cxq:error" value="false"/>',
        '<string key="queue" value="billing"/>',
        '<int key="tries" value="2"/>',
      ],
    ]);
  });

  it('has one event for a step of one time, or of none, with all that is known of it', () => {
    const events = eventsOf(
      written([one({ endTime: null }, { startTime: null }, { startTime: null, endTime: null })]),
    );
    expect(events).toHaveLength(3);
    const [started = [], ended = [], untimed = []] = events;
    expect(started).toContain('<string key="lifecycle:transition" value="start"/>');
    expect(started).toContain('<string key="cxq:outcome" value="billing"/>');
    expect(started.some((text) => text.startsWith('<list key="cxq:after">'))).toBe(true);
    expect(ended).toContain('<string key="lifecycle:transition" value="complete"/>');
    expect(ended.some((text) => text.startsWith('<list key="cxq:before">'))).toBe(true);
    expect(untimed.some((text) => text.includes('time:timestamp'))).toBe(false);
  });

  it('has the events in the order of time where steps overlap', () => {
    const at = (second: number): number => 1_795_330_800_000_000 + second * 1_000_000;
    const xml = written([
      one(
        { nodeId: 'a', startTime: at(0), endTime: at(30) },
        { nodeId: 'b', startTime: at(10), endTime: at(20) },
        { nodeId: 'c', startTime: at(30), endTime: at(30) },
      ),
    ]);
    const short = eventsOf(xml).map((event) =>
      event
        .slice(0, 3)
        .map((text) => /value="(.*)"/.exec(text)?.[1])
        .join(' '),
    );
    expect(short).toEqual([
      'a 0 start',
      'b 1 start',
      'b 1 complete',
      'a 0 complete',
      'c 2 start',
      'c 2 complete',
    ]);
  });

  it('names keys as XML allows, and keeps the names', () => {
    const names = {
      'a b': 1,
      a_b: 2,
      'a-b': 3,
      'concept:name': 4,
      '1st': 5,
      '': 6,
      'org:resource': 'Ann',
      'org:role': 7,
    };
    const xml = written([one({ endTime: null, variablesBefore: names, variablesAfter: null })]);
    expect(breaksOfSchema(xml)).toEqual([]);
    expect(eventsOf(xml)[0]?.slice(-8)).toEqual([
      '<int key="a_b_2" value="1"><string key="cxq:key" value="a b"/></int>',
      '<int key="a_b" value="2"/>',
      '<int key="a-b" value="3"/>',
      '<int key="concept_name" value="4"><string key="cxq:key" value="concept:name"/></int>',
      '<int key="_1st" value="5"><string key="cxq:key" value="1st"/></int>',
      '<int key="_" value="6"><string key="cxq:key" value=""/></int>',
      '<string key="org:resource" value="Ann"/>',
      '<int key="org_role" value="7"><string key="cxq:key" value="org:role"/></int>',
    ]);
  });

  it('types values, and makes visible what XML cannot hold', () => {
    const values = {
      date: '2026-11-22T07:00:00+01:00',
      noDate: '2026-02-30T07:00:00Z',
      float: 1.5,
      huge: 1e21,
      yes: true,
      none: null,
      lines: 'a\r\n\t"<&>',
      bell: 'a\\\u0007\ud800',
      list: [1, 'a'],
      object: { a: { b: [] } },
    };
    const xml = written([one({ endTime: null, variablesBefore: values, variablesAfter: null })]);
    expect(breaksOfSchema(xml)).toEqual([]);
    expect(eventsOf(xml)[0]?.slice(-10)).toEqual([
      '<date key="date" value="2026-11-22T07:00:00+01:00"/>',
      '<string key="noDate" value="2026-02-30T07:00:00Z"/>',
      '<float key="float" value="1.5"/>',
      '<float key="huge" value="1e+21"/>',
      '<boolean key="yes" value="true"/>',
      '<string key="none" value=""><boolean key="cxq:null" value="true"/></string>',
      '<string key="lines" value="a&#13;&#10;&#9;&quot;&lt;&amp;&gt;"/>',
      '<string key="bell" value="a\\\\\\u0007\\ud800"><boolean key="cxq:escaped" value="true"/></string>',
      '<list key="list"><values key="values"><int key="item" value="1"/><string key="item" value="a"/></values></list>',
      '<list key="object"><boolean key="cxq:object" value="true"/><values key="values"><list key="a"><boolean key="cxq:object" value="true"/><values key="values"><list key="b"><values key="values"/></list></values></list></values></list>',
    ]);
  });

  it('is valid whatever is in it', () => {
    fc.assert(
      fc.property(interactions, (list) => {
        expect(breaksOfSchema(written(list))).toEqual([]);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
