/**
 * Bundles everything into dist/: the extension, the server's doors, the panel. `--minify` for what ships.
 * The same sources give the same bytes. Sizes: dist/meta.json (esbuild's metafiles), summed up by `--sizes`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';

const dist = join(root, 'dist');
const at = (...parts) => join(root, ...parts);

/** CommonJS inside the ES bundle asks for Node's modules by `require`. */
const requireBanner =
  "import { createRequire as cxqRequire } from 'node:module';\nconst require = cxqRequire(import.meta.url);";

const node = {
  platform: 'node',
  target: 'node22',
  bundle: true,
  metafile: true,
  logLevel: 'silent',
  absWorkingDir: root,
};

/** What the extension imports only later is a file of its own, so that the activation reads none of it. */
const LATER = { './session.ts': 'session', 'vscode-languageclient/node': 'languageclient' };
const readLater = {
  name: 'read-later',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      const file = kind === 'dynamic-import' ? LATER[path] : undefined;
      return file === undefined ? undefined : { path: `./${file}.cjs`, external: true };
    });
  },
};

/**
 * Every schema of zod can write itself as a JSON Schema. Only `npm run generate` has a use for that, which runs on the
 * sources: what ships goes without, and each function of it says so when it is called after all.
 */
const WRITES_JSON_SCHEMA = /[\\/]zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/;
const withoutJsonSchema = {
  name: 'without-json-schema',
  setup(build) {
    let left = 0;
    build.onLoad({ filter: WRITES_JSON_SCHEMA }, ({ path }) => {
      left += 1;
      const exported = readFileSync(path, 'utf8').matchAll(/^export (?:const|function) (\w+)/gm);
      const names = ['process', ...[...exported].map(([, name]) => name)];
      const none = "const none = () => { throw new Error('JSON Schemas are written by npm run generate'); };";
      return { contents: `${none}\nexport { ${names.map((name) => `none as ${name}`).join(', ')} };` };
    });
    build.onEnd(() => (left > 0 ? {} : { warnings: [{ text: 'zod has moved what writes JSON Schemas' }] }));
  },
};

function bundles(minify) {
  return {
    extension: {
      ...node,
      entryPoints: {
        extension: at('client/src/extension.ts'),
        session: at('client/src/session.ts'),
        languageclient: 'vscode-languageclient/node',
      },
      plugins: [readLater, withoutJsonSchema],
      // The editor gives its own API to what is required, not to what is imported.
      supported: { 'dynamic-import': false },
      outdir: dist,
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      external: ['vscode'],
      mainFields: ['module', 'main'],
      minify,
      sourcemap: minify ? false : 'linked',
    },
    server: {
      ...node,
      entryPoints: {
        cli: at('server/src/cli.ts'),
        server: at('server/src/lsp.ts'),
        index: at('server/src/index.ts'),
        analyser: at('server/src/analyser.ts'),
      },
      outdir: dist,
      chunkNames: 'chunks/[name]-[hash]',
      plugins: [withoutJsonSchema],
      format: 'esm',
      splitting: true,
      mainFields: ['module', 'main'],
      banner: { js: requireBanner },
      minify,
      sourcemap: minify ? false : 'linked',
    },
    webview: {
      bundle: true,
      metafile: true,
      logLevel: 'silent',
      absWorkingDir: root,
      platform: 'browser',
      target: 'chrome128',
      entryPoints: { panel: at('client/webview/main.ts') },
      plugins: [withoutJsonSchema],
      outdir: join(dist, 'webview'),
      format: 'iife',
      assetNames: '[name]',
      loader: { '.ttf': 'file' },
      minify,
      sourcemap: minify ? false : 'linked',
    },
    suite: {
      ...node,
      entryPoints: { suite: at('test/editor/suite/index.ts') },
      outdir: join(dist, 'test'),
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      external: ['vscode'],
      mainFields: ['module', 'main'],
      sourcemap: 'linked',
    },
  };
}

/** Empties dist/ but for the type checker's own state, which is not a product of this build. */
function clean() {
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) if (name !== 'types') rmSync(join(dist, name), { recursive: true });
}

/** Bytes of an output, minified or not, and gzipped. */
function size(file) {
  const bytes = readFileSync(join(root, file));
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

/** Builds all bundles; throws with all errors and warnings of all of them, those that stand are still written. */
export async function build({ minify = false } = {}) {
  const esbuild = await import('esbuild');
  clean();
  mkdirSync(join(dist, 'webview'), { recursive: true });
  const named = Object.entries(bundles(minify));
  const settled = await Promise.allSettled(named.map(([, options]) => esbuild.build(options)));
  const complaints = settled.flatMap(({ reason, value }) => [
    ...(reason === undefined ? [] : (reason.errors ?? [{ text: String(reason) }])),
    ...(value ?? reason).warnings,
  ]);
  if (complaints.length > 0) {
    throw new Error(
      (await esbuild.formatMessages(complaints, { kind: 'error', terminalWidth: 110 })).join('\n'),
    );
  }
  const results = settled.map(({ value }) => value);
  const meta = Object.fromEntries(named.map(([name], index) => [name, results[index].metafile]));
  writeFileSync(join(dist, 'meta.json'), `${JSON.stringify(meta)}\n`);
  return meta;
}

/** Every shipped file with its size. */
export function sizes(meta) {
  const shipped = Object.entries(meta).filter(([name]) => name !== 'suite');
  const files = shipped
    .flatMap(([, { outputs }]) => Object.keys(outputs))
    .filter((file) => !file.endsWith('.map'));
  return files.sort().map((file) => ({ file: relative(dist, join(root, file)), ...size(file) }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstalled();
    await onNode24(process.argv[1]);
    const meta = await build({ minify: process.argv.includes('--minify') });
    if (process.argv.includes('--sizes')) console.table(sizes(meta));
    else console.log('Built dist/.');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
