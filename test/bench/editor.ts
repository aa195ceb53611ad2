/** A real VS Code: how long the extension takes to activate, and a first text to its diagnostics. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseEditor } from '../../.ci/editor.mjs';
import { runSuite } from '../editor/harness/host.ts';
import { digits, type Section } from './table.ts';

/** The suite runs once, in a fresh editor: cold is what a person sees once a day. */
export async function editorSection(): Promise<Section> {
  const editor = await chooseEditor();
  const folder = mkdtempSync(join(tmpdir(), 'cxq-bench-'));
  const { host, measures } = await runSuite(editor, folder).finally(() =>
    rmSync(folder, { recursive: true, force: true }),
  );
  const row = (what: string, limit: number) => {
    const ms = measures.find((one) => one.what === what)?.ms;
    if (ms === undefined) throw new Error(`The editor did not tell: ${what}.`);
    return {
      what,
      measured: `${digits(ms)} ms`,
      against: '',
      bar: `< ${limit} ms`,
      reached: ms < limit,
    };
  };
  return {
    title: 'In the editor',
    text: `Once, in a fresh ${host.app} ${host.editor} (Node ${host.node}). What the commands do, with every schema, and the language client are files of their own, read right after the activation. The last row has the editor's own work in it.`,
    rows: [
      row('activation: the file read and run', 20),
      row('activation: the function itself', 20),
      row('activation and first diagnostics', 500),
    ],
  };
}
