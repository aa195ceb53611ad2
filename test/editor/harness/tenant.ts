/** Tenants of a test: sandboxes in the test's own process, so that it sees what each was asked. */
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';

type Request = Parameters<NonNullable<SandboxOptions['onRequest']>>[0];

export interface TestTenant extends Sandbox {
  /** Every request as it was answered. */
  readonly asked: readonly Request[];
}

/** Starts a tenant of its own. Close it in `afterAll`. */
export async function startTenant(options: SandboxOptions = {}): Promise<TestTenant> {
  const asked: Request[] = [];
  const sandbox = await startSandbox({
    interactions: 400,
    seed: 3,
    ...options,
    onRequest: (line) => asked.push(line),
  });
  return Object.assign(sandbox, { asked });
}

/** The machine's settings with one connection, in force. */
export function connectedTo(
  id: string,
  baseUrl: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { 'cxq.connections': [{ id, baseUrl, ...more }] };
}
