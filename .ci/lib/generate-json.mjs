/** JSON as the formatter of the repository writes it: a list that fits stands on one line, whatever it has in it. */
const WIDTH = 110;
/** A list over several lines whose items stand on one line each. */
const LIST = /^(.*)\[\n((?:\s+(?:"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null|\[.*\]),?\n)+)\s*\](,?)$/gm;

export function jsonText(value) {
  let text = JSON.stringify(value, null, 2);
  // Inner lists first: one that fits makes an outer one that may fit too.
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replaceAll(LIST, onOneLine);
  }
  return `${text}\n`;
}

function onOneLine(whole, before, items, after) {
  const line = `${before}[${items.trim().split(/\n\s*/).join(' ')}]${after}`;
  return line.length <= WIDTH ? line : whole;
}
