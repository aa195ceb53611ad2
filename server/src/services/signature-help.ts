/** Signature help: what a function or clause takes, while it is written. */
import {
  type SignatureHelp,
  SignatureHelpTriggerKind,
  type SignatureInformation,
} from 'vscode-languageserver/node';
import type { Signature } from '../language/index.ts';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { markup } from './markup.ts';

export const signatureHelpFeature: Feature = {
  capabilities: {
    signatureHelpProvider: { triggerCharacters: ['(', ',', ' '], retriggerCharacters: [')', '='] },
  },
  register({ connection, workspace }) {
    const toLsp = (found: Signature): SignatureHelp => {
      const client = workspace.client.textDocument?.signatureHelp;
      const can = client?.signatureInformation;
      const information: SignatureInformation = {
        label: found.label,
        documentation: markup(found.blocks, can?.documentationFormat),
        parameters: found.parameters.map(({ start, end }) => ({
          label:
            can?.parameterInformation?.labelOffsetSupport === true
              ? [start, end]
              : found.label.slice(start, end),
        })),
      };
      // Without the editor's consent "none" cannot be said: one beyond the last is none as well.
      const none = can?.noActiveParameterSupport === true ? null : found.parameters.length;
      return { signatures: [information], activeSignature: 0, activeParameter: found.active ?? none };
    };

    connection.onSignatureHelp(async ({ textDocument, position, context }, token) => {
      const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
      if (text === undefined) return null;
      const { document, parsed, language } = text;
      const { profile } = workspace.checkContext();
      const found = language.signature(parsed, document.offsetAt(position), profile);
      if (found === undefined) return null;
      // A blank is typed everywhere: it opens help only where something with parts has just begun.
      const typed = context?.triggerKind === SignatureHelpTriggerKind.TriggerCharacter;
      if (typed && context.triggerCharacter === ' ' && !context.isRetrigger && !found.opening) return null;
      return toLsp(found);
    });
  },
};
