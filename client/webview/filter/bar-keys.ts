/** The panel's keys that work everywhere, and those of the filter's toolbar. */

const FIELDS = 'textarea, input:not([type=button], [type=checkbox], [type=radio], [type=range])';

/** Keys that belong to a field which takes text, or to what else `takers`, a selector, names. */
export function isTyping(event: KeyboardEvent, takers?: string): boolean {
  const fields = takers === undefined ? FIELDS : `${FIELDS}, ${takers}`;
  return event
    .composedPath()
    .some((one) => one instanceof HTMLElement && (one.isContentEditable || one.matches(fields)));
}

const plain = (event: KeyboardEvent): boolean => !event.ctrlKey && !event.metaKey && !event.altKey;
const command = (event: KeyboardEvent, key: string): boolean =>
  (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === key;

export function opensSearch(event: KeyboardEvent, typing: boolean): boolean {
  return command(event, 'f') || (event.key === '/' && plain(event) && !typing);
}

export function opensHelp(event: KeyboardEvent, typing: boolean): boolean {
  return event.key === '?' && plain(event) && !typing;
}

export function undoes(event: KeyboardEvent, typing: boolean): boolean {
  return command(event, 'z') && !typing;
}

/** Where a key leads in a toolbar, round its ends; undefined for keys that do not move. */
export function barMove(event: KeyboardEvent, at: number, length: number): number | undefined {
  if (!plain(event)) return undefined;
  switch (event.key) {
    case 'ArrowRight':
      return (at + 1) % length;
    case 'ArrowLeft':
      return (at - 1 + length) % length;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}
