/** Measures everything that has a bar, and writes docs/benchmarks.md. `npm run bench`; some minutes on a quiet machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { blockSection } from './blocks.ts';
import { editorSection } from './editor.ts';
import { languageSection } from './language.ts';
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

/** Runs all sections, in order, and tells what it is at. `root` is the project's folder, with a fresh build in it. */
export async function bench(root: string, vsix: string, say: (text: string) => void): Promise<void> {
  const parts: readonly (readonly [name: string, run: () => Section | Promise<Section>])[] = [
    ['sizes', () => sizeSection(root, vsix)],
    ['server', () => serverSection(root)],
    ['blocks', () => blockSection(root)],
    ['language', () => languageSection()],
    ['editor', () => editorSection()],
  ];
  const sections: Section[] = [];
  for (const [name, run] of parts) {
    say(`${name} …\n`);
    const section = await run();
    sections.push(section);
    for (const { what, measured, against, bar, reached } of section.rows) {
      const mark = reached === null ? ' ' : reached ? '✓' : '✗';
      say(`  ${mark} ${what}: ${measured} (${[against, bar].filter(Boolean).join('; ')})\n`);
    }
  }
  const text = [INTRODUCTION, machine(root), '', ...sections.map(markdown)].join('\n');
  writeFileSync(join(root, 'docs', 'benchmarks.md'), `${text.trimEnd()}\n`);
}
