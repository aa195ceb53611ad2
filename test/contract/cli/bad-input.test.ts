import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli, type Desk, deskOf, folderOf, NOW, valid } from './support.ts';

/** A user whom permissions do not stop (root in a container) cannot test them. */
const STOPPED = process.getuid?.() !== 0 && process.platform !== 'win32';

/** A folder that nobody can write below: its name is taken by a file. */
async function blocked(desk: Desk, name: string): Promise<string> {
  await writeFile(desk.path(name), '');
  return `${name}/below`;
}

async function say(desk: Desk, text: string, args: readonly string[] = [], env?: Record<string, string>) {
  const { code, out, err } = await desk.run(
    text,
    [...args, '--format', 'json'],
    env === undefined ? {} : { env },
  );
  return { code, out, err };
}

describe('files', () => {
  it.each([
    ['missing', [], 2, /There is no file query\.cxq\. Check the path/],
    ['empty', [''], 2, /holds no query/],
    ['binary', [Buffer.from([0x4c, 0xff, 0xfe, 0x00])], 2, /query\.cxq is not UTF-8 text\. Save it as UTF-8/],
  ] as const)('of queries: %s', async (_, [content], code, message) => {
    const desk = await deskOf({ interactions: 5 });
    if (content !== undefined) await writeFile(desk.path('query.cxq'), content);
    const ran = await cli(['run', 'query.cxq', '--base-url', desk.tenant.baseUrl], {
      cwd: desk.folder,
      env: desk.env,
    });
    expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringMatching(message)]);
    expect(desk.tenant.stats.requests).toBe(0);
  });

  it('of arguments: what a terminal would obey is shown, not sent', async () => {
    const folder = await folderOf();
    await writeFile(join(folder, 'p.json'), '{"\\u001b[31mfield":1}');
    await writeFile(join(folder, 'q.cxq'), 'QUERY a LAST 1h');
    const evil = '\u001b[2J\u202e';
    for (const args of [
      [`no${evil}`],
      ['check', 'q.cxq', '--format', evil],
      ['check', 'q.cxq', '--now', evil],
      ['explain', 'q.cxq', '--query', evil],
      ['explain', 'q.cxq', '--profile', 'p.json'],
      ['run', `no${evil}.cxq`],
    ]) {
      const ran = await cli(args, { cwd: folder });
      expect(ran.code, ran.err).toBe(2);
      expect(ran.err).toMatch(/\\u001b\[/);
      expect(
        [...evil].filter((one) => one < ' ' || one > '~').filter((one) => ran.err.includes(one)),
      ).toEqual([]);
    }
  });

  it('of the sandbox: history that is not there, or a folder', async () => {
    const folder = await folderOf();
    for (const [data, message] of [
      ['none.json', /there is no file .*none\.json\. Check the path/],
      ['.', /is a folder; name a history file in it/],
    ] as const) {
      const ran = await cli(['sandbox', '--port', '0', '--data', data], { cwd: folder });
      expect([ran.code, ran.out, ran.err]).toEqual([2, '', expect.stringMatching(message)]);
    }
  });

  it('of arguments: names that are empty', async () => {
    for (const args of [
      ['run', ''],
      ['check', ''],
      ['analyze', ''],
      ['run', 'q.cxq', '--runs', ''],
    ]) {
      const ran = await cli(args);
      expect(ran.code).toBe(2);
      expect(ran.err).toMatch(/name .*is empty/);
    }
  });

  it('of queries: a folder, and for check and explain too', async () => {
    const desk = await deskOf({ interactions: 5 });
    for (const command of ['run', 'check', 'explain']) {
      const ran = await cli([command, '.'], { cwd: desk.folder, env: { ...desk.env, CXONE_TENANT: 't' } });
      expect([ran.code, ran.err], command).toEqual([2, expect.stringContaining('. is a folder')]);
    }
    const none = await cli(['check', '*.cxq'], { cwd: desk.folder });
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('No file matches *.cxq')]);
  });

  it('of queries: one that may not be read', async ({ skip }) => {
    skip(!STOPPED, 'permissions do not stop this user');
    const desk = await deskOf({ interactions: 5 });
    await writeFile(desk.path('secret.cxq'), 'LAST 1h');
    await chmod(desk.path('secret.cxq'), 0);
    const ran = await cli(['check', 'secret.cxq'], { cwd: desk.folder });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('may not be read by this user')]);
  });

  it.each([
    ['missing', undefined, /There is no file .*history\.json/],
    ['empty', '', /is empty; expected a JSON array/],
    ['broken', '[{"interactionId": "a"', /is not complete JSON/],
    ['other text', 'hello there', /is not history: it begins with “hello there”/],
    ['binary', '\u0000\u0001\u0002', /is a binary file/],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 0x08, 0x00]), /damaged or incomplete gzip/],
  ])('of history: %s', async (_, content, message) => {
    const desk = await deskOf({ interactions: 5 });
    if (content !== undefined) await writeFile(desk.path('history.json'), content);
    const ran = await cli(['analyze', 'history.json', '--format', 'json'], { cwd: desk.folder });
    expect([ran.code, ran.out, ran.err]).toEqual([3, '', expect.stringMatching(message)]);
    if (typeof content !== 'string') return;
    const piped = await cli(['analyze', '-'], { cwd: desk.folder, stdin: content });
    expect([piped.code, piped.err]).toEqual([3, expect.stringMatching(/^cxq: Standard input is /)]);
  });

  it('of history with records that cannot be read: said, counted, and the others analysed', async () => {
    const text = '{"interactionId": "a", "steps": []}\nnot json\n{"steps": []}\n';
    const ran = await cli(['analyze', '-', '--format', 'json'], { stdin: text });
    expect(ran.code).toBe(0);
    expect(valid('analyze', ran.out)).toMatchObject({
      interactions: 1,
      rejected: [
        { index: 1, reason: expect.stringMatching(/^line 2: not JSON/) },
        { index: 2, reason: 'line 3: has no interactionId' },
      ],
    });
    const shown = await cli(['analyze', '-'], { stdin: text });
    expect(shown.out).toContain('Set aside: 2 unreadable records');
  });

  it.each([
    [['--over', 'soon'], /--over is a duration such as 10s/],
    [['--top', '-1'], /--top is a whole number/],
    [['--top', 'many'], /--top is a whole number/],
    [['--types', ' , '], /--types names one node type/],
    [['--format', 'xml'], /Allowed choices are text, json/],
    [['--what'], /unknown option/],
  ])('analyze %j is wrong usage', async (args, message) => {
    const ran = await cli(['analyze', '-', ...args], { stdin: '[]' });
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('the connection', () => {
  it.each([
    ['not JSON', '{"id": ', /profile .* is not JSON/],
    ['no object', '[]', /must be a JSON object/],
    ['an unknown field', '{"baseurl": "http://127.0.0.1:1"}', /baseurl/],
    ['a wrong type', '{"limits": {"retentionDays": "thirty"}}', /limits\.retentionDays/],
    ['an address that is none', '{"baseUrl": "127.0.0.1"}', /baseUrl/],
    ['no TLS to a public host', '{"baseUrl": "http://tenant.example.com"}', /https/],
    ['nobody to extend', '{"id": "a", "extends": "b"}', /there is no profile “b”/],
  ])('by a profile file: %s', async (_, content, message) => {
    const desk = await deskOf({ interactions: 5 });
    await writeFile(desk.path('profile.json'), content);
    await writeFile(desk.path('query.cxq'), 'LAST 1h');
    for (const command of ['run', 'check', 'explain']) {
      const ran = await cli([command, 'query.cxq', '--profile', 'profile.json'], {
        cwd: desk.folder,
        env: desk.env,
      });
      expect([ran.code, ran.out, ran.err], command).toEqual([2, '', expect.stringMatching(message)]);
      expect(ran.err).toContain('The connection cannot be used');
    }
  });

  it('by a profile file that is not there', async () => {
    const desk = await deskOf({ interactions: 5 });
    const { code, err } = await desk.run('LAST 1h', ['--profile', 'nowhere.json']);
    expect([code, err]).toEqual([2, expect.stringContaining('there is no such file')]);
  });

  it('by a profile that USING names and that does not exist', async () => {
    const desk = await deskOf({ interactions: 5 });
    await writeFile(desk.path('profile.json'), '{"id": "europe"}');
    const ran = await say(desk, 'USING eruope LAST 1h', ['--profile', 'profile.json']);
    expect([ran.code, ran.out, ran.err]).toEqual([
      1,
      '',
      expect.stringMatching(/line 1, column 7: CXQ2010 .*europe/),
    ]);
    expect(desk.tenant.stats.requests).toBe(0);
  });

  it('without a tenant, or without credentials', async () => {
    const desk = await deskOf({ interactions: 5 });
    await writeFile(desk.path('query.cxq'), 'LAST 1h');
    const nothing = await cli(['run', 'query.cxq', '--runs', 'runs'], { cwd: desk.folder });
    expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('CXONE_TENANT')]);
    const noSecret = await say(desk, 'LAST 1h', [], { CXONE_CLIENT_ID: 'me' });
    expect([noSecret.code, noSecret.err]).toEqual([
      2,
      expect.stringMatching(/No client secret .*CXONE_CLIENT_SECRET/),
    ]);
    expect(desk.tenant.stats.requests).toBe(0);
  });

  it('with wrong credentials', async () => {
    const desk = await deskOf({ interactions: 5 });
    const ran = await say(desk, 'LAST 1h', [], {
      CXONE_CLIENT_ID: 'me',
      CXONE_CLIENT_SECRET: 'canary-wrong',
    });
    expect(ran.code).toBe(3);
    const run = valid('run', ran.out) as { runId: string };
    expect(run).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'auth',
        message: expect.stringMatching(/refused the credentials .*Check the client id and secret/),
      },
      compliance: 'REVIEW_REQUIRED',
      retrieval: { accuracyRate: null, records: 0 },
    });
    expect(ran.err).toContain('refused the credentials');
    // What to do about it is the door's to say: no other door has these variables.
    expect(ran.err).toContain('CXONE_CLIENT_SECRET');
    expect(ran.out).not.toContain('CXONE_');
    expect(desk.tenant.stats.tokenRequests).toBe(1);
    for (const [place, text] of await desk.files('runs'))
      expect(text.includes('canary-wrong'), place).toBe(false);
    const [ended] = (await desk.read('runs', 'audit', 'audit-0001.jsonl')).trimEnd().split('\n').slice(-1);
    expect(JSON.parse(ended ?? '')).toMatchObject({
      event: 'run.ended',
      outcome: 'failed',
      error: expect.stringContaining('refused'),
    });
  });

  it('to a client without the scope', async () => {
    const desk = await deskOf({ interactions: 5, grantedScopes: ['workflows:read'] });
    const ran = await say(desk, 'LAST 1h');
    expect([ran.code, ran.err]).toEqual([3, expect.stringMatching(/scope/)]);
  });

  it('to a tenant that is down', async () => {
    const desk = await deskOf({ interactions: 5 });
    await desk.tenant.close();
    const ran = await say(desk, 'LAST 1h WITH retries = 0');
    expect([ran.code, ran.err]).toEqual([
      3,
      expect.stringMatching(/cannot be reached: nothing listens there/),
    ]);
    expect(valid('run', ran.out)).toMatchObject({ outcome: 'failed', error: { code: 'unreachable' } });
  });

  it('to something that is no tenant', async () => {
    const server = createServer((_request, response) => response.end('<html>log in</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const desk = await deskOf({ interactions: 5 });
    const profile = { auth: { kind: 'none' }, limits: { maxRetries: 0 } };
    await writeFile(desk.path('p.json'), JSON.stringify(profile));
    const ran = await say(desk, 'LAST 1h MASK (ssn)', [
      '--profile',
      'p.json',
      '--base-url',
      `http://127.0.0.1:${port}`,
    ]);
    expect([ran.code, ran.err]).toEqual([3, expect.stringMatching(/is not JSON; a proxy or a log-in page/)]);
    expect(ran.err).toContain('It begins: ***');
  });
});

