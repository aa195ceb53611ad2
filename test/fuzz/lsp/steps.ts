/** What an editor, a broken one, or no editor at all may send to the server. */
import fc from 'fast-check';
import { METHODS } from '../../../server/src/protocol/lsp.ts';
import { smallText } from '../corpus.ts';

export type Step =
  | { readonly kind: 'request' | 'notification'; readonly method: string; readonly params: unknown }
  /** Takes back one of the last requests. */
  | { readonly kind: 'cancel'; readonly back: number }
  /** A body in its frame that is no message. */
  | { readonly kind: 'body'; readonly text: string }
  /** Bytes without a frame; a real process only. */
  | { readonly kind: 'junk'; readonly text: string };

export const URIS: readonly string[] = [
  'file:///fuzz/a.cxq',
  'file:///fuzz/a.cxq',
  'file:///fuzz/b.cxq',
  'untitled:Untitled-1',
];
const STRANGE_URIS: readonly string[] = [
  '',
  'no uri',
  'file:///fuzz/%zz.cxq',
  'file://host/share/a.cxq',
  'file:///',
  'file:///fuzz/\u0000.cxq',
  '__proto__',
  `file:///${'x'.repeat(5_000)}`,
];

const WEIRD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 31,
  '',
  'x',
  '\uD83D',
  'a\u0000b',
  [],
  [null],
  [[]],
  {},
  { length: 1 },
  { line: 'x', character: {} },
  { line: -1, character: -1 },
  { line: 1e9, character: 1e9 },
  { start: { line: 5, character: 5 }, end: { line: 0, character: 0 } },
  { start: null, end: null },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`),
  'x'.repeat(20_000),
];

const uri = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...URIS) },
  { weight: 1, arbitrary: fc.constantFrom(...STRANGE_URIS) },
);
const textDocument = uri.map((of) => ({ uri: of }));
const version = fc.oneof(fc.nat(20), fc.constantFrom(-1, 2 ** 31));
const number = fc.oneof(
  { weight: 8, arbitrary: fc.nat(12) },
  { weight: 4, arbitrary: fc.nat(80) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e300) },
);
const position = fc.record({ line: number, character: number });
const range = fc.oneof(
  fc.record({ start: position, end: position }),
  fc.constant({ start: { line: 0, character: 0 }, end: { line: 1_000, character: 0 } }),
);
const at = fc.record({ textDocument, position });
const options = fc.constant({ tabSize: 2, insertSpaces: true });
const resultId = fc.constantFrom('1', '', 'none', '0', '999');
const opened = fc.record({ uri, languageId: fc.constant('cxq'), version, text: smallText });
const change = fc.oneof(
  smallText.map((text) => ({ text })),
  fc.record({ range, text: smallText }),
  fc.record({ range, text: fc.constantFrom('', 'x', "'", '\n', 'QUERY a', ';'), rangeLength: number }),
);
const configuration = fc.record({
  profiles: fc.constantFrom<unknown[]>([], [{}], [{ id: 'x' }], [null], [5], [{ id: 'a' }, { id: 'a' }]),
  connection: fc.constantFrom(null, 'x', 'default'),
  dataFolder: fc.constant(''),
  severities: fc.constantFrom({}, { CXQ1004: 'off' }, { CXQ1003: 'off', none: 'hint' }),
  inlayHints: fc.constantFrom({}, { instants: false, requests: false, batches: false, local: false }),
  user: fc.constant('fuzz'),
  trusted: fc.boolean(),
  clientCommands: fc.boolean(),
  webhookAllow: fc.constantFrom<string[]>([], ['https://a.example'], ['no url']),
});

type Params = fc.Arbitrary<unknown>;

/** The server's requests, each with parameters that are right. */
const REQUESTS: readonly (readonly [method: string, params: Params])[] = [
  [
    'textDocument/completion',
    fc.record({
      textDocument,
      position,
      context: fc.constantFrom({ triggerKind: 1 }, { triggerKind: 2, triggerCharacter: ' ' }),
    }),
  ],
  [
    'completionItem/resolve',
    fc.record({
      label: fc.constantFrom('WHERE', 'x'),
      data: fc.constantFrom<unknown>(
        { kind: 'clause', about: 'WHERE' },
        { kind: 'field', about: '__proto__' },
        5,
      ),
    }),
  ],
  ['textDocument/hover', at],
  ['textDocument/signatureHelp', at],
  ['textDocument/definition', at],
  ['textDocument/declaration', at],
  [
    'textDocument/references',
    fc.record({ textDocument, position, context: fc.record({ includeDeclaration: fc.boolean() }) }),
  ],
  ['textDocument/documentHighlight', at],
  ['textDocument/prepareRename', at],
  [
    'textDocument/rename',
    fc.record({
      textDocument,
      position,
      newName: fc.oneof(fc.constantFrom('zz', 'a b', '', '$x', 'limit'), smallText),
    }),
  ],
  [
    'textDocument/selectionRange',
    fc.record({ textDocument, positions: fc.array(position, { maxLength: 4 }) }),
  ],
  ['textDocument/documentSymbol', fc.record({ textDocument })],
  ['textDocument/foldingRange', fc.record({ textDocument })],
  ['textDocument/documentLink', fc.record({ textDocument })],
  ['textDocument/codeLens', fc.record({ textDocument })],
  ['textDocument/formatting', fc.record({ textDocument, options })],
  ['textDocument/rangeFormatting', fc.record({ textDocument, options, range })],
  [
    'textDocument/rangesFormatting',
    fc.record({ textDocument, options, ranges: fc.array(range, { maxLength: 3 }) }),
  ],
  [
    'textDocument/onTypeFormatting',
    fc.record({ textDocument, options, position, ch: fc.constantFrom(';', '\n', 'x') }),
  ],
  ['textDocument/inlayHint', fc.record({ textDocument, range })],
  ['textDocument/semanticTokens/full', fc.record({ textDocument })],
  ['textDocument/semanticTokens/full/delta', fc.record({ textDocument, previousResultId: resultId })],
  ['textDocument/semanticTokens/range', fc.record({ textDocument, range })],
  ['textDocument/diagnostic', fc.record({ textDocument, previousResultId: resultId })],
  [
    'workspace/diagnostic',
    fc.record({ previousResultIds: fc.array(fc.record({ uri, value: resultId }), { maxLength: 2 }) }),
  ],
  ['workspace/symbol', fc.record({ query: fc.constantFrom('', 'a', 'slow', '.*', '😀') })],
  [
    'textDocument/codeAction',
    fc.record({
      textDocument,
      range,
      context: fc.constantFrom<unknown>(
        { diagnostics: [] },
        { diagnostics: [], only: ['quickfix'] },
        { diagnostics: [], only: ['source.fixAll', ''] },
      ),
    }),
  ],
  [METHODS.queries, fc.record({ uri, text: smallText })],
  [METHODS.explain, fc.record({ uri, text: smallText, index: fc.nat(3) })],
  [METHODS.runs, fc.constant(null)],
  [METHODS.lastRun, fc.record({ uri, text: smallText, index: fc.nat(3) })],
  [METHODS.auditVerify, fc.constant({})],
  [METHODS.auditShow, fc.constant({})],
];
const NOTIFICATIONS: readonly (readonly [method: string, params: Params])[] = [
  ['textDocument/didOpen', opened.map((document) => ({ textDocument: document }))],
  ['textDocument/didOpen', opened.map((document) => ({ textDocument: document }))],
  [
    'textDocument/didChange',
    fc.record({
      textDocument: fc.record({ uri, version }),
      contentChanges: fc.array(change, { maxLength: 3 }),
    }),
  ],
  [
    'textDocument/didChange',
    fc.record({
      textDocument: fc.record({ uri, version }),
      contentChanges: fc.array(change, { minLength: 1, maxLength: 3 }),
    }),
  ],
  ['textDocument/didClose', fc.record({ textDocument })],
  ['textDocument/didSave', fc.record({ textDocument })],
  ['workspace/didChangeConfiguration', fc.constantFrom({ settings: null }, { settings: {} })],
  [
    'workspace/didChangeWatchedFiles',
    fc.record({ changes: fc.array(fc.record({ uri, type: fc.constantFrom(1, 2, 3) }), { maxLength: 3 }) }),
  ],
  [
    'workspace/didChangeWorkspaceFolders',
    fc.constant({ event: { added: [], removed: [{ uri: 'file:///nowhere', name: 'n' }] } }),
  ],
  [METHODS.configuration, configuration],
  [METHODS.historyFiles, fc.record({ uris: fc.array(uri, { maxLength: 3 }) })],
  ['$/setTrace', fc.constantFrom({ value: 'off' }, { value: 'loud' })],
  ['initialized', fc.constant({})],
];
const UNKNOWN: readonly string[] = [
  'textDocument/nothing',
  'textDocument/moniker',
  '$/nothing',
  '',
  '__proto__',
  'constructor',
  'toString',
  'window/showMessage',
  'x'.repeat(5_000),
];

/** Every place in a value, by the keys that lead to it. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, held]) => placesOf(held, [...path, key]))];
}

/** A copy with one place taken out, or another value put there. */
function spoilt(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) {
    return value.map((held: unknown, index) => (String(index) === key ? spoilt(held, rest, by) : held));
  }
  const entries = Object.entries(value).map(([name, held]): [string, unknown] => [
    name,
    name === key ? spoilt(held, rest, by) : held,
  ]);
  return Object.fromEntries(entries);
}

const damage = fc.tuple(
  fc.boolean(),
  fc.nat(1_000),
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...WEIRD) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
);

type Messages = readonly (readonly [method: string, params: Params])[];

function right(kind: 'request' | 'notification', all: Messages): fc.Arbitrary<Step> {
  return fc
    .constantFrom(...all)
    .chain(([method, params]) => params.map((value): Step => ({ kind, method, params: value })));
}

/** About half of them with something in their parameters that is not what it should be. */
function damaged(steps: fc.Arbitrary<Step>): fc.Arbitrary<Step> {
  return fc.tuple(steps, damage).map(([step, [isSpoilt, pick, by]]) => {
    if (!isSpoilt || !('params' in step)) return step;
    const places = placesOf(step.params);
    return { ...step, params: spoilt(step.params, places[pick % places.length] ?? [], by) };
  });
}

const BODIES: readonly string[] = [
  '',
  ' ',
  '{',
  'null',
  '5',
  '"x"',
  '[]',
  '[{}]',
  '{}',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"1.0","id":1000000,"method":"x"}',
  '{"jsonrpc":"2.0","id":1000001,"method":5}',
  '{"jsonrpc":"2.0","id":null,"method":"textDocument/hover"}',
  '{"jsonrpc":"2.0","id":{},"method":"textDocument/hover"}',
  '{"jsonrpc":"2.0","id":99999999,"result":null}',
  '{"jsonrpc":"2.0","id":"x","error":{"code":"y"}}',
  '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99999999}}',
  '{"jsonrpc":"2.0","method":"$/cancelRequest"}',
  '{"jsonrpc":"2.0","method":"$/progress","params":null}',
  '{"jsonrpc":"2.0","method":null}',
  '\uFEFF{"jsonrpc":"2.0","method":"x"}',
  `${'['.repeat(50_000)}`,
  '{"jsonrpc":"2.0","method":"\\ud83d"}',
];
/** After these, and an empty line, a reader can find the next frame. */
const JUNK: readonly string[] = [
  'hello\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\n',
  'Content-Length: many\r\n',
  'Content-Length:\r\n',
  'content-type: x\r\n',
  '\u0000\u0001\u0002\r\n',
  '\r\n',
  ': \r\n',
  '{"jsonrpc":"2.0","id":1,"method":"shutdown"}\r\n',
];

const sensible = fc.oneof(
  { weight: 12, arbitrary: right('request', REQUESTS) },
  { weight: 9, arbitrary: right('notification', NOTIFICATIONS) },
  { weight: 1, arbitrary: fc.nat(3).map((back): Step => ({ kind: 'cancel', back })) },
);
const unknown = fc
  .tuple(fc.constantFrom('request', 'notification'), fc.constantFrom(...UNKNOWN), fc.constantFrom(...WEIRD))
  .map(([kind, method, params]): Step => ({ kind, method, params }));
const nonsense: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 20, arbitrary: damaged(sensible) },
  { weight: 1, arbitrary: unknown },
  { weight: 1, arbitrary: fc.constantFrom(...BODIES).map((text): Step => ({ kind: 'body', text })) },
];
const junk: fc.WeightedArbitrary<Step> = {
  weight: 1,
  arbitrary: fc.constantFrom(...JUNK).map((text): Step => ({ kind: 'junk', text })),
};

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Conversation {
  readonly steps: readonly Step[];
  /** Whether the editor says that it can do everything, or nothing. */
  readonly able: boolean;
  /** Whether everything is as the protocol has it: then the answers are too. */
  readonly right: boolean;
  /** What everything is asked about afterwards, and where. */
  readonly text: string;
  readonly place: Position;
}

export function conversationOf(withJunk: boolean): fc.Arbitrary<Conversation> {
  const any = fc.oneof(...nonsense, ...(withJunk ? [junk] : []));
  const stepsOf = (step: fc.Arbitrary<Step>) => fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });
  const conversation = (step: fc.Arbitrary<Step>, isRight: boolean): fc.Arbitrary<Conversation> =>
    fc.record({
      steps: stepsOf(step),
      able: fc.boolean(),
      right: fc.constant(isRight),
      text: smallText,
      place: fc.record({ line: fc.nat(4), character: fc.nat(30) }),
    });
  return fc.oneof(conversation(sensible, true), conversation(any, false));
}

/** The same with some steps left out, many at first. */
export function* shorter(input: Conversation): Generator<Conversation> {
  const { steps } = input;
  for (
    let length = Math.ceil(steps.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let at = 0; at < steps.length; at += length) {
      yield { ...input, steps: [...steps.slice(0, at), ...steps.slice(at + length)] };
    }
  }
  const { text } = input;
  for (
    let length = Math.ceil(text.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let at = 0; at < text.length; at += length) {
      yield { ...input, text: text.slice(0, at) + text.slice(at + length) };
    }
  }
  if (input.right) return;
  for (const [at, step] of steps.entries()) {
    if (step.kind !== 'request' && step.kind !== 'notification') continue;
    const places = placesOf(step.params);
    for (const place of places) {
      for (const by of [null, '', 0]) {
        const params = spoilt(step.params, place, by);
        if (JSON.stringify(params)?.length >= JSON.stringify(step.params)?.length) continue;
        yield { ...input, steps: steps.with(at, { ...step, params }) };
      }
    }
  }
}
