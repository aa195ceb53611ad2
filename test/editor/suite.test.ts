/** The tests of `suite/`, which ran inside the real extension host, each reported as a test here. */
import { rmSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { exampleFolder } from './harness/actions.ts';
import { runSuite } from './harness/host.ts';

const folder = exampleFolder();
const { host, tests } = await runSuite(inject('editor'), folder).finally(() =>
  rmSync(folder, { recursive: true, force: true }),
);

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
