/** CXQ2010 of a connection that is there and cannot be used: why is said, not that it is missing. */
import { expect, it } from 'vitest';
import { context, diagnose } from '../markers.ts';

const using = context({ unusable: new Map([['bad', 'baseUrl: It must be an https address.']]) });

it('says why the connection cannot be used, and proposes no other', () => {
  const [found, ...more] = diagnose('USING bad LAST 2h', using);
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    code: 'CXQ2010',
    message: 'The connection profile `bad` cannot be used: baseUrl: It must be an https address.',
    fixes: [],
  });
});

it('says of a name that is not there that it is missing', () => {
  expect(diagnose('USING bard LAST 2h', using)[0]?.message).toContain('There is no connection profile');
});
