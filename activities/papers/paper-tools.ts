import { fetchCode } from '../code/fetch-code.ts';
import type { PaperTools } from '../factory/paper-tools.ts';
import { collect } from '../sources/collect.ts';
import { publicServers, type SourceServers } from '../sources/servers.ts';
import type { Store } from '../store.ts';
import { convert } from './convert.ts';
import type { Confinement } from './convert/confined.ts';
import { createDecontaminate } from './decontaminate.ts';

export interface PaperToolsDependencies {
  store: Store;
  confinement: Confinement;
  /** Where relative paths of recipes begin. */
  root: string;
  scratch: string;
  servers?: SourceServers;
  github?: string;
}

/** What finds papers, makes them readable, fetches their code and keeps evaluation papers out. */
export function createPaperTools(deps: PaperToolsDependencies): PaperTools {
  const { store, confinement, root, scratch, servers = publicServers(), github = 'https://api.github.com' } = deps;
  const decontaminate = createDecontaminate({ store, root });
  return {
    collect: (input) => collect({ store, servers, root }, input),
    convert: (input) => convert({ store, confinement, scratch }, input),
    fetchCode: (input) => fetchCode({ store, scratch, github }, input),
    decontaminate: (input) => decontaminate(input),
  };
}
