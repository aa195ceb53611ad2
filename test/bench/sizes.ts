/** Sizes of what ships, minified and gzipped, and of what the server reads before it serves. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { kilobytes, type Section } from './table.ts';

const metaSchema = z.record(
  z.string(),
  z.object({
    outputs: z.record(
      z.string(),
      z.object({
        imports: z.array(z.object({ path: z.string(), kind: z.string(), external: z.boolean().optional() })),
      }),
    ),
  }),
);

/** Outputs that an entry loads: at once, or whenever they are asked for as well. */
function closure(
  outputs: z.infer<typeof metaSchema>[string]['outputs'],
  entry: string,
  later: boolean,
): Set<string> {
  const found = new Set<string>();
  const walk = (file: string): void => {
    if (found.has(file) || outputs[file] === undefined) return;
    found.add(file);
    for (const { path, kind, external } of outputs[file].imports) {
      if (external !== true && (later || kind !== 'dynamic-import')) walk(path);
    }
  };
  walk(entry);
  return found;
}

export function sizeSection(root: string, vsix: string): Section {
  const meta = metaSchema.parse(JSON.parse(readFileSync(join(root, 'dist', 'meta.json'), 'utf8')));
  const gzip = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(root, file)), { level: 9 }).length, 0);
  const server = meta['server']?.outputs ?? {};
  const atOnce = closure(server, 'dist/server.js', false);
  const later = [...closure(server, 'dist/server.js', true)].filter((file) => !atOnce.has(file));
  const client = Object.keys(meta['extension']?.outputs ?? {}).filter((file) => file.endsWith('.cjs'));
  const webview = Object.keys(meta['webview']?.outputs ?? {}).filter((file) => /\.(js|css)$/.test(file));
  const row = (what: string, bytes: number, limit: number) => ({
    what,
    measured: kilobytes(bytes),
    against: '',
    bar: `≤ ${kilobytes(limit)}`,
    reached: bytes <= limit,
  });
  return {
    title: 'Sizes',
    text: 'Minified and gzipped (level 9); the VSIX as it is.',
    rows: [
      row('client', gzip(client), 150_000),
      row('server, read at its start', gzip(atOnce), 160_000),
      row('server, read when first used', gzip(later), 350_000),
      row('panel, script and styles', gzip(webview), 160_000),
      row('VSIX', statSync(vsix).size, 1_500_000),
    ],
  };
}
