/** What a run of the mutation tests found, as lines of docs/mutation.md's table. */

const CAUGHT = ['Killed', 'Timeout'];
const COUNTED = [...CAUGHT, 'Survived', 'NoCoverage'];

export function tableHead() {
  return [
    '| group | file | mutants | killed | timed out | survived | not covered | score |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
}

/** `results` has a `status` a mutant. What timed out is caught: the test run notices what hangs. */
export function lineOf(group, file, results) {
  const count = (...states) => results.filter(({ status }) => states.includes(status)).length;
  const share = (100 * count(...CAUGHT)) / count(...COUNTED);
  const counts = [
    count(...COUNTED),
    count('Killed'),
    count('Timeout'),
    count('Survived'),
    count('NoCoverage'),
  ];
  const label = `\`${file.replace('server/src/', '')}\``;
  return `| ${[group, label, ...counts, `${share.toFixed(1)} %`].join(' | ')} |`;
}
