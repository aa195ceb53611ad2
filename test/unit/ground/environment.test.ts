import { afterEach, expect, it, vi } from 'vitest';
import { cleanEnvironment } from '../../../.ci/lib/run.mjs';

afterEach(() => vi.unstubAllEnvs());

it('an npm that a script calls is not told of the Node, project and prefix of the npm that called the script', () => {
  vi.stubEnv('npm_config_user_agent', 'npm/11.0.0 node/v20.20.2 linux x64');
  vi.stubEnv('npm_lifecycle_event', 'start');
  vi.stubEnv('npm_package_name', 'cxq');
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:1/');
  const environment: Record<string, string> = cleanEnvironment();
  expect(Object.keys(environment)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^npm_(lifecycle|package|config_user_agent)/)]),
  );
  expect(environment['npm_config_registry']).toBe('http://127.0.0.1:1/');
});
