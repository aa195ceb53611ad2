/** Semantic tokens: whole, of a range, and as what changed since the last answer. */
import { threadId } from 'node:worker_threads';
import type {
  CancellationToken,
  Range,
  SemanticTokens,
  SemanticTokensDelta,
  SemanticTokensEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { HIGHLIGHT_MODIFIERS, HIGHLIGHT_TYPES, type Highlights } from '../language/index.ts';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';

const COMMENT = HIGHLIGHT_TYPES.indexOf('comment');

/** Answers kept to tell what changed: those of the texts that were looked at last. */
const KEPT = 20;

/** So many numbers are written in a step. */
const NUMBERS_A_STEP = 4 * 5_000;

/** Highlights as the protocol writes them, five numbers each; in steps. */
export function* encode(
  document: TextDocument,
  found: Highlights,
  multiline: boolean,
): Generator<void, number[]> {
  const data: number[] = [];
  let line = 0;
  let lineStart = 0;
  let lastLine = 0;
  let lastCharacter = 0;
  const { lineCount } = document;
  const startOf = (at: number): number =>
    at < lineCount ? document.offsetAt({ line: at, character: 0 }) : Number.POSITIVE_INFINITY;
  let nextStart = startOf(1);
  const push = (start: number, end: number, type: number, modifiers: number): void => {
    while (start >= nextStart) {
      line++;
      lineStart = nextStart;
      nextStart = startOf(line + 1);
    }
    const character = start - lineStart;
    data.push(
      line - lastLine,
      line === lastLine ? character - lastCharacter : character,
      end - start,
      type,
      modifiers,
    );
    lastLine = line;
    lastCharacter = character;
  };
  for (let at = 0; at < found.length; at += 4) {
    if (at % NUMBERS_A_STEP === 0) yield;
    const [start = 0, end = 0, type = 0, modifiers = 0] = [
      found[at],
      found[at + 1],
      found[at + 2],
      found[at + 3],
    ];
    if (multiline || type !== COMMENT) push(start, end, type, modifiers);
    else
      for (const piece of linesOf(document.getText(), start, end))
        push(piece.start, piece.end, type, modifiers);
  }
  return data;
}

/** A stretch of the text line by line, without the ends of the lines and without empty ones. */
function* linesOf(text: string, start: number, end: number): Generator<{ start: number; end: number }> {
  let from = start;
  for (const { 0: found, index } of text.slice(start, end).matchAll(/\r\n?|\n/g)) {
    const to = start + index;
    if (to > from) yield { start: from, end: to };
    from = to + found.length;
  }
  if (end > from) yield { start: from, end };
}

/** The one edit that makes the new data of the old; none where they are the same. */
export function changeOf(before: ArrayLike<number>, after: readonly number[]): SemanticTokensEdit[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  if (start === before.length && start === after.length) return [];
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === after[after.length - 1 - same])
    same++;
  const data = after.slice(start, after.length - same);
  return [{ start, deleteCount: before.length - same - start, ...(data.length === 0 ? {} : { data }) }];
}

interface Answer {
  readonly resultId: string;
  readonly data: Uint32Array;
}

export const semanticTokensFeature: Feature = {
  capabilities: {
    semanticTokensProvider: {
      legend: { tokenTypes: [...HIGHLIGHT_TYPES], tokenModifiers: [...HIGHLIGHT_MODIFIERS] },
      full: { delta: true },
      range: true,
    },
  },
  register({ connection, workspace }) {
    const answers = new Map<string, Answer>();
    let count = 0;
    workspace.documents.onDidClose(({ document }) => answers.delete(document.uri));

    const multiline = (): boolean =>
      workspace.client.textDocument?.semanticTokens?.multilineTokenSupport === true;
    /** The newest answer of a text takes the place of the one before; of too many texts the oldest goes. */
    const keep = (uri: string, data: readonly number[]): string => {
      // A text may come from another server of the process, or go to it.
      const resultId = `${threadId}.${++count}`;
      answers.delete(uri);
      answers.set(uri, { resultId, data: new Uint32Array(data) });
      const [oldest] = answers.keys();
      if (answers.size > KEPT && oldest !== undefined) answers.delete(oldest);
      return resultId;
    };
    /** undefined for a text that is not looked at. */
    const data = async (
      uri: string,
      token: CancellationToken,
      range?: Range,
    ): Promise<number[] | undefined> => {
      const text = await asked(workspace, uri, token);
      if (text === undefined) return undefined;
      const { document, parsed, language } = text;
      const span =
        range === undefined
          ? undefined
          : { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      const found = await text.inTurns(language.highlightSteps(parsed, span));
      return text.inTurns(encode(document, found, multiline()));
    };

    connection.languages.semanticTokens.on(
      async ({ textDocument: { uri } }, token): Promise<SemanticTokens> => {
        const all = await data(uri, token);
        return all === undefined ? { data: [] } : { resultId: keep(uri, all), data: all };
      },
    );

    connection.languages.semanticTokens.onDelta(
      async (
        { textDocument: { uri }, previousResultId },
        token,
      ): Promise<SemanticTokens | SemanticTokensDelta> => {
        const all = await data(uri, token);
        if (all === undefined) return { data: [] };
        const before = answers.get(uri);
        const resultId = keep(uri, all);
        return before?.resultId === previousResultId
          ? { resultId, edits: changeOf(before.data, all) }
          : { resultId, data: all };
      },
    );

    connection.languages.semanticTokens.onRange(
      async ({ textDocument: { uri }, range }, token): Promise<SemanticTokens> => ({
        data: (await data(uri, token, range)) ?? [],
      }),
    );
  },
};
