/** Numbers as a person reads them: in findings, insights and reports. Plain text. */

/** `850 ms`, `14.2 s`, `2 min 5 s`, `1 h 12 min`, `3 d 4 h`; `0 s`; a dash for what is not known. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds === 0) return '0 s';
  const millis = Math.round(seconds * 1_000);
  if (millis < 1) return '< 1 ms';
  if (millis < 1_000) return `${millis} ms`;
  if (millis < 59_950) return `${trimmed(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return joined(minutes, 'min', Math.round(seconds) % 60, 's');
  const allMinutes = Math.round(seconds / 60);
  const hours = Math.floor(allMinutes / 60);
  if (hours < 24) return joined(hours, 'h', allMinutes % 60, 'min');
  const allHours = Math.round(seconds / 3_600);
  return joined(Math.floor(allHours / 24), 'd', allHours % 24, 'h');
}

function trimmed(seconds: number): string {
  const text = seconds.toFixed(1);
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `1 visit`, `1,204 visits`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** `61 %`, `< 1 %`; a share from 0 to 1. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 1) return '< 1 %';
  if (value < 100 && value > 99) return '> 99 %';
  return `${Math.round(value)} %`;
}