describe('queries with errors', () => {
  it('do not run, and say where', async () => {
    const desk = await deskOf({ interactions: 5 });
    const ran = await say(desk, 'LAST 1h\nLIMIT 0\nWHERE nodeIdd = 3 AND errorState > 1');
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toMatch(/does not run: line 2, column 7: CXQ4001 .* 2 more/);
    expect(desk.tenant.stats.requests).toBe(0);
    const checked = await cli(['check', 'query.cxq', '--now', NOW], { cwd: desk.folder });
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/query\.cxq:2:7: error CXQ4001/);
    expect(checked.out).toMatch(/query\.cxq:3:7: error CXQ2001 .*nodeId/);
    expect(checked.err).toMatch(/3 errors, 0 warnings in 1 file/);
  });

  it('hold up the query that is chosen, and not the others of the file', async () => {
    const desk = await deskOf({ interactions: 5 });
    const text = 'QUERY good LAST 1h; QUERY bad LIMIT 0 LAST 1h';
    expect((await say(desk, text, ['--query', 'good'])).code).toBe(0);
    expect((await say(desk, text, ['--query', 'bad'])).code).toBe(1);
    expect((await say(desk, text, ['--all'])).code).toBe(1);
  });
});

describe('the disk', () => {
  it('a runs folder that cannot be written: the run goes on, is audited, and says so', async () => {
    const desk = await deskOf({ interactions: 50 });
    const runs = await blocked(desk, 'taken');
    const run = await desk.json('LAST 7d', ['--runs', runs]);
    expect([run.ran.code, run.outcome, run.error?.code]).toEqual([4, 'partial', 'disk']);
    expect(run.error?.message).toMatch(/could not be written: ENOTDIR.*choose another folder/);
    expect(run.analysis.interactions).toBeGreaterThan(0);
    expect([run.audit, run.ran.err]).toEqual([null, expect.stringContaining('not audited')]);
    const records = await desk.run('LAST 7d', ['--runs', runs, '--format', 'ndjson']);
    expect(records.out.trimEnd().split('\n').length).toBe(run.analysis.interactions);
  });

  it('an audit folder that cannot be written: "not audited", and exit code 1', async () => {
    const desk = await deskOf({ interactions: 50 });
    await mkdir(desk.path('runs'));
    await writeFile(desk.path('runs', 'audit'), '');
    const run = await desk.json('LAST 7d');
    expect([run.ran.code, run.outcome, run.audit]).toEqual([1, 'complete', null]);
    expect(run.notes.join(' ')).toMatch(/Not audited: The audit record could not be written/);
    const text = await desk.run('LAST 7d');
    expect(text.out).toContain('not audited: the audit record could not be written');
  });

  it('an audit file that is a link is not followed', async () => {
    const desk = await deskOf({ interactions: 50 });
    await mkdir(desk.path('runs', 'audit'), { recursive: true });
    await writeFile(desk.path('elsewhere'), '');
    await symlink(desk.path('elsewhere'), desk.path('runs', 'audit', 'audit-0001.jsonl'));
    const run = await desk.json('LAST 7d');
    expect(run.audit).toBeNull();
    expect(run.notes.join(' ')).toContain('symbolic link');
    expect(await desk.read('elsewhere')).toBe('');
  });

  it('an export that cannot be written makes the run partial, and the others are written', async () => {
    const desk = await deskOf({ interactions: 50 });
    await writeFile(desk.path('out'), '');
    const run = await desk.json("LAST 7d EXPORT TO 'out/a.csv' EXPORT TO 'b.csv'");
    expect([run.ran.code, run.outcome, run.error?.code]).toEqual([4, 'partial', 'export']);
    expect(run.exports.map(({ path }) => path)).toEqual(['b.csv']);
  });
});

