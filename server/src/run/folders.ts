/** Where runs, audit and outbox lie. */
import { resolve } from 'node:path';
import envPaths from 'env-paths';

/** `CXQ_HOME`, else the platform's folder for a user's data. */
export function dataFolder(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['CXQ_HOME'];
  return home === undefined || home === '' ? envPaths('cxq', { suffix: '' }).data : resolve(home);
}
