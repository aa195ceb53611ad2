/** A process that sends one webhook: `node webhook-sender.ts OUTBOX URL`. */
import { sendWebhook } from '../../../server/src/output/webhook/send.ts';

const [outbox = '', url = ''] = process.argv.slice(2);
await sendWebhook(
  {
    url,
    connection: 'default',
    tenant: 'https://acme.my.cxone.com',
    ownAddress: false,
    runId: 'r1',
    payload: {},
  },
  { ok: true, value: { url, allow: ['127.0.0.1'], secret: null } },
  { outbox, budgetMs: 60_000 },
);
