import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contrast, hex, parseColour, rampOf } from '../../client/webview/flow/colour.ts';
import { escaped, svgOf } from '../../client/webview/flow/draw.ts';
import { cornersBetween, curveThrough, pointAt, withHead } from '../../client/webview/flow/geometry.ts';
import { graphOf } from '../../client/webview/flow/graph.ts';
import { cutTo, labelScale, labelsFor, type Ruler } from '../../client/webview/flow/labels.ts';
import { described } from '../../client/webview/flow/map.ts';
import { edgeLabel, edgeWidth, MEASURES, scaleFor } from '../../client/webview/flow/measures.ts';
import type { Palette } from '../../client/webview/flow/palette.ts';
import { sharpness } from '../../client/webview/flow/save.ts';
import { hiddenWords, sceneOf } from '../../client/webview/flow/scene.ts';
import { anchored, fitted, showing, within, zoomedAt } from '../../client/webview/flow/viewport.ts';
import { nextIn, readingOrder } from '../../client/webview/flow/walk.ts';
import { FLOW_MEASURES } from '../../server/src/protocol/panel-requests.ts';
import { flowSchema } from '../../server/src/protocol/panel-views.ts';
import { CENTRE, flowOf, largeFlow } from './made-flow.ts';
import { THEMES, themeOf } from './themes.ts';

const ruler: Ruler = (text, size) => Array.from(text).length * size * 0.6;
const point = fc.record({ x: fc.integer({ min: -900, max: 900 }), y: fc.integer({ min: -900, max: 900 }) });

const ofHex = (text: string) => {
  const byte = (at: number) => Number.parseInt(text.slice(at, at + 2), 16);
  return [byte(1), byte(3), byte(5), 1] as const;
};
const themed = THEMES.map((theme) => {
  const all = new Map(themeOf(theme).properties);
  const read = (name: string) => ofHex(all.get(`--vscode-${name}`) ?? '#000000');
  return [theme, read('editor-background'), read('charts-blue'), read('foreground')] as const;
});

const PALETTE: Palette = {
  ...{ paper: '#ffffff', foreground: '#222222', faint: '#444444', step: '#1a85ff', bottleneck: '#bf8803' },
  ...{ error: '#e51400', bottleneckText: '#7a5a10', errorText: '#a01010', pressed: '#005fb8' },
  ...{ edge: '#888888', outline: '#777777', fonts: '"Segoe UI", sans-serif' },
  ramp: rampOf([255, 255, 255, 1], [26, 133, 255, 1], [34, 34, 34, 1]),
};
const CAPTION = { title: 'Flow: A & B', lines: ['Query: x', 'Window: all time'] };
/** What XML has no place for, and what turns the direction of a text round. */
const NOT_SHOWN = /(?!\n)[\p{Cc}\p{Cs}\uFFFE\u202E]/u;
const nobody = () => false;

describe('made flows', () => {
  it('are answers as the contract says', () => {
    expect(flowSchema.safeParse(CENTRE).success).toBe(true);
    const large = flowSchema.parse(largeFlow());
    expect([large.nodes.length, large.edges.length]).toEqual([402, 1_200]);
  });
});

