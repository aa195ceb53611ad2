/**
 * A sandbox tenant in a process of its own, so that it takes no time from who asks: `node
 * retrieval-tenant.ts 1000 50`, with a third argument at that instant in milliseconds, else at one that is always the same.
 */
import { MICROS_PER_MILLI } from '../../server/src/protocol/instant.ts';
import { startSandbox } from '../../server/src/sandbox/index.ts';
import type { Asked } from './retrieval.ts';

const [interactions, latencyMs, now] = process.argv.slice(2).map(Number);
const { baseUrl, clientId, clientSecret, retained } = await startSandbox({
  interactions: interactions ?? 0,
  latencyMs: latencyMs ?? 0,
  seed: 1,
  now: (now ?? Date.UTC(2026, 10, 22, 8)) * MICROS_PER_MILLI,
  retentionDays: 365,
});
const told: Asked = { baseUrl, clientId, clientSecret, retained };
process.send?.(told);
// Whoever asks has gone.
process.once('disconnect', () => process.exit());
