/** The audit chain as the editor shows it: one readable line a record, and what this machine remembers of its end. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import {
  auditedSchema,
  auditShowResultSchema,
  auditVerifyResultSchema,
  METHODS,
} from '../../server/src/protocol/lsp.ts';
import type { Server } from './server.ts';
import { visible } from './text.ts';

const HEADS = 'cxq.auditHeads';
/** Last record seen of each chain, by the folder that it lies in. */
const headsSchema = z.record(
  z.string(),
  z.object({ file: z.string(), sequence: z.number().int(), hash: z.string() }),
);
type Heads = z.infer<typeof headsSchema>;

export class AuditTrail implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel('CXQ Audit');
  readonly #memory: vscode.Memento;
  #filled = false;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  #heads(): Heads {
    const parsed = headsSchema.safeParse(this.#memory.get(HEADS));
    return parsed.success ? parsed.data : {};
  }

  /** A record is on disk: its line in the channel, its hash in the editor's own memory. */
  audited(params: unknown): void {
    const { line, file, sequence, hash } = auditedSchema.parse(params);
    this.#channel.appendLine(visible(line));
    const heads = this.#heads();
    const folder = dirname(file);
    const before = heads[folder];
    // Notifications may overtake one another between windows; the head never moves back.
    if (before !== undefined && before.sequence > sequence) return;
    void this.#memory.update(HEADS, { ...heads, [folder]: { file, sequence, hash } });
  }

  async show(server: Server): Promise<void> {
    if (!this.#filled) {
      const { lines, files } = await server.request(METHODS.auditShow, {}, auditShowResultSchema);
      const where = files.length === 0 ? 'No record has been written yet.' : `Files: ${files.join(', ')}`;
      this.#channel.replace([where, ...lines].map((line) => `${visible(line)}\n`).join(''));
      this.#filled = true;
    }
    this.#channel.show(true);
  }

  async verify(server: Server): Promise<void> {
    const known = Object.values(this.#heads());
    const result = await server.request(METHODS.auditVerify, { known }, auditVerifyResultSchema);
    const open = 'Open File';
    const show = 'Show Audit Log';
    const file = result.files.at(-1);
    const buttons = file === undefined ? [show] : [show, open];
    const message = visible(result.message);
    const chosen = result.ok
      ? await vscode.window.showInformationMessage(message, ...buttons)
      : await vscode.window.showErrorMessage(message, ...buttons);
    if (chosen === show) await this.show(server);
    if (chosen === open && file !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(file));
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
