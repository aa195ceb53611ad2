/** The room's door: masking, audit chain, webhook, exports. */

export type { AuditHead } from './audit/chain.ts';
export { type Audited, AuditLog, type AuditOptions } from './audit/log.ts';
export { showAudit, showLine } from './audit/show.ts';
export { type AuditVerification, type BadLine, type VerifyOptions, verifyAudit } from './audit/verify.ts';
export { type ExportFormat, exportFormat, isWritten, type WrittenFormat } from './exports/format.ts';
export { denature } from './exports/formula.ts';
export { exportPath } from './exports/target.ts';
export { type ExportInteraction, type ExportStep, type ExportTarget, writeExport } from './exports/write.ts';
export { replaceFile } from './files.ts';
export { createMask, type Mask, type RecordLayout } from './mask.ts';
export type { OutputError, Result } from './result.ts';
export { redactText, visibleText } from './text.ts';
export { listOutbox, type OutboxEntry } from './webhook/outbox.ts';
export { type WebhookVerdict, webhookPolicy } from './webhook/policy.ts';
export {
  type CompletionPayload,
  completionPayload,
  type FlushOptions,
  flushOutbox,
  type SendOptions,
  sendWebhook,
  type WebhookAttempt,
  type WebhookDelivery,
} from './webhook/send.ts';
