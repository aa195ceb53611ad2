/** `npm run fuzz -- parser --runs 1000000`: random inputs for the language and its server (docs/testing.md). */
import { ensureInstalled, onNode24 } from './install.mjs';

await ensureInstalled();
await onNode24(process.argv[1]);
const { main } = await import('../test/fuzz/main.ts');
process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(text));
