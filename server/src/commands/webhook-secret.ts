/** The signing secret of webhooks on the command line: from the environment. */
import { fail, type RunHost } from '../run/index.ts';
import type { Io } from './io.ts';

const VARIABLE = 'CXQ_WEBHOOK_SECRET';

/** Signs with what the environment gives; a profile that names a secret sends nothing without one. */
export function webhookSecret({ env }: Io): NonNullable<RunHost['webhookSecret']> {
  return async ({ id, webhook: { secret: name } }) => {
    const secret = env[VARIABLE] ?? '';
    if (secret !== '') return { ok: true, value: secret };
    if (name === null) return { ok: true, value: null };
    return fail(
      'secret',
      `The connection ${id} signs its webhooks with “${name}”: set ${VARIABLE} in the environment, then “cxq outbox retry --all” sends what waits.`,
    );
  };
}
