/** The report as one page: no scripts, nothing from elsewhere, readable on paper. */
import type { Block, Inline, Section } from './blocks.ts';
import { contentOf } from './content.ts';
import type { ReportDocument } from './document.ts';
import { html, linesOf, type Markup, NOTHING } from './markup.ts';
import { STYLE } from './style.ts';
import { flowSvg, histogramSvg, sharesSvg, trendSvg } from './svg.ts';

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const SHADES = ['below 1 %', '1 to 5 %', '5 to 15 %', '15 to 30 %', '30 % and more'];

function inline(value: Inline): Markup {
  if (typeof value === 'string') return html`${value}`;
  if ('few' in value) return html`<span class="few">≈ ${value.few}</span>`;
  if ('code' in value) return html`<code>${value.code}</code>`;
  if ('strong' in value) return html`<strong>${value.strong}</strong>`;
  if ('state' in value) return html`<span class="${value.state}">${value.text}</span>`;
  if ('path' in value) {
    const steps = value.path.map((name, i) =>
      i === 0 ? html`<span class="chip">${name}</span>` : html`<i>→</i> <span class="chip">${name}</span>`,
    );
    return html`<span class="way">${steps.flatMap((step, i) => (i === 0 ? [step] : [html` `, step]))}</span>`;
  }
  return html`${value.map(inline)}`;
}

function table({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): Markup {
  const of = (i: number): Markup => (columns[i]?.numeric === true ? html` class="n"` : NOTHING);
  const head = columns.map(({ name }, i) => html`<th scope="col"${of(i)}>${name}</th>`);
  const body = rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? html`<th scope="row">${inline(cell)}</th>` : html`<td${of(i)}>${inline(cell)}</td>`,
    );
    return html`<tr>${cells}</tr>
`;
  });
  // A region that scrolls is reached by the keyboard.
  return html`<div class="wide" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>
`;
}

function block(one: Block, index: number): Markup {
  switch (one.kind) {
    case 'paragraph':
      return html`<p>${inline(one.text)}</p>
`;
    case 'heading':
      return html`<h3>${one.text}</h3>
`;
    case 'list': {
      const items = one.items.map(
        (item) => html`<li>${inline(item)}</li>
`,
      );
      return one.ordered
        ? html`<ol>
${items}</ol>
`
        : html`<ul>
${items}</ul>
`;
    }
    case 'facts': {
      const facts = one.facts.map(
        ([label, value]) => html`<dt>${label}</dt><dd>${inline(value)}</dd>
`,
      );
      return html`<dl>
${facts}</dl>
`;
    }
    case 'table':
      return table(one);
    case 'code':
      return html`<p>${one.label}:</p>
<pre>${linesOf(one.text)}</pre>
`;
    case 'flow': {
      const key = SHADES.map((text, shade) => html`<li class="s${shade}">${text}</li>`);
      return html`<figure>${flowSvg(one.picture)}
<figcaption>${one.picture.left} In a node: visits × median time. A line is the wider the more often it is taken.
<ul class="key"><li class="word">Of all time:</li>${key}</ul></figcaption></figure>
`;
    }
    case 'shares':
      return html`<figure>${sharesSvg(one.picture)}
<figcaption>Share of all time in steps, and its sum.</figcaption></figure>
`;
    case 'histogram':
      return html`<figure>${histogramSvg(one.picture)}
<figcaption>${one.picture.title}: each bar stands for times about twice as long as the one before; its lower part, of another colour, is of steps above their threshold. ${one.picture.description}</figcaption></figure>
`;
    case 'trend':
      return html`<figure>${trendSvg(one.picture, index)}
<figcaption>${one.picture.title}. Bars: steps (left). Dots: median time of a step (right). Numbered lines: since when a node’s time is another.</figcaption></figure>
`;
  }
}

function section({ id, title, blocks }: Section): Markup {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${blocks.map(block)}</section>
`;
}

/** The whole page, in UTF-8. The same document gives the same bytes. */
export function reportHtml(document: ReportDocument): string {
  const { title, headline, sections } = contentOf(document);
  const links = sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`);
  const made = document.of.kind === 'run' ? 'Report of a run' : 'Report of a history file';
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${{ html: POLICY }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>
${{ html: STYLE }}</style>
</head>
<body>
<header>
<p class="kind">${made}</p>
<h1>${title}</h1>
<p class="headline">${headline}</p>
<nav aria-label="Contents"><ul>${links}</ul></nav>
</header>
<main>
${sections.map(section)}</main>
</body>
</html>
`.html;
}
