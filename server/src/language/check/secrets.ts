/** 5004: strings that look like secrets. */
import type { IToken } from 'chevrotain';
import { diagnostic } from '../diagnostics.ts';
import { endOf } from '../tokens.ts';
import type { DocumentScope } from './scope.ts';

/** Bearer and JSON web tokens, `client_secret=`, and keys that their providers mark with a prefix. */
const SECRETS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a bearer token', /\bbearer\s+[\w.~+/=-]{12,}/i],
  ['a JSON web token', /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/],
  ['a client secret', /\bclient_secret\s*=\s*[^\s&]+/i],
  ['an access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['an access token', /\b(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_\w{20,}|glpat-[\w-]{18,})/],
  ['an API key', /\b(?:sk|rk|pk)[-_](?:live|test|proj|ant)[-_][\w-]{12,}|\bsk-[A-Za-z0-9]{20,}/],
  [
    'an API key',
    /\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bxox[abeoprs]-[\w-]{10,}|\bnpm_[A-Za-z0-9]{30,}/,
  ],
  ['a signing secret', /\bwhsec_[A-Za-z0-9+/=]{16,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

/** No secret is shorter, with its quote. */
const SHORTEST = 16;

export function checkSecrets(strings: readonly IToken[], scope: DocumentScope): void {
  for (const token of strings) {
    if (token.image.length < SHORTEST) continue;
    const found = SECRETS.find(([, pattern]) => pattern.test(token.image));
    if (found === undefined) continue;
    const span = { start: token.startOffset, end: endOf(token) };
    const message = `This looks like ${found[0]}. Query files are shared and audited: keep secrets in the connection profile.`;
    scope.report(
      diagnostic('CXQ5004', span, message, {
        fixes: [
          {
            title: 'Move to the profile’s secret',
            edits: [],
            isPreferred: false,
            action: { name: 'storeSecret', argument: scope.context.profile.id },
          },
        ],
      }),
    );
  }
}
