/** The documents that machines read, each with its published JSON Schema (docs/schemas). */

import * as z from 'zod';
import { auditRecordSchema, auditVerifyOutputSchema } from './audit.ts';
import { checkOutputSchema, explainOutputSchema } from './checked.ts';
import { comparisonSchema } from './comparison.ts';
import { keptRunsOutputSchema } from './kept.ts';
import { outboxOutputSchema } from './outbox.ts';
import { profileSchema } from './profile.ts';
import { analysisReportSchema } from './report.ts';
import { runManifestSchema, runOutputSchema, runsOutputSchema } from './run.ts';

/** Name of the document to its JSON Schema (draft 2020-12). Profiles are described as a person writes them. */
export function publishedSchemas(): Record<string, object> {
  return {
    check: z.toJSONSchema(checkOutputSchema),
    explain: z.toJSONSchema(explainOutputSchema),
    run: z.toJSONSchema(runOutputSchema),
    runs: z.toJSONSchema(runsOutputSchema),
    'kept-runs': z.toJSONSchema(keptRunsOutputSchema),
    analyze: z.toJSONSchema(analysisReportSchema),
    compare: z.toJSONSchema(comparisonSchema),
    'run-manifest': z.toJSONSchema(runManifestSchema),
    'audit-verify': z.toJSONSchema(auditVerifyOutputSchema),
    'audit-record': z.toJSONSchema(auditRecordSchema),
    outbox: z.toJSONSchema(outboxOutputSchema),
    profile: z.toJSONSchema(profileSchema, { io: 'input' }),
  };
}
