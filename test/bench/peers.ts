/** The language services that ours is compared with, each with a text of its own language, of so many bytes. */
import { buildSchema } from 'graphql';
import { getDiagnostics } from 'graphql-language-service';
import { URI } from 'langium';
import { createServicesForGrammar } from 'langium/grammar';
import { getLanguageService } from 'vscode-json-languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';

export interface Peer {
  readonly name: string;
  /** Parses and checks a text anew; the number of diagnostics. */
  readonly check: (text: string) => Promise<number>;
  /** A text without errors, about so many bytes long. */
  readonly text: (bytes: number) => string;
}

function filled(bytes: number, begin: string, piece: (index: number) => string, end: string): string {
  let text = begin;
  for (let index = 0; text.length + end.length < bytes; index++) text += piece(index);
  return text + end;
}

/** What our checker knows of a query, said as a JSON Schema: fields with the operators and values of their types. */
const condition = (fields: readonly string[], operators: readonly string[], value: object) => ({
  type: 'object',
  required: ['field', 'operator', 'value'],
  additionalProperties: false,
  properties: {
    field: { enum: [...fields] },
    operator: { enum: [...operators] },
    value: { anyOf: [value, { type: 'array', minItems: 1, uniqueItems: true, items: value }] },
  },
});
const DURATION = { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d|w))+$' };
const INSTANT = { type: 'string', format: 'date-time' };
const jsonSchema = {
  definitions: {
    condition: {
      anyOf: [
        condition(['nodeId', 'nodeName', 'nodeType', 'outcome', 'interactionId'], ['=', '!=', 'IN', 'LIKE'], {
          type: 'string',
        }),
        condition(['dwell', 'wait', 'duration', 'elapsed'], ['=', '<', '<=', '>', '>='], DURATION),
        condition(['nodeTimestamp', 'startTime', 'endTime'], ['<', '<=', '>', '>='], INSTANT),
        condition(['errorState', 'open', 'isLast'], ['='], { type: 'boolean' }),
        {
          type: 'object',
          required: ['any'],
          additionalProperties: false,
          properties: { any: { type: 'array', items: { $ref: '#/definitions/condition' } } },
        },
      ],
    },
  },
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'where', 'last'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z_]\\w*$' },
      title: { type: 'string' },
      where: { type: 'array', items: { $ref: '#/definitions/condition' } },
      last: DURATION,
      limit: { type: 'integer', minimum: 1, maximum: 1_000_000 },
      analyze: {
        type: 'array',
        items: {
          type: 'object',
          required: ['analysis'],
          properties: {
            analysis: { enum: ['BOTTLENECKS', 'PATHS', 'NODES', 'FLOW'] },
            over: DURATION,
            top: { type: 'integer', minimum: 1 },
          },
        },
      },
    },
  },
};

function jsonPeer(): Peer {
  const service = getLanguageService({});
  service.configure({
    validate: true,
    schemas: [{ uri: 'memory:/queries', fileMatch: ['*'], schema: JSON.parse(JSON.stringify(jsonSchema)) }],
  });
  return {
    name: 'vscode-json-languageservice',
    check: async (text) => {
      const document = TextDocument.create('memory:/queries.json', 'json', 1, text);
      const found = await service.doValidation(document, service.parseJSONDocument(document));
      return found.length;
    },
    text: (bytes) =>
      filled(
        bytes,
        '[\n',
        (index) => `${index === 0 ? '' : ',\n'}  {
    "name": "query${index}",
    "title": "What held them up",
    "where": [
      { "field": "nodeType", "operator": "IN", "value": ["DECISION", "ROUTING"] },
      { "any": [
        { "field": "dwell", "operator": ">", "value": "${index + 1}s" },
        { "field": "errorState", "operator": "=", "value": true }
      ] }
    ],
    "last": "24h",
    "limit": ${index + 1},
    "analyze": [{ "analysis": "BOTTLENECKS", "over": "10s" }, { "analysis": "PATHS", "top": 20 }]
  }`,
        '\n]\n',
      ),
  };
}