describe('lines', () => {
  it('go through all corners with handles of a third of a stretch, whatever the corners', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 9 }), (points) => {
        const curve = curveThrough(points);
        const kept = points.filter(
          (p, at) => at === 0 || p.x !== points[at - 1]?.x || p.y !== points[at - 1]?.y,
        );
        if (kept.length < 2) {
          expect(curve).toBeUndefined();
          return;
        }
        expect([curve?.from, ...(curve?.bends ?? []).map(({ to }) => to)]).toEqual(kept);
        let before = kept[0] ?? { x: 0, y: 0 };
        for (const bend of curve?.bends ?? []) {
          const stretch = Math.hypot(bend.to.x - before.x, bend.to.y - before.y);
          const handle = Math.hypot(bend.out.x - before.x, bend.out.y - before.y);
          expect(handle).toBeLessThanOrEqual(stretch / 3 + 1e-6);
          before = bend.to;
        }
        const { line, head } = withHead(curve ?? { from: before, bends: [] }, 9);
        expect(`${line}${head}`).not.toMatch(/NaN|Infinity/);
        expect(pointAt(curve ?? { from: before, bends: [] }, 1)).toEqual(kept.at(-1));
      }),
    );
  });

  it('end in a head at the last corner, and stop short of it', () => {
    const curve = curveThrough([
      { x: 0, y: 0 },
      { x: 0, y: 100 },
    ]);
    if (curve === undefined) throw new Error('no curve');
    expect(withHead(curve, 10)).toEqual({
      line: 'M0 0C0 33.33 0 58.67 0 92',
      head: 'M0 100L-4.5 90L4.5 90Z',
    });
  });

  it('are drawn where the layout gave no corners, and those that are no numbers are passed over', () => {
    const picture = flowOf({
      rows: [[{}, {}]],
      edges: [
        [0, 1, 3],
        [1, 1, 2],
        [-1, 0, 3],
      ],
    });
    const bare = { ...picture, edges: picture.edges.map((edge) => ({ ...edge, points: [] })) };
    const { lines } = graphOf(bare);
    expect(lines.map(({ name }) => name)).toEqual(['n-1 → n-1', 'n-0 → n-1', 'Start → n-0']);
    for (const { line } of lines) expect(line).toMatch(/^M[-\d. ]+(C[-\d. ]+)+$/);
    const same = { x: 5, y: 5, width: 10, height: 10 };
    expect(cornersBetween(same, { ...same })).toEqual([
      { x: 5, y: 5 },
      { x: 5, y: 5 },
    ]);
    expect(
      curveThrough([
        { x: Number.NaN, y: 1 },
        { x: 1, y: 1 },
      ]),
    ).toBeUndefined();
  });

  it('are the wider the more often they are taken, by the logarithm', () => {
    const widths = [1, 10, 100, 1_000].map((times) => edgeWidth(times, 1_000));
    expect(widths[0]).toBe(1);
    expect(widths[3]).toBe(5);
    const steps = widths.slice(1).map((width, at) => width - (widths[at] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(4 / 3);
    expect(edgeWidth(0, 0)).toBe(1);
  });

  it('say the wait where the measure is of time and it is known, else how often', () => {
    const known = CENTRE.edges.find((edge) => edge.from === 'n-prio');
    const first = CENTRE.edges.find((edge) => edge.from === null);
    if (known === undefined || first === undefined) throw new Error('no such edges');
    expect(edgeLabel(known, 'p50')).toBe('12 s');
    expect(edgeLabel(known, 'p95')).toBe('36 s');
    expect(edgeLabel(known, 'frequency')).toBe('676');
    expect(edgeLabel(first, 'p95')).toBe('1,204');
  });
});

describe('the colour scale', () => {
  it.each(themed)('can be read and told apart by lightness alone in %s', (_, paper, ink, foreground) => {
    const ramp = rampOf(paper, ink, foreground);
    const places = Array.from({ length: 21 }, (_, at) => at / 20);
    for (const place of places) {
      expect(contrast(ofHex(ramp.text(place)), ofHex(ramp.fill(place)))).toBeGreaterThanOrEqual(4.5);
    }
    const away = places.map((place) => contrast(paper, ofHex(ramp.fill(place))));
    expect(away).toEqual([...away].sort((a, b) => a - b));
    expect((away.at(-1) ?? 0) / (away[0] ?? 1)).toBeGreaterThan(1.9);
  });

  it('has text that can be read whatever the theme', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const colour = fc.tuple(byte, byte, byte, fc.constant(1));
    fc.assert(
      fc.property(
        colour,
        colour,
        colour,
        fc.double({ min: -1, max: 2, noNaN: true }),
        (paper, ink, text, place) => {
          const ramp = rampOf(paper, ink, text);
          expect(contrast(ofHex(ramp.text(place)), ofHex(ramp.fill(place)))).toBeGreaterThan(4.4);
        },
      ),
    );
  });

  it('is read from what browsers compute', () => {
    expect(parseColour('rgb(1, 2, 3)')).toEqual([1, 2, 3, 1]);
    expect(parseColour('rgba(255, 0, 0, 0.5)')).toEqual([255, 0, 0, 0.5]);
    expect(parseColour('color(srgb 1 0.5 0 / 0.25)')).toEqual([255, 127.5, 0, 0.25]);
    expect(parseColour('color(display-p3 1 0 0)')).toBeUndefined();
    expect(parseColour('red')).toBeUndefined();
    expect(hex([300, -4, 127.6, 1])).toBe('#ff0080');
  });

  it('begins at nothing, ends at the largest, and knows what has no value', () => {
    const scale = scaleFor(CENTRE.nodes, 'p95');
    expect([scale.max, scale.place(190), scale.place(0), scale.place(null)]).toEqual([190, 1, 0, undefined]);
    expect(scale.place(scale.value(0.4))).toBeCloseTo(0.4);
    expect(scaleFor([], 'errors').place(0)).toBe(0);
  });
});

