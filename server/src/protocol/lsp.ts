/** Requests and notifications between the editor's client and the language server, beyond LSP itself. */
import * as z from 'zod';
import { rangeSchema } from './checked.ts';
import { CLAUSES, panelResponseSchema } from './panel.ts';
import { filterSchema } from './panel-filter.ts';
import { overviewSchema } from './panel-overview.ts';
import { panelRequestSchema } from './panel-requests.ts';
import { AUTH_KINDS, profileSchema } from './profile.ts';
import { exportedFileSchema, runErrorSchema, runManifestSchema, runOutputSchema } from './run.ts';

/** Method names, each with the schema of its parameters and result below. */
export const METHODS = {
  run: 'cxq/run',
  openHistory: 'cxq/openHistory',
  runProgress: 'cxq/runProgress',
  runSnapshot: 'cxq/runSnapshot',
  queries: 'cxq/queries',
  explain: 'cxq/explain',
  panel: 'cxq/panel',
  panelQuery: 'cxq/panelQuery',
  runs: 'cxq/runs',
  lastRun: 'cxq/lastRun',
  clauses: 'cxq/clauses',
  export: 'cxq/export',
  exportProgress: 'cxq/exportProgress',
  auditVerify: 'cxq/auditVerify',
  auditShow: 'cxq/auditShow',
  audited: 'cxq/audited',
  testConnection: 'cxq/testConnection',
  credentials: 'cxq/credentials',
  forget: 'cxq/forget',
  configuration: 'cxq/configuration',
  historyFiles: 'cxq/historyFiles',
  profileProblems: 'cxq/profileProblems',
  network: 'cxq/network',
  networkReport: 'cxq/networkReport',
} as const;

/** Client → server, at start and whenever a setting changes: machine and user values only. */
export const configurationSchema = z.object({
  profiles: z.array(
    z.unknown().describe('Profile as written; validated by the server, which names what is wrong.'),
  ),
  /** Profile in force where a query has no USING; null when nothing is connected. */
  connection: z.string().nullable(),
  /** Where runs and the audit chain lie; empty for `CXQ_HOME`, else the platform's folder, as on the command line. */
  dataFolder: z.string(),
  /** How long and how much is kept of runs. */
  keep: z
    .object({
      days: z.number().int().min(1).max(36_500).default(90),
      megabytes: z.number().int().min(1).max(1_000_000_000).default(4_096),
    })
    .prefault({}),
  defaultLimit: z.number().int().min(1).max(1_000_000).default(1000),
  bottleneckThresholdSeconds: z.number().positive().default(15),
  /** Thresholds in seconds by node type and by node id: the most specific one wins. */
  bottleneckThresholds: z
    .object({
      nodeTypes: z.record(z.string(), z.number().positive()).default({}),
      nodes: z.record(z.string(), z.number().positive()).default({}),
    })
    .prefault({}),
  severities: z.record(z.string(), z.enum(['error', 'warning', 'information', 'hint', 'off'])).default({}),
  inlayHints: z
    .object({
      instants: z.boolean().default(true),
      requests: z.boolean().default(true),
      batches: z.boolean().default(true),
      local: z.boolean().default(true),
    })
    .prefault({}),
  user: z.string(),
  trusted: z.boolean(),
  /** The editor has the commands of the extension: lenses and fixes may name them. */
  clientCommands: z.boolean().default(false),
  /** Origins of webhook addresses that are allowed although they are private (loopback, link-local). */
  webhookAllow: z.array(z.string()).default([]),
});
export type ServerConfiguration = z.infer<typeof configurationSchema>;

export const runParamsSchema = z.object({
  uri: z.string(),
  /** The editor's version of the text that runs, unsaved changes included. */
  text: z.string(),
  /** Which query: by index in the file; null runs all in order. */
  index: z.number().int().nonnegative().nullable(),
  /** Values for PARAMs without a default, as CXQ literals or plain text. */
  params: z.record(z.string(), z.string()).default({}),
  /** Names the progress notifications of this run. */
  token: z.string(),
  /** The person was told of the estimate above the budget (CXQ4005) and goes on. */
  confirmed: z.boolean().default(false),
  /** Takes this run up again, with the text and the values with which it ran; text, index and params are not read. */
  resume: z.string().optional(),
});
export type RunParams = z.infer<typeof runParamsSchema>;

