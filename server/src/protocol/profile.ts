/** Connection profiles: how a tenant is reached, as data. Every field is optional in a file or setting. */
import * as z from 'zod';

const positive = z.number().int().positive();
const dotted = z.string().min(1);

export const limitsSchema = z.strictObject({
  retentionDays: z.number().positive().default(30),
  maxConcurrentRequests: positive.max(100).default(5),
  maxPageSize: positive.default(1000),
  maxIdsPerRequest: positive.default(100),
  maxRequestsPerRun: positive.default(200),
  timeoutMs: positive.max(600_000).default(30_000),
  maxRetries: z.number().int().min(0).max(10).default(5),
  maxRetryAfterSeconds: z.number().nonnegative().default(120),
  rangeChunkBytes: positive.default(8_388_608),
});

export const AUTH_KINDS = [
  'oauth2-client-credentials',
  'oauth2-password',
  'access-key-json',
  'static-bearer',
  'none',
] as const;
export const ADAPTERS = ['history-query', 'per-interaction', 'file'] as const;
export const FILTER_FIELDS = ['interactionId', 'nodeTimestamp', 'errorState'] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** Where a tenant puts what the product reads: dotted paths. */
export const responseLayoutSchema = z.strictObject({
  interactions: dotted.default('data'),
  steps: dotted.default('steps'),
  total: dotted.default('total'),
  nextPageToken: dotted.default('nextPageToken'),
  map: z
    .record(z.string(), dotted)
    .describe('Product field name to dotted path in the tenant’s record or step.')
    .default({}),
});

export const profileSchema = z.strictObject({
  id: z.string().min(1).describe('Name by which USING refers to the connection.').default('default'),
  label: z.string().optional(),
  extends: z.string().default('default'),
  variables: z.record(z.string(), z.string()).default({}),
  timeZone: z.string().default('UTC'),
  baseUrl: z.string().default('https://{tenant}.my.cxone.com'),
  allowedOrigins: z.array(z.string()).default([]),
  auth: z
    .strictObject({
      kind: z.enum(AUTH_KINDS).default('oauth2-client-credentials'),
      tokenUrl: z.string().default('{baseUrl}/oauth/token'),
      scope: z.string().default('interactions:read workflows:read'),
      clientAuth: z.enum(['body', 'basic']).default('body'),
      encoding: z.enum(['form', 'json']).default('form'),
      response: z
        .strictObject({
          accessToken: dotted.default('access_token'),
          expiresIn: dotted.default('expires_in'),
          tokenType: dotted.default('token_type'),
        })
        .prefault({}),
    })
    .prefault({}),
  headers: z.record(z.string(), z.string()).default({ Accept: 'application/json' }),
  query: z
    .strictObject({
      adapter: z.enum(ADAPTERS).default('history-query'),
      path: z.string().default('/api/v2/interactions/history/query'),
      streamPath: z.string().nullable().default('/api/v2/interactions/history'),
      body: z
        .record(z.string(), z.unknown())
        .default({ filter: '{filter}', limit: '{limit}', offset: '{offset}', sort: '{sort}' }),
    })
    .prefault({}),
  filter: z
    .strictObject({
      fields: z.array(z.enum(FILTER_FIELDS)).default([...FILTER_FIELDS]),
      booleans: z.enum(['lower', 'title']).default('lower'),
      stringEscape: z.enum(['reject', 'double', 'backslash']).default('reject'),
    })
    .prefault({}),
  response: responseLayoutSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  webhook: z
    .strictObject({
      url: z.string().nullable().default(null),
      secret: z.string().nullable().default(null),
      payload: z.enum(['full', 'summary']).default('full'),
      allow: z.array(z.string()).default([]),
    })
    .prefault({}),
  redaction: z.array(z.string()).default([]),
});
/** A profile with every default filled in. */
export type Profile = z.infer<typeof profileSchema>;
/** A profile as a person writes it: every field optional. */
export type ProfileInput = z.input<typeof profileSchema>;

/** Credentials as entered; which fields matter depends on `auth.kind`. Never logged, never stored in plain text. */
export interface Credentials {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Access key id, or user name. */
  readonly username?: string;
  /** Access key secret, or password. */
  readonly password?: string;
  /** `static-bearer`. */
  readonly token?: string;
}
