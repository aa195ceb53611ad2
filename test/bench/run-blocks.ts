/** How long the language server hears nobody while it runs a long query: from the request to its result. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHODS, type RunParams, runResultSchema } from '../../server/src/protocol/lsp.ts';
import { type Asked, askedSchema } from './retrieval.ts';
import { startWatched } from './watched.ts';

const TENANT = fileURLToPath(new URL('./retrieval-tenant.ts', import.meta.url));
const INTERACTIONS = 1000;

/** The longest stretch in milliseconds of a run from the request to its result. */
async function longestOf(server: string, text: string, { baseUrl, clientId, clientSecret }: Asked) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'cxq-bench-'));
  const profiles = [{ id: 'tenant', baseUrl, limits: { retentionDays: 365 } }];
  const session = await startWatched(server, { profiles, connection: 'tenant', dataFolder });
  try {
    session.connection.onRequest(METHODS.credentials, () => ({ credentials: { clientId, clientSecret } }));
    const params = { uri: 'file:///run.cxq', text, index: null, params: {}, token: 'run', confirmed: true };
    let result: unknown;
    const longest = await session.longest(METHODS.run, params satisfies RunParams, (answer) => {
      result = answer;
    });
    const { runs, error } = runResultSchema.parse(result);
    const outcome = runs[0]?.outcome;
    if (outcome !== 'complete')
      throw new Error(`The run is not complete: ${runs[0]?.error?.message ?? error?.message}`);

    return longest;
  } finally {
    await session.close();
    await rm(dataFolder, { recursive: true });
  }
}

/** The longest stretch of the run of each text, each in a server of its own, against a tenant in another process. */
export async function runBlocks(server: string, texts: readonly string[]): Promise<number[]> {
  const child = fork(TENANT, [String(INTERACTIONS), '0', String(Date.now())]);
  try {
    const [told] = await once(child, 'message');
    const asked = askedSchema.parse(told);
    const found: number[] = [];
    for (const text of texts) found.push(await longestOf(server, text, asked));
    return found;
  } finally {
    child.kill();
  }
}
