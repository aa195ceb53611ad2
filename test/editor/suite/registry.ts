/**
 * The registry of tests that run inside the real extension host. Each result is appended to the file that
 * CXQ_SUITE_RESULTS names, one JSON object a line, so that a host that dies keeps what it had done.
 */
import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';

type Body = () => Promise<void> | void;

const registered: { name: string; body: Body }[] = [];
const LIMIT_MS = 60_000;

/** Registers a test. It fails when its body throws, rejects or takes more than a minute. */
export function test(name: string, body: Body): void {
  registered.push({ name, body });
}

/** Asks every 50 ms until the answer is neither undefined nor false; throws, saying what was waited for, after `ms`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = 20_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`Waited ${ms} ms for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function withLimit(body: Body): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Did not end within ${LIMIT_MS} ms.`)), LIMIT_MS);
  });
  try {
    await Promise.race([body(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps a time that a bench asks for. Nothing is held against it here. */
export function measured(what: string, ms: number): void {
  record({ kind: 'measure', what, ms });
}

function record(line: object): void {
  const file = process.env['CXQ_SUITE_RESULTS'];
  if (file === undefined) throw new Error('CXQ_SUITE_RESULTS names no file for the results.');
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Called by the editor. Rejects when a test failed, which becomes the editor's exit code. */
export async function run(): Promise<void> {
  record({ kind: 'host', editor: vscode.version, node: process.version, app: vscode.env.appName });
  let failed = 0;
  for (const { name, body } of registered) {
    const start = performance.now();
    let error: string | undefined;
    try {
      await withLimit(body);
    } catch (thrown) {
      failed += 1;
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    }
    const ms = Math.round(performance.now() - start);
    record({ kind: 'test', name, ms, ...(error === undefined ? {} : { error }) });
  }
  record({ kind: 'end', count: registered.length });
  if (failed > 0) throw new Error(`${failed} of ${registered.length} tests failed.`);
}
