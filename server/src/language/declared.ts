/** The parameters that a document declares: their types, values and places. */
import { unticked } from './recovery.ts';
import type { Section } from './sections.ts';
import { shifted } from './shift.ts';
import type { ListLiteral, Literal, Parameter } from './tree.ts';
import { PARAMETER_TYPES, type ParameterType } from './types.ts';

export type ParameterValue = Literal | ListLiteral;

export interface ParameterFacts {
  readonly declaration: Parameter;
  readonly name: string;
  /** Declared, else the default's, else from use; undefined where nothing tells. */
  readonly type: ParameterType | undefined;
  readonly declared: boolean;
  /** null: asked for when it runs. */
  readonly value: ParameterValue | null;
}

/** A parameter type by its name in any case. */
export function parameterTypeNamed(name: string): ParameterType | undefined {
  return PARAMETER_TYPES.find((type) => type === name.toUpperCase());
}

export function typeOfValue(value: ParameterValue): ParameterType | undefined {
  switch (value.kind) {
    case 'string':
      return 'STRING';
    case 'number':
      return 'NUMBER';
    case 'duration':
      return 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'list':
      return 'LIST';
    case 'null':
      return undefined;
  }
}

/** What it is compared as: a string that nothing declares may be a text or an instant. */
export function typeOfParameter(facts: ParameterFacts | undefined): ParameterType | 'TEXT' | undefined {
  if (facts?.type === undefined) return undefined;
  return facts.value?.kind === 'string' && !facts.declared ? 'TEXT' : facts.type;
}

/** A parameter with offsets from the start of the section that declares it. */
export interface Declared {
  /** Index of the section. */
  readonly section: number;
  readonly facts: ParameterFacts;
}

/** So many sections are looked at in a step. */
const A_STEP = 50;

/** The parameters of a document by name; of two with one name the first counts. In steps. */
export function* declaredSteps(sections: readonly Section[]): Generator<void, ReadonlyMap<string, Declared>> {
  const declared = new Map<string, Declared>();
  let places: ReadonlyMap<string, readonly Section[]> | undefined;
  for (const [section, { reading }] of sections.entries()) {
    if (section % A_STEP === 0) yield;
    for (const declaration of reading.items) {
      const name = declaration.name?.text;
      if (declaration.kind !== 'parameter' || name === undefined || declared.has(name)) continue;
      const value = declaration.value?.kind === 'parameterReference' ? null : declaration.value;
      const given = declaration.type === null ? undefined : parameterTypeNamed(declaration.type.text);
      let type = given ?? (value === null ? undefined : typeOfValue(value));
      if (type === undefined || (type === 'STRING' && given === undefined)) {
        places ??= yield* placesOfParameters(sections);
        const used = yield* useOf(name, places.get(name) ?? []);
        // A string beside a timestamp is one.
        if (type === undefined || used === 'TIMESTAMP') type = used ?? type;
      }
      declared.set(name, {
        section,
        facts: { declaration, name, type, declared: given !== undefined, value },
      });
    }
  }
  return declared;
}

/** The sections that have each parameter's name in them, in order. */
function* placesOfParameters(
  sections: readonly Section[],
): Generator<void, ReadonlyMap<string, readonly Section[]>> {
  const places = new Map<string, Section[]>();
  for (const [index, section] of sections.entries()) {
    if (index % A_STEP === 0) yield;
    for (const token of section.reading.parameterTokens) {
      const name = unticked(token.image.slice(1));
      const known = places.get(name);
      if (known === undefined) places.set(name, [section]);
      else if (known.at(-1) !== section) known.push(section);
    }
  }
  return places;
}

/** What a parameter is used as, the first use that tells. */
function* useOf(name: string, sections: readonly Section[]): Generator<void, ParameterType | undefined> {
  for (const [index, section] of sections.entries()) {
    if (index % A_STEP === 0) yield;
    const type = section.uses.get(name);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** A parameter with its declaration and value elsewhere. */
export function movedFacts(facts: ParameterFacts, by: number): ParameterFacts {
  const declaration = shifted(facts.declaration, by);
  const { value } = declaration;
  return { ...facts, declaration, value: value?.kind === 'parameterReference' ? null : value };
}
