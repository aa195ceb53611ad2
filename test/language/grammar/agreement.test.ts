/** The TextMate grammar and the lexer agree on every word of every example in the documentation. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fieldNamed } from '../../../server/src/language/fields.ts';
import { functionNamed } from '../../../server/src/language/functions.ts';
import { RESERVED, tokenise } from '../../../server/src/language/tokens.ts';
import { blocksOf, DOCUMENTS } from '../docs-blocks.ts';
import { writeScopes } from './tool.ts';

/** The scopes of each character, by line, from the lines that the tool writes. */
function scopesOf(snap: string): string[][] {
  const lines: string[][] = [];
  for (const line of snap.split('\n')) {
    if (line.startsWith('>')) lines.push(Array.from({ length: line.length - 1 }, () => ''));
    const marked = /^#(\s*)(\^+) (.*)$/.exec(line);
    const current = lines.at(-1);
    if (marked === null || current === undefined) continue;
    const start = marked[1]?.length ?? 0;
    current.fill(marked[3] ?? '', start, start + (marked[2]?.length ?? 0));
  }
  return lines;
}

const reserved = new Set<string>(RESERVED);
const KINDS: Readonly<Record<string, RegExp>> = {
  ClosedString: /string\.quoted|constant\.other\.timestamp/,
  NumberToken: /constant\.numeric\.cxq/,
  DurationToken: /constant\.numeric\.duration/,
  ParameterToken: /variable\.parameter/,
  PatternToken: /string\.regexp\.pattern/,
  QuotedName: /variable|entity/,
  Comma: /punctuation\.separator/,
  Semicolon: /punctuation\.terminator/,
  LeftParenthesis: /punctuation\.section/,
  RightBracket: /punctuation\.section/,
  Equal: /keyword\.operator\.comparison/,
  GreaterEqual: /keyword\.operator\.comparison/,
  Minus: /keyword\.operator\.arithmetic/,
};

/** What a word's scopes must be like; undefined where anything will do. */
function wanted(name: string, image: string, before: string, after: string): RegExp | undefined {
  if (KINDS[name] !== undefined) return KINDS[name];
  if (before === '.') return /variable\.other\.property/;
  if (reserved.has(name)) return /keyword\.|constant\.language/;
  if (name !== 'Identifier') return undefined;
  if (after === '(' && functionNamed(image) !== undefined) return /support\.function/;
  const named = /^(?::|QUERY|PARAM|USING|IN|TO|AS)$/i.test(before);
  return !named && after !== '(' && fieldNamed(image) !== undefined
    ? /variable\.(?:other\.field|language\.side|other\.property)/
    : /^(?!.*keyword\.control\.clause)/;
}

it('gives every word of the examples the kind that the lexer gives it', () => {
  const texts = DOCUMENTS.flatMap(blocksOf)
    .filter(({ claims }) => !claims.some((code) => code.startsWith('CXQ1')))
    .map(({ text }) => text);
  const text = texts.join('\n;\n');
  const folder = mkdtempSync(join(tmpdir(), 'cxq-agree-'));
  try {
    const file = join(folder, 'examples.cxq');
    writeFileSync(file, text);
    writeScopes(file);
    const scopes = scopesOf(readFileSync(`${file}.snap`, 'utf8'));
    const { tokens, bad } = tokenise(text);
    expect(bad).toEqual([]);
    expect(tokens.length).toBeGreaterThan(1_000);
    const wrong = tokens.flatMap((token, index) => {
      const before = text.slice(0, token.startOffset).split('\n');
      const line = before.length - 1;
      const column = before.at(-1)?.length ?? 0;
      const pattern = wanted(
        token.tokenType.name,
        token.image,
        tokens[index - 1]?.image ?? '',
        tokens[index + 1]?.image ?? '',
      );
      const found = scopes[line]?.slice(column, column + token.image.length) ?? [];
      const agrees = pattern === undefined || (found.length > 0 && found.every((one) => pattern.test(one)));
      return agrees ? [] : [`${line + 1}:${column} ${token.image}: ${found[0]}`];
    });
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
