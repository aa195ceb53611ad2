/** What of a text leads somewhere: the text of each link and what it names. */
import { describe, expect, it } from 'vitest';
import { type Link, parse } from '../../server/src/language/index.ts';
import { links } from '../../server/src/language/links.ts';
import { EXAMPLE } from './example.ts';

const found = (text: string): string[] =>
  links(parse(text)).map((link) => `${text.slice(link.start, link.end)} → ${targetOf(link)}`);

function targetOf(link: Link): string {
  if (link.kind === 'documentation') return link.code;
  return link.kind === 'export' ? link.path : link.url;
}

describe('links', () => {
  it('are codes in comments, where there is such a code', () => {
    const text =
      "-- CXQ2019: see CXQ9999 😀 CXQ1001\nnodeId = 'CXQ1002' AND CXQ1003 /* CXQ1004,\r\nCXQ10055 cxq1005 */ -- xCXQ1005";
    expect(found(text)).toEqual(['CXQ2019', 'CXQ1001', 'CXQ1004'].map((code) => `${code} → ${code}`));
  });

  it('are the paths of exports and the addresses of notices', () => {
    expect(found(EXAMPLE)).toEqual([
      'reports/slow-routing.xes → reports/slow-routing.xes',
      'https://mining.example.com/hooks/cxq → https://mining.example.com/hooks/cxq',
    ]);
    expect(
      found("EXPORT TO 'it''s.json' EXPORT TO \"b.csv\" NOTIFY 'HTTPS://a.b/ä?x=1#y' LAST LIMIT"),
    ).toEqual(["it''s.json → it's.json", 'b.csv → b.csv', 'HTTPS://a.b/ä?x=1#y → HTTPS://a.b/ä?x=1#y']);
  });

  it.each([
    "EXPORT TO '/etc/passwd'",
    "EXPORT TO '../a.json'",
    "EXPORT TO 'a/../../b.json'",
    "EXPORT TO 'C:\\a.json'",
    "EXPORT TO '~/a.json'",
    "EXPORT TO 'file:///a.json'",
    "EXPORT TO ''",
    "EXPORT TO 'a.json",
    "EXPORT TO 'a\0.json'",
    "NOTIFY 'http://a.b/'",
    "NOTIFY 'command:cxq.run'",
    "NOTIFY 'javascript:alert(1)'",
    "NOTIFY 'https:a.b'",
    "NOTIFY 'https://'",
    "NOTIFY 'https://a.b/ c'",
    "NOTIFY ' https://a.b/'",
    "NOTIFY 'https://good.example@evil.example/'",
    "NOTIFY 'https://a.b/",
    "USING 'prod'",
    "nodeId = 'https://a.b/'",
    '-- https://a.b/',
  ])('none in %j', (text) => expect(found(text)).toEqual([]));
});
