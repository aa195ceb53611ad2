/** What the editor's JSON support makes of a profile, in settings and in a file of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import * as z from 'zod';
import { AUTH_KINDS, MAPPED_FIELDS, profileSchema } from '../../../server/src/protocol/profile.ts';

const { contributes } = z
  .object({
    contributes: z.object({
      jsonValidation: z.array(z.object({ fileMatch: z.array(z.string()), url: z.string() })),
      configuration: z.object({
        properties: z.object({ 'cxq.connections': z.looseObject({ type: z.literal('array') }) }),
      }),
    }),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const [validation] = contributes.jsonValidation;
const schemaOfFiles: object = JSON.parse(readFileSync(validation?.url ?? '', 'utf8'));

const service = getLanguageService({});
service.configure({
  schemas: [
    { uri: 'cxq://file', fileMatch: validation?.fileMatch ?? [], schema: schemaOfFiles },
    {
      uri: 'cxq://settings',
      fileMatch: ['settings.json'],
      schema: { type: 'object', properties: contributes.configuration.properties },
    },
  ],
});

function opened(name: string, marked: string) {
  const offset = marked.indexOf('|');
  const document = TextDocument.create(`file:///${name}`, 'json', 1, marked.replace('|', ''));
  return {
    document,
    json: service.parseJSONDocument(document),
    position: document.positionAt(Math.max(0, offset)),
  };
}

async function proposed(name: string, marked: string): Promise<string[]> {
  const { document, json, position } = opened(name, marked);
  const list = await service.doComplete(document, position, json);
  return (list?.items ?? []).map(({ label }) => label.replaceAll('"', ''));
}

async function hovered(name: string, marked: string): Promise<string> {
  const { document, json, position } = opened(name, marked);
  return JSON.stringify(await service.doHover(document, position, json));
}

async function problems(name: string, text: string): Promise<string[]> {
  const { document, json } = opened(name, text);
  return (await service.doValidation(document, json)).map(({ message }) => String(message)).toSorted();
}

const PLACES = [
  ['a file', 'mine.cxq-profile.json', (text: string) => text],
  ['the settings', 'settings.json', (text: string) => `{"cxq.connections": [${text}]}`],
] as const;

describe.each(PLACES)('a profile in %s', (_, name, inside) => {
  it('has its fields and their values proposed', async () => {
    const fields = await proposed(name, inside('{|}'));
    expect(fields).toEqual(expect.arrayContaining(Object.keys(profileSchema.shape)));
    expect(await proposed(name, inside('{"auth": {"kind": |}}'))).toEqual(
      expect.arrayContaining([...AUTH_KINDS]),
    );
    expect(await proposed(name, inside('{"response": {"map": {|}}}'))).toEqual(
      expect.arrayContaining([...MAPPED_FIELDS]),
    );
  });

  it('has each field described', async () => {
    expect(await hovered(name, inside('{"base|Url": ""}'))).toContain('Address of the tenant');
    expect(await hovered(name, inside('{"limits": {"rangeChunk|Bytes": 1}}'))).toContain('in bytes');
  });

  it('has what does not fit pointed at', async () => {
    const text = '{"id": "a", "baseURL": "", "auth": {"kind": "basic"}, "limits": {"maxRetries": 11}}';
    const found = await problems(name, inside(text));
    expect(found).toEqual([
      'Property baseURL is not allowed.',
      'Value is above the maximum of 10.',
      expect.stringMatching(/^Value is not accepted\. Valid values: "oauth2-client-credentials"/),
    ]);
  });
});

it('every field of a profile has its words', () => {
  const bare: string[] = [];
  const look = (path: string, schema: unknown): void => {
    const read = z.looseObject({ description: z.string().optional() }).safeParse(schema).data;
    const properties = z
      .looseObject({ properties: z.record(z.string(), z.unknown()) })
      .safeParse(schema).data;
    if (path !== '' && read?.description === undefined) bare.push(path);
    for (const [key, inner] of Object.entries(properties?.properties ?? {})) look(`${path}.${key}`, inner);
  };
  look('', schemaOfFiles);
  expect(bare).toEqual([]);
});

it('the connections to start from are as the schema says', async () => {
  const names = readdirSync('examples/connections').filter((name) => name.endsWith('.json'));
  expect(names.length).toBeGreaterThanOrEqual(4);
  for (const name of names) {
    expect(await problems(name, readFileSync(`examples/connections/${name}`, 'utf8'))).toEqual([]);
  }
});
