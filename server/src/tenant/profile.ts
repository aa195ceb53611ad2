/** A connection profile as written → one with every default and every `{name}` filled in, or what is wrong. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { JsonValue } from '../protocol/history.ts';
import { type Profile, type ProfileInput, profileSchema } from '../protocol/profile.ts';
import { isObject } from './json.ts';
import { isLoopback, parseAddress } from './url.ts';

/** One thing that is wrong with a profile: where (dotted path, '' for the whole) and what, in words. */
export interface ProfileProblem {
  readonly path: string;
  readonly message: string;
}

export type ResolvedProfile =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly problems: readonly ProfileProblem[] };

/** Placeholders that stand until a request is made. */
export const REQUEST_PLACEHOLDERS = [
  'filter',
  'limit',
  'offset',
  'sort',
  'pageToken',
  'interactionId',
] as const;

/** The end of every `extends` chain: the built-in defaults, unless a profile of this name is known. */
const ROOT = 'default';
const OWN_FIELDS = new Set(['$schema', 'id', 'label', 'extends']);
/** Replaced as a whole: a request body half of one profile and half of another fits neither tenant. */
const WHOLE_FIELDS = new Set(['query.body']);

export interface ResolveOptions {
  /**
   * Folder that the paths of files are relative to: that of the profile's own file. Null where there is none, so that
   * only full paths are good; default: they stay as they are written.
   */
  readonly folder?: string | null;
}

/**
 * Resolves a profile: its `extends` chain over `known` (nearest wins, objects merge, lists and bodies replace),
 * defaults, `{name}` from `variables` plus `{tenant}` and `{baseUrl}`, and the checks that a schema cannot make.
 * `known` are profiles as written; the wrong ones among them matter only to those that extend them.
 */
export function resolveProfile(
  input: unknown,
  known: readonly unknown[] = [],
  options: ResolveOptions = {},
): ResolvedProfile {
  const problems: ProfileProblem[] = [];
  const chain: ProfileInput[] = [];
  const visited: string[] = [];
  let current: unknown = input;
  let where = '';
  for (;;) {
    const checked = profileSchema.safeParse(current);
    if (!checked.success || !isInput(current)) {
      for (const issue of checked.error?.issues ?? []) problems.push(...describeIssue(issue, where));
      break;
    }
    chain.push(current);
    const id: string = checked.data.id;
    const base: string = checked.data.extends;
    visited.push(id);
    const parent: unknown = known.find((candidate) => isObject(candidate) && idOf(candidate) === base);
    if (base === ROOT && (id === ROOT || parent === undefined)) break;
    if (parent === undefined) {
      const message = `there is no profile “${base}” to extend; known are: ${names(known)}`;
      problems.push({ path: `${where}extends`, message });
      break;
    }
    if (visited.includes(base)) {
      problems.push({
        path: `${where}extends`,
        message: `goes round in a circle: ${[...visited, base].join(' → ')}`,
      });
      break;
    }
    current = parent;
    where = `${base}: `;
  }
  if (problems.length > 0) return { ok: false, problems };
  const merged = chain.reduceRight<Record<string, unknown>>(
    (base, own) => merge(withoutOwn(base), Object.entries(own), ''),
    {},
  );
  return finish(profileSchema.parse(merged), options);
}

function isInput(value: unknown): value is ProfileInput {
  return isObject(value);
}

function idOf(profile: object): string {
  return 'id' in profile && typeof profile.id === 'string' ? profile.id : ROOT;
}

function names(known: readonly unknown[]): string {
  const ids = known.filter((profile) => isObject(profile)).map(idOf);
  return [...new Set([...ids, ROOT])].join(', ');
}

function withoutOwn(base: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(base).filter(([key]) => !OWN_FIELDS.has(key)));
}

