import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  giveUp,
  listOutbox,
  messagesOf,
  type OutboxMessage,
  removeMessage,
  revive,
  saveMessage,
  sweep,
} from '../../../server/src/output/webhook/outbox.ts';
import { emptyFolder } from './events.ts';

function message(id: string, more: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    schemaVersion: 2,
    id,
    runId: 'r1',
    connection: 'acme',
    tenant: 'https://acme.example',
    origin: 'https://hooks.example.test',
    url: 'https://hooks.example.test/way?key=canary',
    body: '{"status":"completion"}',
    createdAt: '2026-11-22T08:00:00Z',
    queuedAt: '2026-11-22T08:00:01Z',
    attempts: 2,
    nextAttemptAt: '2026-11-22T08:01:00Z',
    lastError: 'It answered HTTP 503.',
    ...more,
  };
}

const ids = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

describe('messages that wait', () => {
  it('are kept whole, for their owner alone, until they are removed', async () => {
    const outbox = join(await emptyFolder(), 'deep', 'outbox');
    await saveMessage(outbox, message('msg_0f3a'));
    expect(await readdir(outbox)).toEqual(['msg_0f3a.json']);
    const text = await readFile(join(outbox, 'msg_0f3a.json'), 'utf8');
    expect(text).toBe(`${JSON.stringify(message('msg_0f3a'), null, 2)}\n`);
    if (process.platform !== 'win32')
      expect((await stat(join(outbox, 'msg_0f3a.json'))).mode & 0o777).toBe(0o600);
    expect(await messagesOf(outbox, 'pending')).toEqual([message('msg_0f3a')]);
    expect(await messagesOf(outbox, 'failed')).toEqual([]);
    await saveMessage(outbox, message('msg_0f3a', { attempts: 3 }));
    expect(await messagesOf(outbox, 'pending')).toEqual([message('msg_0f3a', { attempts: 3 })]);
    await removeMessage(outbox, 'msg_0f3a');
    expect(await readdir(outbox)).toEqual([]);
  });

  it('are given up under another name and revived under their own', async () => {
    const outbox = await emptyFolder();
    await saveMessage(outbox, message('msg_0f3a'));
    await giveUp(outbox, message('msg_0f3a', { attempts: 9 }));
    expect(await readdir(outbox)).toEqual(['failed-msg_0f3a.json']);
    expect(await messagesOf(outbox, 'pending')).toEqual([]);
    expect(await messagesOf(outbox, 'failed')).toEqual([message('msg_0f3a', { attempts: 9 })]);
    await revive(outbox, message('msg_0f3a', { queuedAt: '2026-11-23T08:00:00Z' }));
    expect(await readdir(outbox)).toEqual(['msg_0f3a.json']);
    expect(await messagesOf(outbox, 'pending')).toMatchObject([{ queuedAt: '2026-11-23T08:00:00Z' }]);
    await giveUp(outbox, message('msg_0f3a'));
    await removeMessage(outbox, 'msg_0f3a', 'failed');
    expect(await readdir(outbox)).toEqual([]);
  });

  it('come in the order of their making, those of one moment in any', async () => {
    const outbox = await emptyFolder();
    const times = ['08:00:05', '08:00:01', '08:00:04', '08:00:01', '08:00:03', '08:00:02'];
    for (const [index, time] of times.entries()) {
      await saveMessage(outbox, message(`msg_${index}`, { createdAt: `2026-11-22T${time}Z` }));
    }
    const found = await messagesOf(outbox, 'pending');
    expect(found.map(({ createdAt }) => createdAt.slice(11, 19))).toEqual(times.toSorted());
    expect(ids(found.slice(0, 2)).toSorted()).toEqual(['msg_1', 'msg_3']);
  });

  it('are listed without their content, those that were given up last', async () => {
    const outbox = await emptyFolder();
    await giveUp(outbox, message('msg_1'));
    await saveMessage(outbox, message('msg_2', { createdAt: '2026-11-22T09:00:00Z', lastError: null }));
    const entry = {
      runId: 'r1',
      connection: 'acme',
      origin: 'https://hooks.example.test',
      attempts: 2,
    };
    expect(await listOutbox(outbox)).toEqual([
      {
        ...entry,
        id: 'msg_2',
        state: 'pending',
        createdAt: '2026-11-22T09:00:00Z',
        nextAttemptAt: '2026-11-22T08:01:00Z',
        lastError: null,
      },
      {
        ...entry,
        id: 'msg_1',
        state: 'failed',
        createdAt: '2026-11-22T08:00:00Z',
        nextAttemptAt: null,
        lastError: 'It answered HTTP 503.',
      },
    ]);
  });

  it('are none where there is no folder; one that cannot be read is no empty one', async () => {
    const folder = await emptyFolder();
    expect(await messagesOf(join(folder, 'none'), 'pending')).toEqual([]);
    expect(await listOutbox(join(folder, 'none'))).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    await expect(messagesOf(join(folder, 'file'), 'pending')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(listOutbox(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

it.skipIf(process.platform !== 'linux')('closes what it reads', async () => {
  const outbox = await emptyFolder();
  for (const id of ['msg_1', 'msg_2', 'msg_3']) await saveMessage(outbox, message(id));
  await writeFile(join(outbox, 'msg_4.json'), '{');
  const open = async () => {
    const links = await readdir('/proc/self/fd');
    const paths = await Promise.all(links.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')));
    return paths.filter((path) => path.startsWith(outbox));
  };
  expect(await messagesOf(outbox, 'pending')).toHaveLength(3);
  expect(await open()).toEqual([]);
});

describe('what is no message', () => {
  it.each([
    'xmsg_1.json',
    'msg_1.json.bak',
    'msg_.json',
    'msg_1.jsonl',
    'msg_1xjson',
    'msg_1-2.json',
    'failed-msg_1.json',
    '.msg_1.json.0a.tmp',
  ])('by its name waits for nobody: %s', async (name) => {
    const outbox = await emptyFolder();
    await writeFile(join(outbox, name), JSON.stringify(message('msg_1')));
    expect(await messagesOf(outbox, 'pending')).toEqual([]);
  });

  it.each([
    'xfailed-msg_1.json',
    'failed-msg_1.json.bak',
    'failed-msg_.json',
    'failed-msg_1xjson',
    'msg_1.json',
  ])('by its name was not given up: %s', async (name) => {
    const outbox = await emptyFolder();
    await writeFile(join(outbox, name), JSON.stringify(message('msg_1')));
    expect(await messagesOf(outbox, 'failed')).toEqual([]);
  });

  const wrong: readonly [string, unknown][] = [
    ['another version', { schemaVersion: 1 }],
    ['an id with a path', { id: '../msg_1' }],
    ['an id that goes on', { id: 'msg_1/..' }],
    ['an id of nothing', { id: 'msg_' }],
    ['a name that is not its id', { id: 'msg_2' }],
    ['a run that is no text', { runId: 7 }],
    ['no connection', { connection: undefined }],
    ['no tenant', { tenant: undefined }],
    ['no origin', { origin: null }],
    ['no word of its address', { url: undefined }],
    ['a body that is no text', { body: {} }],
    ['a time that is none', { createdAt: 'yesterday' }],
    ['a wait since never', { queuedAt: '2026-13-01T00:00:00Z' }],
    ['fewer attempts than none', { attempts: -1 }],
    ['half an attempt', { attempts: 0.5 }],
    ['a next time that is none', { nextAttemptAt: '' }],
    ['no word of an error', { lastError: undefined }],
  ];
  it.each(wrong)('by its content: %s', async (_, more) => {
    const outbox = await emptyFolder();
    for (const state of ['pending', 'failed'] as const) {
      const name = state === 'failed' ? 'failed-msg_1.json' : 'msg_1.json';
      await writeFile(join(outbox, name), JSON.stringify({ ...message('msg_1'), ...Object(more) }));
      expect(await messagesOf(outbox, state)).toEqual([]);
    }
    expect((await readdir(outbox)).toSorted()).toEqual(['failed-msg_1.json', 'msg_1.json']);
  });

  it('is a file that is cut, or a folder', async () => {
    const outbox = await emptyFolder();
    await writeFile(join(outbox, 'msg_1.json'), '{"id":');
    await mkdir(join(outbox, 'msg_2.json'));
    await saveMessage(outbox, message('msg_3'));
    expect(ids(await messagesOf(outbox, 'pending'))).toEqual(['msg_3']);
  });

  it.skipIf(process.platform === 'win32')('is what is behind a link', async () => {
    const [outbox, elsewhere] = [await emptyFolder(), await emptyFolder()];
    await saveMessage(elsewhere, message('msg_1'));
    await symlink(join(elsewhere, 'msg_1.json'), join(outbox, 'msg_1.json'));
    expect(await messagesOf(outbox, 'pending')).toEqual([]);
    await link(join(elsewhere, 'msg_1.json'), join(outbox, 'failed-msg_1.json'));
    expect(ids(await messagesOf(outbox, 'failed'))).toEqual(['msg_1']);
  });
});

describe('what killed processes left', () => {
  const age = async (path: string, ms: number) => {
    const then = new Date(Date.now() - ms);
    await utimes(path, then, then);
  };

  it('is removed after an hour, and nothing else', async () => {
    const outbox = await emptyFolder();
    const old = ['.msg_1.json.0a1b.tmp', '.msg_0f3a.json.0a1b.tmp', '.failed-msg_1.json.ff.tmp'];
    const kept = [
      '.msg_2.json.0a1b.tmp',
      'x.msg_1.json.0a1b.tmp',
      '.msg_1.json.0a1b.tmp.bak',
      '.msg_.json.0a1b.tmp',
      '.msg_1.json..tmp',
      '.msg_1.json.xyz.tmp',
      '.other-msg_1.json.0a.tmp',
      '.msg_1xjson.0a.tmp',
      '.msg_1.jsonx0a.tmp',
      '.msg_1.json.0axtmp',
      'msg_1.json',
      'notes.txt',
    ];
    for (const name of [...old, ...kept]) {
      await writeFile(join(outbox, name), '{');
      await age(join(outbox, name), name === '.msg_2.json.0a1b.tmp' ? 3_500_000 : 3_700_000);
    }
    await sweep(outbox);
    expect((await readdir(outbox)).toSorted()).toEqual(kept.toSorted());
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'stays where it cannot be removed',
    async () => {
      const outbox = await emptyFolder();
      await writeFile(join(outbox, '.msg_1.json.0a.tmp'), '{');
      await age(join(outbox, '.msg_1.json.0a.tmp'), 7_200_000);
      await chmod(outbox, 0o500);
      await sweep(outbox);
      expect(await readdir(outbox)).toHaveLength(1);
    },
  );

  it('may be gone before it is looked at, or be no file', async () => {
    const outbox = await emptyFolder();
    await mkdir(join(outbox, '.msg_1.json.0a.tmp'));
    await age(join(outbox, '.msg_1.json.0a.tmp'), 7_200_000);
    if (process.platform !== 'win32') {
      await symlink(join(outbox, 'nowhere'), join(outbox, '.msg_2.json.0a.tmp'));
    }
    await sweep(outbox);
    expect(await readdir(outbox)).toContain('.msg_1.json.0a.tmp');
  });
});
