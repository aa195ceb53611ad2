/** Connection profiles: how a tenant is reached, as data. Every field is optional in a file or setting. */
import * as z from 'zod';
import { STRUCTURE_FIELDS, VARIABLE_FIELDS } from './history.ts';

const positive = z.number().int().positive();
const dotted = z.string().min(1);

export const limitsSchema = z
  .strictObject({
    retentionDays: z
      .number()
      .positive()
      .describe('Days for which the tenant keeps history. Nothing older is asked for.')
      .default(30),
    maxConcurrentRequests: positive
      .max(100)
      .describe('Requests at once, over all runs of one process: the tenant’s quota.')
      .default(5),
    maxPageSize: positive.describe('Most records that one request asks for.').default(1000),
    maxIdsPerRequest: positive
      .describe('Most ids that one filter names; a longer list is asked for in batches.')
      .default(100),
    maxRequestsPerRun: positive
      .describe('A run that is estimated at more requests asks before it starts.')
      .default(200),
    timeoutMs: positive
      .max(600_000)
      .describe('Time that one request may take, in milliseconds.')
      .default(30_000),
    maxRetries: z
      .number()
      .int()
      .min(0)
      .max(10)
      .describe('How often a request that failed is tried again; waits for the quota (429) do not count.')
      .default(5),
    maxRetryAfterSeconds: z
      .number()
      .nonnegative()
      .describe(
        'Longest pause that the tenant may ask for; beyond it the run stops, and can be taken up again.',
      )
      .default(120),
    rangeChunkBytes: positive
      .describe('Size of the pieces in which a page is fetched side by side, in bytes.')
      .default(8_388_608),
  })
  .describe('Limits that are kept towards the tenant.');

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

/** Fields of an interaction and of its steps that a tenant may have under other names. */
export const MAPPED_FIELDS = [...STRUCTURE_FIELDS, ...VARIABLE_FIELDS] as const;

/** Where a tenant puts what the product reads: dotted paths. */
export const responseLayoutSchema = z
  .strictObject({
    interactions: dotted
      .describe('Path to the list of interactions in an answer, such as data or result.items.')
      .default('data'),
    steps: dotted.describe('Path to the list of steps in an interaction.').default('steps'),
    total: dotted.describe('Path to the number of all records; may be missing in answers.').default('total'),
    nextPageToken: dotted
      .describe('Path to the token of the next page; may be missing in answers.')
      .default('nextPageToken'),
    map: z
      .partialRecord(z.enum(MAPPED_FIELDS), dotted)
      .describe(
        'Product field name to dotted path in the tenant’s record or step, such as {"nodeId": "node.id"}. duration may stand in for endTime.',
      )
      .default({}),
  })
  .describe('Where the tenant’s answers have what is read: dotted paths.');

const authSchema = z
  .strictObject({
    kind: z
      .enum(AUTH_KINDS)
      .describe(
        'How a token is got: OAuth 2.0 client credentials; OAuth 2.0 password (access key id and secret as user and password, the client by HTTP Basic); an access key as JSON; a fixed bearer token; none.',
      )
      .default('oauth2-client-credentials'),
    tokenUrl: z
      .string()
      .describe(
        'Where tokens are asked for. Secrets are bound to its origin and asked for again when that changes.',
      )
      .default('{baseUrl}/oauth/token'),
    scope: z
      .string()
      .describe('Scopes, separated by blanks; empty to send none.')
      .default('interactions:read workflows:read'),
    clientAuth: z
      .enum(['body', 'basic'])
      .describe('Client id and secret in the body, or by HTTP Basic (client credentials only).')
      .default('body'),
    encoding: z
      .enum(['form', 'json'])
      .describe('How the body of a token request is written.')
      .default('form'),
    response: z
      .strictObject({
        accessToken: dotted.describe('Path to the token.').default('access_token'),
        expiresIn: dotted.describe('Path to its life in seconds; may be missing.').default('expires_in'),
        tokenType: dotted.describe('Path to its type; only Bearer can be used.').default('token_type'),
      })
      .describe('Where the token endpoint’s answer has what is read: dotted paths.')
      .prefault({}),
  })
  .describe(
    'How requests are authenticated. Secrets never stand here: the editor keeps them, or the environment.',
  );