export const runResultSchema = z.object({
  /** Finished runs, in order, without the analysis, which the panel asks for. */
  runs: z.array(
    runOutputSchema.omit({ analysis: true }).extend({
      headline: z.string(),
      startedAt: z.string(),
      /** It ended early, and `resume` takes it up. */
      resumable: z.boolean().optional(),
    }),
  ),
  /**
   * Set when nothing could run, or, beside runs, when a later query of the file did not begin.
   * Codes of `RunResult.error` by which the client knows what to ask before it sends the same request again:
   * `diagnostics` the query has errors; `parameters` values are missing, and `parameters` names them; `connection`
   * none in force, or no such profile; `credentials` none given; `auth` the tenant refused them; `budget` CXQ4005,
   * goes on with `confirmed`; `untrusted` the workspace is not trusted. Other codes are only shown.
   */
  error: runErrorSchema.optional(),
  /** With the error `parameters`: every PARAM that needs a value, in the file's order. */
  parameters: z.array(z.object({ name: z.string(), type: z.string().nullable() })).optional(),
  /** The profile that the error is about, where it is about one. */
  connection: z.string().optional(),
});
export type RunResult = z.infer<typeof runResultSchema>;

/** Analyses a history file, with no tenant: a run as any other, of everything that the file holds. */
export const openHistoryParamsSchema = z.object({
  /** Of a file on the disk. */
  uri: z.string(),
  /** Names the progress notifications of this run. */
  token: z.string(),
  /** Columns of a CSV file by what they are (`case`, `activity`, `start`, `end`, …), as a person said. */
  columns: z.record(z.string(), z.string()).optional(),
  /** What comes first in a date such as 03/04/2026, as a person said. */
  dates: z.enum(['day-first', 'month-first']).optional(),
});

/** What a person has to say before a file can be read; the same request with the answer goes on. */
export const historyQuestionSchema = z.discriminatedUnion('kind', [
  /** Which column is what: the columns in the file's order, and what is known by their names. */
  z.object({
    kind: z.literal('columns'),
    header: z.array(z.string()).readonly(),
    known: z.record(z.string(), z.string()).readonly(),
  }),
  z.object({ kind: z.literal('dates'), example: z.string() }),
]);
export type HistoryQuestion = z.infer<typeof historyQuestionSchema>;

/** As of a run. Further codes: `file` it cannot be read; `question` it can, once `question` is answered. */
export const openHistoryResultSchema = runResultSchema.extend({ question: historyQuestionSchema.optional() });
export type OpenHistoryResult = z.infer<typeof openHistoryResultSchema>;

/** The connection that the run of an opened history file names. */
export const HISTORY_CONNECTION = 'history file';

export const runProgressSchema = z.object({
  token: z.string(),
  runId: z.string(),
  query: z.string().nullable(),
  phase: z.enum(['connecting', 'retrieving', 'analysing', 'recording', 'exporting']),
  records: z.number().int(),
  expected: z.number().int().nullable(),
  requests: z.number().int(),
  retries: z.number().int(),
  /** Set while the tenant makes every request wait (429). */
  pausedUntil: z.string().nullable(),
});
export type RunProgress = z.infer<typeof runProgressSchema>;

/** Server → client, from the first page on and at most once a second: what is there of a run that goes on. */
export const runSnapshotSchema = z.object({ token: z.string(), overview: overviewSchema });
export type RunSnapshot = z.infer<typeof runSnapshotSchema>;

/** Which queries a text has, so that a command finds the one under the cursor. */
export const queriesParamsSchema = z.object({ uri: z.string(), text: z.string() });
export const queriesResultSchema = z.object({
  /** In the file's order; an element's place is the `index` of the other requests. */
  queries: z.array(
    z.object({ name: z.string().nullable(), title: z.string().nullable(), range: rangeSchema }),
  ),
});
export type ListedQuery = z.infer<typeof queriesResultSchema>['queries'][number];

export const explainParamsSchema = z.object({
  uri: z.string(),
  text: z.string(),
  index: z.number().int().nonnegative(),
});
export const explainResultSchema = z.object({ text: z.string(), error: runErrorSchema.optional() });

export const panelParamsSchema = z.object({ runId: z.string(), request: panelRequestSchema });
export const panelResultSchema = z.union([
  z.object({ response: panelResponseSchema }),
  z.object({ error: runErrorSchema }),
]);

/** The query of a run, narrowed to what a filter leaves. */
export const panelQueryParamsSchema = z.object({ runId: z.string(), filter: filterSchema });
export const panelQueryResultSchema = z.union([
  z.object({
    text: z.string(),
    /** Sentences on what the text says otherwise than the filter. */
    notes: z.array(z.string()),
  }),
  z.object({ error: runErrorSchema }),
]);

export const runsResultSchema = z.object({ runs: z.array(runManifestSchema) });

/** The latest kept run of a query of a text: one that was made of this very query, whatever its layout. */
export const lastRunParamsSchema = z.object({
  uri: z.string(),
  text: z.string(),
  index: z.number().int().nonnegative(),
});
export const lastRunResultSchema = z.object({
  /** null where the query as it stands has no run to show: it has not run, or was changed since. */
  run: runManifestSchema.pick({ runId: true, query: true, startedAt: true, connection: true }).nullable(),
});

