import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../../../activities/sandboxes/package-root.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const folder = temporaryFolder();
const SCRIPT = `
import os, signal, sys, time
sys.path.insert(0, sys.argv[1])
import holders, processes, removal
os.chdir(sys.argv[2])
lock = os.open("lock", os.O_RDWR | os.O_CREAT, 0o600)
told, tell = os.pipe()
leader = os.fork()
if leader == 0:
    os.setsid()
    child = os.fork()
    if child == 0:
        os.close(tell)
        time.sleep(100)
    holders.write(holders.SUPERVISOR, os.getpid())
    os.write(tell, b"%d\\n" % child)
    time.sleep(100)
child = int(os.read(told, 100))
removal.end_left_over(lock)
print("while it lives:", processes.birth(child) is not None)
os.kill(leader, signal.SIGKILL)
os.waitpid(leader, 0)
removal.end_left_over(lock)
print("afterwards:", processes.birth(child) is not None)
`;

test('what a supervisor had begun when it was killed, before it could be written down, is ended with its sandbox', () => {
  const supervisor = join(packageRoot(), 'activities/sandboxes/supervisor');
  const { stdout, stderr } = spawnSync('python3', ['-c', SCRIPT, supervisor, folder], { encoding: 'utf8' });
  expect([stdout.trim().split('\n'), stderr]).toEqual([['while it lives: True', 'afterwards: False'], '']);
});
