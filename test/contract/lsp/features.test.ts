/** docs/features.md against the protocol's own methods and against what the server says that it serves. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as protocol from 'vscode-languageserver-protocol/node';
import { type Session, startSession } from './session.ts';

/** Names under which parts of others are registered: no methods of their own. */
const REGISTRATIONS = ['notebookDocument/sync', 'textDocument/semanticTokens', 'method'];

/** What the server says of a method, where it says anything: the property of its capabilities. */
const CAPABILITY: Readonly<Record<string, string>> = {
  'textDocument/diagnostic': 'diagnosticProvider',
  'workspace/diagnostic': 'diagnosticProvider.workspaceDiagnostics',
  'textDocument/completion': 'completionProvider',
  'completionItem/resolve': 'completionProvider.resolveProvider',
  'textDocument/hover': 'hoverProvider',
  'textDocument/signatureHelp': 'signatureHelpProvider',
  'textDocument/declaration': 'declarationProvider',
  'textDocument/definition': 'definitionProvider',
  'textDocument/typeDefinition': 'typeDefinitionProvider',
  'textDocument/implementation': 'implementationProvider',
  'textDocument/references': 'referencesProvider',
  'textDocument/documentHighlight': 'documentHighlightProvider',
  'textDocument/documentSymbol': 'documentSymbolProvider',
  'textDocument/prepareRename': 'renameProvider.prepareProvider',
  'textDocument/rename': 'renameProvider',
  'textDocument/codeAction': 'codeActionProvider',
  'codeAction/resolve': 'codeActionProvider.resolveProvider',
  'textDocument/codeLens': 'codeLensProvider',
  'codeLens/resolve': 'codeLensProvider.resolveProvider',
  'textDocument/documentLink': 'documentLinkProvider',
  'documentLink/resolve': 'documentLinkProvider.resolveProvider',
  'textDocument/foldingRange': 'foldingRangeProvider',
  'textDocument/selectionRange': 'selectionRangeProvider',
  'textDocument/linkedEditingRange': 'linkedEditingRangeProvider',
  'textDocument/formatting': 'documentFormattingProvider',
  'textDocument/rangeFormatting': 'documentRangeFormattingProvider',
  'textDocument/rangesFormatting': 'documentRangeFormattingProvider.rangesSupport',
  'textDocument/onTypeFormatting': 'documentOnTypeFormattingProvider',
  'textDocument/semanticTokens/full': 'semanticTokensProvider.full',
  'textDocument/semanticTokens/full/delta': 'semanticTokensProvider.full.delta',
  'textDocument/semanticTokens/range': 'semanticTokensProvider.range',
  'textDocument/inlayHint': 'inlayHintProvider',
  'inlayHint/resolve': 'inlayHintProvider.resolveProvider',
  'textDocument/inlineValue': 'inlineValueProvider',
  'textDocument/inlineCompletion': 'inlineCompletionProvider',
  'textDocument/documentColor': 'colorProvider',
  'textDocument/moniker': 'monikerProvider',
  'textDocument/prepareCallHierarchy': 'callHierarchyProvider',
  'textDocument/prepareTypeHierarchy': 'typeHierarchyProvider',
  'workspace/symbol': 'workspaceSymbolProvider',
  'workspaceSymbol/resolve': 'workspaceSymbolProvider.resolveProvider',
  'workspace/executeCommand': 'executeCommandProvider',
  'workspace/didChangeWorkspaceFolders': 'workspace.workspaceFolders.changeNotifications',
  'workspace/textDocumentContent': 'workspace.textDocumentContent',
  'workspace/willCreateFiles': 'workspace.fileOperations.willCreate',
  'workspace/willRenameFiles': 'workspace.fileOperations.willRename',
  'workspace/willDeleteFiles': 'workspace.fileOperations.willDelete',
  'workspace/didCreateFiles': 'workspace.fileOperations.didCreate',
  'workspace/didRenameFiles': 'workspace.fileOperations.didRename',
  'workspace/didDeleteFiles': 'workspace.fileOperations.didDelete',
  'notebookDocument/didOpen': 'notebookDocumentSync',
  'textDocument/didOpen': 'textDocumentSync.openClose',
  'textDocument/didSave': 'textDocumentSync.save',
  'textDocument/willSave': 'textDocumentSync.willSave',
  'textDocument/willSaveWaitUntil': 'textDocumentSync.willSaveWaitUntil',
};

const page = readFileSync(new URL('../../../docs/features.md', import.meta.url), 'utf8');
const table = [...page.matchAll(/^\| `([^`]+)` +\| (\S+) +\| (.*?) +\|$/gm)].map(
  ([, method = '', served = '', how = '']) => ({ method, served, how }),
);

/** The value at a path of names, undefined where there is none. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null
          ? Object.entries(inner).find(([key]) => key === name)?.[1]
          : undefined,
      value,
    );
}

describe('the table of features', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession(undefined, {
      textDocument: {
        diagnostic: {},
        rename: { prepareSupport: true },
        rangeFormatting: { rangesSupport: true },
      },
    });
  });
  afterAll(() => session.close());

  it('has every method of the protocol once', () => {
    const methods = Object.values<unknown>(protocol)
      .map((one) => at(one, 'method'))
      .filter((method) => typeof method === 'string' && !REGISTRATIONS.includes(method));
    expect(methods.length).toBeGreaterThan(80);
    expect(table.map(({ method }) => method).sort()).toEqual([...new Set(methods)].sort());
  });

  it('says yes or no, with a reason', () => {
    for (const { method, served, how } of table) {
      expect(['yes', 'no'], method).toContain(served);
      expect(how.length, method).toBeGreaterThan(3);
    }
  });

  it('is what the server advertises', () => {
    const { capabilities } = session.initialized;
    const wrong = table.flatMap(({ method, served }) => {
      const capability = CAPABILITY[method];
      if (capability === undefined) return [];
      const advertised = at(capabilities, capability);
      return (advertised !== undefined && advertised !== false) === (served === 'yes')
        ? []
        : [`${method}: the table says ${served}, the server ${JSON.stringify(advertised)}`];
    });
    expect(wrong).toEqual([]);
  });
});
