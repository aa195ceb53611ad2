/** `cxq lsp --stdio`: the language server, until the editor ends it. */
import type { ExitCode, Io } from './io.ts';

export async function lspCommand(_io: Io): Promise<ExitCode> {
  await import('../lsp.ts');
  // The server ends the process itself, on the protocol's `exit` or when its input closes.
  return new Promise<ExitCode>(() => undefined);
}
