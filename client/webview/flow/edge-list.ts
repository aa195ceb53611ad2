/** The map as a list: every edge with its numbers, for those who do not see the picture. */
import { html, nothing, type TemplateResult } from 'lit';
import { count, duration, percent, plural } from '../format.ts';
import { icon, text } from '../parts.ts';
import type { Line } from './graph.ts';

/** Rows that are added at once. */
export const PART = 100;

export interface EdgeList {
  /** The one most taken last. */
  readonly lines: readonly Line[];
  readonly open: boolean;
  /** Rows shown, at most. */
  readonly shown: number;
  pressed(line: Line): boolean;
  toggle(): void;
  more(): void;
  choose(line: Line): void;
}

export function edgeList(list: EdgeList): TemplateResult {
  const { lines, open, shown } = list;
  const rows = lines.toReversed().slice(0, shown);
  return html`<button
      type="button"
      class="fold"
      aria-expanded=${open ? 'true' : 'false'}
      aria-controls="flow-list"
      @click=${() => list.toggle()}
    >${icon(open ? 'chevron-down' : 'chevron-right')}Flow as a list<span class="amount">${plural(lines.length, 'edge')}</span></button>
    <div id="flow-list" class="edges" ?hidden=${!open} tabindex="-1">
      ${
        open
          ? html`<table aria-rowcount=${lines.length + 1}>
          <caption class="sr-only">
            Edges of the flow, the most frequent first. Choosing one leaves the interactions that take it.
          </caption>
          <thead>
            <tr aria-rowindex="1">
              <th scope="col">From → to</th>
              <th scope="col" class="numeric">Count</th>
              <th scope="col" class="numeric wide">Interactions</th>
              <th scope="col" class="numeric">Share</th>
              <th scope="col" class="numeric wide">Wait, p50</th>
              <th scope="col" class="numeric">Wait, p95</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((line, at) => row(list, line, at + 2))}
          </tbody>
        </table>
        ${
          lines.length > rows.length
            ? html`<vscode-button secondary @click=${() => list.more()}>
              Show ${count(Math.min(PART, lines.length - rows.length))} more of ${count(lines.length)}
            </vscode-button>`
            : nothing
        }`
          : nothing
      }
    </div>`;
}

function row(list: EdgeList, line: Line, at: number): TemplateResult {
  const { edge, name } = line;
  return html`<tr aria-rowindex=${at}>
    <th scope="row">
      <button
        type="button"
        class="edge-name"
        aria-pressed=${list.pressed(line) ? 'true' : 'false'}
        @click=${() => list.choose(line)}
      >${text(name)}</button>
    </th>
    <td class="numeric">${count(edge.count)}</td>
    <td class="numeric wide">${count(edge.interactions)}</td>
    <td class="numeric">${percent(edge.share)}</td>
    <td class="numeric wide">${duration(edge.p50)}</td>
    <td class="numeric">${duration(edge.p95)}</td>
  </tr>`;
}
