import { expect, test } from '@jest/globals';
import { microScaffold } from '../../../support/scaffold.ts';
import { writeTaskFolder } from '../../../support/task-folders.ts';
import { temporaryFolders } from '../../../support/temporary.ts';
import { run, spec, withHome } from '../../sandboxes/support.ts';

const folder = temporaryFolders();

test('in a sandbox the file tools read the paper, cannot change it, and write the submission', () =>
  withHome(async (_, sandboxes) => {
    const mounts = [{ source: writeTaskFolder(folder(), 'one'), target: '/workspace/paper' }];
    const { sandbox } = await sandboxes.open(spec({ mounts }));
    const use = async (name: string, input: Record<string, unknown>) => {
      const deed = microScaffold().scaffold.deedOf({ id: 't0.0', name, input });
      if ('say' in deed) throw new Error(deed.say);
      return run(sandbox, deed.command);
    };
    const paper = 'paper/paper.md';
    expect((await use('read_file', { path: paper, page: 1 })).output).toMatch(
      /^\[paper\/paper\.md, page 1 of 1\]\n# one\n/,
    );
    expect((await use('sh', { command: `read_file ${paper} page 1` })).output).toMatch(
      /^\[paper\/paper\.md, page 1 of 1\]\n/,
    );
    const edit = { path: paper, old: '# one', new: '# two', all: false };
    expect(await use('edit_file', edit)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('Read-only') as unknown,
    });
    await use('write_file', { path: 'src/run.sh', content: 'echo done\n', append: false });
    expect((await run(sandbox, 'sh src/run.sh')).output).toBe('done\n');
  }));
