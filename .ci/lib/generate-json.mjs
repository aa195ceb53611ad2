/** JSON as the formatter of the repository writes it: a list of short values stands on one line. */
const WIDTH = 110;

export function jsonText(value) {
  const text = JSON.stringify(value, null, 2);
  return `${text.replaceAll(/^(.*)\[\n((?:\s+(?:"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null),?\n)+)\s*\](,?)$/gm, onOneLine)}\n`;
}

function onOneLine(whole, before, items, after) {
  const line = `${before}[${items.trim().split(/\n\s*/).join(' ')}]${after}`;
  return line.length <= WIDTH ? line : whole;
}
