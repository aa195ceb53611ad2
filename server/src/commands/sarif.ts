/** Diagnostics as SARIF 2.1.0, which code scanning services and editors read. */
import { createHash } from 'node:crypto';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  CODES,
  type Diagnostic,
  documentationOf,
  isCode,
  type ParsedDocument,
  type QuickFix,
  type Span,
  withLineEnds,
} from '../language/index.ts';
import type { Severity } from '../protocol/checked.ts';
import { VERSION } from '../protocol/version.ts';
import type { ExitCode } from './io.ts';
import { RULE_TEXTS } from './rules.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** The folder that relative addresses count from. */
const ROOT = '%SRCROOT%';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

interface Address {
  readonly uri: string;
  readonly uriBaseId?: string;
}

const codes = Object.entries(CODES).map(([code, { severity, title }]) => ({ code, severity, title }));
const ruleIndex = new Map<string, number>(codes.map(({ code }, index) => [code, index]));

/** `DoubleQuotedString`: a name that filters can hold. */
function identifier(title: string): string {
  return title.replace(/(?:^|[^A-Za-z]+)([A-Za-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Every code, reported or not, so that a reader knows what was looked for. */
function rules() {
  return codes.flatMap(({ code, severity, title }) => {
    if (!isCode(code)) return [];
    const text = RULE_TEXTS[code];
    return [
      {
        id: code,
        name: identifier(title),
        shortDescription: { text: `${title}.` },
        fullDescription: { text },
        help: { text: `${text} Cause, example and remedy: ${documentationOf(code)}` },
        defaultConfiguration: { level: LEVELS[severity] },
      },
    ];
  });
}

/** Collects the results of one command. */
export class SarifReport {
  readonly #folder: string;
  readonly #artifacts: { readonly location: Address; readonly sourceLanguage: string }[] = [];
  readonly #results: object[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(path: string, parsed: ParsedDocument, diagnostics: readonly Diagnostic[]): void {
    const address = addressOf(this.#folder, path);
    const index = this.#artifacts.length;
    this.#artifacts.push({ location: address, sourceLanguage: 'cxq' });
    const file = { text: TextDocument.create('', 'cxq', 0, parsed.text), address: { ...address, index } };
    const prints = new Fingerprints(parsed);
    for (const found of diagnostics) {
      const fixes = found.fixes.filter((fix) => fix.edits.length > 0);
      const related = found.related.map(({ message, ...span }, id) => ({
        id,
        message: { text: message },
        ...locationOf(file, span),
      }));
      this.#results.push({
        ruleId: found.code,
        ruleIndex: ruleIndex.get(found.code) ?? -1,
        level: LEVELS[found.severity],
        message: { text: found.message },
        locations: [locationOf(file, found)],
        ...(related.length === 0 ? {} : { relatedLocations: related }),
        ...(fixes.length === 0 ? {} : { fixes: fixes.map((fix) => fixOf(file, fix)) }),
        partialFingerprints: { 'cxq/v1': prints.of(found) },
        properties: { severity: found.severity },
      });
    }
  }

  /** The log as a value; `problems` are files that could not be read. */
  log(exitCode: ExitCode, problems: readonly string[]): object {
    const toolExecutionNotifications = problems.map((text) => ({ level: 'error', message: { text } }));
    return {
      $schema: SCHEMA,
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'cxq',
              version: VERSION,
              semanticVersion: VERSION,
              rules: rules(),
            },
          },
          invocations: [
            {
              executionSuccessful: problems.length === 0,
              exitCode,
              ...(problems.length === 0 ? {} : { toolExecutionNotifications }),
            },
          ],
          originalUriBaseIds: { [ROOT]: { uri: pathToFileURL(`${this.#folder}/`).href } },
          columnKind: 'utf16CodeUnits',
          newlineSequences: ['\r\n', '\n', '\r'],
          artifacts: this.#artifacts,
          results: this.#results,
        },
      ],
    };
  }
}

/** A file below the folder by its relative address, so that a log can be read elsewhere. */
function addressOf(folder: string, path: string): Address {
  if (path === '-') return { uri: 'stdin:' };
  const full = resolve(folder, path);
  const inside = relative(folder, full);
  if (inside === '' || isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
    return { uri: pathToFileURL(full).href };
  }
  const uri = inside
    .split(sep)
    .map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd')))
    .join('/');
  return { uri, uriBaseId: ROOT };
}

interface File {
  readonly text: TextDocument;
  readonly address: Address & { readonly index: number };
}

function locationOf({ text, address }: File, span: Span) {
  return { physicalLocation: { artifactLocation: address, region: regionOf(text, span) } };
}

function regionOf(text: TextDocument, span: Span) {
  const start = text.positionAt(span.start);
  const end = text.positionAt(span.end);
  return {
    startLine: start.line + 1,
    startColumn: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}

function fixOf({ text, address }: File, fix: QuickFix) {
  const replacements = fix.edits.map((edit) => ({
    deletedRegion: regionOf(text, edit),
    insertedContent: { text: withLineEnds(text.getText(), edit.newText) },
  }));
  return {
    description: { text: fix.title },
    artifactChanges: [{ artifactLocation: address, replacements }],
  };
}

/**
 * What makes a result the same after edits elsewhere: its code, the query that it is in, the words that it is about,
 * and which of several such it is.
 */
class Fingerprints {
  readonly #parsed: ParsedDocument;
  readonly #counts = new Map<string, number>();

  constructor(parsed: ParsedDocument) {
    this.#parsed = parsed;
  }

  of({ code, start, end }: Diagnostic): string {
    const { items, text } = this.#parsed;
    const item = items.findLast((one) => one.start <= start);
    const words = text.slice(start, end).replace(/\s+/g, ' ').trim();
    const key = JSON.stringify([code, item?.kind ?? '', item?.name?.text ?? '', words]);
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    return createHash('sha256').update(`${key}${count}`).digest('hex').slice(0, 32);
  }
}
