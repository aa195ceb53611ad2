/** What is said of an offer beside the list, when an editor asks for it. */
import { analysisNamed } from '../analyses.ts';
import { clauseNamed } from '../clauses.ts';
import { fieldNamed } from '../fields.ts';
import { formatNamed } from '../formats.ts';
import { functionNamed } from '../functions.ts';
import { formatDuration } from '../literals.ts';
import { metricNamed } from '../metrics.ts';
import { grouped } from '../numbers.ts';
import { type OptionSpec, optionNamed } from '../options.ts';
import { type Block, source, text } from '../rich.ts';
import { TEMPLATES } from '../templates.ts';
import { wordNamed } from '../words.ts';
import { type CompletionKind, filledText } from './offer.ts';

interface Documentation {
  /** CXQ, or nearly so. */
  readonly signature: string;
  /** Sentences. */
  readonly text: string;
}

/** Documentation of an offer by its kind and what it is `about`; undefined for values and names of the user's own. */
export function completionDocumentation(kind: CompletionKind, about: string): readonly Block[] | undefined {
  const found = documentation(kind, about);
  return found === undefined ? undefined : [source(found.signature), text(found.text)];
}

function documentation(kind: CompletionKind, about: string): Documentation | undefined {
  switch (kind) {
    case 'clause':
      return of(clauseNamed(about));
    case 'field': {
      const field = fieldNamed(about);
      if (field === undefined) return undefined;
      const nullable = field.nullable ? ' It can be null.' : '';
      return {
        signature: `${field.name} ${field.type}`,
        text: `${field.text}${nullable} A field of the ${field.of}.`,
      };
    }
    case 'function':
      return of(functionNamed(about));
    case 'analysis':
      return of(analysisNamed(about));
    case 'metric': {
      const metric = metricNamed(about);
      const signature = metric?.ofField === true ? `${metric.name}(dwell | wait | duration)` : metric?.name;
      return metric === undefined || signature === undefined ? undefined : { signature, text: metric.text };
    }
    case 'option': {
      const option = optionNamed(about);
      return option === undefined
        ? undefined
        : {
            signature: `${option.name} = ${option.type.toLowerCase()}`,
            text: option.text + boundsOf(option),
          };
    }
    case 'format': {
      const format = formatNamed(about);
      if (format === undefined) return undefined;
      const endings = format.endings.map((ending) => `.${ending}`).join(', ');
      return { signature: `AS ${format.name}`, text: `Meant by files that end in ${endings}.` };
    }
    case 'template': {
      const template = TEMPLATES.find(({ prefix }) => prefix === about);
      return template === undefined
        ? undefined
        : { signature: filledText(template.template), text: template.text };
    }
    case 'keyword':
    case 'operator':
    case 'value':
      return of(wordNamed(about)) ?? phrase(about);
    default:
      return undefined;
  }
}

function of(spec: Documentation | undefined): Documentation | undefined {
  return spec === undefined ? undefined : { signature: spec.signature, text: spec.text };
}

/** `IS NOT NULL`, `NOT IN`: by the word that says most. */
function phrase(about: string): Documentation | undefined {
  const words = about.split(' ').filter((word) => word !== 'NOT');
  return words.length === about.split(' ').length && words.length < 2
    ? undefined
    : of(wordNamed(words[0] ?? ''));
}

function boundsOf({ type, min, max }: OptionSpec): string {
  if (min === undefined) return '';
  const shown = (bound: number) => (type === 'DURATION' ? formatDuration(bound) : grouped(bound));
  return max === undefined
    ? ` At least ${shown(min)}; at most what the connection profile allows.`
    : ` From ${shown(min)} to ${shown(max)}.`;
}
