import { mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancellationToken, CancellationTokenSource, TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { WorkspaceFiles } from '../../../server/src/services/files.ts';

const { None } = CancellationToken;
let folder: string;

beforeEach(async () => {
  // In a hidden folder: what is hidden is judged below the workspace's folder, not above it.
  folder = join(await mkdtemp(join(tmpdir(), 'cxq-files-')), '.hidden', 'work (one)');
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(join(folder, '..', '..'), { recursive: true }));

async function write(path: string, text = 'LAST 1h'): Promise<string> {
  const full = join(folder, path);
  await mkdir(join(full, '..'), { recursive: true });
  await writeFile(full, text);
  return full;
}

/** Texts that are open, as an editor would have opened them. */
class Open extends TextDocuments<TextDocument> {
  readonly texts = new Map<string, TextDocument>();
  constructor(texts: Readonly<Record<string, string>> = {}) {
    super(TextDocument);
    for (const [uri, text] of Object.entries(texts))
      this.texts.set(uri, TextDocument.create(uri, 'cxq', 1, text));
  }
  override get(uri: string): TextDocument | undefined {
    return this.texts.get(uri);
  }
  override keys(): string[] {
    return [...this.texts.keys()];
  }
}

const paths = (uris: readonly string[]): string[] =>
  uris.map((uri) =>
    decodeURIComponent(uri).replace(`${pathToFileURL(folder).href.replaceAll('%20', ' ')}/`, ''),
  );

describe('the query files of a workspace', () => {
  it('are those of its folders, without hidden folders, node_modules, links and other files', async () => {
    for (const path of ['b.cxq', 'a/deep/c.cxq', 'a/ä ö#%.cxq', '.git/x.cxq', 'a/.x.cxq', 'readme.md'])
      await write(path);
    await write('node_modules/p/x.cxq');
    await write('a/node_modules/p/x.cxq');
    await mkdir(join(folder, 'folder.cxq'));
    await symlink(folder, join(folder, 'around'));
    const files = new WorkspaceFiles(new Open(), () => [folder, join(folder, 'a'), join(folder, 'gone')]);
    const uris = await files.list(None);
    expect(paths(uris)).toEqual(['a/deep/c.cxq', 'a/ä ö#%.cxq', 'b.cxq']);
    for (const uri of uris) expect(await files.text(uri)).toBe('LAST 1h');
  });

  it('begin with the open texts, each once however its URI is written', async () => {
    const path = await write('b.cxq');
    await write('c.cxq');
    const other = pathToFileURL(path).href.replaceAll('(', '%28').replaceAll(')', '%29');
    expect(other).not.toBe(pathToFileURL(path).href);
    const open = new Open({ 'untitled:Untitled-1': 'LAST 2h', [other]: 'LAST 3h' });
    const files = new WorkspaceFiles(open, () => [folder]);
    expect(paths(await files.list(None))).toEqual(['untitled:Untitled-1', 'b.cxq', 'c.cxq']);
    expect(await files.text(other)).toBe('LAST 3h');
    expect(await files.text('untitled:Untitled-1')).toBe('LAST 2h');
  });

  it('are listed anew once something changed', async () => {
    const files = new WorkspaceFiles(new Open(), () => [folder]);
    const seen: (readonly string[])[] = [];
    files.onDidChange((uris) => seen.push(uris));
    expect(await files.list(None)).toEqual([]);
    await write('new.cxq');
    files.foldersChanged();
    expect(paths(await files.list(None))).toEqual(['new.cxq']);
    expect(seen).toEqual([[]]);
  });

  it('are none for a request that was cancelled', async () => {
    await write('a.cxq');
    const files = new WorkspaceFiles(new Open(), () => [folder]);
    const source = new CancellationTokenSource();
    const listed = files.list(source.token);
    source.cancel();
    expect(await listed).toEqual([]);
    expect(await files.list(source.token)).toEqual([]);
    expect(await files.list(None)).toHaveLength(1);
  });
});

describe('a text of the workspace', () => {
  it('is read without its byte-order mark; there is none for what is gone, too large or no file', async () => {
    const path = await write('a.cxq', '\uFEFFLAST 1h\r\n');
    const files = new WorkspaceFiles(new Open(), () => [folder]);
    const uri = pathToFileURL(path).href;
    expect(await files.text(uri)).toBe('LAST 1h\r\n');
    for (const none of [`${uri}x`, 'untitled:a', 'file://%%%', pathToFileURL(folder).href]) {
      expect(await files.text(none)).toBeUndefined();
      expect(await files.stamp(none)).toBeUndefined();
    }
    await truncate(path, 5 * 1024 * 1024);
    expect(await files.text(uri)).toHaveLength(5 * 1024 * 1024 - 3);
    await truncate(path, 5 * 1024 * 1024 + 1);
    expect(await files.text(uri)).toBeUndefined();
    expect(await files.stamp(uri)).toBeUndefined();
  });

  it('has another stamp when it may be another text', async () => {
    const path = await write('a.cxq');
    const uri = pathToFileURL(path).href;
    const open = new Open();
    const files = new WorkspaceFiles(open, () => [folder]);
    const stamps = new Set([await files.stamp(uri)]);
    expect(await files.stamp(uri)).toBe([...stamps][0]);
    await utimes(path, 1, 1);
    stamps.add(await files.stamp(uri));
    await writeFile(`${path}.tmp`, 'LAST 12h');
    await utimes(`${path}.tmp`, 1, 1);
    await rename(`${path}.tmp`, path);
    stamps.add(await files.stamp(uri));
    for (const version of [1, 2]) {
      open.texts.set(uri, TextDocument.create(uri, 'cxq', version, ''));
      stamps.add(await files.stamp(uri));
    }
    expect(stamps.size).toBe(5);
    expect(stamps.has(undefined)).toBe(false);
  });
});
