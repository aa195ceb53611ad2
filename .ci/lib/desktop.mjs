/** The executable behind the `code` command, run directly so that it ends with the one who started it. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const BESIDE_BIN = { linux: '../code', darwin: '../../../MacOS/Electron', win32: '../Code.exe' };

export function desktopExecutable(command) {
  const beside = BESIDE_BIN[process.platform];
  if (beside === undefined) return command;
  const executable = join(dirname(realpathSync(command)), beside);
  return existsSync(executable) ? executable : command;
}