function merge(
  base: Readonly<Record<string, unknown>>,
  own: readonly (readonly [string, unknown])[],
  path: string,
): Record<string, unknown> {
  const result = new Map(Object.entries(base));
  for (const [key, value] of own) {
    const before = result.get(key);
    const here = path + key;
    const both = isObject(value) && isObject(before) && !WHOLE_FIELDS.has(here);
    result.set(key, both ? merge(before, Object.entries(value), `${here}.`) : value);
  }
  return Object.fromEntries(result);
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** A schema's issue as the sentence that a person reads beside the path. */
function describeIssue(issue: Issue, where: string): ProfileProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: where + [...path, key].join('.'),
      message: /secret|password|token$/i.test(key)
        ? 'secrets do not belong in a profile: use CXQ: Connect to Tenant, or CXONE_CLIENT_SECRET on the command line'
        : 'is not a field of a connection profile',
    }));
  }
  const message = issue.message.replace(/^Invalid (input|option): /, '').replace(/^Too (big|small): /, '');
  return [{ path: where + path.join('.'), message }];
}

class Fill {
  readonly problems: ProfileProblem[] = [];
  readonly values: Map<string, string>;

  constructor(values: Iterable<readonly [string, string]>) {
    this.values = new Map(values);
  }

  text(template: string, path: string, later: readonly string[] = []): string {
    return template.replace(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      if (later.includes(name)) return whole;
      const value = this.values.get(name);
      if (value !== undefined) return value;
      const message =
        name === 'tenant'
          ? 'needs the tenant’s name: set variables.tenant (CXONE_TENANT or --tenant on the command line)'
          : `uses {${name}}, which is not among the variables`;
      this.problems.push({ path, message });
      return whole;
    });
  }

  json(value: unknown, path: string): unknown {
    if (typeof value === 'string') return this.text(value, path, REQUEST_PLACEHOLDERS);
    if (Array.isArray(value)) return value.map((item, index) => this.json(item, `${path}.${index}`));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, this.json(inner, `${path}.${key}`)]),
    );
  }
}

