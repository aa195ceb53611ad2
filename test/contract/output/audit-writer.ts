/** A process that appends to an audit folder: `node audit-writer.ts FOLDER NAME COUNT`. */
import { AuditLog } from '../../../server/src/output/audit/log.ts';
import { started } from '../../unit/output/events.ts';

const [folder = '', name = '', count = '0'] = process.argv.slice(2);
const log = new AuditLog(folder, { maxFileBytes: 20_000 });
for (let index = 0; index < Number(count); index++) {
  const result = await log.append(started(`${name}-${index}`));
  if (!result.ok) throw new Error(result.error.message);
  process.stdout.write('.');
}
