/** The grammar of single values and names. */
import type { TokenType } from 'chevrotain';
import {
  type Choice,
  durationOf,
  nameOf,
  numberOf,
  parameterOf,
  RecoveringParser,
  spanOf,
  stringOf,
} from './recovery.ts';
import * as t from './tokens.ts';
import type * as tree from './tree.ts';

const k = t.keywords;

export abstract class ValueParser extends RecoveringParser {
  private scalars: Choice<tree.Scalar> = [
    { ALT: () => this.SUBRULE(this.string) },
    { ALT: () => this.SUBRULE(this.number) },
    { ALT: () => this.SUBRULE(this.duration) },
    { ALT: () => ({ kind: 'boolean', ...spanOf(this.CONSUME(k.TRUE)), value: true }) },
    { ALT: () => ({ kind: 'boolean', ...spanOf(this.CONSUME(k.FALSE)), value: false }) },
    { ALT: () => ({ kind: 'null', ...spanOf(this.CONSUME(k.NULL)) }) },
    { ALT: () => this.SUBRULE(this.parameterReference) },
  ];
  protected scalar: () => tree.Scalar = this.RULE('scalar', (): tree.Scalar => this.OR(this.scalars));

  protected string = this.RULE('string', (): tree.StringLiteral => {
    return stringOf(this.CONSUME(t.StringToken));
  });

  protected number = this.RULE('number', (): tree.NumberLiteral => {
    return numberOf(this.CONSUME(t.NumberToken));
  });

  protected duration = this.RULE('duration', (): tree.DurationLiteral => {
    return durationOf(this.CONSUME(t.DurationToken));
  });

  protected parameterReference = this.RULE('parameterReference', (): tree.ParameterReference => {
    return parameterOf(this.CONSUME(t.ParameterToken));
  });

  /**
   * Texts of a list as long as one follows the other, each after a comma and before another: as the grammar reads them,
   * at a fraction of the time. Lists of thousands of ids are pasted.
   */
  protected *plainTexts(): Generator<tree.StringLiteral> {
    if (this.RECORDING_PHASE || this.panic) return;
    const isAt = (ahead: number, type: TokenType): boolean => this.LA(ahead).tokenType === type;
    while (isAt(1, t.Comma) && isAt(2, t.ClosedString) && isAt(3, t.Comma)) {
      yield stringOf(this.LA(2));
      this.SKIP_TOKEN();
      this.SKIP_TOKEN();
    }
  }

  protected name = this.RULE('name', (): tree.Name => nameOf(this.CONSUME(t.Identifier)));

  protected word = this.RULE('word', (): tree.Name => nameOf(this.CONSUME(t.Word)));
}
