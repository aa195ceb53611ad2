/** Saving a picture that the results panel drew: asks where to, writes it, and says so. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { PanelAction } from '../../../server/src/protocol/panel.ts';
import { refuseUntrusted } from '../runs/questions.ts';
import { sentence, visible } from '../text.ts';
import { pictureBytes, pictureName } from './hand-over-text.ts';

type Picture = Extract<PanelAction, { kind: 'savePicture' }>;

const FORMATS = { svg: 'SVG picture', png: 'PNG picture' } as const;

export class Pictures {
  /** Where the last one went: the next one is likely to go there too. */
  #folder: vscode.Uri | undefined;

  /** `beside` is the file of the query, where it has one on disk. Throws a sentence where it cannot be written. */
  async save({ format, name, data }: Picture, beside: vscode.Uri | undefined): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await refuseUntrusted('so no picture is saved: it would write a file.');
      return;
    }
    const bytes = pictureBytes(format, data);
    const folder =
      this.#folder ??
      (beside === undefined ? undefined : vscode.Uri.joinPath(beside, '..')) ??
      vscode.workspace.workspaceFolders?.[0]?.uri ??
      vscode.Uri.file(homedir());
    const to = await vscode.window.showSaveDialog({
      title: 'Save the Picture',
      saveLabel: 'Save',
      defaultUri: vscode.Uri.joinPath(folder, pictureName(name, format)),
      filters: { [FORMATS[format]]: [format] },
    });
    if (to === undefined) return;
    const file = to.path.split('/').at(-1) ?? to.path;
    try {
      await vscode.workspace.fs.writeFile(to, bytes);
    } catch (reason) {
      throw new Error(`${visible(file)} could not be written: ${visible(sentence(reason))}`, {
        cause: reason,
      });
    }
    this.#folder = vscode.Uri.joinPath(to, '..');
    void tell(file, to);
  }
}

async function tell(file: string, uri: vscode.Uri): Promise<void> {
  const open = 'Open';
  const chosen = await vscode.window.showInformationMessage(`Saved the picture as ${visible(file)}.`, open);
  if (chosen === open) await vscode.commands.executeCommand('vscode.open', uri);
}
