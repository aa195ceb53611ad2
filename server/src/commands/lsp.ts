/** `cxq lsp --stdio`: the language server, until the editor ends it. */
import { EXIT, type ExitCode, type Io } from './io.ts';

export async function lspCommand(io: Io): Promise<ExitCode> {
  io.signal.addEventListener('abort', () => process.exit(EXIT.interrupted));
  await import('../lsp.ts');
  // The server ends the process itself, on the protocol's `exit` or when its input closes.
  return new Promise<ExitCode>(() => undefined);
}
