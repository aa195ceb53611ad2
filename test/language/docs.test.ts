/** Every example of the documentation does what it says; every code has its page; every link leads somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { applyEdits, CODES } from '../../server/src/language/diagnostics.ts';
import { format } from '../../server/src/language/format/index.ts';
import { parse } from '../../server/src/language/parse.ts';
import { TEMPLATES } from '../../server/src/language/templates.ts';
import { blocksOf, DOCUMENTS, reported } from './docs-blocks.ts';
import { anchorsOf, linksOf } from './docs-links.ts';
import { diagnose } from './markers.ts';

/** Names that begin like settings and are files. */
const FILES = /\.(?:json|cxq|md|tmLanguage)$/;
const PAGES = 'docs/diagnostics';
const blocks = DOCUMENTS.flatMap(blocksOf);
const codes = Object.keys(CODES);
const repaired = blocks.flatMap((block, index) => {
  const before = blocks[index - 1];
  return block.fixedBy === undefined || before === undefined ? [] : [{ block, before, title: block.fixedBy }];
});

function formatted(text: string): string {
  return applyEdits(`${text}\n`, format(parse(`${text}\n`)));
}

describe('examples', () => {
  it('are there', () => {
    expect(blocks.length).toBeGreaterThan(100);
  });
  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))('%s', (_, block) => {
    expect(reported(block), block.text).toEqual([...block.claims].sort());
  });

  /** A text that cannot be read keeps the layout it has. */
  const readable = blocks.filter(({ claims }) => !claims.some((code) => code.startsWith('CXQ1')));
  it.each(readable.map((block) => [`${block.file}:${block.line}`, block] as const))(
    '%s has the canonical layout',
    (_, { text }) => {
      expect(formatted(text)).toBe(`${text}\n`);
    },
  );
  it.each(TEMPLATES)('the template $prefix has the canonical layout', ({ template }) => {
    const text = template.replaceAll(/[‹›]/g, '');
    expect(formatted(text)).toBe(`${text}\n`);
  });

  it.each(repaired)('$block.file:$block.line is what “$title” makes', ({ block, before, title }) => {
    expect(before.file).toBe(block.file);
    const fixes = diagnose(before.text, before.using).flatMap((found) => found.fixes);
    const fix = fixes.find((one) => one.title === title);
    expect(fixes.map((one) => one.title)).toContain(title);
    expect(applyEdits(before.text, fix?.edits ?? [])).toBe(block.text);
  });
});

describe('pages of the codes', () => {
  it('there is one for each code, and no other', () => {
    const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');
    expect(pages.sort()).toEqual(codes.map((code) => `${code}.md`).sort());
  });
  it('show what the quick fixes make', () => {
    expect(repaired.length).toBeGreaterThan(25);
  });
  it.each(codes)('%s has an example with it, and ends with one without it', (code) => {
    const own = blocksOf(`${PAGES}/${code}.md`);
    expect(own[0]?.claims).toContain(code);
    expect(own.length).toBeGreaterThan(1);
    const last = own.at(-1);
    expect(last?.claims).not.toContain(code);
  });
  it.each(codes)('%s says where it is reported, why, and what to do', (code) => {
    const text = readFileSync(`${PAGES}/${code}.md`, 'utf8');
    expect(text.match(/^## .*$/gm)?.slice(0, 2)).toEqual(['## Example', '## Remedy']);
    expect(text).toMatch(/^\*\*Reported at\*\* .+\.$/m);
    expect(text).toMatch(/^\*\*Cause\.\*\* .+/m);
  });
});

describe('diagrams', () => {
  const folder = 'docs/images/syntax';
  const reference = readFileSync('docs/language.md', 'utf8');

  it.each(readdirSync(folder))('%s stands in the reference, with words beside it', (name) => {
    expect(reference).toMatch(
      new RegExp(`!\\[Syntax[^\\]]+\\]\\(images/syntax/${name.replace('.', '\\.')}\\)`),
    );
    const svg = readFileSync(join(folder, name), 'utf8');
    expect(svg).toMatch(/<title id="title">Syntax of [^<]+<\/title>/);
    expect(svg).toMatch(/<desc id="description">[^<]+<\/desc>/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|undefined|<script/);
  });
});

describe('what the documentation names', () => {
  const { contributes } = z
    .object({
      contributes: z.object({
        commands: z.array(z.object({ category: z.string(), title: z.string() })),
        configuration: z.object({ properties: z.record(z.string(), z.unknown()) }),
      }),
    })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const titles = contributes.commands.map(({ category, title }) => `${category}: ${title}`);
  const program = readFileSync('server/src/commands/program.ts', 'utf8');
  const subcommands = new Set([...program.matchAll(/\.command\('([a-z]+)'\)/g)].map(([, name]) => name));

  it.each(DOCUMENTS)('%s: commands and settings exist', (file) => {
    const text = readFileSync(file, 'utf8');
    const commands = [...text.matchAll(/[*_](CXQ: [^*_]+)[*_]/g)].map(([, title]) => title);
    expect(commands.filter((title) => !titles.some((known) => known === title))).toEqual([]);
    const settings = [...text.matchAll(/[`"](cxq(?:\.[a-zA-Z]+)+)[`"]/g)].map(([, name = '']) => name);
    const known = contributes.configuration.properties;
    expect(settings.filter((name) => !FILES.test(name) && known[name] === undefined)).toEqual([]);
    const run = [...text.matchAll(/`cxq ([a-z]+)\b/g)].map(([, name = '']) => name);
    expect(run.filter((name) => !subcommands.has(name))).toEqual([]);
  });
});

describe('links', () => {
  const files = [...DOCUMENTS, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

  it.each(files)('%s: each leads somewhere', (file) => {
    const broken = linksOf(file).filter((link) => {
      if (/^[a-z][a-z+.-]*:/i.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), decodeURI(path)));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});
