import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMAND_IDS } from '../../../client/src/ids.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';

const setting = z.looseObject({
  scope: z.string(),
  markdownDescription: z.string(),
  items: z.unknown().optional(),
});
const manifest = z
  .object({
    activationEvents: z.array(z.string()),
    capabilities: z.object({
      untrustedWorkspaces: z.object({ supported: z.string(), restrictedConfigurations: z.array(z.string()) }),
    }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), category: z.string() })),
      menus: z.record(z.string(), z.array(z.object({ command: z.string() }))),
      keybindings: z.array(z.object({ command: z.string() })),
      configuration: z.object({ properties: z.record(z.string(), setting) }),
      walkthroughs: z.array(
        z.object({
          steps: z.array(z.object({ description: z.string(), media: z.object({ markdown: z.string() }) })),
        }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const { commands, menus, keybindings, configuration, walkthroughs } = manifest.contributes;
const known = new Set(commands.map(({ command }) => command));
const source = (path: string) => readFileSync(`client/src/${path}`, 'utf8');

/** What may hold in a workspace, each with what it could do there. */
const HARMLESS = [
  'cxq.codeLens.enabled',
  'cxq.inlayHints.instants',
  'cxq.inlayHints.requests',
  'cxq.inlayHints.batches',
  'cxq.inlayHints.local',
];

describe('the manifest', () => {
  it('has the commands that the client registers', () => {
    expect(COMMAND_IDS.toSorted()).toEqual([...known].toSorted());
  });
  it('names no other command, in menus, keys and the walkthrough', () => {
    const steps = walkthroughs.flatMap((one) => one.steps);
    const linked = steps.flatMap(({ description }) => description.match(/(?<=command:)cxq\.\w+/g) ?? []);
    const inMenus = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
    expect(linked.length).toBeGreaterThanOrEqual(4);
    expect([...linked, ...inMenus].filter((command) => !known.has(command))).toEqual([]);
  });
  it('has the walkthrough’s pages', () => {
    const pages = walkthroughs.flatMap((one) => one.steps.map((step) => step.media.markdown));
    expect(pages.filter((page) => !existsSync(page))).toEqual([]);
  });
  it('gives each setting a scope, and restricts every one that a workspace may set and that matters', () => {
    const settings = Object.entries(configuration.properties);
    const open = settings.flatMap(([key, { scope }]) =>
      ['machine', 'application'].includes(scope) ? [] : [key],
    );
    expect(open.filter((key) => !HARMLESS.includes(key)).toSorted()).toEqual(
      manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(),
    );
    expect(open).toEqual(expect.arrayContaining(HARMLESS));
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
  });
  it('keeps what says where secrets go on the machine', () => {
    for (const key of ['cxq.connections', 'cxq.dataFolder', 'cxq.webhook.allow']) {
      expect(configuration.properties[key]?.scope).toBe('machine');
    }
  });
  it('describes a connection as the server reads it', () => {
    const { $schema: _, ...profile } = z.toJSONSchema(profileSchema, { io: 'input' });
    expect(configuration.properties['cxq.connections']?.items).toEqual({
      ...JSON.parse(JSON.stringify(profile)),
      required: ['id'],
    });
  });
  it('has every setting that the client reads', () => {
    const read =
      source('configuration.ts')
        .match(/(?<=userValue\(')[\w.]+/g)
        ?.map((key) => `cxq.${key}`) ?? [];
    expect(read.length).toBeGreaterThanOrEqual(6);
    expect(read.filter((key) => configuration.properties[key] === undefined)).toEqual([]);
  });
});
