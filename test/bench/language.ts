/** The language service beside others: parsing and checking, and what is asked of it while a person types. */

import { completeIn, documentSymbols, hover } from '../../server/src/language/editing.ts';
import { check, parse, reparse } from '../../server/src/language/index.ts';
import { context } from '../language/markers.ts';
import { type Case, compare, type Times } from './measure.ts';
import { peers } from './peers.ts';
import { digits, milliseconds, type Row, type Section } from './table.ts';
import { brokenText, validText } from './texts.ts';

const RUNS = 200;
const WARM_UP = 60;
const OWN = 'CXQ';

function timesOf(all: ReadonlyMap<string, Times>, name: string): Times {
  const times = all.get(name);
  if (times === undefined) throw new Error(`${name} was not measured.`);
  return times;
}

/** A text of 1,000 lines beside texts of equal bytes in the other languages. */
async function freshRows(): Promise<Row[]> {
  const using = context();
  const texts = [
    { what: 'parse + check, 1,000 lines without errors', text: validText(1000), limit: 15, compared: true },
    {
      what: 'parse + check, 1,000 lines with 200 errors',
      text: brokenText(1000, 200),
      limit: 25,
      compared: false,
    },
  ];
  const others = await peers(validText(1000));
  const rows: Row[] = [];
  for (const { what, text, limit, compared } of texts) {
    const cases: Case[] = [{ name: OWN, run: () => check(parse(text), using) }];
    const bytes = Buffer.byteLength(text);
    if (compared) {
      for (const peer of others) {
        const same = peer.text(bytes);
        cases.push({ name: peer.name, run: () => peer.check(same) });
      }
    }
    // By itself, as in an editor: what the others leave to be collected is not ours.
    const own = timesOf(await compare(cases.slice(0, 1), RUNS, WARM_UP), OWN);
    rows.push({
      what: `${what} (${Math.round(bytes / 1000)} KB)`,
      measured: milliseconds(own),
      against: '',
      bar: `p95 < ${limit} ms`,
      reached: own.p95 < limit,
    });
    if (cases.length === 1) continue;
    const times = await compare(cases, RUNS, WARM_UP);
    for (const { name } of cases.slice(1)) {
      const peer = timesOf(times, name);
      const ratio = timesOf(times, OWN).median / peer.median;
      const json = name.includes('json');
      rows.push({
        what: `the same, beside ${name}`,
        measured: json ? `${digits(ratio)} times as long` : `${digits(1 / ratio)} times as fast`,
        against: milliseconds(peer),
        bar: json ? '≤ 1.5 times' : name.includes('Langium') ? '≥ 5 times' : 'none: Langium’s is the one',
        reached: json ? ratio <= 1.5 : name.includes('Langium') ? ratio <= 1 / 5 : null,
      });
    }
  }
  return rows;
}

/** A file of 10,000 lines in which a person types: the same keys in the middle of it, again and again. */
async function typingRows(): Promise<Row[]> {
  const using = context();
  const text = validText(10_000);
  const place = text.indexOf('LAST', text.length / 2);
  const line = 'AND nodeType = 0\n';
  const typed = (count: number): string => text.slice(0, place) + line.slice(0, count) + text.slice(place);
  let current = parse(text);
  check(current, using);
  let count = 0;
  const keystroke = (): string => {
    count = (count + 1) % line.length;
    return typed(count);
  };
  let next = text;
  const times = await compare(
    [
      {
        name: 'typed',
        before: () => {
          next = keystroke();
        },
        run: () => {
          current = reparse(current, next);
          return check(current, using);
        },
      },
      { name: 'fresh', run: () => check(parse(next), using) },
      { name: 'completion', run: () => completeIn(current, place + count, {}) },
      { name: 'hover', run: () => hover(current, place + 1, using) },
      { name: 'outline', run: () => documentSymbols(current) },
    ],
    RUNS,
    WARM_UP,
  );
  const fresh = timesOf(times, 'fresh');
  const row = (what: string, name: string, limit: number): Row => {
    const own = timesOf(times, name);
    return {
      what: `${what}, 10,000 lines (${Math.round(text.length / 1000)} KB)`,
      measured: milliseconds(own),
      against: `fresh parse and check: ${milliseconds(fresh)}`,
      bar: `p95 < ${limit} ms`,
      reached: own.p95 < limit,
    };
  };
  return [
    row('keystroke → diagnostics', 'typed', 30),
    row('completion', 'completion', 5),
    row('hover', 'hover', 2),
    row('outline', 'outline', 30),
  ];
}

export async function languageSection(): Promise<Section> {
  return {
    title: 'Language service',
    text: `Each figure is of ${RUNS} runs. The first row of a text is CXQ by itself; the ratios are of all of them in turn, each paying for what the others leave to be collected. The JSON text is checked against a schema that says of a query what CXQ's checker says of it; the GraphQL text against a schema; the Langium service has a grammar of CXQ, references and no further checks, and reads the same text.`,
    rows: [...(await freshRows()), ...(await typingRows())],
  };
}
