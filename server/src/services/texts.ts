/** Texts that the editor sends along with a request, unsaved changes included. */
import type { CancellationToken } from 'vscode-languageserver/node';
import { type ParsedDocument, parseSteps, readSteps } from '../language/index.ts';
import { inTurns, refuseIfCancelled } from './turns.ts';

/** The tree of a text. */
export function readText(text: string, token: CancellationToken): Promise<ParsedDocument> {
  return inTurns(wholly(text), { urgency: 'now', guard: () => refuseIfCancelled(token) });
}

function* wholly(text: string): Generator<void, ParsedDocument> {
  const document = yield* parseSteps(text);
  yield* readSteps(document);
  return document;
}
