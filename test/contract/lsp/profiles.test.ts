/** What is wrong with connections of the settings is told with its place there. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Session, startSession } from './session.ts';

const open: Session[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

const good = { id: 'good', baseUrl: 'http://127.0.0.1:9' };
const settings = (profiles: unknown[], connection: string | null = 'good') => ({
  profiles,
  connection,
  dataFolder: '',
  user: 'tester',
  trusted: true,
  clientCommands: true,
});

async function start(profiles: unknown[], connection?: string | null) {
  const session = await startSession(settings(profiles, connection));
  open.push(session);
  const told: string[][] = [];
  let look = (): void => undefined;
  session.connection.onNotification('cxq/profileProblems', ({ problems }: { problems: string[] }) => {
    told.push(problems);
    look();
  });
  const tellings = (count: number) =>
    new Promise<string[][]>((resolve) => {
      look = () => {
        if (told.length >= count) resolve(told);
      };
      look();
    });
  const configure = (next: unknown[]) =>
    session.connection.sendNotification('cxq/configuration', settings(next));
  return { session, tellings, configure };
}

describe('a connection of the settings that cannot be used', () => {
  it('is told once for each state, path by path; mending it is told too', async () => {
    const wrong = {
      id: 'a',
      extends: 'base',
      auth: { clientSecret: 'x' },
      limits: { retentionDays: 'many' },
    };
    const { tellings, configure } = await start([good, wrong]);
    const [first = []] = await tellings(1);
    expect(first).toEqual([
      expect.stringMatching(/^cxq\.connections\[1\]\.auth\.clientSecret: secrets do not belong in a profile/),
      expect.stringMatching(/^cxq\.connections\[1\]\.limits\.retentionDays: expected number/),
    ]);
    await configure([good, wrong]);
    await configure([good]);
    expect((await tellings(2)).slice(1)).toEqual([[]]);
    const file = { id: 'f', query: { adapter: 'file', path: 'history.ndjson' }, certificates: ['ca.pem'] };
    await configure([file]);
    expect((await tellings(3)).at(-1)).toEqual([
      'cxq.connections[0].query.path: must be a full path, such as /home/me/… or ~/…',
      'cxq.connections[0].certificates.0: must be a full path, such as /home/me/… or ~/…',
    ]);
  });

  it('is the reason why a query does not run, not that none is connected', async () => {
    const { session } = await start([{ id: 'good', baseUrl: 'http://tenant.example' }]);
    const run = { uri: 'untitled:a', text: 'QUERY a LAST 1h', index: 0, token: 't' };
    const result = await session.connection.sendRequest<{ error: unknown }>('cxq/run', run);
    expect(result.error).toEqual({
      code: 'profile',
      message:
        'The connection “good” cannot be used. cxq.connections[0].baseUrl: must begin with https:// (http:// is for this machine only)',
    });
  });
});
