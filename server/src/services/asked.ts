/** Requests about an open text: answered for the text that was asked about, and given up when nobody waits for them. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ParsedDocument } from '../language/index.ts';
import { MAX_LENGTH } from './trees.ts';
import { inTurns, refuseIfCancelled, type Urgency } from './turns.ts';
import type { Workspace } from './workspace.ts';

type Editing = typeof import('../language/editing.ts');

/** A text while it is what was asked about. */
export interface Taken {
  readonly document: TextDocument;
  readonly parsed: ParsedDocument;
  /** Does work in turns; throws the refusal of the request once it is cancelled, or the text is another. */
  readonly inTurns: <T>(steps: Generator<unknown, T>) => Promise<T>;
}

export interface Asked extends Taken {
  /** What the language has for whoever writes. */
  readonly language: Editing;
}

interface Manner {
  readonly urgency?: Urgency;
  /** What to refuse with when the text has changed. */
  readonly outdated?: () => ResponseError<unknown>;
}

/** The positions of an answer would be those of a text that is gone: who still wants one asks again. */
function contentModified(): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.ContentModified, 'The text has changed meanwhile.');
}

/**
 * The open text of a URI with its tree, read in turns; undefined for one that is not open, or too long to be looked at.
 * Without an await after it the text stays what it is.
 */
export function asked(
  workspace: Workspace,
  uri: string,
  token: CancellationToken,
  manner: Manner = {},
): Promise<Asked | undefined> {
  return take(workspace, uri, token, manner, async () => ({
    language: await import('../language/editing.ts'),
  }));
}

/** As `asked`, for what needs no more of the language than its checks: the first ones come with the start. */
export function taken(
  workspace: Workspace,
  uri: string,
  token: CancellationToken,
  manner: Manner = {},
): Promise<Taken | undefined> {
  return take(workspace, uri, token, manner, async () => ({}));
}

async function take<More extends object>(
  workspace: Workspace,
  uri: string,
  token: CancellationToken,
  { urgency = 'soon', outdated = contentModified }: Manner,
  load: () => Promise<More>,
): Promise<(Taken & More) | undefined> {
  refuseIfCancelled(token);
  const document = workspace.documents.get(uri);
  const text = document?.getText();
  if (document === undefined || text === undefined || text.length > MAX_LENGTH) return undefined;
  const guard = (): void => {
    refuseIfCancelled(token);
    // An editor may change a text without giving it another version.
    if (workspace.documents.get(uri) !== document || document.getText() !== text) throw outdated();
  };
  const manner = { urgency, guard };
  // After the text was taken: what is read here for the first time takes so long that a change can come before it.
  const more = await load();
  const parsed = await inTurns(workspace.trees.steps(document), manner);
  return { document, parsed, inTurns: (steps) => inTurns(steps, manner), ...more };
}
