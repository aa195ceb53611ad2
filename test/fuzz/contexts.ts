/** What texts are checked against: with much room, with little, and with other severities. */
import type { CheckContext } from '../../server/src/language/index.ts';
import { context } from '../language/markers.ts';

const CONTEXTS: readonly CheckContext[] = [
  context(),
  context(
    {
      severities: { CXQ2006: 'warning', CXQ2009: 'off', CXQ1004: 'hint', CXQ6001: 'warning' },
      defaultLimit: 1,
    },
    { limits: { maxRequestsPerRun: 1, maxIdsPerRequest: 2 } },
  ),
  context({}, { timeZone: 'Pacific/Chatham' }),
];

export function contextFor(pick: number): CheckContext {
  return CONTEXTS[pick % CONTEXTS.length] ?? context();
}
