/** The trees of the open texts, read in steps. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type ParsedDocument, parseSteps, readSteps } from '../language/index.ts';

/**
 * More than anybody writes, in UTF-16 units: a text so long is data that was saved under the wrong name, and cutting it
 * up would cost more memory than the editor itself has.
 */
export const MAX_LENGTH = 5_000_000;

interface Known {
  readonly tree: ParsedDocument;
  isRead: boolean;
}

export class Trees {
  readonly #known = new Map<string, Known>();
  /** What is being cut up, also for those who begin to wait for it meanwhile. */
  readonly #cutting = new Map<string, Generator<void, ParsedDocument>>();

  /**
   * Gives the tree of a text with all of its sections read, as the text is when the last step is taken. A text costs
   * what differs from the one before it.
   */
  *steps(document: TextDocument): Generator<void, ParsedDocument> {
    for (;;) {
      const known = this.#known.get(document.uri);
      if (known === undefined || known.tree.text !== document.getText()) {
        this.#cut(document, known?.tree);
        yield;
      } else if (known.isRead) {
        return known.tree;
      } else {
        yield* readSteps(known.tree);
        known.isRead = true;
      }
    }
  }

  /** A text was closed. */
  forget(uri: string): void {
    this.#known.delete(uri);
    this.#cutting.delete(uri);
  }

  /** One that was begun for an older text is not thrown away: the newer one follows from it. */
  #cut(document: TextDocument, before: ParsedDocument | undefined): void {
    const { uri } = document;
    const steps = this.#cutting.get(uri) ?? parseSteps(document.getText(), before);
    this.#cutting.delete(uri);
    const step = steps.next();
    if (step.done !== true) this.#cutting.set(uri, steps);
    else this.#known.set(uri, { tree: step.value, isRead: false });
  }
}
