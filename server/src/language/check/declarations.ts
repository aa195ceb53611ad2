/** One PARAM: its type, its default, and whether they go together. */
import { diagnostic, replace } from '../diagnostics.ts';
import { readInstant } from '../literals.ts';
import { nearest } from '../nearest.ts';
import { parameterTypeNamed } from '../parameters.ts';
import type { Parameter } from '../tree.ts';
import { PARAMETER_TYPES, type ParameterType } from '../types.ts';
import { checkRepeats } from './lists.ts';
import { aOrAn, conversion } from './operands.ts';
import type { DocumentScope } from './scope.ts';

export function checkParameter(parameter: Parameter, scope: DocumentScope): void {
  const { type, value } = parameter;
  let declared: ParameterType | undefined;
  if (type !== null) {
    declared = parameterTypeNamed(type.text);
    if (declared === undefined) {
      const near = nearest(type.text, PARAMETER_TYPES);
      const fixes = near === undefined ? [] : [replace(`Change to ${near}`, type, near, true)];
      const message = `There is no type \`${type.text}\`; there are ${PARAMETER_TYPES.join(', ')}.`;
      scope.report(diagnostic('CXQ2011', type, message, { fixes }));
    }
  }
  if (value === null) return;
  if (value.kind === 'parameterReference') {
    // One that nobody declares has its own message.
    if (!scope.parameters.has(value.name)) return;
    scope.report(
      diagnostic('CXQ2003', value, 'The default of a parameter is a value, not another parameter.'),
    );
    return;
  }
  if (value.kind === 'list') checkRepeats(value, scope);
  if (value.kind === 'null' || declared === undefined) return;
  if (value.kind === 'duration' && value.micros === null) return;
  if (value.kind === 'string' && !value.closed) return;
  const actual = value.kind === 'string' ? 'STRING' : value.kind.toUpperCase();
  const wanted = declared === 'TIMESTAMP' ? 'STRING' : declared;
  if (actual !== wanted) {
    const message = `The parameter is ${aOrAn(declared)}, and its default is none.`;
    scope.report(diagnostic('CXQ2003', value, message, { fixes: conversion(value, declared, scope) }));
    return;
  }
  if (declared !== 'TIMESTAMP' || value.kind !== 'string' || !value.closed) return;
  const read = readInstant(value.value, scope.context.profile.timeZone, 'start');
  if (read.ok) return;
  const fixes =
    read.repaired === undefined
      ? []
      : [replace(`Change to '${read.repaired}'`, value, `'${read.repaired}'`, true)];
  const found =
    read.reason === 'zone'
      ? diagnostic('CXQ3002', value, 'A time needs its zone: Z for UTC, or an offset such as +02:00.', {
          fixes,
        })
      : diagnostic(
          'CXQ3001',
          value,
          "Neither a date ('2026-11-20') nor an RFC 3339 date and time ('2026-11-20T08:00:00Z').",
          { fixes },
        );
  scope.report(found);
}
