/** What the results panel hands over to the editor, as it is shown or written. No editor in here: tested alone. */
import { Buffer } from 'node:buffer';
import { visible } from '../text.ts';

/** A query with what a person should know of it, in lines above it that are no part of it. */
export function queryDocument(text: string, notes: readonly string[]): string {
  const lines = notes
    .flatMap((note) => note.split(/\r\n?|\n/))
    .map((line) => `-- ${visible(line)}`.trimEnd());
  const above = lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  return `${above}${text.endsWith('\n') ? text : `${text}\n`}`;
}

export type PictureFormat = 'svg' | 'png';

/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** A file name that every system takes, out of what a picture is called. */
export function pictureName(name: string, format: PictureFormat): string {
  const plain = name
    .replace(/\.(?:svg|png)$/i, '')
    .replace(/[^\p{L}\p{N}_-]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  const fitting = [...plain].slice(0, 80).join('').replace(/-+$/, '');
  return `${fitting === '' || RESERVED.test(fitting) ? 'results' : fitting}.${format}`;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** What a picture has no need of, and a browser that opens the file would run or fetch. */
const ACTIVE =
  /<(?:script|foreignObject|iframe|object|embed|use|image|a)\b|<!(?:DOCTYPE|ENTITY)|<[^>]*\s(?:on\w+|(?:xlink:)?href)\s*=/i;

/** The bytes of a picture's file. Throws a sentence where the data is no such picture. */
export function pictureBytes(format: PictureFormat, data: string): Uint8Array {
  if (format === 'svg') {
    const isPicture = /^\s*(?:<\?xml[^>]*\?>\s*)?<svg[\s>]/.test(data) && /<\/svg>\s*$/.test(data);
    if (!isPicture || ACTIVE.test(withoutTexts(data))) {
      throw new Error('The picture could not be saved: what the panel drew is no SVG picture.');
    }
    return new TextEncoder().encode(data);
  }
  const isText = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data);
  const bytes = isText ? Buffer.from(data, 'base64') : new Uint8Array();
  if (!PNG.every((byte, index) => bytes[index] === byte)) {
    throw new Error('The picture could not be saved: what the panel drew is no PNG picture.');
  }
  return bytes;
}

/** The markup without the values of its attributes and without its texts, which may say anything. */
function withoutTexts(markup: string): string {
  return markup.replace(/"[^"<]*"|'[^'<]*'/g, '""').replace(/>[^<]+</g, '><');
}
