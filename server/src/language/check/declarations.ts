/** One PARAM: its type, its default, and whether they go together. */
import { diagnostic, replace } from '../diagnostics.ts';
import { readInstant } from '../literals.ts';
import { nearest } from '../nearest.ts';
import { parameterTypeNamed } from '../parameters.ts';
import type { Parameter, ParameterReference } from '../tree.ts';
import { type Inferred, PARAMETER_TYPES, type ParameterType } from '../types.ts';
import { checkRepeats } from './lists.ts';
import { aOrAn, conversion, notAnInstant } from './operands.ts';
import type { DocumentScope } from './scope.ts';

const TYPES = {
  string: 'STRING',
  number: 'NUMBER',
  duration: 'DURATION',
  boolean: 'BOOLEAN',
  list: 'LIST',
} as const satisfies Record<string, Inferred>;

export function checkParameter(parameter: Parameter, scope: DocumentScope): void {
  const { type, value } = parameter;
  let declared: ParameterType | undefined;
  if (type !== null) {
    declared = parameterTypeNamed(type.text);
    if (declared === undefined) {
      const near = nearest(type.text, PARAMETER_TYPES);
      const fixes = near === undefined ? [] : [replace(`Change to ${near}`, type, near, true)];
      const hint = near === undefined ? `There are ${PARAMETER_TYPES.join(', ')}.` : `Did you mean ${near}?`;
      const message = `There is no type \`${type.text}\`. ${hint}`;
      scope.report(diagnostic('CXQ2011', type, message, { fixes }));
    }
  }
  if (value === null) return;
  if (value.kind === 'parameterReference') {
    // One that nobody declares has its own message.
    reportReference(value, scope);
    return;
  }
  if (value.kind === 'list') {
    for (const item of value.items) if (item.kind === 'parameterReference') reportReference(item, scope);
    checkRepeats(value, scope);
  }
  if (value.kind === 'null' || declared === undefined) return;
  if (value.kind === 'duration' && value.micros === null) return;
  if (value.kind === 'string' && !value.closed) return;
  const actual = value.kind === 'string' ? 'STRING' : value.kind.toUpperCase();
  const wanted = declared === 'TIMESTAMP' ? 'STRING' : declared;
  if (actual !== wanted) {
    const message = `The parameter is declared as ${aOrAn(declared)}, and its default is ${aOrAn(TYPES[value.kind])}.`;
    // A default is a value, nothing that is worked out.
    const fixes =
      declared === 'TIMESTAMP' && value.kind === 'duration' ? [] : conversion(value, declared, scope);
    scope.report(diagnostic('CXQ2003', value, message, { fixes }));
    return;
  }
  if (declared !== 'TIMESTAMP' || value.kind !== 'string' || !value.closed) return;
  const read = readInstant(value.value, scope.context.profile.timeZone, 'start');
  if (!read.ok) scope.report(notAnInstant(value, read));
}

/** One that nobody declares has its own message. */
function reportReference(value: ParameterReference, scope: DocumentScope): void {
  if (!scope.parameters.has(value.name)) return;
  const message = 'The default of a parameter is a value, not another parameter: write the value itself.';
  scope.report(diagnostic('CXQ2003', value, message));
}
