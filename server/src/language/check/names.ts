/** Names across a document: what they refer to, what is there twice, and what refers to itself. */

import type { Declared } from '../declared.ts';
import { type Diagnostic, diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { nearest } from '../nearest.ts';
import type { ParsedDocument } from '../parse.ts';
import { nameText, operandText } from '../print.ts';
import type { Referring } from '../sections.ts';
import { shifted } from '../shift.ts';
import { endOf } from '../tokens.ts';
import type { Name, Span } from '../tree.ts';
import { partSteps } from './circles.ts';
import { startOf } from './scope.ts';

/** Takes a diagnostic with the section that it stands in, by its index. */
type Report = (found: Diagnostic, section: number) => void;

/** So many sections, parameters or queries are looked at in a step: each takes some microseconds. */
const A_STEP = 200;

/** 2005, 2006, 2007 and 2013, with the offsets of the document; in steps. */
export function* nameSteps(document: ParsedDocument, report: Report): Generator<void, void> {
  yield* duplicates(document, 'parameter', report);
  yield* duplicates(document, 'query', report);
  yield* checkReferences(document, report);
  yield* checkCircles(document, report);
}

function* duplicates(
  document: ParsedDocument,
  what: 'parameter' | 'query',
  report: Report,
): Generator<void, void> {
  const first = new Map<string, Span>();
  for (const [index, { reading }] of document.sections.entries()) {
    if (index % A_STEP === 0) yield;
    const start = startOf(document, index);
    for (const { kind, name } of reading.items) {
      if (name === null || kind !== what) continue;
      const place = { start: name.start + start, end: name.end + start };
      const earlier = first.get(name.text);
      if (earlier === undefined) {
        first.set(name.text, place);
        continue;
      }
      const related = [{ ...earlier, message: 'The first one is here.' }];
      report(
        diagnostic(
          'CXQ2007',
          place,
          `There is a ${what} \`${name.text}\` already: give this one another name.`,
          { related },
        ),
        index,
      );
    }
  }
}

/** 2005 and 2006, from the words themselves: a parameter used in what could not be read is used. */
function* checkReferences(document: ParsedDocument, report: Report): Generator<void, void> {
  const declared = yield* document.declaredSteps();
  const used = new Set<string>();
  const fixes = new Map<string, { readonly nearest: string | undefined; readonly declare: QuickFix }>();
  for (const [index, { reading }] of document.sections.entries()) {
    if (index % A_STEP === 0) yield;
    for (const token of reading.parameterTokens) {
      const name = token.image.replace(/^\$`?|`$/g, '');
      used.add(name);
      if (declared.has(name) || document.presumed.parameters.has(name)) continue;
      // Where something else was expected, what stands there is no use of a parameter.
      if (reading.syntax.some((found) => found.start === token.startOffset)) continue;
      const start = startOf(document, index);
      const span = { start: token.startOffset + start, end: endOf(token) + start };
      const known = fixes.get(name) ?? {
        nearest: nearest(name, declared.keys()),
        declare: declare(name, document),
      };
      fixes.set(name, known);
      const near =
        known.nearest === undefined
          ? []
          : [replace(`Change to ${referenceText(known.nearest)}`, span, referenceText(known.nearest))];
      report(
        diagnostic(
          'CXQ2005',
          span,
          `There is no parameter ${referenceText(name)}: no PARAM of this file declares it.`,
          {
            fixes: near.length > 0 ? [...near, known.declare] : [{ ...known.declare, isPreferred: true }],
          },
        ),
        index,
      );
    }
  }
  for (const one of declared.values()) {
    if (used.has(one.facts.name)) continue;
    report(unused(one, document), one.section);
    yield;
  }
}

function referenceText(name: string): string {
  return operandText({ kind: 'parameterReference', start: 0, end: 0, name });
}

/** Declares a parameter before everything else, but after a byte-order mark and the comments that head the file. */
function declare(name: string, document: ParsedDocument): QuickFix {
  const { sections, starts } = document;
  const index = sections.findIndex(({ reading }) => reading.items.length > 0);
  const item = sections[index]?.reading.items[0];
  const at =
    item === undefined ? (sections[0]?.opening[0]?.startOffset ?? 0) : item.start + (starts[index] ?? 0);
  const newText = `PARAM ${nameText({ text: name })}\n`;
  return { title: `Declare PARAM ${name}`, edits: [{ start: at, end: at, newText }], isPreferred: false };
}

function unused({ facts, section }: Declared, document: ParsedDocument): Diagnostic {
  const { name } = facts;
  const declaration = shifted(facts.declaration, startOf(document, section));
  const rest = document.text.slice(declaration.end);
  const left = rest.replace(/^[ \t]*;?[ \t]*(?:\r?\n)?/, '');
  const whole = { start: declaration.start, end: document.text.length - left.length };
  // A PARAM ends the query before it: a headerless one after it needs another end there.
  const first = document.sections.findIndex(({ reading }) => reading.items.length > 0);
  const isFirst =
    first === section && document.sections[first]?.reading.items[0]?.start === facts.declaration.start;
  const follows = /^\s*(?:$|;|(?:QUERY|PARAM)\b)/i.test(left);
  const newText = isFirst || follows ? '' : ';\n';
  return diagnostic(
    'CXQ2006',
    declaration.name ?? declaration,
    `The parameter ${name} is never used: no query of this file has ${referenceText(name)}.`,
    {
      unnecessary: true,
      fixes: [replace('Remove it', whole, newText, true)],
    },
  );
}

interface Node extends Referring {
  readonly section: number;
}

function* checkCircles(document: ParsedDocument, report: Report): Generator<void, void> {
  const nodes: Node[] = [];
  for (const [section, { referring }] of document.sections.entries()) {
    if (section % A_STEP === 0) yield;
    for (const one of referring) nodes.push({ ...one, section });
  }
  if (nodes.length === 0) return;
  const byName = yield* nodesByName(document, nodes);
  const targets = (node: Node) => node.references.flatMap(({ name }) => byName.get(name) ?? []);
  const circle = yield* partSteps(nodes, targets);
  for (const [index, node] of nodes.entries()) {
    if (index % A_STEP === 0) yield;
    for (const reference of node.references) {
      const target = byName.get(reference.name);
      // Of two that reach each other every reference between them is on a circle.
      if (target === undefined || (target !== node && circle.get(target) !== circle.get(node))) continue;
      const message =
        target === node
          ? `The query ${reference.name} uses itself: a query can use the results of others only.`
          : `The queries use each other in a circle: ${reference.name} needs this one, and this one needs it.`;
      const start = startOf(document, node.section);
      const span = { start: reference.start + start, end: reference.end + start };
      report(diagnostic('CXQ2013', span, message), node.section);
    }
  }
}

/** Of queries with one name the first counts: where that one refers to none, the name leads nowhere. */
function* nodesByName(
  document: ParsedDocument,
  nodes: readonly Node[],
): Generator<void, ReadonlyMap<string, Node>> {
  const byQuery = new Map(nodes.map((node) => [`${node.section} ${node.query.index}`, node]));
  const seen = new Set<string>();
  const byName = new Map<string, Node>();
  for (const [section, { reading }] of document.sections.entries()) {
    if (section % A_STEP === 0) yield;
    for (const item of reading.items) {
      const name: Name | null = item.kind === 'query' ? item.name : null;
      if (item.kind !== 'query' || name === null || seen.has(name.text)) continue;
      seen.add(name.text);
      const node = byQuery.get(`${section} ${item.index}`);
      if (node !== undefined) byName.set(name.text, node);
    }
  }
  return byName;
}
