/** The audit chain in the editor: shown and verified. */
import { join } from 'node:path';
import * as z from 'zod';
import { type AuditVerifyResult, auditVerifyParamsSchema, METHODS } from '../protocol/lsp.ts';
import { answer } from './answers.ts';
import type { Feature } from './feature.ts';
import { foldersOf } from './folders.ts';

export const auditFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    const log = async () => {
      const { AuditLog } = await import('../output/index.ts');
      const { audit } = await foldersOf(workspace.configuration);
      return new AuditLog(audit);
    };

    answer(connection, METHODS.auditShow, z.unknown(), async () => (await log()).show());

    answer(
      connection,
      METHODS.auditVerify,
      auditVerifyParamsSchema,
      async ({ known }): Promise<AuditVerifyResult> => {
        const chain = await log();
        // Heads of another chain (a data folder that was changed) say nothing about this one.
        const own = known.filter(({ file }) => file.startsWith(join(chain.folder, '/')));
        const anchor = own.reduce<(typeof own)[number] | undefined>(
          (latest, one) => (latest === undefined || one.sequence > latest.sequence ? one : latest),
          undefined,
        );
        const { ok, records, message, files, head } = await chain.verify(
          anchor === undefined ? {} : { anchor: { sequence: anchor.sequence, hash: anchor.hash } },
        );
        return { ok, records, message, files: [...files], head };
      },
    );
  },
};
