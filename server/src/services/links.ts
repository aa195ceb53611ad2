/** Links in a text: the files that exports write, the addresses that are told, the pages about codes. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver/node';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { pageOf } from './report.ts';
import { each } from './turns.ts';

export const linksFeature: Feature = {
  capabilities: { documentLinkProvider: {} },
  register({ connection, workspace }) {
    connection.onDocumentLinks(async ({ textDocument: { uri } }, token) => {
      const text = await asked(workspace, uri, token);
      if (text === undefined) return [];
      const { document, parsed, language } = text;
      const folder = workspace.exportFolder(uri);
      const tips = workspace.client.textDocument?.documentLink?.tooltipSupport === true;
      const found = await text.inTurns(language.linkSteps(parsed));
      const shown = (link: (typeof found)[number]): DocumentLink[] => {
        const range = rangeOf(document, link);
        const to = (target: string, tooltip: string): DocumentLink[] => [
          { range, target, ...(tips ? { tooltip } : {}) },
        ];
        if (link.kind === 'address') return to(link.url, 'Open the address that is told how the run ended');
        if (link.kind === 'documentation') {
          const page = pageOf(link.code);
          return page === undefined ? [] : to(page, 'Open the page about this code');
        }
        if (folder === undefined) return [];
        return to(pathToFileURL(resolve(folder, link.path)).href, 'Open the file that the export writes');
      };
      return text.inTurns(each(found, shown));
    });
  },
};