/** What goes into a host name or path must not be able to become another host. */
const SAFE_VARIABLE = /^[A-Za-z0-9._-]+$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A path of a file as it is used; undefined where it is relative to nothing. */
function placed(path: string, { folder }: ResolveOptions): string | undefined {
  const full = /^~(?=[/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path;
  if (folder === undefined || isAbsolute(full)) return full;
  return folder === null ? undefined : resolve(folder, full);
}

const RELATIVE = 'must be a full path, such as /home/me/… or ~/…';

function finish(raw: Profile, options: ResolveOptions): ResolvedProfile {
  const fill = new Fill(Object.entries(raw.variables));
  const { problems } = fill;
  const offline = raw.query.adapter === 'file';
  const at = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  for (const template of [raw.baseUrl, raw.auth.tokenUrl]) {
    for (const [, name = ''] of template.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) {
      const value = raw.variables[name];
      if (value !== undefined && !SAFE_VARIABLE.test(value)) {
        at(`variables.${name}`, 'is part of an address: only letters, digits, “.”, “-” and “_”');
      }
    }
  }
  let baseUrl = raw.baseUrl;
  let origin: string | null = null;
  if (!offline) {
    baseUrl = fill.text(raw.baseUrl, 'baseUrl').replace(/\/+$/, '');
    if (problems.length > 0) return { ok: false, problems: distinct(problems) };
    const address = parseAddress(baseUrl);
    if (typeof address === 'string') at('baseUrl', address);
    else if (address.search !== '' || address.hash !== '')
      at('baseUrl', 'must not have a query or a fragment');
    else origin = address.origin;
    fill.values.set('baseUrl', baseUrl);
  }
  let { tokenUrl } = raw.auth;
  const needsToken = raw.auth.kind !== 'none' && raw.auth.kind !== 'static-bearer';
  if (!offline && needsToken && origin !== null) {
    tokenUrl = fill.text(tokenUrl, 'auth.tokenUrl');
    const address = parseAddress(tokenUrl);
    if (typeof address === 'string') at('auth.tokenUrl', address);
  }
  const allowed = new Set(origin === null ? [] : [origin]);
  for (const [index, text] of raw.allowedOrigins.entries()) {
    const address = parseAddress(fill.text(text, `allowedOrigins.${index}`));
    if (typeof address === 'string') at(`allowedOrigins.${index}`, address);
    else if (`${address.pathname}${address.search}` !== '/') {
      at(`allowedOrigins.${index}`, 'is an origin: scheme, host and port, without a path');
    } else allowed.add(address.origin);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw.headers)) {
    const filled = fill.text(value, `headers.${name}`);
    if (!HEADER_NAME.test(name)) at(`headers.${name}`, 'is not the name of a header');
    else if (!HEADER_VALUE.test(filled)) at(`headers.${name}`, 'holds a character that no header can');
    else headers[name] = filled;
  }
  const file = placed(raw.query.path, options);
  if (offline && file === undefined) at('query.path', RELATIVE);
  const path = offline
    ? (file ?? raw.query.path)
    : fill.text(raw.query.path, 'query.path', REQUEST_PLACEHOLDERS);
  const certificates: string[] = [];
  for (const [index, one] of raw.certificates.entries()) {
    const certificate = placed(one, options);
    if (certificate === undefined) at(`certificates.${index}`, RELATIVE);
    else certificates.push(certificate);
  }
  if (!offline && !path.startsWith('/')) at('query.path', 'must begin with /');
  if (raw.query.adapter === 'per-interaction' && !path.includes('{interactionId}')) {
    at('query.path', 'must hold {interactionId}, because the adapter asks for one interaction at a time');
  }
  const streamPath =
    raw.query.streamPath === null
      ? null
      : fill.text(raw.query.streamPath, 'query.streamPath', REQUEST_PLACEHOLDERS);
  const body = fill.json(raw.query.body, 'query.body');
  const webhook = raw.webhook.url === null ? null : fill.text(raw.webhook.url, 'webhook.url');
  if (webhook !== null) {
    const address = parseAddress(webhook);
    if (typeof address === 'string') at('webhook.url', address);
  }
  if (!isTimeZone(raw.timeZone)) {
    at('timeZone', `“${raw.timeZone}” is not an IANA time zone; write for example UTC or Europe/Berlin`);
  }
  const scope = fill.text(raw.auth.scope, 'auth.scope');
  if (problems.length > 0) return { ok: false, problems: distinct(problems) };
  return {
    ok: true,
    profile: {
      ...raw,
      baseUrl,
      allowedOrigins: [...allowed],
      auth: { ...raw.auth, tokenUrl, scope },
      headers,
      certificates,
      query: { ...raw.query, path, streamPath, body: isObject(body) ? { ...body } : {} },
      filter: { ...raw.filter, fields: evaluated(raw) },
      webhook: { ...raw.webhook, url: webhook },
    },
  };
}

/** Fields that the tenant evaluates: of a file none, of single interactions their id; every other condition runs here. */
function evaluated({ query, filter }: Profile): Profile['filter']['fields'] {
  if (query.adapter === 'file') return [];
  return query.adapter === 'per-interaction' ? ['interactionId'] : filter.fields;
}

function distinct(problems: readonly ProfileProblem[]): ProfileProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path}\n${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** IANA names only: offsets such as +02:00 know no daylight saving. */
export function isTimeZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The profile as written, moved to another base URL: the token URL moves with it (its path stays), and the
 * origins that were allowed for the old address are not allowed any more.
 */
export function withBaseUrl(
  input: Readonly<Record<string, unknown>>,
  baseUrl: string,
): Record<string, unknown> {
  const moved: Record<string, unknown> = { ...input, baseUrl, allowedOrigins: [] };
  const auth = input['auth'];
  if (!isObject(auth)) return moved;
  const tokenUrl: JsonValue | undefined = auth['tokenUrl'];
  if (typeof tokenUrl !== 'string') return moved;
  const path = /^(?:\{baseUrl\}|[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)(.*)$/s.exec(tokenUrl)?.[1];
  return { ...moved, auth: { ...auth, tokenUrl: `{baseUrl}${path ?? '/oauth/token'}` } };
}

/** Whether the profile's tenant runs on this machine, as the sandbox does. */
export function isLocal(profile: Profile): boolean {
  return URL.canParse(profile.baseUrl) && isLoopback(new URL(profile.baseUrl).hostname);
}
