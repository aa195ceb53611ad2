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

/** CXQ's own grammar as a Langium author would write it, so that both read the same text. */
const LANGIUM = `
grammar Queries
entry Document: (parameters+=Parameter | queries+=Query | ';')*;
Parameter: 'PARAM' name=ID (':' type=('STRING' | 'NUMBER' | 'DURATION' | 'TIMESTAMP' | 'BOOLEAN' | 'LIST'))? ('=' value=(Value | List))?;
Query: 'QUERY' name=ID title=STRING? clauses+=Clause*;
Clause: Where | Last | Since | Limit | Offset | With | Mask | Analyze | Order | Expect | Export | Notify | Using | Compare;
Using: 'USING' profile=ID;
Where: 'WHERE' predicate=Or;
Last: 'LAST' amount=Amount;
Since: 'SINCE' from=Operand ('UNTIL' to=Operand)?;
Limit: 'LIMIT' (count=INT | all?='ALL');
Offset: 'OFFSET' count=INT;
Order: ('ORDER' | 'SORT') 'BY' field=ID direction=('ASC' | 'DESC')?;
With: 'WITH' options+=Setting (',' options+=Setting)*;
Setting: name=ID '=' value=Value;
Mask: 'MASK' '(' patterns+=Pattern (',' patterns+=Pattern)* ')';
Pattern: name=(ID | GLOB | STRING | 'LIMIT');
Analyze: 'ANALYZE' analyses+=Analysis (',' analyses+=Analysis)*;
Analysis: name=ID (('OVER' over=Amount) | ('TOP' top=INT) | ('BY' group=ID) | ('ON'? '(' items+=Pattern (',' items+=Pattern)* ')'))*;
Compare: 'COMPARE' 'TO' target=[Query:ID];
Expect: 'EXPECT' expectations+=Expectation (',' expectations+=Expectation)*;
Expectation: metric=ID ('(' field=ID ')')? operator=Sign value=Value;
Export: 'EXPORT' 'TO' path=STRING ('AS' format=ID)?;
Notify: 'NOTIFY' address=STRING;
Or: And ({infer Or.operands+=current} ('OR' operands+=And)+)?;
And: Not ({infer And.operands+=current} ('AND' operands+=Not)+)?;
Not: {infer Not} 'NOT' operand=Not | '(' Or ')' | Condition;
Condition: left=Operand (operator=Sign right=Operand | negated?='NOT'? ('IN' (list=List | parameter=Reference | query=[Query:ID]) | 'BETWEEN' low=Operand 'AND' high=Operand | 'LIKE' like=Text | 'MATCHES' matches=Text) | 'IS' negated?='NOT'? 'NULL')?;
Sign returns string: '=' | '!=' | '<>' | '<' | '<=' | '>' | '>=';
List: '[' items+=Value (',' items+=Value)* ']';
Operand: base=Base (signs+=('+' | '-') terms+=Amount)*;
Base: Value | Call | Field;
Call: name=ID '(' (arguments+=Or (',' arguments+=Or)*)? ')';
Field: name=ID ('.' path+=ID | '[' path+=STRING ']')*;
Amount: {infer Duration} value=SPAN | Reference;
Reference: '$' parameter=[Parameter:ID];
Text: {infer Text} value=STRING | Reference;
Value: {infer Text} value=STRING | {infer Duration} value=SPAN | {infer Number} value=INT | {infer Truth} value=('true' | 'false') | Reference;
terminal SPAN: /([0-9]+(ms|s|m|h|d|w))+/;
terminal INT returns number: /[0-9]+([.][0-9]+)?/;
terminal GLOB: /[A-Za-z_]*[*][A-Za-z0-9_*]*/;
terminal ID: /[A-Za-z_][A-Za-z0-9_]*/;
terminal STRING: /'([^'\\n]|'')*'/;
hidden terminal WS: /\\s+/;
hidden terminal COMMENT: /--[^\\n]*/;
`;

async function langiumPeer(own: string): Promise<Peer> {
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
    // The same text, and so the same bytes.
    text: () => own,
  };
}

/** `own` is the CXQ text, which the Langium service reads as well. */
export async function peers(own: string): Promise<Peer[]> {
  return [jsonPeer(), graphqlPeer(), await langiumPeer(own)];
}
