/** The text of an XML file, in whatever encoding it says that it is. */
import { TextDecoder } from 'node:util';
import { excerpt } from './errors.ts';
import { HistoryFailure } from './history-parser.ts';

export interface XmlDecoder {
  push(chunk: Uint8Array): string;
  end(): string;
}

/** A declaration is shorter. */
const HEAD_BYTES = 256;

/** A decoder that waits until the file has said its encoding. Throws HistoryFailure for one that nobody knows. */
export function createXmlDecoder(): XmlDecoder {
  let head: Uint8Array = new Uint8Array();
  let decoder: TextDecoder | undefined;
  const begin = (): string => {
    decoder = decoderFor(encodingOf(head));
    return decoder.decode(head, { stream: true });
  };
  return {
    push(chunk) {
      if (decoder !== undefined) return decoder.decode(chunk, { stream: true });
      head = Buffer.concat([head, chunk]);
      return head.length < HEAD_BYTES ? '' : begin();
    },
    end() {
      const text = decoder === undefined ? begin() : '';
      return text + (decoder?.decode() ?? '');
    },
  };
}

function decoderFor(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch {
    throw new HistoryFailure(
      'unreadable',
      `is XML in the encoding “${excerpt(encoding, 40)}”, which is not known; save it as UTF-8.`,
    );
  }
}

function encodingOf(head: Uint8Array): string {
  const [first = 0, second = 0, third = 0] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  // “<” in two bytes.
  if (first === 0x3c && second === 0) return 'utf-16le';
  if (first === 0 && second === 0x3c) return 'utf-16be';
  const text = Buffer.from(head).toString('latin1');
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/i.exec(text)?.[1] ?? 'utf-8';
  // What could be read up to here has one byte a character, whatever a program said that wrote it elsewhere before.
  return /^utf-?(?:16|32)/i.test(declared) ? 'utf-8' : declared;
}
