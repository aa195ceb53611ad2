/**
 * Measures everything that has a bar, and writes docs/benchmarks.md. `npm run bench`; some minutes on a quiet machine.
 * `npm run bench -- records` measures that section alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { analysisSection } from './analysis.ts';
import { auditSection } from './audit.ts';
import { blockSection } from './blocks.ts';
import { editorSection } from './editor.ts';
import { languageSection } from './language.ts';
import { panelSection } from './panel.ts';
import { recordSection } from './records.ts';
import { retrievalSection } from './retrieval.ts';
import { serverSection } from './server.ts';
import { sizeSection } from './sizes.ts';
import { markdown, type Section } from './table.ts';

const PEERS = ['vscode-json-languageservice', 'graphql-language-service', 'langium'];

function versionOf(root: string, name: string): string {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function machine(root: string): string {
  const [cpu] = cpus();
  const versions = PEERS.map((name) => `${name} ${versionOf(root, name)}`).join(', ');
  return [
    `Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${arch()}; Node ${process.versions.node}.`,
    `Compared with: ${versions}. Texts come from seed 1.`,
    `Measured on ${new Date().toISOString().slice(0, 10)}.`,
  ].join('\n');
}

const INTRODUCTION = `# Benchmarks

\`npm run bench\` measures and writes this page. Machines are noisy: what counts are the ratios to the peers, which ran in
turn with our own code in the same process, and the bars (✓ reached, ✗ missed). Times are the median and the 95th
percentile of the runs, after warming up.
`;

export interface BenchOptions {
  /** Builds what ships, and gives the VSIX's path; called where it is needed. */
  readonly pack: () => Promise<string>;
  /** Sections by name; all where none is named. The others stay on the page as they are. */
  readonly only: readonly string[];
  readonly say: (text: string) => void;
}

/** The page with some of its sections measured anew, new ones at its end. */
function withSections(page: string, sections: readonly Section[]): string {
  const [head = '', ...rest] = page.split(/^(?=## )/m);
  const texts = new Map(rest.map((text) => [text.split('\n', 1)[0], text.trimEnd()]));
  for (const section of sections) texts.set(`## ${section.title}`, markdown(section).trimEnd());
  return [head.trimEnd(), ...texts.values()].join('\n\n');
}

/** Runs sections, in order, and tells what it is at. `root` is the project's folder. */
export async function bench(root: string, { pack, only, say }: BenchOptions): Promise<void> {
  let packed: Promise<string> | undefined;
  const built =
    <T>(run: (vsix: string) => T | Promise<T>) =>
    async (): Promise<T> => {
      packed ??= pack();
      return run(await packed);
    };
  const parts: readonly (readonly [name: string, run: () => Section | Promise<Section>])[] = [
    ['sizes', built((vsix) => sizeSection(root, vsix))],
    ['server', built(() => serverSection(root))],
    ['blocks', built(() => blockSection(root))],
    ['language', () => languageSection()],
    ['retrieval', () => retrievalSection()],
    ['records', () => recordSection(root)],
    ['audit', () => auditSection(root)],
    ['analysis', () => analysisSection(root, say)],
    ['panel', built(() => panelSection(say))],
    ['editor', built(() => editorSection())],
  ];
  const sections: Section[] = [];
  const unknown = only.find((name) => !parts.some(([known]) => known === name));
  if (unknown !== undefined) {
    throw new Error(`There is no section ${unknown}. Sections: ${parts.map(([name]) => name).join(', ')}`);
  }
  for (const [name, run] of parts) {
    if (only.length > 0 && !only.includes(name)) continue;
    say(`${name} …\n`);
    const section = await run();
    sections.push(section);
    for (const { what, measured, against, bar, reached } of section.rows) {
      const mark = reached === null ? ' ' : reached ? '✓' : '✗';
      say(`  ${mark} ${what}: ${measured} (${[against, bar].filter(Boolean).join('; ')})\n`);
    }
  }
  const path = join(root, 'docs', 'benchmarks.md');
  const text =
    only.length > 0
      ? withSections(readFileSync(path, 'utf8'), sections)
      : [INTRODUCTION, machine(root), '', ...sections.map(markdown)].join('\n');
  writeFileSync(path, `${text.trimEnd()}\n`);
}
