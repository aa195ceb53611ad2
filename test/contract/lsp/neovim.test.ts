import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const at = (path: string) => new URL(path, import.meta.url).pathname;
const CONFIGURATION = at('../../../examples/editors/neovim.lua');
const DOOR = at('../../../server/src/cli.ts');

function neovim(): string | undefined {
  try {
    return execFileSync('nvim', ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return undefined;
  }
}

const version = neovim();
// On a machine that checks everything it has to be there; elsewhere the reason is printed.
const absent = version === undefined && process.env['CI'] === undefined;
if (absent) process.stderr.write('Neovim is not installed (apt-get install neovim): its test is skipped.\n');

const answersSchema = z.object({
  error: z.string().nullable(),
  diagnostics: z.array(z.object({ code: z.string(), line: z.number(), message: z.string() })),
  completion: z.array(z.string()),
  hover: z.object({ contents: z.unknown() }),
  symbols: z.array(z.string()),
  formatted: z.string().optional(),
  renamed: z.string().optional(),
  fixed: z.string().optional(),
  seen: z.string().optional(),
  forgotten: z.boolean().optional(),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxq-neovim-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens a query file in Neovim with the configuration of the examples, and has it ask the server. */
async function drive(text: string): Promise<z.infer<typeof answersSchema>> {
  const query = join(folder, 'query.cxq');
  const out = join(folder, 'answers.json');
  const init = join(folder, 'init.lua');
  const history = join(folder, 'calls.ndjson');
  await writeFile(history, '{"interactionId":"a","steps":[{"nodeId":"only-in-calls"}]}\n');
  await writeFile(query, text);
  await writeFile(
    init,
    `vim.g.cxq_command = vim.json.decode(${JSON.stringify(JSON.stringify([process.execPath, DOOR, 'lsp', '--stdio']))})\ndofile(${JSON.stringify(CONFIGURATION)})\n`,
  );
  await promisify(execFile)(
    'nvim',
    ['--headless', '-n', '-i', 'NONE', '-u', init, query, '-c', `luafile ${at('./neovim/drive.lua')}`],
    {
      timeout: 60_000,
      env: {
        ...process.env,
        CXQ_OUT: out,
        CXQ_HISTORY: history,
        XDG_STATE_HOME: folder,
        XDG_CACHE_HOME: folder,
      },
    },
  );
  return answersSchema.parse(JSON.parse(await readFile(out, 'utf8')));
}

describe.skipIf(absent)('the server in Neovim, with the configuration of the examples', () => {
  it('diagnoses, completes, explains, outlines, formats, renames, mends and knows what open files hold', async () => {
    const answers = await drive("QUERY slow\nwhere dwell > 10s and nodId = 'menu'\nlast 24h\n");
    expect(answers.error).toBeNull();
    expect(answers.diagnostics).toContainEqual(expect.objectContaining({ code: 'CXQ2001', line: 1 }));
    expect(answers.completion).toContain('dwell');
    expect(JSON.stringify(answers.hover)).toContain('dwell');
    expect(answers.symbols).toEqual(['slow']);
    expect(answers.formatted).toBe("QUERY slow\nWHERE dwell > 10s\n  AND nodId = 'menu'\nLAST 24h");
    expect(answers.renamed).toContain('QUERY renamed\n');
    expect(answers.fixed).toContain("AND nodeId = 'menu'");
    expect([answers.seen, answers.forgotten]).toEqual(['seen in calls.ndjson', true]);
  });
});
