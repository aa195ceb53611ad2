import type { TestProject } from 'vitest/node';
import { chooseEditor, type Editor } from '../../../.ci/editor.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    editor: Editor;
  }
}

/** Finds the editor once for all test files and says which it is; the tests fail when there is none. */
export async function setup(project: TestProject): Promise<void> {
  const editor = await chooseEditor();
  process.stdout.write(`Editor: ${editor.summary}\n`);
  project.provide('editor', editor);
}
