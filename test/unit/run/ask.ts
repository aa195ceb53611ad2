/** Asks a kept run what the panel asks, and checks that the answer is as its schema allows it. */
import { expect } from 'vitest';
import { type PanelResponse, panelResponseSchema } from '../../../server/src/protocol/panel.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import type { Results } from '../../../server/src/run/index.ts';

export type Answer<K extends PanelResponse['kind']> = Extract<PanelResponse, { kind: K }>;

/** The answer of the kind asked for. */
export async function ask<K extends PanelRequest['kind']>(
  results: Results,
  request: Extract<PanelRequest, { kind: K }>,
): Promise<Answer<K>> {
  const answer = await results.answer(request);
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  const read = panelResponseSchema.parse(answer.value);
  expect(read).toEqual(answer.value);
  if (read.kind !== request.kind) throw new Error(`asked ${request.kind}, answered ${read.kind}`);
  return read as Answer<K>;
}

/** The code of the error that it is answered with. */
export async function refusal(results: Results, request: PanelRequest): Promise<string | undefined> {
  const answer = await results.answer(request);
  return answer.ok ? undefined : answer.error.code;
}
