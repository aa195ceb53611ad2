import { describe, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { traceChannel, withoutSecrets } from '../../../client/src/log.ts';

const answer = `Sending response 'cxq/credentials - (3)'. Processing request took 2ms.
Result: {
    "credentials": { "clientId": "me", "clientSecret": "canary-secret" }
}`;

describe('withoutSecrets', () => {
  it('leaves the answer out that carries credentials', () => {
    expect(withoutSecrets(answer)).toBe(
      "Sending response 'cxq/credentials - (3)'. Processing request took 2ms.\n(not shown: credentials)",
    );
  });
  it('leaves out the settings of a proxy, which may hold a password', () => {
    const settings = `Sending response 'cxq/network - (4)'. Processing request took 1ms.\nResult: "http://a:canary@b"`;
    expect(withoutSecrets(settings)).not.toContain('canary');
    const report = `Received response 'cxq/networkReport - (5)' in 9ms.\nResult: "CXQ"`;
    expect(withoutSecrets(report)).toBe(report);
  });
  it('keeps what was asked for, and every other message', () => {
    const request = `Received request 'cxq/credentials - (3)'.\nParams: { "profile": "acme" }`;
    expect(withoutSecrets(request)).toBe(request);
    const other = `Sending request 'cxq/run - (4)'.\nParams: { "text": "LAST 1h" }`;
    expect(withoutSecrets(other)).toBe(other);
  });
});

/** A log at a level, that keeps what it is told. */
function fakeLog(logLevel: vscode.LogLevel): {
  log: vscode.LogOutputChannel;
  lines: string[];
  set: (level: vscode.LogLevel) => void;
} {
  const lines: string[] = [];
  const listeners: ((level: vscode.LogLevel) => unknown)[] = [];
  const keep = (line: string): void => {
    lines.push(line);
  };
  const nothing = (): void => undefined;
  const log = {
    name: 'CXQ',
    logLevel,
    onDidChangeLogLevel: (listener: (level: vscode.LogLevel) => unknown) => {
      listeners.push(listener);
      return { dispose: nothing };
    },
    ...{
      trace: keep,
      debug: keep,
      info: keep,
      warn: keep,
      error: (error: string | Error) => keep(String(error)),
    },
    ...{ append: keep, appendLine: keep, replace: keep, clear: nothing, show: nothing, hide: nothing },
    dispose: nothing,
  };
  const set = (level: vscode.LogLevel): void => {
    log.logLevel = level;
    for (const listener of listeners) listener(level);
  };
  return { log, lines, set };
}

describe('traceChannel', () => {
  it('leaves the secrets out of what it passes on', () => {
    const { log, lines } = fakeLog(1);
    const channel = traceChannel(log);
    channel.trace(answer);
    channel.appendLine(answer);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('canary');
  });
  it('tells a listener the level that was set before it listened, and every one after', () => {
    const { log, set } = fakeLog(3);
    const channel = traceChannel(log);
    set(1);
    const told: vscode.LogLevel[] = [];
    channel.onDidChangeLogLevel((level) => told.push(level));
    set(2);
    expect(told).toEqual([1, 2]);
  });
});