describe('the tenant in trouble', () => {
  it('what came is kept when it breaks down in the middle', async () => {
    // 30 pages, of which the tenant refuses some for good.
    const desk = await deskOf({ interactions: 600, faults: [{ name: '5xx', rate: 0.3 }] });
    const run = await desk.json('LAST 29d LIMIT ALL WITH pageSize = 20, retries = 0, concurrency = 1');
    expect([run.ran.code, run.outcome, run.error?.code]).toEqual([4, 'partial', 'server-error']);
    expect(run.retrieval.records).toBeGreaterThan(0);
    expect(run.retrieval.accuracyRate).toBeLessThan(1);
    expect(run.compliance).toBe('REVIEW_REQUIRED');
    const kept = (await desk.read('runs', run.runId, 'interactions.ndjson')).trimEnd().split('\n');
    expect(kept.length).toBe(run.retrieval.records);
    expect(await desk.read('runs', run.runId, 'manifest.json')).toContain('"outcome": "partial"');
  });

  it('faults that pass are ridden out', async () => {
    const desk = await deskOf({
      interactions: 200,
      retryAfterSeconds: 0,
      faults: [
        { name: '429', rate: 1, times: 1 },
        { name: 'reset', rate: 1, times: 1 },
      ],
    });
    const run = await desk.json('LAST 29d WITH pageSize = 20');
    expect([run.ran.code, run.outcome, run.retrieval.accuracyRate]).toEqual([0, 'complete', 1]);
    expect(run.retrieval).toMatchObject({ throttled: 1, retries: expect.any(Number) });
    expect(run.retrieval.retries).toBeGreaterThanOrEqual(1);
  });
});

describe('a later query that cannot begin', () => {
  it('is told beside the runs that ended', async () => {
    const desk = await deskOf({ interactions: 20 });
    await writeFile(desk.path('p.json'), JSON.stringify({ id: 'main' }));
    const text = 'QUERY a LAST 1h; QUERY b interactionId IN a LAST 1h EXPECT RECORDS < 0';
    const ran = await desk.run(text, ['--all', '--format', 'json', '--profile', 'p.json']);
    expect([ran.code, valid('runs', ran.out)]).toEqual([
      1,
      expect.objectContaining({ runs: expect.any(Array) }),
    ]);
  });
});
