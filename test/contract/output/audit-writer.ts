/** A process that appends to an audit folder: `node audit-writer.ts FOLDER NAME COUNT`. */
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { started } from '../../unit/output/events.ts';

const [folder = '', name = '', count = '0'] = process.argv.slice(2);
// A limit on file size then fails the write, as a full disk does, instead of ending the process.
process.on('SIGXFSZ', () => undefined);
const log = new AuditLog(folder, { maxFileBytes: 20_000, lockWaitMs: 60_000, lockStaleMs: 2_000 });
for (let index = 0; index < Number(count); index++) {
  const result = await log.append(started(`${name}-${index}`));
  process.stdout.write(result.ok ? '.' : `${result.error.code}\n`);
  if (!result.ok) process.exit(3);
}
