import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../client/src/log.ts';

const answer = `Sending response 'cxq/credentials - (3)'. Processing request took 2ms.
Result: {
    "credentials": { "clientId": "me", "clientSecret": "canary-secret" }
}`;

describe('withoutSecrets', () => {
  it('leaves the answer out that carries credentials', () => {
    expect(withoutSecrets(answer)).toBe(
      "Sending response 'cxq/credentials - (3)'. Processing request took 2ms.\n(not shown: credentials)",
    );
  });
  it('keeps what was asked for, and every other message', () => {
    const request = `Received request 'cxq/credentials - (3)'.\nParams: { "profile": "acme" }`;
    expect(withoutSecrets(request)).toBe(request);
    const other = `Sending request 'cxq/run - (4)'.\nParams: { "text": "LAST 1h" }`;
    expect(withoutSecrets(other)).toBe(other);
  });
});
