/** Tells the editor of each audit record: it shows the line and keeps the chain's head. */
import type { Connection } from 'vscode-languageserver/node';
import { METHODS } from '../protocol/lsp.ts';
import type { RunHost } from '../run/index.ts';

export function auditTold(connection: Connection): NonNullable<RunHost['onAudited']> {
  return ({ line, file, sequence, hash }) => {
    void connection.sendNotification(METHODS.audited, { line, file, sequence, hash });
  };
}