describe('words on the map', () => {
  const graphs = [graphOf(CENTRE), graphOf(largeFlow())];

  it('are never smaller than 9 pixels of the window, and never wider than their box', () => {
    for (const graph of graphs) {
      for (const measure of FLOW_MEASURES) {
        for (const scale of [0.03, 0.1, 0.2, 0.34, 0.5, 0.76, 1, 1.6, 2.5]) {
          const made = labelScale(scale);
          expect(made).toBeLessThanOrEqual(scale + 1e-9);
          expect(made).toBeGreaterThan(scale * 0.85);
          const { nodes, edges } = labelsFor(graph, measure, made, ruler);
          for (const [at, { words, over, wide, badges }] of nodes.entries()) {
            const node = graph.nodes[at];
            for (const { text, size, bold } of words) {
              expect(size * scale).toBeGreaterThanOrEqual(9 - 1e-9);
              if (over || node?.kind !== 'node') continue;
              expect(ruler(text, size, bold)).toBeLessThanOrEqual(wide ?? node.width);
            }
            const height = words.length > 1 && words[0]?.y !== words[1]?.y ? 2 : 1;
            if (!over && node?.kind === 'node') {
              expect((words[0]?.size ?? 0) * height).toBeLessThanOrEqual(node.height);
            }
            for (const { size } of badges) expect(size * scale).toBeGreaterThanOrEqual(9 - 1e-9);
          }
          for (const { size } of edges) expect(size * scale).toBeGreaterThanOrEqual(9 - 1e-9);
        }
      }
    }
  });

  it('leave the lines first, then the second line of a box, then all but what matters most', () => {
    const graph = graphs[1] ?? graphOf(CENTRE);
    const at = (scale: number) => labelsFor(graph, 'p95', scale, ruler);
    const named = (scale: number) => at(scale).nodes.filter(({ words }) => words.length > 0).length;
    expect(at(1).edges.length).toBeGreaterThan(100);
    expect(at(0.5).edges.length).toBe(0);
    expect(named(0.5)).toBe(402);
    const far = at(0.1).nodes.map((labels, place) => ({ ...labels, node: graph.nodes[place] }));
    const told = far.filter(({ words, over }) => over && words.length > 0);
    expect(told.length).toBeGreaterThan(5);
    expect(told.length).toBeLessThanOrEqual(60);
    expect(told.filter(({ node }) => (node?.bottlenecks ?? 0) > 0).length).toBeGreaterThanOrEqual(
      told.length / 3,
    );
  });

  it('make a box that would cut them wider, where nothing else stands', () => {
    const scale = labelScale(0.34);
    for (const graph of graphs) {
      const { nodes } = labelsFor(graph, 'p95', scale, ruler);
      const drawn = graph.nodes.map((node, at) => ({ ...node, width: nodes[at]?.wide ?? node.width }));
      const wider = drawn.flatMap(({ nodeName, width }, at) =>
        width > (graph.nodes[at]?.width ?? 0) ? [{ nodeName, text: nodes[at]?.words[0]?.text }] : [],
      );
      expect(wider.length).toBeGreaterThan(2);
      expect(wider.filter(({ nodeName, text }) => nodeName === text).length).toBeGreaterThan(2);
      for (const [at, a] of drawn.entries()) {
        for (const b of drawn.slice(at + 1)) {
          const apart =
            Math.abs(a.x - b.x) * 2 >= a.width + b.width || Math.abs(a.y - b.y) * 2 >= a.height + b.height;
          expect(apart).toBe(true);
        }
      }
    }
  });

  it('stand on lines where nothing else stands', () => {
    const graph = graphs[1] ?? graphOf(CENTRE);
    const boxes = labelsFor(graph, 'p95', 1, ruler).edges.map(({ x, y, text, size }) => ({
      ...{ x, y },
      ...{ width: ruler(text, size, false), height: size },
    }));
    for (const [at, a] of boxes.entries()) {
      for (const b of [...boxes.slice(at + 1), ...graph.nodes]) {
        const apart =
          Math.abs(a.x - b.x) * 2 >= a.width + b.width || Math.abs(a.y - b.y) * 2 >= a.height + b.height;
        expect(apart).toBe(true);
      }
    }
  });

  it('are made only about what is in view', () => {
    const graph = graphs[1] ?? graphOf(CENTRE);
    const area = { x: 300, y: 300, width: 600, height: 600 };
    const { nodes, edges } = labelsFor(graph, 'p95', 1, ruler, area);
    const named = graph.nodes.filter((_, at) => (nodes[at]?.words.length ?? 0) > 0);
    expect(named.length).toBeGreaterThan(3);
    expect(named.length).toBeLessThan(40);
    for (const { x, y } of named)
      expect(Math.max(Math.abs(x - 300) - 84, Math.abs(y - 300) - 24)).toBeLessThan(300);
    expect(edges.length).toBeLessThan(labelsFor(graph, 'p95', 1, ruler).edges.length);
  });

  it('are cut between characters to what fits, or left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 200 }), (text, room) => {
        const cut = cutTo(text, room, 10, false, ruler);
        expect(ruler(cut, 10, false)).toBeLessThanOrEqual(room);
        expect(cut).not.toMatch(/\p{Cs}/u);
        expect(cut === text || cut === '' || text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });

  it('tell all measures and where the lines of a box lead', () => {
    const [graph] = graphs;
    const at = graph?.nodes.findIndex(({ nodeId }) => nodeId === 'n-menu') ?? -1;
    const node = graph?.nodes[at];
    if (graph === undefined || node === undefined) throw new Error('no menu');
    expect(described(graph, node, at)).toBe(
      'Language menu, MENU: Visits 1,380 in 1,204 interactions, Dwell, p50 6.2 s, Dwell, p95 11 s, Dwell, total 3 h 5 min, Share of dwell 8 %, Errors none, Bottlenecks none. Leads to Identify customer 1,190. Comes from Inbound voice 1,204. Repeats itself 176',
    );
  });

  it('say what the slider left out', () => {
    expect(hiddenWords(CENTRE)).toBe('');
    expect(hiddenWords({ ...CENTRE, hidden: 0.2, hiddenEdges: 14, hiddenNodes: 2 })).toBe(
      'rarest 20 % hidden: 14 edges, 2 nodes',
    );
    expect(hiddenWords({ ...CENTRE, hidden: 0.05, hiddenEdges: 1_400, hiddenNodes: 1 })).toBe(
      'rarest 5 % hidden: 1,400 edges, 1 node',
    );
  });
});

