/**
 * The CXQ in the documentation. A block says what is reported in it after the word `cxq`: ```` ```cxq CXQ2001 ````;
 * one that says nothing is without fault. CXQ6001 and CXQ3007, which only inform, need not be said. A comment on the
 * line before may name the connection (`<!-- profile: {…} -->`), and a line `Quick fix **Change to nodeId**:` says that
 * the block is what this fix makes of the one before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type CheckContext, profileFacts } from '../../server/src/language/index.ts';
import { webhookPolicy } from '../../server/src/output/index.ts';
import { profileSchema } from '../../server/src/protocol/profile.ts';
import { context, diagnose } from './markers.ts';

export interface Block {
  readonly file: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  readonly text: string;
  readonly claims: readonly string[];
  readonly using: CheckContext;
  /** Title of the quick fix that makes this block of the one before. */
  readonly fixedBy: string | undefined;
}

const UNSAID = new Set(['CXQ6001', 'CXQ3007']);

/** Markdown files of the documentation, from the root. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .sort(),
];

function contextFor(profile: string): CheckContext {
  const facts = profileFacts(profileSchema.parse(JSON.parse(profile)));
  return context({ profile: facts, webhookVerdict: webhookPolicy });
}

export function blocksOf(file: string): Block[] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const found: Block[] = [];
  for (const [index, line] of lines.entries()) {
    const fence = /^(\s*)```cxq\b(.*)$/.exec(line);
    if (fence === null) continue;
    const end = lines.findIndex((other, at) => at > index && other.trim() === '```');
    if (end < 0) throw new Error(`${file}:${index + 1}: the block is not closed`);
    const indent = fence[1]?.length ?? 0;
    const before = saidBefore(lines, index);
    found.push({
      file,
      line: index + 1,
      text: lines
        .slice(index + 1, end)
        .map((one) => one.slice(indent))
        .join('\n'),
      claims: fence[2]?.match(/\S+/g) ?? [],
      using: contextFor(before.get('profile') ?? '{}'),
      fixedBy: before.get('fix'),
    });
  }
  return found;
}

/** What the lines just before a block say of it. */
function saidBefore(lines: readonly string[], index: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = index - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const profile = /^\s*<!-- profile: (.*) -->$/.exec(line)?.[1];
    const fix = /^\s*Quick fix \*\*(.*)\*\*:$/.exec(line)?.[1];
    if (profile !== undefined) found.set('profile', profile);
    else if (fix !== undefined) found.set('fix', fix);
    else break;
  }
  return found;
}

/** The codes of a block that have to be said, each once, in order. */
export function reported({ text, claims, using }: Block): string[] {
  const codes = new Set<string>(diagnose(text, using).map(({ code }) => code));
  return [...codes].filter((code) => !UNSAID.has(code) || claims.includes(code)).sort();
}
