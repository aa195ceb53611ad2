/** The editor's own network settings, as the language server has them; and what a profile lacks, told in the settings. */
import { match, ok } from 'node:assert';
import * as vscode from 'vscode';
import { test, until } from './registry.ts';

/** Sets user settings for the time of the body. */
async function withSettings(values: Record<string, unknown>, body: () => Promise<void>): Promise<void> {
  const settings = vscode.workspace.getConfiguration();
  const before = Object.keys(values).map((key) => [key, settings.inspect(key)?.globalValue] as const);
  try {
    for (const [key, value] of Object.entries(values)) {
      await settings.update(key, value, vscode.ConfigurationTarget.Global);
    }
    await body();
  } finally {
    for (const [key, value] of before) {
      await settings.update(key, value, vscode.ConfigurationTarget.Global);
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  }
}

/** The report once it says what is expected; a setting takes a moment to reach the server. */
function report(expected: string): Promise<string> {
  return until(`a report with ${expected}`, async (): Promise<string | undefined> => {
    await vscode.commands.executeCommand('cxq.networkDiagnostics');
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    return text.includes(expected) ? text : undefined;
  });
}

test('the editor’s proxy settings reach the language server, also when they change, and their password no report', async () => {
  const connections = [{ id: 'far', baseUrl: 'https://tenant.example', auth: { kind: 'none' } }];
  const settings = {
    'cxq.connections': connections,
    'cxq.connection': 'far',
    'http.proxy': 'http://ana:canary@127.0.0.1:9',
    'http.systemCertificates': false,
  };
  await withSettings(settings, async () => {
    const text = await report('“far”');
    match(text, /http\.proxy: http:\/\/127\.0\.0\.1:9 \(with user and password\)/);
    match(text, /The proxy http:\/\/127\.0\.0\.1:9 \(http\.proxy\) cannot be reached/);
    match(text, /those of the system are left out/);
    ok(!text.includes('canary'));
    await withSettings({ 'http.proxySupport': 'off' }, async () => {
      await report('Way: direct, because http.proxySupport is off');
    });
  });
});
