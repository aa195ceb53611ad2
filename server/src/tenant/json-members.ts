/** The members of one JSON object as they come, and the items of those that are lists: a list is never held whole. */
import { TextDecoder } from 'node:util';

export interface JsonPiece {
  readonly member: string;
  /** An item of the member's list, or the member itself. Whether it is JSON, a parser says. */
  readonly text: string;
  readonly isItem: boolean;
  /** Where it begins, from 1. */
  readonly line: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEWLINE = 0x0a;

export class MemberSplitter {
  readonly #decoder = new TextDecoder();
  /** Braces and brackets that are open. */
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #isItems = false;
  #member = '';
  #begun = '';
  #line = 1;
  #from = 1;
  #isBlank = true;
  #isDone = false;
  /** The names of the members so far. */
  readonly names = new Set<string>();

  push(chunk: Uint8Array): JsonPiece[] {
    return this.#split(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Where the object breaks off; undefined where it is whole. */
  end(): string | undefined {
    if (this.#isDone) return undefined;
    const inside = this.#member === '' ? '' : `, inside “${this.#member}”`;
    return `line ${this.#line}${inside}`;
  }

  #split(text: string): JsonPiece[] {
    const pieces: JsonPiece[] = [];
    let start = 0;
    const cut = (at: number): void => {
      const whole = (this.#begun + text.slice(start, at)).trim();
      this.#begun = '';
      start = at + 1;
      if (whole !== '' && this.#member !== '') {
        pieces.push({ member: this.#member, text: whole, isItem: this.#isItems, line: this.#from });
      }
      this.#isBlank = true;
    };
    for (let at = 0; at < text.length && !this.#isDone; at += 1) {
      const code = text.charCodeAt(at);
      if (this.#isBlank && code > 0x20) {
        this.#isBlank = false;
        this.#from = this.#line;
      }
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isString = false;
        if (code === NEWLINE) this.#line += 1;
        continue;
      }
      switch (code) {
        case QUOTE:
          this.#isString = true;
          break;
        case NEWLINE:
          this.#line += 1;
          break;
        case 0x7b:
        case 0x5b:
          this.#depth += 1;
          if (this.#depth === 1) start = at + 1;
          else if (this.#depth === 2 && code === 0x5b) {
            this.#isItems = true;
            this.#begin();
            start = at + 1;
          }
          break;
        case 0x7d:
        case 0x5d:
          if (this.#depth <= 2 && (this.#depth === 1 || this.#isItems)) {
            cut(at);
            if (this.#depth === 1) this.#isDone = true;
            else this.#isItems = false;
            // What stands behind a list, up to the comma, is nothing.
            if (this.#depth === 2) this.#member = '';
          }
          this.#depth -= 1;
          break;
        case COMMA:
          if (this.#depth === 1 || (this.#depth === 2 && this.#isItems)) {
            cut(at);
            if (this.#depth === 1) this.#member = '';
          }
          break;
        case COLON:
          if (this.#depth === 1) {
            this.#member = nameOf(this.#begun + text.slice(start, at));
            this.names.add(this.#member);
            this.#begin();
            start = at + 1;
          }
          break;
        default:
      }
    }
    if (!this.#isDone) this.#begun += text.slice(start);
    return pieces;
  }

  #begin(): void {
    this.#begun = '';
    this.#isBlank = true;
  }
}

function nameOf(text: string): string {
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}
