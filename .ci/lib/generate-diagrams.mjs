/** Railroad diagrams of the grammar: one SVG a rule, readable on light and dark pages and by screen readers. */
import railroad from 'railroad-diagrams';
import { ebnf, grammarModel } from './generate-model.mjs';

const { Choice, Diagram, NonTerminal, OneOrMore, Optional, Sequence, Skip, Terminal, ZeroOrMore } = railroad;

// An image cannot see the page's colours: it brings its own ground, for a light and for a dark system.
const STYLE = `
  .ground { fill: #f6f7f9; }
  path { stroke: #5a6472; stroke-width: 1.5; fill: none; }
  rect.box { stroke: #5a6472; stroke-width: 1.25; fill: #ffffff; }
  rect.word { fill: #dfeaf8; }
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #16202c; text-anchor: middle; }
  text.word { font-weight: 600; }
  text.token { font-style: italic; }
  text.name { font-size: 12px; text-anchor: start; fill: #4a5563; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1b2129; }
    path { stroke: #98a5b5; }
    rect.box { stroke: #98a5b5; fill: #262e39; }
    rect.word { fill: #1f3a5a; }
    text { fill: #e6ebf1; }
    text.name { fill: #a9b4c2; }
  }
`;

/** Wider than this it is no longer readable in a page. */
const WIDEST = 1_000;

function shape(part) {
  switch (part.kind) {
    case 'word':
      return Terminal(part.text);
    case 'token':
    case 'rule':
      return NonTerminal(part.text);
    case 'sequence':
      return Sequence(...part.items.map(shape));
    case 'choice':
      return Choice(0, ...part.items.map(shape));
    case 'optional':
      return Optional(shape(part.item));
    case 'many': {
      const separator = part.separator === null ? Skip() : shape(part.separator);
      return part.least === 0
        ? ZeroOrMore(shape(part.item), separator)
        : OneOrMore(shape(part.item), separator);
    }
    default:
      throw new Error(`No diagram for ${part.kind}.`);
  }
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Marks of what is a word of the language and what a token or rule, which the library tells apart by corners alone. */
function classed(svg, tokens) {
  return svg.replaceAll(
    /<rect ([^>]*)><\/rect>\s*<text ([^>]*)>([^<]*)<\/text>/g,
    (_, rect, text, content) => {
      const kind = rect.includes('rx=')
        ? 'word'
        : tokens.has(content.replaceAll('&#42;', '*'))
          ? 'token'
          : 'rule';
      return `<rect class="box ${kind}" ${rect}/><text class="${kind}" ${text}>${content}</text>`;
    },
  );
}

function tokensOf(part, found = new Set()) {
  if (part.kind === 'token') found.add(part.text);
  for (const inner of part.items ?? [part.item, part.separator]) if (inner) tokensOf(inner, found);
  return found;
}

function picture(name, part) {
  const diagram = Diagram(shape(part));
  // The rule's name stands above its diagram.
  diagram.format(26, 8, 8, 8);
  const { height } = diagram.attrs;
  const width = Math.max(diagram.attrs.width, name.length * 8 + 20);
  if (width > WIDEST) throw new Error(`The diagram of ${name} is ${width} wide.`);
  const body = classed(String(diagram), tokensOf(part))
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replaceAll('></path>', '/>')
    .replaceAll(/\n+/g, '\n')
    .trim();
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title id="title">Syntax of ${escaped(name)}</title>
<desc id="description">${escaped(`${name} = ${ebnf(part)}`)}</desc>
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}" rx="6"/>
<text class="name" x="10" y="17">${escaped(name)}</text>
${body}
</svg>
`;
}

/** Path from the root to content, one for each rule. */
export function diagrams() {
  const model = grammarModel();
  return new Map([...model].map(([name, part]) => [`docs/images/syntax/${name}.svg`, picture(name, part)]));
}
