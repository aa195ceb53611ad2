/**
 * The rules of the XML Schema of IEEE 1849-2016, written down anew: which elements stand where and in which order,
 * which attributes they must have, and of which type. The schema as published has no namespace, the standard's logs
 * have one: exports are held against both.
 */
import { XmlDocument, XsdValidator } from 'libxml2-wasm';

const SIMPLE = {
  string: 'string',
  date: 'dateTime',
  int: 'long',
  float: 'double',
  boolean: 'boolean',
  id: 'string',
};

const required = (name: string, type: string): string =>
  `<xs:attribute name="${name}" type="xs:${type}" use="required"/>`;

function simpleType([tag, type]: [string, string]): string {
  return `<xs:element name="${tag}"><xs:complexType>
    <xs:group ref="t:attributes"/>${required('key', 'Name')}${required('value', type)}
  </xs:complexType></xs:element>`;
}

function schema(namespace: string): string {
  const target = namespace === '' ? '' : ` targetNamespace="${namespace}" xmlns:t="${namespace}"`;
  const text = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"${target}>
  <xs:group name="attributes"><xs:sequence><xs:choice minOccurs="0" maxOccurs="unbounded">
    ${Object.entries(SIMPLE).map(simpleType).join('\n')}
    <xs:element name="list"><xs:complexType><xs:sequence>
      <xs:group ref="t:attributes"/>
      <xs:element name="values"><xs:complexType>
        <xs:group ref="t:attributes"/>${required('key', 'Name')}
      </xs:complexType></xs:element>
    </xs:sequence>${required('key', 'Name')}</xs:complexType></xs:element>
  </xs:choice></xs:sequence></xs:group>
  <xs:complexType name="event"><xs:group ref="t:attributes"/></xs:complexType>
  <xs:complexType name="trace"><xs:sequence>
    <xs:group ref="t:attributes"/>
    <xs:element name="event" type="t:event" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType>
  <xs:element name="log"><xs:complexType><xs:sequence>
    <xs:element name="extension" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      ${required('name', 'NCName')}${required('prefix', 'NCName')}${required('uri', 'anyURI')}
    </xs:complexType></xs:element>
    <xs:element name="global" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      <xs:group ref="t:attributes"/><xs:attribute name="scope" type="xs:NCName"/>
    </xs:complexType></xs:element>
    <xs:element name="classifier" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      ${required('name', 'NCName')}<xs:attribute name="scope" type="xs:NCName"/>${required('keys', 'token')}
    </xs:complexType></xs:element>
    <xs:group ref="t:attributes"/>
    <xs:element name="trace" type="t:trace" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="event" type="t:event" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence>${required('xes.version', 'decimal')}<xs:attribute name="xes.features" type="xs:token"/></xs:complexType></xs:element>
</xs:schema>`;
  return namespace === '' ? text.replaceAll('"t:', '"') : text;
}

const NAMESPACE = 'http://www.xes-standard.org/';

function validator(namespace: string): XsdValidator {
  const source = XmlDocument.fromString(schema(namespace));
  try {
    return XsdValidator.fromDoc(source);
  } finally {
    source.dispose();
  }
}

const validators = new Map([NAMESPACE, ''].map((namespace) => [namespace, validator(namespace)]));

/** What in a log breaks the schema: nothing, or the validator's words. */
export function breaksOfSchema(xml: string): string[] {
  return [...validators].flatMap(([namespace, xsd]) => {
    const text = namespace === '' ? xml.replace(` xmlns="${NAMESPACE}"`, '') : xml;
    try {
      const log = XmlDocument.fromString(text);
      try {
        xsd.validate(log);
      } finally {
        log.dispose();
      }
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}