/** Where a query that has run stands in a text, and its clauses that the results lead to. */
export const clausesParamsSchema = z.object({
  uri: z.string(),
  text: z.string(),
  /** Its name; one without a name is found by its own text, else by its place. */
  query: z.string().nullable(),
  /** The text that ran, the query last. */
  ran: z.string().nullable().default(null),
  index: z.number().int().nonnegative().nullable().default(null),
});
export const clausesResultSchema = z.object({
  /** null where the text has no such query. */
  query: z
    .object({
      index: z.number().int(),
      range: rangeSchema,
      /** Its name, else its first word. */
      head: rangeSchema,
      /** As it is written, from its first word to its last. */
      text: z.string(),
      clauses: z.array(
        z.object({
          kind: z.enum(CLAUSES),
          range: rangeSchema,
          /** Each analysis or expectation, in the order written. */
          parts: z.array(rangeSchema),
        }),
      ),
    })
    .nullable(),
});
export type FoundQuery = NonNullable<z.infer<typeof clausesResultSchema>['query']>;

/** The `source` of what the editor says in the Problems view of a run's results. */
export const RESULTS_SOURCE = 'CXQ results';

/** Writes a kept run to a file. Cancelling the request leaves what was there. */
export const exportParamsSchema = z.object({
  runId: z.string(),
  /** A full path, or one below the workspace's folder. A file that exists is replaced. */
  path: z.string(),
  /** null for the format that the file's ending means. */
  format: z.string().nullable().default(null),
  /** Names the progress notifications of this export. */
  token: z.string(),
});
export const exportResultSchema = z.union([
  z.object({
    file: exportedFileSchema,
    /** Sentences on what a person should know: that the run is not whole, or the export not audited. */
    notes: z.array(z.string()),
    audited: z.boolean(),
  }),
  /** Codes: `untrusted`, `gone`, `running`, `empty`, `format`, `missing`, `reserved`, `cancelled`, and the disk's. */
  z.object({ error: runErrorSchema }),
]);
export type ExportResult = z.infer<typeof exportResultSchema>;

/** Server → client. */
export const exportProgressSchema = z.object({
  token: z.string(),
  records: z.number().int(),
  /** Of the run that is read, from 0 to 1. */
  share: z.number(),
});

export const auditVerifyParamsSchema = z.object({
  /**
   * Heads that the editor has kept outside the chain. One whose file belongs to the verified chain must be there
   * with this hash: a chain alone does not show that its end was cut off.
   */
  known: z.array(z.object({ file: z.string(), sequence: z.number().int(), hash: z.string() })).default([]),
});

export const auditVerifyResultSchema = z.object({
  ok: z.boolean(),
  records: z.number().int(),
  /** One sentence; names the first bad line. */
  message: z.string(),
  files: z.array(z.string()),
  head: z.object({ sequence: z.number().int(), hash: z.string() }).nullable(),
});
export type AuditVerifyResult = z.infer<typeof auditVerifyResultSchema>;

/** Server → client: one readable line for the output channel, after the record is on disk. */
export const auditedSchema = z.object({
  line: z.string(),
  file: z.string(),
  sequence: z.number().int(),
  hash: z.string(),
});

export const auditShowResultSchema = z.object({ lines: z.array(z.string()), files: z.array(z.string()) });

export const testConnectionParamsSchema = z.object({ profile: profileSchema.partial().loose() });
export const testConnectionResultSchema = z.object({ ok: z.boolean(), message: z.string() });

/** Server → client: the secrets of a profile, bound to the origin of its token URL. */
export const credentialsParamsSchema = z.object({
  profile: z.string(),
  origin: z.string(),
  /** Decides which fields are asked for. The secret that signs webhooks is a `token`, and `profile` then its name. */
  kind: z.enum([...AUTH_KINDS, 'webhook-secret']).default('oauth2-client-credentials'),
  /** Only what is held or stored: nobody is asked. */
  quiet: z.boolean().default(false),
});
export const credentialsResultSchema = z.object({
  credentials: z
    .object({
      clientId: z.string().optional(),
      clientSecret: z.string().optional(),
      username: z.string().optional(),
      password: z.string().optional(),
      token: z.string().optional(),
    })
    .nullable(),
});

/** Server → client, whenever they change: what is wrong with connections of the settings; each with its path there. */
export const profileProblemsSchema = z.object({ problems: z.array(z.string()) });

/** Client → server, a notification: drop the tokens and credentials held for this profile. */
export const forgetParamsSchema = z.object({ profile: z.string() });

/** Client → server, a notification, whenever they change: the history files that are open in the editor, all of them. */
export const historyFilesParamsSchema = z.object({ uris: z.array(z.string()) });

/** The command of quick fixes that change no text; its one argument says which. */
export const FIX_COMMAND = 'cxq.internal.applyFix';
export const fixArgumentsSchema = z.tuple([
  z.object({ name: z.enum(['createProfile', 'openWebhookSetting', 'storeSecret']), argument: z.string() }),
]);
