import { inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type PanelAction, panelActionSchema } from '../../server/src/protocol/panel.ts';
import { openPanel, type Panel, type PanelOptions } from './harness.ts';
import { CENTRE, flowHost, flowOf, largeFlow } from './made-flow.ts';
import { makeRun } from './run.ts';

/** A machine that does much else takes its time. */
const until = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

const HOSTILE = '</text><script>alert(1)</script>"\'&\u0000\u202E]]>';

describe('pictures of the flow', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const drawn = async (answer: Parameters<typeof flowHost>[1], options: PanelOptions = {}) => {
    const opened = await openPanel({ answer: flowHost(makeRun(), answer), height: 1_000, ...options });
    panel = opened;
    await opened.page.locator('.flow-map .node').first().waitFor();
    return { page: opened.page, opened };
  };
  const acts = (opened: Panel): PanelAction[] =>
    opened.sent
      .map((message) => message as { readonly type: string; readonly action?: unknown })
      .filter(({ type }) => type === 'action')
      .map(({ action }) => panelActionSchema.parse(action));

  it('is saved as an SVG that stands alone, whatever names have in them', async () => {
    const name = HOSTILE;
    const picture = flowOf({
      rows: [
        [{ nodeId: 'a', nodeName: name, p95: 4, bottlenecks: 3 }],
        [{ nodeId: 'b', nodeName: 'مرحبا & <b>', errors: 2 }],
      ],
      edges: [
        [-1, 0, 9],
        [0, 1, 9],
        [1, -2, 9],
      ],
    });
    const { page, opened } = await drawn(() => picture, { theme: 'dark' });
    await page.getByRole('button', { name: 'Save the map as SVG' }).click();
    await until(() => acts(opened).length).toBe(1);
    const [action] = acts(opened);
    if (action?.kind !== 'savePicture') throw new Error('no picture');
    expect([action.format, action.name]).toEqual(['svg', 'flow-Stuck-in-priority-routing']);
    const parsed = await page.evaluate((data) => {
      const xml = new DOMParser().parseFromString(data, 'image/svg+xml');
      const all = [...xml.querySelectorAll('*')];
      return {
        errors: xml.querySelectorAll('parsererror').length,
        names: [...new Set(all.map((element) => element.localName))].sort(),
        attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))].sort(),
        paper: xml.querySelector('rect')?.getAttribute('fill'),
        texts: [...xml.querySelectorAll('text')].map((element) => element.textContent ?? ''),
        title: xml.querySelector('title')?.textContent,
      };
    }, action.data);
    expect(parsed.errors).toBe(0);
    expect(parsed.names).toEqual(['desc', 'path', 'rect', 'svg', 'text', 'title']);
    expect(parsed.attributes.filter((attribute) => /^on|href|style|class/.test(attribute))).toEqual([]);
    expect(parsed.paper).toBe('#1f1f1f');
    expect(parsed.title).toBe('Flow: Stuck in priority routing');
    expect(parsed.texts).toContain('مرحبا & <b>');
    expect(parsed.texts.join('\n')).toMatch(
      /Query: [\s\S]*Tenant: [\s\S]*Window: 2025-03-10[\s\S]*Shown: all 40 interactions\nDate: run on 2025-03-11/,
    );
    await opened.page.goto('about:blank');
    await opened.page.setContent(action.data.replace(/^<\?xml.*\n/, ''));
    await opened.screenshot('flow-saved');
  });

  it('is saved as a PNG of twice the size, or as large as can be', async () => {
    const { page, opened } = await drawn(() => CENTRE, { theme: 'light' });
    await page.getByRole('button', { name: 'Save the map as PNG' }).click();
    await until(() => acts(opened).length).toBe(1);
    const [action] = acts(opened);
    if (action?.kind !== 'savePicture') throw new Error('no picture');
    const { width, height, at, colours } = pngOf(action.data);
    expect(width).toBe(2 * Math.max(620, Math.ceil(CENTRE.width + 56)));
    expect(height).toBeGreaterThan(2 * CENTRE.height);
    expect(at(2, 2)).toBe('#ffffff');
    expect(colours.size).toBeGreaterThan(100);
    // The border of a bottleneck.
    expect([...colours]).toContain('#bf8803');
    expect(await page.locator('.flow-note').isVisible()).toBe(false);
  });

  it('says when a PNG is smaller than it should be', async () => {
    const wide = { ...largeFlow(), width: 24_000, height: 6_000 };
    const { page, opened } = await drawn(() => wide);
    await page.getByRole('button', { name: 'Save the map as PNG' }).click();
    await until(() => acts(opened).length).toBe(1);
    const [action] = acts(opened);
    if (action?.kind !== 'savePicture') throw new Error('no picture');
    const bytes = Buffer.from(action.data, 'base64');
    expect(bytes.readUInt32BE(16) * bytes.readUInt32BE(20)).toBeLessThanOrEqual(40_000_000);
    expect(await page.locator('.flow-note').textContent()).toMatch(
      /^The map is too large for a PNG of twice its size: this one is 0\.\d+ times\./,
    );
  });
});

/** A PNG of eight bits a channel, unfiltered: its size and the colours of its pixels. */
function pngOf(data: string) {
  const bytes = Buffer.from(data, 'base64');
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  expect(bytes[24]).toBe(8);
  const channels = bytes[25] === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  const get = (x: number, y: number) => (x < 0 || y < 0 ? 0 : (pixels[y * stride + x] ?? 0));
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const [left, up, corner] = [
        get(x - channels, y),
        get(x, y - 1),
        x < channels ? 0 : get(x - channels, y - 1),
      ];
      const near = left + up - corner;
      const [a, b, c] = [Math.abs(near - left), Math.abs(near - up), Math.abs(near - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const add = [0, left, up, (left + up) >> 1, paeth][filter] ?? 0;
      pixels[y * stride + x] = ((raw[y * (stride + 1) + 1 + x] ?? 0) + add) & 255;
    }
  }
  const at = (x: number, y: number) => {
    const from = y * stride + x * channels;
    return `#${pixels.subarray(from, from + 3).toString('hex')}`;
  };
  const colours = new Set<string>();
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) colours.add(at(x, y));
  return { width, height, at, colours };
}
