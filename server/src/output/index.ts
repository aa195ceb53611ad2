/** The room's door: masking, audit chain, webhook, exports. */
export { type Audited, AuditLog } from './audit/log.ts';
export { showAudit } from './audit/show.ts';
export { verifyAudit } from './audit/verify.ts';
export type { ReportDocument } from './exports/report/document.ts';
export { isWithin } from './exports/target.ts';
export { writeExport, writeReport } from './exports/write.ts';
export { makeFolders, replaceFile } from './files.ts';
export { createMask, MASK_TEXT, type Mask } from './mask.ts';
export { redactText, visibleText } from './text.ts';
export { listOutbox } from './webhook/outbox.ts';
export { webhookPolicy } from './webhook/policy.ts';
export type { Destination } from './webhook/post.ts';
export {
  completionPayload,
  dropMessages,
  flushOutbox,
  sendWebhook,
  type WebhookDelivery,
} from './webhook/send.ts';
export { secretProblem } from './webhook/signature.ts';
