/** The editor's snippets, from the templates of the language. */
const { snippetOf } = await import('../../server/src/language/clauses.ts');
const { TEMPLATES } = await import('../../server/src/language/templates.ts');

/** A template's text with `$`, `}` and `\` as they are, then its places numbered. */
function body(template) {
  const literal = template.replaceAll(/[\\$}]/g, '\\$&');
  return [...snippetOf(literal).split('\n'), '$0'];
}

export function snippets() {
  return Object.fromEntries(
    TEMPLATES.map(({ prefix, name, text, template }) => [
      name,
      { prefix, description: text, body: body(template) },
    ]),
  );
}
