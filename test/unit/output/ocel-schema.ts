/**
 * The rules of the published JSON schema of OCEL 2.0, written down anew, and those of its specification that a schema
 * cannot say: ids and types that are there once, relationships and attributes that lead to something.
 */
import { Ajv } from 'ajv';
import { z } from 'zod';

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const listOf = (items: object): object => ({ type: 'array', items });
const record = (properties: object, required: readonly string[]): object => ({
  type: 'object',
  properties,
  required,
});

const types = listOf(
  record({ name: text, attributes: listOf(record({ name: text, type: text }, ['name', 'type'])) }, [
    'name',
    'attributes',
  ]),
);
const relationships = listOf(record({ objectId: text, qualifier: text }, ['objectId', 'qualifier']));

const SCHEMA = record(
  {
    eventTypes: types,
    objectTypes: types,
    events: listOf(
      record(
        {
          id: text,
          type: text,
          time,
          attributes: listOf(record({ name: text, value: text }, ['name', 'value'])),
          relationships,
        },
        ['id', 'type', 'time'],
      ),
    ),
    objects: listOf(
      record(
        {
          id: text,
          type: text,
          attributes: listOf(record({ name: text, value: text, time }, ['name', 'value', 'time'])),
          relationships,
        },
        ['id', 'type'],
      ),
    ),
  },
  ['eventTypes', 'objectTypes', 'events', 'objects'],
);

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const validate = new Ajv({
  allErrors: true,
  formats: { 'date-time': (value: string) => RFC_3339.test(value) && !Number.isNaN(Date.parse(value)) },
}).compile(SCHEMA);

const typeSchema = z.object({ name: z.string(), attributes: z.array(z.object({ name: z.string() })) });
const itemSchema = z.object({
  id: z.string(),
  type: z.string(),
  time: z.string().optional(),
  attributes: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  relationships: z.array(z.object({ objectId: z.string(), qualifier: z.string() })).default([]),
});
const logSchema = z.object({
  eventTypes: z.array(typeSchema),
  objectTypes: z.array(typeSchema),
  events: z.array(itemSchema),
  objects: z.array(itemSchema),
});

export type OcelLog = z.infer<typeof logSchema>;

/** The log that a text is; throws for a text that is no OCEL. */
export function ocelOf(json: string): OcelLog {
  return logSchema.parse(JSON.parse(json));
}

function twice(names: readonly string[]): string[] {
  return names.length === new Set(names).size ? [] : ['a name or id stands there twice'];
}

/** What in a log breaks the standard. */
export function breaksOfOcel(json: string): string[] {
  const value: unknown = JSON.parse(json);
  if (!validate(value))
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const { eventTypes, objectTypes, events, objects } = ocelOf(json);
  const ids = new Set(objects.map(({ id }) => id));
  const known = (all: readonly z.infer<typeof typeSchema>[]) =>
    new Map(all.map(({ name, attributes }) => [name, new Set(attributes.map((one) => one.name))]));
  const undeclared = (items: OcelLog['events'], declared: ReturnType<typeof known>): string[] =>
    items.flatMap(({ id, type, attributes }) =>
      attributes.every(({ name }) => declared.get(type)?.has(name) === true) && declared.has(type)
        ? []
        : [`${id}: its type or an attribute is not declared`],
    );
  return [
    ...[eventTypes, objectTypes].flatMap((all) => twice(all.map(({ name }) => name))),
    ...[events, objects].flatMap((all) => twice(all.map(({ id }) => id))),
    ...undeclared(events, known(eventTypes)),
    ...undeclared(objects, known(objectTypes)),
    ...[...events, ...objects].flatMap(({ id, relationships: all }) =>
      all.every(({ objectId }) => ids.has(objectId)) ? [] : [`${id}: a relationship leads to nothing`],
    ),
  ];
}
