/** XES from any tool, of any version, as a stream: it holds no more of a log than a trace. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import { XES_EXTENSION } from '../protocol/xes.ts';
import { excerpt } from './errors.ts';
import {
  HistoryFailure,
  type HistoryParser,
  type ParserOptions,
  type RecordsStretch,
} from './history-parser.ts';
import { MAX_DEPTH } from './json.ts';
import { createReader } from './reader.ts';
import { underNames } from './record-names.ts';
import { isAttributeType, type XesAttribute } from './xes-attributes.ts';
import type { XesLog, XesTrace } from './xes-events.ts';
import { are, several, TraceReader } from './xes-trace.ts';
import { createXmlDecoder } from './xml-text.ts';

/** Where the parser is. What is skipped is skipped with all that is in it. */
type Place =
  | { readonly kind: 'log' | 'trace' | 'event' | 'skip' }
  | { readonly kind: 'attribute'; readonly attribute: XesAttribute }
  | { readonly kind: 'values'; readonly values: XesAttribute[] };

/** Where an attribute belongs; undefined where its holder is of no interest. */
type Holder = XesAttribute[] | undefined;

const SKIP: Place = { kind: 'skip' };
/** After these the rest of the file would be read as something that it is not. */
const FATAL = /unclosed|unmatched|unexpected|outside of root|only one root|root element|weird empty/;

/**
 * A parser of XES. Prefixes need no declaration, no version is refused, entities that a file declares are not expanded.
 * What is no event log, or breaks off, is a HistoryFailure that says where.
 */
