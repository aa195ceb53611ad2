/** Inlay hints: resolved instants, requests, batches, and what runs locally. */
import { type InlayHint, InlayHintRefreshRequest } from 'vscode-languageserver/node';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { markup } from './markup.ts';
import { each } from './turns.ts';

/** Hints show minutes. */
const GRAIN_MS = 60_000;

export const inlayHintFeature: Feature = {
  capabilities: { inlayHintProvider: true },
  register({ connection, workspace }) {
    // Texts whose last hints say something else as time passes.
    const moving = new Set<string>();
    workspace.documents.onDidClose(({ document }) => moving.delete(document.uri));

    const refresh = (): void => {
      if (workspace.client.workspace?.inlayHint?.refreshSupport !== true) return;
      // An editor that is on its way out need not answer.
      connection.sendRequest(InlayHintRefreshRequest.type).catch(() => undefined);
    };
    workspace.onDidChange(refresh);
    setInterval(() => {
      if (moving.size > 0) refresh();
    }, GRAIN_MS).unref();

    connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }, token) => {
      const text = await asked(workspace, uri, token);
      if (text === undefined) return [];
      const { document, parsed, language } = text;
      const span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      const { inlayHints: wanted } = workspace.configuration;
      const kinds = new Set(language.HINT_KINDS.filter((kind) => wanted[kind]));
      const found = await text.inTurns(language.inlaySteps(parsed, span, workspace.checkContext(), kinds));
      if (found.some((hint) => hint.moves)) moving.add(uri);
      else moving.delete(uri);
      const format = workspace.client.textDocument?.hover?.contentFormat;
      const shown = ({ offset, label, tooltip }: (typeof found)[number]): InlayHint[] => [
        {
          position: document.positionAt(offset),
          label,
          tooltip: markup(tooltip, format),
          paddingLeft: true,
        },
      ];
      return text.inTurns(each(found, shown));
    });
  },
};
