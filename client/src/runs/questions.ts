/** What a run may have to ask before it can go on. Each answers whether it can. */
import * as vscode from 'vscode';
import type { RunResult } from '../../../server/src/protocol/lsp.ts';

type Parameters = NonNullable<RunResult['parameters']>;

const EXAMPLES: Readonly<Record<string, string>> = {
  STRING: 'text, as it is',
  NUMBER: 'a number, such as 12',
  DURATION: 'a duration, such as 30s, 15m or 2h',
  TIMESTAMP: 'a date, or a date and time with zone, such as 2026-11-20T08:00:00Z',
  BOOLEAN: 'true or false',
  LIST: "a list, such as ['a1', 'b2']",
};

/** Asks for the value of each parameter, with what was given last time filled in; undefined when given up. */
export async function askParameters(
  parameters: Parameters,
  problem: string,
  last: Readonly<Record<string, string>>,
): Promise<Record<string, string> | undefined> {
  const given: Record<string, string> = {};
  for (const [index, { name, type }] of parameters.entries()) {
    const example = EXAMPLES[type ?? ''] ?? 'a value as in CXQ, or plain text';
    const known = last[name];
    const value = await vscode.window.showInputBox({
      title: `Value of ${name}${parameters.length > 1 ? ` (${index + 1}/${parameters.length})` : ''}`,
      prompt: `PARAM ${name}${type === null ? '' : `: ${type}`} has no value in the file. Enter ${example}.`,
      placeHolder: problem,
      ignoreFocusOut: true,
      ...(known === undefined ? {} : { value: known }),
    });
    if (value === undefined) return undefined;
    given[name] = value;
  }
  return given;
}

/** No connection: offers the sandbox or a tenant; true when one is in force afterwards. */
export async function offerConnection(
  message: string,
  startSandbox: () => Promise<boolean>,
  connect: () => Promise<boolean>,
): Promise<boolean> {
  const sandbox = 'Start Sandbox';
  const tenant = 'Connect';
  const chosen = await vscode.window.showInformationMessage(message, sandbox, tenant);
  if (chosen === sandbox) return startSandbox();
  if (chosen === tenant) return connect();
  return false;
}

/** More requests than the profile's budget (CXQ4005). */
export async function confirmBudget(message: string): Promise<boolean> {
  const run = 'Run Anyway';
  return (await vscode.window.showWarningMessage(message, { modal: true }, run)) === run;
}

/** Running and exporting need a trusted workspace; tells what does not happen, and where trust is given. */
export async function refuseUntrusted(
  what = 'so its queries do not run: they would sign in with your credentials and write files.',
): Promise<void> {
  const manage = 'Manage Workspace Trust';
  const chosen = await vscode.window.showWarningMessage(
    `This workspace is not trusted, ${what} Checking, completion and plans work all the same.`,
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}
