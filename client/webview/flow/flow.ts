/** The process map: which node follows which, how often, and where the time goes. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { FlowMeasure } from '../../../server/src/protocol/panel-requests.ts';
import type { FlowNode } from '../../../server/src/protocol/panel-views.ts';
import { plural } from '../format.ts';
import { empty, failed, loading, oncePerFrame } from '../parts.ts';
import type { Panel, View } from '../view.ts';
import { captionOf } from './caption.ts';
import { type EdgeList, edgeList, PART } from './edge-list.ts';
import { edgeKey, type Graph, graphOf, keyOf, type Line } from './graph.ts';
import { MEASURES } from './measures.ts';
import type { MenuItem } from './menu.ts';
import { createPane } from './pane.ts';
import { asPng, asSvg } from './save.ts';
import { hiddenWords, sceneOf } from './scene.ts';
import { flowLegend, flowTools } from './tools.ts';

/** Milliseconds that the slider rests before the map is asked for. */
const REST = 250;

export function createFlow(root: HTMLElement, panel: Panel): View {
  const tools = document.createElement('div');
  const map = document.createElement('div');
  const list = document.createElement('div');
  list.className = 'flow-list';
  root.append(tools, map, list);
  const overlay = document.createElement('div');
  overlay.className = 'overlay';

  let front = false;
  let graph: Graph | undefined;
  let runId = '';
  /** What is shown is of another filter, share or moment. */
  let wanted = true;
  let stale = false;
  let asking: AbortController | undefined;
  let problem: string | undefined;
  /** Where the slider stands while it is moved. */
  let sliding: number | undefined;
  let timer = 0;
  let said = false;
  let open = false;
  let shown = PART;
  let saving = false;

  const draw = oncePerFrame(drawNow);
  const pane = createPane(map, {
    view: () => panel.state.flow.view,
    keep: (view) => keep({ view }),
    changed: draw,
    pressed,
    choose,
    actions,
    announce: (sentence) => panel.announce(sentence),
  });
  map.append(overlay);

  function keep(part: Partial<Panel['state']['flow']>): void {
    panel.keep({ flow: { ...panel.state.flow, ...part } });
  }

  function reset(more: boolean): void {
    wanted = true;
    problem = undefined;
    window.clearTimeout(timer);
    if (sliding !== undefined) keep({ hidden: sliding });
    sliding = undefined;
    // Of a run that goes on the answer that is under way is good; the next one has the rest.
    if (!more) {
      asking?.abort();
      asking = undefined;
      stale = true;
      if (panel.state.runId !== runId) {
        graph = undefined;
        open = false;
        pane.forget();
      }
      runId = panel.state.runId;
      shown = PART;
    }
    draw();
  }

  async function ask(): Promise<void> {
    wanted = false;
    const mine = new AbortController();
    asking = mine;
    const { filter, flow } = panel.state;
    try {
      const picture = await panel.channel.ask({ kind: 'flow', filter, hidden: flow.hidden }, mine.signal);
      if (asking !== mine) return;
      graph = graphOf(picture);
      problem = undefined;
    } catch (error) {
      if (asking !== mine) return;
      problem = error instanceof Error ? error.message : 'The flow could not be read.';
    }
    asking = undefined;
    stale = false;
    if (said && graph !== undefined && problem === undefined) panel.announce(amount(graph));
    said = false;
    draw();
  }

  function amount({ picture, nodes, lines }: Graph): string {
    const left = hiddenWords(picture);
    const some = plural(nodes.filter(({ kind }) => kind === 'node').length, 'node');
    return `${left === '' ? 'All edges shown' : left}. ${some} and ${plural(lines.length, 'edge')} on the map.`;
  }

  function drawNow(): void {
    // Nothing is asked for or drawn behind another tab.
    if (!front || root.offsetParent === null || panel.overview === undefined) return;
    if (wanted && asking === undefined) void ask();
    const isEmpty = graph === undefined || !graph.nodes.some(({ kind }) => kind === 'node');
    const usable = problem === undefined && !isEmpty;
    const { measure, hidden } = panel.state.flow;
    map.classList.toggle('busy', asking !== undefined && (stale || said));
    map.setAttribute('aria-busy', asking === undefined ? 'false' : 'true');
    map.classList.toggle('vacant', !usable);
    list.hidden = !usable;
    const shownGraph = usable ? graph : undefined;
    // The legend takes its room before the map is fitted into what is left.
    const palette = pane.palette();
    render(
      html`${flowTools({
        measure,
        hidden: sliding ?? hidden,
        left: graph === undefined ? '' : hiddenWords(graph.picture),
        zoom: pane.zoomText(),
        ready: usable,
        saving,
        setMeasure,
        setHidden,
        setZoom: (step) => pane.zoom(step),
        save: (format) => void save(format),
      })}
      ${shownGraph === undefined ? nothing : flowLegend(shownGraph.nodes, measure, palette)}`,
      tools,
    );
    if (shownGraph !== undefined) render(edgeList(listOf(shownGraph)), list);
    pane.draw(shownGraph, measure);
    render(state(isEmpty), overlay);
  }

  function state(isEmpty: boolean): TemplateResult | typeof nothing {
    if (problem !== undefined) return failed(problem, again);
    if (graph === undefined) return loading('Drawing the flow…');
    if (!isEmpty) return nothing;
    if (panel.state.filter.length > 0) {
      return empty(
        'Nothing left by this filter',
        'No interaction satisfies all of its conditions.',
        html`<vscode-button secondary @click=${() => panel.filter([])}>Clear the filter</vscode-button>`,
      );
    }
    return empty(
      'No flow to show',
      'The query returned no steps in its window. Widen the window or loosen WHERE, then run it again.',
    );
  }

  function again(): void {
    problem = undefined;
    wanted = true;
    draw();
  }

  function setMeasure(measure: FlowMeasure): void {
    keep({ measure });
    panel.announce(`Coloured by ${MEASURES[measure].label}.`);
    draw();
  }

  function setHidden(hidden: number): void {
    sliding = hidden;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      sliding = undefined;
      if (hidden === panel.state.flow.hidden) return;
      keep({ hidden });
      asking?.abort();
      asking = undefined;
      wanted = true;
      said = true;
      draw();
    }, REST);
    draw();
  }

  function pressed(key: string): boolean {
    const [node, edge] = [panel.condition('node'), panel.condition('edge')];
    return (
      (node !== undefined && key === `node ${node.nodeId}`) || (edge !== undefined && key === edgeKey(edge))
    );
  }

  /** A second time takes it back. */
  function choose(what: FlowNode | Line): void {
    if ('edge' in what) {
      const { from, to } = what.edge;
      if (pressed(what.key)) panel.widen('edge');
      else panel.narrow({ kind: 'edge', from, to });
    } else if (what.kind === 'node') {
      if (pressed(keyOf(what))) panel.widen('node');
      else panel.narrow({ kind: 'node', nodeId: what.nodeId });
    }
  }

  function actions(node: FlowNode): readonly MenuItem[] {
    const condition = { kind: 'node', nodeId: node.nodeId } as const;
    return [
      {
        label: 'Show in timeline',
        icon: 'graph-line',
        run: () => panel.narrow(condition, 'timeline'),
      },
      { label: 'Show steps in table', icon: 'table', run: () => panel.narrow(condition, 'table') },
      {
        label: 'Query about it',
        icon: 'go-to-file',
        run: () => {
          const others = panel.state.filter.filter(({ kind }) => kind !== 'node');
          panel.act({ kind: 'openQuery', filter: [...others, condition] });
        },
      },
      {
        label: pressed(keyOf(node)) ? 'Remove its filter' : 'Filter',
        icon: 'filter',
        run: () => choose(node),
      },
    ];
  }

  function listOf({ lines }: Graph): EdgeList {
    return {
      lines,
      open,
      shown,
      pressed: ({ key }) => pressed(key),
      choose,
      toggle() {
        open = !open;
        draw();
      },
      more() {
        shown += PART;
        draw();
      },
    };
  }

  async function save(format: 'svg' | 'png'): Promise<void> {
    const { overview } = panel;
    if (graph === undefined || overview === undefined || saving) return;
    saving = true;
    draw();
    try {
      const caption = captionOf(overview, panel.state.filter, graph);
      const { measure } = panel.state.flow;
      const scene = sceneOf(graph, measure, pane.palette(), caption, pressed, pane.ruler);
      const { data, note } = format === 'svg' ? asSvg(scene) : await asPng(scene);
      panel.act({ kind: 'savePicture', format, name: caption.file, data });
      pane.tell(note);
      panel.announce(`The map is ready to be saved as ${format.toUpperCase()}.${note}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'The map could not be drawn.';
      pane.tell(message);
      panel.announce(message);
    }
    saving = false;
    draw();
  }

  return {
    reset,
    update: draw,
    shown() {
      front = true;
      draw();
    },
    hidden() {
      front = false;
      pane.away();
    },
    focus: () => pane.focus(),
  };
}
