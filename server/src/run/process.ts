/** Processes that write runs: which one a manifest is of, and whether it still runs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { RunManifest } from '../protocol/run.ts';

type Owner = RunManifest['process'];

/** Names this process among all that had its number: when it began, to the microsecond, which its threads know too. */
const PROCESS_TOKEN = String(performance.timeOrigin);

let ownStart: { readonly value: string | undefined } | undefined;

/** This process, for a manifest. */
export function ownProcess(): Owner {
  ownStart ??= { value: startOf(process.pid) };
  return {
    pid: process.pid,
    host: hostname(),
    token: PROCESS_TOKEN,
    ...(ownStart.value === undefined ? {} : { started: ownStart.value }),
  };
}

/** Whether the process that wrote a manifest still runs; one of another machine is taken to. */
export function isProcessAlive({ pid, host, token, started }: Owner): boolean {
  if (host !== hostname()) return true;
  // In a container that is started again, a process gets the number that its forerunner had.
  if (pid === process.pid) return token === undefined || token === PROCESS_TOKEN;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  // There is a process of this number. Whether it is the same one, its start tells, where both are known.
  const now = started === undefined ? undefined : startOf(pid);
  return now === undefined || now === started;
}

/**
 * When a process started, as a text that no later process of its number has; undefined where the system does not tell.
 * On Windows it would take seconds to find out, so there the number alone counts.
 */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The second field is a name in brackets, which may hold anything; the 22nd is the start, counted from the boot.
      const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      return ticks === undefined ? undefined : `${boot} ${ticks}`;
    }
    if (process.platform !== 'darwin') return undefined;
    const { status, stdout } = spawnSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      timeout: 2_000,
    });
    return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
