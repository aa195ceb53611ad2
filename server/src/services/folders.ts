/** Where an editor's runs, audit and outbox lie. */
import { join } from 'node:path';
import type { ServerConfiguration } from '../protocol/lsp.ts';

export async function foldersOf(configuration: ServerConfiguration): Promise<{
  readonly runs: string;
  readonly audit: string;
  readonly outbox: string;
}> {
  const { dataFolder } = await import('../run/folders.ts');
  const home = configuration.dataFolder === '' ? dataFolder(process.env) : configuration.dataFolder;
  return { runs: join(home, 'runs'), audit: join(home, 'audit'), outbox: join(home, 'outbox') };
}
