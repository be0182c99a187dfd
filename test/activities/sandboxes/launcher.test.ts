import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createLauncher } from '../../../activities/sandboxes/launcher.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

/** A launcher that notes what it is asked; it ends on `die`, answers `hello`, and never answers anything else. */
const SCRIPT = `#!/usr/bin/env python3
import json, sys
if "-c" in sys.argv:
    print("True", __file__)
    sys.exit(0)
for line in sys.stdin:
    request = json.loads(line)
    with open(sys.path[0] + "/asked", "a") as file:
        file.write(request["op"] + "\\n")
    if request["op"] == "die":
        sys.exit(0)
    if request["op"] == "hello":
        print(json.dumps({"n": request["n"], "ok": {}}), flush=True)
`;

function fakeLauncher() {
  const home = folder();
  const python = join(home, 'python');
  writeFileSync(python, SCRIPT);
  chmodSync(python, 0o755);
  const asked = (): string[] => readFileSync(join(home, 'asked'), 'utf8').trim().split('\n');
  return { launcher: createLauncher(python), asked };
}

test('what was asked of a launcher that ends before it answers is asked of the next one, once', async () => {
  const { launcher, asked } = fakeLauncher();
  await expect(launcher.ask({ op: 'die' }, 20_000)).rejects.toThrow('the launcher has ended');
  expect(asked()).toEqual(['die', 'die']);
});

test('what nobody waits for any more is not asked again', async () => {
  const { launcher, asked } = fakeLauncher();
  await launcher.ask({ op: 'hello' }, 20_000);
  await expect(launcher.ask({ op: 'silent' }, 50)).rejects.toThrow(
    'silent: the supervisor did not answer within 50 ms',
  );
  await expect(launcher.ask({ op: 'die' }, 20_000)).rejects.toThrow('the launcher has ended');
  await launcher.ask({ op: 'hello' }, 20_000);
  expect(asked()).toEqual(['hello', 'silent', 'die', 'die', 'hello']);
});
