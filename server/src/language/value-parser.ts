/** The grammar of single values and names. */
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

  protected name = this.RULE('name', (): tree.Name => nameOf(this.CONSUME(t.Identifier)));

  protected word = this.RULE('word', (): tree.Name => nameOf(this.CONSUME(t.Word)));
}