const querySchema = z
  .strictObject({
    adapter: z
      .enum(ADAPTERS)
      .describe(
        'How history is asked for: history-query sends a filter and reads pages; per-interaction sends one GET for each id; file reads a history file (JSON, NDJSON, XES, OCEL, CSV, or gzip of one of these).',
      )
      .default('history-query'),
    path: z
      .string()
      .describe(
        'Path behind baseUrl; for per-interaction one with {interactionId}. For file the path of the file: a full one, or relative to the profile’s own file.',
      )
      .default('/api/v2/interactions/history/query'),
    streamPath: z
      .string()
      .nullable()
      .describe(
        'Path of the same page as a resource that can be read in ranges (GET); null where there is none.',
      )
      .default('/api/v2/interactions/history'),
    body: z
      .record(z.string(), z.unknown())
      .describe(
        'Body of a page request, in which {filter}, {limit}, {offset}, {sort}, {pageToken} and variables are filled in. Replaces that of the profile it extends as a whole.',
      )
      .default({ filter: '{filter}', limit: '{limit}', offset: '{offset}', sort: '{sort}' }),
  })
  .describe('How history is asked for.');

const filterSchema = z
  .strictObject({
    fields: z
      .array(z.enum(FILTER_FIELDS))
      .describe('Fields that the tenant evaluates; conditions on others run here.')
      .default([...FILTER_FIELDS]),
    booleans: z
      .enum(['lower', 'title'])
      .describe('How the filter writes booleans: true or True.')
      .default('lower'),
    stringEscape: z
      .enum(['reject', 'double', 'backslash'])
      .describe('How the filter writes a quote inside a string: not at all, as two, or after a backslash.')
      .default('reject'),
  })
  .describe('The dialect of the tenant’s filter.');

const webhookSchema = z
  .strictObject({
    url: z
      .string()
      .nullable()
      .describe('Where the end of each run is posted to, beside NOTIFY.')
      .default(null),
    secret: z
      .string()
      .nullable()
      .describe('Name under which the signing secret is kept; the secret itself never stands here.')
      .default(null),
    payload: z
      .enum(['full', 'summary'])
      .describe('With the bottlenecks themselves, or their number only.')
      .default('full'),
    allow: z
      .array(z.string())
      .describe('Hosts that may be posted to: origins, hosts, *.example.com, addresses, ranges, or public.')
      .default([]),
  })
  .describe('What a process-mining platform is told of each run.');

export const profileSchema = z.strictObject({
  $schema: z.string().describe('Address of the schema of this file, for editors.').optional(),
  id: z.string().min(1).describe('Name by which USING refers to the connection.').default('default'),
  label: z.string().describe('What lists show beside the id.').optional(),
  extends: z
    .string()
    .describe(
      'Id of the connection whose fields hold where this one says nothing; default: the built-in one.',
    )
    .default('default'),
  variables: z
    .record(z.string(), z.string())
    .describe('What stands for {name} in addresses, headers and bodies, such as {"tenant": "acme"}.')
    .default({}),
  timeZone: z
    .string()
    .describe('IANA time zone in which times are shown, such as Europe/Berlin.')
    .default('UTC'),
  baseUrl: z
    .string()
    .describe('Address of the tenant: https, or http for this machine.')
    .default('https://{tenant}.my.cxone.com'),
  allowedOrigins: z
    .array(z.string())
    .describe('Origins that tokens may be sent to, beside that of baseUrl.')
    .default([]),
  certificates: z
    .array(z.string().min(1))
    .describe(
      'Files of certificate authorities (PEM) that are trusted for this connection, in addition to the system’s: those of a private gateway.',
    )
    .default([]),
  auth: authSchema.prefault({}),
  headers: z
    .record(z.string(), z.string())
    .describe('Headers of every history request.')
    .default({ Accept: 'application/json' }),
  query: querySchema.prefault({}),
  filter: filterSchema.prefault({}),
  response: responseLayoutSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  webhook: webhookSchema.prefault({}),
  redaction: z
    .array(z.string())
    .describe(
      'Patterns of variable names that are masked everywhere, in addition to MASK; * stands for any text.',
    )
    .default([]),
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
