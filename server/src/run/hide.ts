/** Sentences about records that may quote them: under a mask they keep what happened and lose the quotation. */
import type { Mask } from '../output/index.ts';

/** `startTime is not a time: "…"`, `not JSON: …`, `It begins: …`: what stands behind comes from the record. */
const QUOTED = /(\b(?:not JSON|It begins): |: (?=["'[{\d-]|(?:true|false|null)\b)).*$/su;

/** A sentence without what it quotes of a record, where the mask is active. */
export function withoutQuotation(mask: Mask, sentence: string): string {
  return mask.active ? sentence.replace(QUOTED, '$1***') : sentence;
}
