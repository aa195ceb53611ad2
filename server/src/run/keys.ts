/** The keys of one run: under which masked values get their tags, and records their digests. */
import { createHmac, hkdfSync, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import type { JsonValue } from '../protocol/history.ts';

export interface RunKeys {
  readonly mask: Uint8Array;
  /** Tells records apart; equal in every process that takes the run up. */
  readonly digest: (record: JsonValue) => string;
  /** Shows whether other keys are the same; null where nothing is masked. */
  readonly proof: string | null;
}

/** Slow on purpose: what a key made stands on the disk, and a password must not be guessed by it. */
const COST: ScryptOptions = { N: 2 ** 14, r: 8, p: 1, maxmem: 32 * 1024 * 1024 };

function stretched(secret: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, COST, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/**
 * Where something is masked, keys come of the tenant's secrets: only who may read the tenant can try values out.
 * Without a secret they are random, and a run that is taken up begins anew. Where nothing is masked they come of the
 * run's id alone: they hide nothing, and nothing on the disk depends on a secret.
 */
export async function runKeys(runId: string, secrets: readonly string[], masks: boolean): Promise<RunKeys> {
  const master = !masks
    ? Buffer.from(runId)
    : secrets.length === 0
      ? randomBytes(32)
      : await stretched(JSON.stringify(secrets), `cxq run ${runId}`);
  const key = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, runId, `cxq ${purpose} v1`, 32));
  const digestKey = key('digest');
  const hmac = (text: string): string => createHmac('sha256', digestKey).update(text).digest('base64url');
  return {
    mask: key('mask'),
    digest: (record) => hmac(JSON.stringify(record)),
    proof: masks ? hmac('the key of this run') : null,
  };
}
