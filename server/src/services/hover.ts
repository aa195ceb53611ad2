/** Hover: what a word means where it stands. */
import { hover } from '../language/index.ts';
import type { Feature } from './feature.ts';
import { markup } from './markup.ts';
import { rangeOf } from './ranges.ts';

export const hoverFeature: Feature = {
  capabilities: { hoverProvider: true },
  register({ connection, workspace }) {
    connection.onHover(({ textDocument, position }, token) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined || token.isCancellationRequested) return null;
      const found = hover(workspace.parsed(document), document.offsetAt(position), workspace.checkContext());
      if (found === undefined) return null;
      return {
        contents: markup(found.blocks, workspace.client.textDocument?.hover?.contentFormat),
        range: rangeOf(document, found),
      };
    });
  },
};