function graphqlPeer(): Peer {
  const schema = buildSchema(`
    type Step { nodeId: String, nodeType: String, dwell: Float, errorState: Boolean }
    type Interaction { id: ID!, duration: Float, steps(nodeType: String, over: Float): [Step] }
    type Query { interactions(last: String!, limit: Int): [Interaction] }
  `);
  return {
    name: 'graphql-language-service',
    check: async (text) => getDiagnostics(text, schema).length,
    text: (bytes) =>
      filled(
        bytes,
        '',
        (index) => `query query${index}($over: Float = ${index}) {
  interactions(last: "24h", limit: ${index + 1}) {
    id
    duration
    steps(nodeType: "ROUTING", over: $over) {
      nodeId
      dwell
      errorState
    }
  }
}

`,
        '',
      ),
  };
}

/** The core of CXQ's own grammar, as a Langium author would write it. */
const LANGIUM = `
grammar Queries
entry Document: queries+=Query*;
Query: 'QUERY' name=ID title=STRING? clauses+=Clause*;
Clause: Where | Last | Limit | Analyze | Order;
Where: 'WHERE' predicate=Or;
Last: 'LAST' amount=DURATION;
Limit: 'LIMIT' count=INT;
Order: 'ORDER' 'BY' field=ID direction=('ASC' | 'DESC')?;
Analyze: 'ANALYZE' analyses+=Analysis (',' analyses+=Analysis)*;
Analysis: name=ID ('OVER' over=DURATION)? ('TOP' top=INT)?;
Or: And ({infer Or.operands+=current} ('OR' operands+=And)+)?;
And: Not ({infer And.operands+=current} ('AND' operands+=Not)+)?;
Not: {infer Not} 'NOT' operand=Not | '(' Or ')' | Condition;
Condition: left=Operand (operator=('=' | '!=' | '<' | '<=' | '>' | '>=') right=Operand | 'IN' (list=List | query=[Query:ID]))?;
List: '[' items+=Value (',' items+=Value)* ']';
Operand: Value | {infer Field} name=ID;
Value: {infer Text} value=STRING | {infer Duration} value=DURATION | {infer Number} value=INT | {infer Truth} value=('true' | 'false');
terminal DURATION: /[0-9]+(ms|s|m|h|d|w)/;
terminal INT returns number: /[0-9]+/;
terminal ID: /[A-Za-z_][A-Za-z0-9_]*/;
terminal STRING: /'[^'\\n]*'/;
hidden terminal WS: /\\s+/;
hidden terminal COMMENT: /--[^\\n]*/;
`;

async function langiumPeer(): Promise<Peer> {
  const services = await createServicesForGrammar({ grammar: LANGIUM });
  const { LangiumDocumentFactory, DocumentBuilder, LangiumDocuments } = services.shared.workspace;
  let count = 0;
  return {
    name: 'a Langium service',
    check: async (text) => {
      const uri = URI.parse(`memory:/${count++}.txt`);
      const document = LangiumDocumentFactory.fromString(text, uri);
      LangiumDocuments.addDocument(document);
      await DocumentBuilder.build([document], { validation: true });
      const found = document.diagnostics?.length ?? 0;
      await DocumentBuilder.update([], [uri]);
      return found;
    },
    text: (bytes) =>
      filled(
        bytes,
        '',
        (index) => `QUERY query${index} 'What held them up'
WHERE nodeType IN ['DECISION', 'ROUTING']
  AND (dwell > ${index + 1}s OR errorState = true)
LAST 24h
ORDER BY duration DESC
LIMIT ${index + 1}
ANALYZE BOTTLENECKS OVER 10s, PATHS TOP 20

`,
        '',
      ),
  };
}

export async function peers(): Promise<Peer[]> {
  return [jsonPeer(), graphqlPeer(), await langiumPeer()];
}