describe('what is in view', () => {
  const map = { width: 3_000, height: 2_000 };
  const space = { width: 900, height: 600 };

  it('is all of it at first, never enlarged', () => {
    const all = fitted(map, space);
    expect(all.x).toBeGreaterThanOrEqual(20);
    expect(all.y + map.height * all.scale).toBeLessThanOrEqual(space.height - 20);
    expect(fitted({ width: 10, height: 10 }, space).scale).toBe(1);
    expect(Number.isFinite(fitted({ width: 0, height: 0 }, { width: 0, height: 0 }).scale)).toBe(true);
  });

  it('keeps what is under the pointer, within its limits', () => {
    const view = { x: -200, y: -100, scale: 0.8 };
    const at = { x: 300, y: 200 };
    const near = zoomedAt(view, 1.5, at, map, space);
    expect(near.scale).toBeCloseTo(1.2);
    expect(Math.abs((at.x - near.x) / near.scale - (at.x - view.x) / view.scale)).toBeLessThan(1);
    expect(zoomedAt(view, 1_000, at, map, space).scale).toBe(2.5);
    expect(zoomedAt(view, 0.0001, at, map, space).scale).toBeCloseTo(fitted(map, space).scale / 2);
  });

  it('is never lost from sight, and follows a box from one layout to the next', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        (x, y, scale) => {
          const view = within({ x, y, scale }, map, space);
          expect(view.x).toBeLessThan(space.width);
          expect(view.x + map.width * view.scale).toBeGreaterThan(0);
          expect(view.y).toBeLessThan(space.height);
          expect(view.y + map.height * view.scale).toBeGreaterThan(0);
        },
      ),
    );
    expect(anchored({ x: 10, y: 20, scale: 2 }, { x: 5, y: 5 }, { x: 8, y: 1 })).toEqual({
      x: 4,
      y: 28,
      scale: 2,
    });
    const box = { x: 2_000, y: 50, width: 168, height: 48 };
    expect(showing({ x: 0, y: 0, scale: 1 }, box, space)).toEqual({ x: 900 - 24 - 2_084, y: 0, scale: 1 });
  });
});

