/** Text that people and logs see: secrets taken out, invisible characters made visible. */

/** What stands where a secret was. */
export const REDACTED = '•••';

/** A shorter secret would also be found inside ordinary words. */
const SHORTEST_SECRET = 4;

/** Halves of surrogate pairs replaced: such text has no UTF-8 and no canonical form. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

/** Every spelling in which a secret travels: as it is, in a URL, in a form, in JSON, in HTTP Basic. */
function spellings(secret: string): string[] {
  const uri = encodeURIComponent(wellFormed(secret));
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, uri, uri.replaceAll('%20', '+'), json, base64, base64.replace(/=+$/, '')];
}

/** Key prefixes of known providers: long enough that prose is not caught, and no UUID is. */
const KEYS = [
  String.raw`sk-[\w-]{16,}`,
  String.raw`[sr]k_(?:live|test)_\w{10,}`,
  String.raw`gh[opusr]_\w{20,}`,
  String.raw`github_pat_\w{20,}`,
  String.raw`glpat-[\w-]{16,}`,
  String.raw`xox[abeoprs]-[\w-]{10,}`,
  '(?:AKIA|ASIA)[0-9A-Z]{16}',
  String.raw`AIza[\w-]{30,}`,
  String.raw`ya29\.[\w-]{20,}`,
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`,
  String.raw`npm_\w{30,}`,
  String.raw`hf_\w{20,}`,
  String.raw`whsec_[\w+/=-]{16,}`,
];

const NAMES = [
  'client_?secret',
  'client_?assertion',
  'access_?key_?secret',
  '(?:access|refresh|id|auth|bearer)_?token',
  'api_?key',
  'pass(?:word|wd|phrase)',
];

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/(\bauthorization["']?\s*[:=]\s*["']?)(?:[A-Za-z][\w-]*\s+)?[^\s"',}]+/gi, `$1${REDACTED}`],
  [/\b(bearer)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  // Base64 of a user and a password has capitals or digits; `basic structure` has none.
  [/\b([Bb]asic|BASIC)\s+(?=[a-z+/=]{0,200}[A-Z\d])[\w+/=-]{8,}/g, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}/g, REDACTED],
  [new RegExp(String.raw`\b(?:${KEYS.join('|')})`, 'g'), REDACTED],
  [
    new RegExp(
      String.raw`((?:${NAMES.join('|')})\\?["']?\s*[:=]\s*)(\\?["'])(?:(?!\2)[^\\]|\\(?!["'])[^])*`,
      'gi',
    ),
    `$1$2${REDACTED}`,
  ],
  [new RegExp(String.raw`((?:${NAMES.join('|')})\s*[:=]\s*)(?![\\"'\s])[^\s&,;"'}]+`, 'gi'), `$1${REDACTED}`],
  [/(:\/\/)[^\s/@:]*:[^\s/@]*@/g, `$1${REDACTED}@`],
];

/**
 * Takes known secrets (in every spelling in which they travel) and whatever looks like one (bearer and basic
 * credentials, JSON web tokens, keys of known providers, `client_secret=…`, user and password in a URL) out of a
 * text. Secrets below four characters are left to the patterns.
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  return redactor(secrets)(text);
}

/** The same for many texts. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = new Set(secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(spellings));
  // The longest first: a secret that contains another must not leave its rest behind.
  const ordered = [...known].sort((a, b) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const secret of ordered) result = result.replaceAll(secret, REDACTED);
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return result;
  };
}

/**
 * Controls, format characters (bidi, zero-width), line and paragraph separators, halves of a surrogate pair. The
 * two joiners stay, since scripts and emoji are spelt with them.
 */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Makes every character visible that a terminal or an output channel would obey or hide: escape sequences, line
 * ends (a value must not forge a log line), bidirectional overrides. `lines` keeps line feeds and tabs.
 */
export function visibleText(text: string, options: { readonly lines?: boolean } = {}): string {
  return text.replace(INVISIBLE, (character) => {
    if (options.lines === true && (character === '\n' || character === '\t')) return character;
    const code = character.codePointAt(0) ?? 0;
    return (
      NAMED[character] ??
      (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`)
    );
  });
}
