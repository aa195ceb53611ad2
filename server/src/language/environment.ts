/** Which profile a query runs with, and what its constants mean there. */
import type { CheckContext, ProfileFacts } from './context.ts';
import type { ParameterFacts } from './parameters.ts';
import type { Environment } from './resolve.ts';
import { clauseOf, type Query } from './tree.ts';

/** The profile that USING names, or the one in force; undefined where USING names none that exists. */
export function profileOf(query: Query, context: CheckContext): ProfileFacts | undefined {
  const named = clauseOf(query, 'using')?.profile ?? null;
  if (named === null) return context.profile;
  const id = named.kind === 'name' ? named.text : named.value;
  if (context.profiles === undefined) return { ...context.profile, id };
  return context.profiles.get(id);
}

/** Constants as they are with a profile: given values go before defaults. */
export function environmentOf(
  profile: ProfileFacts,
  context: CheckContext,
  parameters: Pick<ReadonlyMap<string, ParameterFacts>, 'get'>,
): Environment {
  return {
    now: context.now,
    timeZone: profile.timeZone,
    parameter: (name) => context.parameters?.get(name) ?? parameters.get(name)?.value ?? undefined,
  };
}