export function createXesParser({ response }: ParserOptions): HistoryParser {
  const reader = createReader(response);
  const named = underNames(response);
  const decoder = createXmlDecoder();
  const xml = new SaxesParser();
  const log: XesLog = { isOurs: false, classifier: [] };
  const traces = new TraceReader(log);
  const places: Place[] = [];
  let trace: (XesTrace & { depth: number }) | undefined;
  let index = 0;
  let isRead = false;
  const outside = { events: 0, unnamed: 0, breaks: 0, firstBreak: '' };
  let interactions: Interaction[] = [];
  let rejected: RejectedRecord[] = [];

  const where = (): string => `line ${xml.line}`;

  xml.on('error', (error) => {
    const what = error.message.replace(/^[^ ]*\d+:\d+: /, '');
    if (FATAL.test(what)) throw broken(what);
    outside.breaks += 1;
    if (outside.breaks === 1) outside.firstBreak = `${where()}: ${what.replace(/\.$/, '')}`;
  });
  xml.on('opentag', (tag) => {
    places.push(entered(nameOf(tag), tag));
  });
  xml.on('closetag', () => {
    const left = places.pop();
    if (left?.kind === 'trace') endTrace();
  });

  function broken(what: string): HistoryFailure {
    const tag = /^unclosed tag: (.*)$/.exec(what)?.[1];
    if (tag !== undefined)
      return new HistoryFailure(
        'unreadable',
        `breaks off at ${where()}, inside <${excerpt(tag, 40)}>; fetch it again, whole.`,
      );
    if (/unexpected end/.test(what))
      return new HistoryFailure('unreadable', `breaks off at ${where()}; fetch it again, whole.`);
    return new HistoryFailure('unreadable', `is no complete XML: ${where()}: ${excerpt(what, 80)}`);
  }

  function entered(name: string, tag: SaxesTagPlain): Place {
    const place = places.at(-1);
    if (place === undefined) {
      if (name === 'log') return { kind: 'log' };
      throw new HistoryFailure(
        'not-history',
        `is XML and no event log: it has <${excerpt(tag.name, 40)}> where XES has <log>.`,
      );
    }
    if (place.kind === 'log') return enteredLog(name, tag);
    if (place.kind === 'skip') return SKIP;
    if (place.kind === 'trace' && name === 'event') {
      trace?.events.push({ attributes: [] });
      return { kind: 'event' };
    }
    if (place.kind === 'attribute' && name === 'values') {
      place.attribute.values ??= [];
      return { kind: 'values', values: place.attribute.values };
    }
    const holder = holderOf(place);
    return holder === undefined || !isAttributeType(name) ? SKIP : enteredAttribute(name, tag, holder);
  }

  function enteredLog(name: string, { attributes }: SaxesTagPlain): Place {
    if (name === 'trace') {
      trace = { line: xml.line, attributes: [], events: [], depth: 0 };
      return { kind: 'trace' };
    }
    if (name === 'event') outside.events += 1;
    if (name === 'extension' && attributes['uri'] === XES_EXTENSION.uri) log.isOurs = true;
    if (name === 'classifier' && attributes['scope'] !== 'trace' && log.classifier.length === 0) {
      log.classifier = keysOf(attributes['keys'] ?? '');
    }
    return SKIP;
  }

  function enteredAttribute(type: string, { attributes }: SaxesTagPlain, holder: XesAttribute[]): Place {
    const key = attributes['key'];
    if (key === undefined) {
      outside.unnamed += 1;
      return SKIP;
    }
    if (trace !== undefined) trace.depth = Math.max(trace.depth, places.length);
    // Two places a level: an attribute, and the values of a list.
    if (places.length > 2 * MAX_DEPTH) return SKIP;
    const attribute = { type, key, value: attributes['value'] ?? null, children: [], values: null };
    holder.push(attribute);
    return { kind: 'attribute', attribute };
  }

  function holderOf(place: Place): Holder {
    switch (place.kind) {
      case 'trace':
        return trace?.attributes;
      case 'event':
        return trace?.events.at(-1)?.attributes;
      case 'attribute':
        return place.attribute.children;
      case 'values':
        return place.values;
      default:
        return undefined;
    }
  }

  function endTrace(): void {
    if (trace === undefined) return;
    const { line, depth } = trace;
    const isDeep = depth > 2 * MAX_DEPTH;
    const record = named(traces.read(trace));
    const read = isDeep ? `is nested more than ${MAX_DEPTH} levels deep` : reader.read(record);
    if (typeof read === 'string') {
      rejected.push({ index, reason: `line ${line}: ${read}`, raw: isDeep ? null : record });
    } else interactions.push(read);
    index += 1;
    trace = undefined;
  }

  function taken(): RecordsStretch {
    const stretch: RecordsStretch = { kind: 'records', interactions, rejected };
    interactions = [];
    rejected = [];
    return stretch;
  }

  return {
    push(chunk) {
      const text = decoder.push(chunk);
      if (text !== '') {
        isRead = true;
        xml.write(text);
      }
      return taken();
    },
    end() {
      const text = decoder.end();
      if (text === '' && !isRead) throw new HistoryFailure('empty', 'is empty; expected an event log.');
      xml.write(text);
      xml.close();
      return [taken()];
    },
    notes() {
      const notes = [...reader.notes(), ...traces.notes()];
      const { events, unnamed, breaks, firstBreak } = outside;
      if (events > 0)
        notes.push(
          `${several(events, 'event stands', 'events stand')} outside of any trace and ${are(events)} left out.`,
        );
      if (unnamed > 0)
        notes.push(
          `${several(unnamed, 'attribute has', 'attributes have')} no key and ${are(unnamed)} left out.`,
        );
      if (breaks > 0)
        notes.push(
          `The file breaks the rules of XML in ${several(breaks, 'place', 'places')}, first in ${firstBreak}; it was read as far as that allows.`,
        );
      return notes;
    },
  };
}

/** Without its prefix: some tools put one before every tag. */
function nameOf({ name }: SaxesTagPlain): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

/** Keys are parted by blanks; one that has blanks itself stands in quotation marks. */
function keysOf(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, plain]) => inQuotes ?? plain ?? '');
}
