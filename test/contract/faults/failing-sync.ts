/**
 * Loaded into a process before all else: making a file of one folder durable fails there, as on a disk that is about to
 * die. `CXQ_FAILING_SYNC` is the folder; `CXQ_FAILING_SYNC_FROM` is how many times it works before.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const folder = process.env['CXQ_FAILING_SYNC'] ?? '';
let left = Number(process.env['CXQ_FAILING_SYNC_FROM'] ?? 0);

function isThere(descriptor: number): boolean {
  const { ino } = fs.fstatSync(descriptor);
  return fs.readdirSync(folder).some((name) => fs.statSync(join(folder, name)).ino === ino);
}

const { fdatasync } = fs;
Object.assign(fs, {
  fdatasync: (descriptor: number, done: (error: Error | null) => void) => {
    if (!isThere(descriptor)) return fdatasync(descriptor, done);
    left -= 1;
    if (left >= 0) return fdatasync(descriptor, done);
    process.stderr.write('fault: fdatasync\n');
    done(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' }));
  },
});
syncBuiltinESMExports();
