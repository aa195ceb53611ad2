/** The tests of `suite/`, which ran inside the real extension host, each reported as a test here. */
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { runSuite } from './harness/host.ts';
import { ROOT } from './harness/workbench.ts';

const { host, tests } = await runSuite(inject('editor'), join(ROOT, 'examples'));

describe(`extension host of ${host.app} ${host.editor} on Node ${host.node}`, () => {
  it('ran tests', () => {
    expect(tests.length).toBeGreaterThan(0);
  });
  for (const { name, error } of tests) {
    it(name, () => {
      expect(error).toBeUndefined();
    });
  }
});
