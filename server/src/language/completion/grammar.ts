/**
 * What can follow, asked of the grammar itself: each word and sign is put after what stands before the cursor, and the
 * parser says whether it takes it, and as what. So a clause that the grammar learns is completed without new code.
 */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import { probe } from '../parser.ts';
import { type Place, placeAt } from '../place.ts';
import * as t from '../tokens.ts';
import { endOf } from '../tokens.ts';

interface Answer {
  readonly accepted: boolean;
  readonly place: Place | undefined;
}

/** A token for each kind that has no words of its own. */
const SAMPLES = {
  name: [t.Identifier, 'x'],
  string: [t.StringToken, "''"],
  parameter: [t.ParameterToken, '$x'],
  duration: [t.DurationToken, '1h'],
  number: [t.NumberToken, '1'],
  list: [t.LeftBracket, '['],
} as const satisfies Record<string, readonly [TokenType, string]>;
export type Sample = keyof typeof SAMPLES;

/** The grammar at one place. */
export class Grammar {
  readonly #tokens: readonly IToken[];
  readonly #offset: number;
  readonly #answers = new Map<string, Answer>();

  constructor(tokens: readonly IToken[], offset: number) {
    this.#tokens = tokens;
    this.#offset = offset;
  }

  /** Whether it takes a token here. */
  takes(type: TokenType, image: string): boolean {
    return this.#ask(type, image).accepted;
  }

  /** What a token is here; undefined where the grammar does not take it. */
  placeOf(type: TokenType, image: string): Place | undefined {
    return this.#ask(type, image).place;
  }

  takesSample(sample: Sample): boolean {
    const [type, image] = SAMPLES[sample];
    return this.takes(type, image);
  }

  sample(sample: Sample): Place | undefined {
    const [type, image] = SAMPLES[sample];
    return this.placeOf(type, image);
  }

  /** Whether it takes, after words that it takes here, a token that stands there already. */
  goesOn(words: readonly (readonly [TokenType, string])[], next: IToken | undefined): boolean {
    if (next === undefined) return false;
    const tokens = [...this.#tokens];
    let at = this.#offset;
    for (const [type, image] of words) {
      tokens.push(instance(type, image, at));
      at += image.length + 1;
    }
    return probe(tokens, instance(next.tokenType, next.image, at)).accepted;
  }

  #ask(type: TokenType, image: string): Answer {
    const known = this.#answers.get(type.name);
    if (known !== undefined) return known;
    const { accepted, items } = probe(this.#tokens, instance(type, image, this.#offset));
    const answer = { accepted, place: accepted ? placeAt(items, this.#offset) : undefined };
    this.#answers.set(type.name, answer);
    return answer;
  }
}

function instance(type: TokenType, image: string, start: number): IToken {
  return createTokenInstance(type, image, start, start + image.length - 1, -1, -1, -1, -1);
}

/** Whether a token stands on the line of an offset. */
export function isOnLine(text: string, offset: number, token: IToken): boolean {
  return (
    token.startOffset >= offset &&
    !/[\r\n]/.test(text.slice(offset, Math.min(token.startOffset, endOf(token))))
  );
}
