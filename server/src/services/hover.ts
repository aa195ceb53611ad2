/** Hover: what a word means where it stands. */
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { markup } from './markup.ts';
import { rangeOf } from './ranges.ts';

export const hoverFeature: Feature = {
  capabilities: { hoverProvider: true },
  register({ connection, workspace }) {
    connection.onHover(async ({ textDocument, position }, token) => {
      const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
      if (text === undefined) return null;
      const { document, parsed, language } = text;
      const found = language.hover(parsed, document.offsetAt(position), workspace.checkContext());
      if (found === undefined) return null;
      return {
        contents: markup(found.blocks, workspace.client.textDocument?.hover?.contentFormat),
        range: rangeOf(document, found),
      };
    });
  },
};
