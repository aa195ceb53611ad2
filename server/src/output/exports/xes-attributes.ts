/** JSON values as attributes of XES: typed, with names that XML allows, and nothing lost. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../protocol/history.ts';
import { CXQ_MARKS } from '../../protocol/xes.ts';

/** What XML 1.0 cannot hold, not even as a reference. */
const UNHELD = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const UNHELD_OR_BACKSLASH = /[^\t\n\r\u0020-\u005b\u005d-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** Line ends and tabs in a value would be read as blanks. */
const MARKUP = /[&<>"\t\n\r]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function quoted(text: string): string {
  return `"${text.replace(MARKUP, (one) => REFERENCES[one] ?? `&#${one.charCodeAt(0)};`)}"`;
}

function escaped(text: string): string {
  return text.replace(UNHELD_OR_BACKSLASH, (one) =>
    one === '\\' ? '\\\\' : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function element(tag: string, key: string, value: string, children: string): string {
  const open = `<${tag} key=${quoted(key)} value=${quoted(value)}`;
  return children === '' ? `${open}/>` : `${open}>${children}</${tag}>`;
}

function mark(key: string): string {
  return element('boolean', key, 'true', '');
}

/** A text. Characters that XML cannot hold become visible, and a mark says so. */
export function xesString(key: string, text: string, children = ''): string {
  return UNHELD.test(text)
    ? element('string', key, escaped(text), children + mark(CXQ_MARKS.escaped))
    : element('string', key, text, children);
}

export function xesBoolean(key: string, value: boolean, children = ''): string {
  return element('boolean', key, String(value), children);
}

/** `text` is an instant as XML Schema spells it. */
export function xesDate(key: string, text: string, children = ''): string {
  return element('date', key, text, children);
}

/** The spelling of xs:dateTime with a zone. Whether the calendar has that day is asked besides. */
const DATE_TIME =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)$/;

export function isXmlInstant(text: string): boolean {
  if (!DATE_TIME.test(text)) return false;
  // A day that the calendar lacks rolls over into the next month.
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day) && new Date(day).getUTCDate() === Number(text.slice(8, 10));
}

function xesNumber(key: string, value: number, children: string): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return element('int', key, String(value), children);
  }
  // -0 is no integer of XML, and would lose its sign as text.
  if (Number.isFinite(value)) return element('float', key, value === 0 ? '-0' : String(value), children);
  return element('float', key, value > 0 ? 'INF' : '-INF', children);
}

/** Throws RangeError for what is nested too deeply. */
function xesValue(key: string, value: JsonValue, children: string): string {
  if (value === null) return element('string', key, '', children + mark(CXQ_MARKS.null));
  if (typeof value === 'string') {
    return isXmlInstant(value) ? xesDate(key, value, children) : xesString(key, value, children);
  }
  if (typeof value === 'number') return xesNumber(key, value, children);
  if (typeof value === 'boolean') return xesBoolean(key, value, children);
  if (isJsonArray(value)) {
    return xesList(key, value.map((item) => xesValue('item', item, '')).join(''), children);
  }
  if (isJsonObject(value)) return xesObject(key, value, children);
  return '';
}

function xesList(key: string, values: string, children: string): string {
  // The schema of 2016 wants a key of the values, too.
  const held = values === '' ? '<values key="values"/>' : `<values key="values">${values}</values>`;
  return `<list key=${quoted(key)}>${children}${held}</list>`;
}

/** An object: a list whose values are its members. */
export function xesObject(key: string, value: JsonObject, children = ''): string {
  const members = xesMembers(value, (name) => VALID_KEY.test(name));
  return xesList(key, members.join(''), children + mark(CXQ_MARKS.object));
}

/**
 * A name without colon whose letters are such in every edition of XML 1.0: Latin, Greek, Cyrillic, kana, Han, Hangul.
 * Others are written in another way, and are kept beside.
 */
const LETTERS =
  'A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e\u03ac-\u03ce\u0401-\u040c\u040e-\u044f\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3';
const VALID_KEY = new RegExp(`^[_${LETTERS}][-._0-9${LETTERS}]*$`);
const NO_PART = new RegExp(`[^-._0-9${LETTERS}]`, 'gu');
/** The resource, role and group of the standard, which have to be texts. */
const ORGANISATION = new Set(['org:resource', 'org:role', 'org:group']);

/** The variables of a step as attributes of an event. */
export function xesVariables(values: JsonObject): string[] {
  return xesMembers(
    values,
    (name, value) => VALID_KEY.test(name) || (ORGANISATION.has(name) && typeof value === 'string'),
  );
}

/** Members under their own names where these are free for them; a mark keeps any other. */
function xesMembers(values: JsonObject, isFree: (name: string, value: JsonValue) => boolean): string[] {
  const members = Object.entries(values);
  const taken = new Set(members.filter(([name, value]) => isFree(name, value)).map(([name]) => name));
  return members.map(([name, value]) => {
    if (taken.has(name) && isFree(name, value)) return xesValue(name, value, '');
    const key = otherKey(name, taken);
    taken.add(key);
    return xesValue(key, value, xesString(CXQ_MARKS.key, name));
  });
}

function otherKey(name: string, taken: ReadonlySet<string>): string {
  const parts = name.replace(NO_PART, '_');
  const wanted = VALID_KEY.test(parts) ? parts : `_${parts}`;
  let key = wanted;
  for (let count = 2; taken.has(key); count += 1) key = `${wanted}_${count}`;
  return key;
}
