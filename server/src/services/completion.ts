/** Completion of keywords, clauses, fields, names and values; what is said of each when the editor asks. */
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  CompletionTriggerKind,
  type InsertReplaceEdit,
  InsertTextFormat,
  type Range,
} from 'vscode-languageserver/node';
import * as z from 'zod';
import {
  COMPLETION_KINDS,
  type Completion,
  type CompletionContext,
  type CompletionKind,
  type KnownProfile,
} from '../language/index.ts';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { createKnownValues, latestRuns } from './known-values.ts';
import { markup } from './markup.ts';
import { openHistories } from './open-histories.ts';
import type { Workspace } from './workspace.ts';

const KINDS: Record<CompletionKind, CompletionItemKind> = {
  keyword: CompletionItemKind.Keyword,
  clause: CompletionItemKind.Keyword,
  operator: CompletionItemKind.Operator,
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  value: CompletionItemKind.Value,
  parameter: CompletionItemKind.Variable,
  query: CompletionItemKind.Module,
  profile: CompletionItemKind.Reference,
  analysis: CompletionItemKind.Class,
  metric: CompletionItemKind.Constant,
  option: CompletionItemKind.Property,
  format: CompletionItemKind.EnumMember,
  type: CompletionItemKind.TypeParameter,
  template: CompletionItemKind.Snippet,
};

/**
 * A blank is among them, because a list is of use after `ANALYZE ` or `errorState = `; the language says where, and
 * anywhere else nothing is answered to it.
 */
const TRIGGERS = ['$', '.', '(', '[', "'", '`', ' '];

const dataSchema = z.object({ kind: z.enum(COMPLETION_KINDS), about: z.string() });

/** What the editor can do with an answer. */
interface Abilities {
  readonly snippets: boolean;
  readonly insertReplace: boolean;
  readonly labelDetails: boolean;
  readonly commitCharacters: boolean;
  readonly preselect: boolean;
  /** Properties that may be said once for all items. */
  readonly defaults: ReadonlySet<string>;
}

function abilitiesOf({ client }: Workspace): Abilities {
  const completion = client.textDocument?.completion;
  const item = completion?.completionItem;
  return {
    snippets: item?.snippetSupport === true,
    insertReplace: item?.insertReplaceSupport === true,
    labelDetails: item?.labelDetailsSupport === true,
    commitCharacters: item?.commitCharactersSupport === true,
    preselect: item?.preselectSupport === true,
    defaults: new Set(completion?.completionList?.itemDefaults ?? []),
  };
}

function contextOf(
  workspace: Workspace,
  known: NonNullable<CompletionContext['known']>,
  unasked: boolean,
): CompletionContext {
  const { now, profile } = workspace.checkContext();
  const profiles = [...workspace.profiles.values()].map(
    ({ id, baseUrl }): KnownProfile => ({ id, detail: URL.canParse(baseUrl) ? new URL(baseUrl).host : '' }),
  );
  // The extension's snippets and these are made from one table.
  const ownTemplates = workspace.configuration.clientCommands;
  return { now, profile, profiles, unasked, ownTemplates, known };
}

/** What replaces what: in full, or as a list's default has it. */
function itemOf(
  one: Completion,
  edit: { readonly range: Range | Pick<InsertReplaceEdit, 'insert' | 'replace'>; readonly shared: boolean },
  abilities: Abilities,
): CompletionItem {
  const snippet = one.snippet && abilities.snippets;
  const newText = snippet ? one.newText : one.snippet ? one.plainText : one.newText;
  const item: CompletionItem = {
    label: one.label,
    kind: KINDS[one.kind],
    sortText: String(one.rank).padStart(4, '0'),
    data: { kind: one.kind, about: one.about },
  };
  if (one.detail !== '') {
    if (abilities.labelDetails) item.labelDetails = { description: one.detail };
    else item.detail = one.detail;
  }
  if (one.filterText !== one.label) item.filterText = one.filterText;
  if (one.preselect && abilities.preselect) item.preselect = true;
  if (one.commitCharacters.length > 0 && abilities.commitCharacters) {
    item.commitCharacters = [...one.commitCharacters];
  }
  if (snippet) item.insertTextFormat = InsertTextFormat.Snippet;
  if (edit.shared) {
    if (newText !== one.label) item.textEditText = newText;
  } else {
    item.textEdit = 'insert' in edit.range ? { ...edit.range, newText } : { range: edit.range, newText };
  }
  return item;
}

export const completionFeature: Feature = {
  capabilities: {
    completionProvider: {
      triggerCharacters: TRIGGERS,
      resolveProvider: true,
      completionItem: { labelDetailsSupport: true },
    },
  },
  register({ connection, workspace }) {
    const known = createKnownValues([latestRuns(workspace), openHistories(connection, workspace)]);

    connection.onCompletion(
      async ({ textDocument, position, context }, token): Promise<CompletionList | null> => {
        const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
        if (text === undefined) return null;
        const { document, parsed, language } = text;
        const unasked =
          context?.triggerKind === CompletionTriggerKind.TriggerCharacter && context.triggerCharacter === ' ';
        const { items, insertEnd, isIncomplete } = language.completeIn(
          parsed,
          document.offsetAt(position),
          contextOf(workspace, known.current(), unasked),
        );
        const [first] = items;
        if (first === undefined) return { isIncomplete: false, items: [] };
        const abilities = abilitiesOf(workspace);
        const start = document.positionAt(first.start);
        const replace = { start, end: document.positionAt(first.end) };
        const range = abilities.insertReplace
          ? { insert: { start, end: document.positionAt(insertEnd) }, replace }
          : replace;
        const shared = abilities.defaults.has('editRange');
        return {
          isIncomplete,
          ...(shared ? { itemDefaults: { editRange: range } } : {}),
          items: items.map((one) => itemOf(one, { range, shared }, abilities)),
        };
      },
    );

    connection.onCompletionResolve(async (item) => {
      const { completionDocumentation } = await import('../language/editing.ts');
      const data = dataSchema.safeParse(item.data);
      const found = data.success ? completionDocumentation(data.data.kind, data.data.about) : undefined;
      if (found === undefined) return item;
      const format = workspace.client.textDocument?.completion?.completionItem?.documentationFormat;
      return { ...item, documentation: markup(found, format) };
    });
  },
};