describe('arrows', () => {
  const boxes = [
    { x: 0, y: 0 },
    { x: 0, y: 100 },
    { x: 300, y: 100 },
    { x: -10, y: 60 },
  ];
  it('lead along lines first, then to what is nearest ahead', () => {
    expect(nextIn('ArrowDown', 0, boxes, new Set([1]))).toBe(1);
    expect(nextIn('ArrowDown', 0, boxes, undefined)).toBe(3);
    expect(nextIn('ArrowRight', 0, boxes, new Set())).toBe(2);
    expect(nextIn('ArrowUp', 0, boxes, new Set([1]))).toBe(-1);
    expect(nextIn('ArrowUp', 9, boxes, undefined)).toBe(-1);
  });

  it('lead through all boxes from top to bottom', () => {
    expect(readingOrder(boxes)).toEqual([0, 3, 1, 2]);
  });

  it('reach nearly every box of a map from its start', () => {
    for (const picture of [CENTRE, largeFlow()]) {
      const { nodes, linked } = graphOf(picture);
      const seen = new Set([0]);
      for (const at of seen) {
        for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight'] as const) {
          const next = nextIn(key, at, nodes, linked.get(at));
          if (next >= 0) seen.add(next);
        }
      }
      expect(seen.size).toBeGreaterThanOrEqual(nodes.length * 0.99);
    }
  });
});

describe('pictures', () => {
  it('have every box, line, legend and caption, in colours of their own', () => {
    for (const measure of FLOW_MEASURES) {
      const scene = sceneOf(graphOf(CENTRE), measure, PALETTE, CAPTION, nobody, ruler);
      const svg = svgOf(scene);
      expect(svg.match(/<title>/g)).toHaveLength(CENTRE.nodes.length + CENTRE.edges.length);
      expect(svg).toContain('<title id="title">Flow: A &amp; B</title>');
      expect(svg).toContain('>Query: x</text>');
      expect(svg).toContain(`>${MEASURES[measure].label}:</text>`);
      expect(svg).toContain('font-family="&quot;Segoe UI&quot;, sans-serif"');
      expect(svg).not.toMatch(/var\(|color-mix|<style|class=|href|NaN|undefined/);
      expect(scene.width).toBeGreaterThanOrEqual(CENTRE.width);
    }
  });

  it('outline what is in force', () => {
    const graph = graphOf(CENTRE);
    const plain = svgOf(sceneOf(graph, 'p95', PALETTE, CAPTION, nobody, ruler));
    const both = svgOf(
      sceneOf(
        graph,
        'p95',
        PALETTE,
        CAPTION,
        (key) => key === 'node n-prio' || key === '[null,"n-entry"]',
        ruler,
      ),
    );
    expect(plain).not.toContain(PALETTE.pressed);
    expect(both.match(new RegExp(PALETTE.pressed, 'g'))).toHaveLength(3);
  });

  it('escape whatever a name has in it', () => {
    const hostile = '</title><script>alert(1)</script>"\'&\u0000\u0008\uD800\uFFFE\u202E]]>';
    expect(escaped(hostile)).toBe(
      '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\uFFFD\uFFFD\uFFFD\uFFFD\u202E]]&gt;',
    );
    const picture = flowOf({
      rows: [[{ nodeId: hostile, nodeName: hostile, nodeType: hostile }]],
      edges: [[-1, 0, 1]],
    });
    const svg = svgOf(
      sceneOf(graphOf(picture), 'p50', PALETTE, { title: hostile, lines: [hostile] }, nobody, ruler),
    );
    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(NOT_SHOWN);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = escaped(text);
        expect(made).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(made).not.toMatch(/\p{Cs}/u);
      }),
    );
  });

  it('break a long caption into lines that fit', () => {
    const long = { title: 'x'.repeat(900), lines: [`Query: ${'word '.repeat(300)}${'y'.repeat(2_000)}`] };
    const scene = sceneOf(graphOf(CENTRE), 'p95', PALETTE, long, nobody, ruler);
    for (const shape of scene.shapes) {
      if (shape.kind !== 'text' || shape.anchor !== 'start' || shape.size > 12) continue;
      expect(shape.x + ruler(shape.text, shape.size, shape.bold)).toBeLessThanOrEqual(scene.width + 1);
    }
    expect(scene.height).toBeLessThan(CENTRE.height + 700);
  });

  it('are twice as sharp, or as sharp as a canvas may be', () => {
    expect(sharpness({ width: 1_000, height: 800 })).toBe(2);
    for (const [width, height] of [
      [27_739, 6_620],
      [100, 90_000],
      [9_000, 9_000],
    ] as const) {
      const scale = sharpness({ width, height });
      expect(scale).toBeLessThan(2);
      expect(Math.max(width, height) * scale).toBeLessThanOrEqual(16_384.01);
      expect(width * height * scale ** 2).toBeLessThanOrEqual(40_000_001);
    }
  });
});
