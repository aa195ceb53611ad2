/** Values as people read them. Everything that comes from data passes through `visible` before it is shown. */

// Ranges by code point: a pattern with the characters themselves could not be reviewed.
const HIDDEN = new RegExp(
  `[${[
    ['0000', '0008'],
    ['000B', '001F'],
    ['007F', '009F'],
    ['00AD', '00AD'],
    ['061C', '061C'],
    ['200B', '200F'],
    ['202A', '202E'],
    ['2060', '2069'],
    ['FEFF', 'FEFF'],
    ['FFF9', 'FFFB'],
  ]
    .map(([from, to]) => `\\u${from}-\\u${to}`)
    .join('')}]`,
  'g',
);

/** Control, zero-width and text-direction characters made visible, so that no name can pass for another. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20
      ? String.fromCodePoint(0x2400 + code)
      : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** Like `visible`, on one line and cut: for tooltips and labels, which have no scrollbar. */
export function brief(text: string, length = 200): string {
  const line = visible(text.slice(0, length + 1)).replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

const TAIL = 5;

/** A text in two, the second part short; whole where it is short itself. Never within a character. */
export function halves(text: string): readonly [string, string] {
  const characters = Array.from(text.slice(-2 * TAIL));
  if (text.length <= 3 * TAIL) return [text, ''];
  const tail = characters.slice(-TAIL).join('');
  return [text.slice(0, text.length - tail.length), tail];
}

export function nodeLabel(step: { readonly nodeId: string; readonly nodeName: string | null }): string {
  return step.nodeName ?? step.nodeId;
}

const numbers = new Intl.NumberFormat('en-GB');

export function count(value: number): string {
  return numbers.format(value);
}

/** "1 step", "2,300 steps". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A sentence whose percent signs stay with their numbers: a sign alone on the next line reads badly. */
export function unbroken(sentence: string): string {
  return sentence.replaceAll(' %', '\u00a0%');
}

/** 0 to 1 as a percentage; never rounded up to a hundred, nor down to nothing. */
export function percent(share: number | null): string {
  if (share === null) return '—';
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  if (value > 99.9 && value < 100) return '>99.9 %';
  return `${value.toFixed(value < 10 || value > 99 ? 1 : 0).replace(/\.0$/, '')} %`;
}

/** Seconds in the unit that a person would choose. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '—';
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1e3)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1).replace(/\.?0+$/, '')} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return two(whole, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return two(minutes, 60, 'h', 'min');
  return two(Math.round(seconds / 3_600), 24, 'd', 'h');
}

function two(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  const head = `${count(Math.floor(value / base))} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

const zones = new Map<string, Intl.DateTimeFormat>();

function zoned(timeZone: string): Intl.DateTimeFormat {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
  } catch {
    // A zone that this browser does not know: the instant stays right, in UTC and saying so.
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  }
  zones.set(timeZone, format);
  return format;
}

/** RFC 3339 as a date and time in a zone; what cannot be read is shown as it came. */
export function instant(
  text: string | null,
  timeZone: string,
  detail: 'millis' | 'seconds' = 'seconds',
): string {
  if (text === null) return '—';
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) return visible(text);
  const parts = new Map(
    zoned(timeZone)
      .formatToParts(millis)
      .map((part) => [part.type, part.value]),
  );
  const get = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  const seconds = `${get('hour')}:${get('minute')}:${get('second')}`;
  const fraction = detail === 'millis' ? `.${get('fractionalSecond')}` : '';
  return `${get('year')}-${get('month')}-${get('day')} ${seconds}${fraction} ${get('timeZoneName')}`;
}

/** A time span, with the date and zone once where they are the same. */
export function span(
  window: { readonly from: string | null; readonly to: string | null },
  zone: string,
): string {
  if (window.from === null && window.to === null) return 'all time';
  if (window.from === null) return `until ${instant(window.to, zone)}`;
  if (window.to === null) return `since ${instant(window.from, zone)}`;
  const [fromDay, fromTime, fromZone] = instant(window.from, zone).split(' ');
  const [toDay, toTime, toZone] = instant(window.to, zone).split(' ');
  const from = fromZone === toZone ? `${fromDay} ${fromTime}` : `${fromDay} ${fromTime} ${fromZone}`;
  return fromDay === toDay ? `${from} – ${toTime} ${toZone}` : `${from} – ${toDay} ${toTime} ${toZone}`;
}

/** Cells joined for a spreadsheet: one line, tabs between, nothing that a spreadsheet would run. */
export function tsv(cells: readonly string[]): string {
  return cells
    .map((cell) => visible(cell).replace(/\s+/g, ' '))
    .map((cell) => (/^[=+\-@]/.test(cell) && !/^[+-]?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell))
    .join('\t');
}
