import type { DROP_CAUSES, OfficialCode } from './code.ts';
import { isSecretFile } from './secrets.ts';

/** A file of a commit, as git lists it. */
export interface ListedFile {
  mode: string;
  type: string;
  size: number | null;
  path: string;
}

type Cause = (typeof DROP_CAUSES)[number];

/** What is never source: data, pictures, weights, archives. */
const BINARY =
  /\.(?:png|jpe?g|gif|bmp|tiff?|ico|webp|pdf|ps|eps|mp[34]|avi|mov|wav|flac|ogg|zip|gz|bz2|xz|7z|tar|rar|whl|egg|jar|class|o|so|a|dll|dylib|exe|bin|dat|pkl|pickle|npy|npz|pt|pth|ckpt|safetensors|onnx|h5|hdf5|parquet|feather|arrow|msgpack|db|sqlite3?|ttf|otf|woff2?|pyc|mat|rds|rda)$/i;

/** Why a file is not taken by its listing alone, or null. */
export function listedCause(
  { mode, type, size, path }: ListedFile,
  { maxFileKb }: { maxFileKb: number },
): Cause | null {
  if (mode === '160000' || type === 'commit') return 'submodule';
  if (mode === '120000') return 'link';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git'))
    return 'path';
  if (/[\p{Cc}\\]/u.test(path) || path.startsWith('/') || path.length > 400) return 'path';
  if (isSecretFile(path)) return 'secret';
  if (BINARY.test(path)) return 'binary';
  return (size ?? 0) > maxFileKb * 1024 ? 'too-large' : null;
}

/** Why a file is not taken by its bytes, or null. */
export function contentCause(bytes: Uint8Array): Cause | null {
  const head = new TextDecoder().decode(bytes.subarray(0, 200));
  if (head.startsWith('version https://git-lfs.github.com/spec/')) return 'lfs';
  return bytes.subarray(0, 8000).includes(0) ? 'binary' : null;
}

/** Source before what only lies there, then small before large: so that a limit cuts what matters least. */
export function byWorth(a: ListedFile, b: ListedFile): number {
  const worth = ({ path }: ListedFile): number =>
    /\.(?:py|ipynb|r|jl|c|cc|cpp|cu|h|hpp|java|scala|rs|go|m|lua|ts|js|sh|md|rst|toml|ya?ml|cfg|ini|txt|json|proto)$/i.test(
      path,
    )
      ? 0
      : 1;
  return worth(a) - worth(b) || a.path.split('/').length - b.path.split('/').length || (a.path < b.path ? -1 : 1);
}

type Packages = OfficialCode['packages'];

/** Names under which package registries may have this code, from the files that declare them. */
export function packagesIn(files: readonly { path: string; text: string }[]): Packages {
  const found: Packages = [];
  const add = (registry: Packages[number]['registry'], name: string | undefined): void => {
    if (name && /^[\w@][\w./-]*$/.test(name) && !found.some((one) => one.registry === registry && one.name === name))
      found.push({ registry, name });
  };
  for (const { path, text } of files) {
    const depth = path.split('/').length;
    const name = path.split('/').at(-1) ?? '';
    if (depth > 2) continue;
    if (name === 'pyproject.toml')
      add('pypi', /^\[(?:project|tool\.poetry)\][^[]*?^name\s*=\s*["']([^"']+)["']/ms.exec(text)?.[1]);
    if (name === 'setup.cfg') add('pypi', /^\[metadata\][^[]*?^name\s*=\s*(\S+)/ms.exec(text)?.[1]);
    if (name === 'setup.py') add('pypi', /\bsetup\s*\([\s\S]*?\bname\s*=\s*["']([^"']+)["']/.exec(text)?.[1]);
    if (name === 'package.json') add('npm', /"name"\s*:\s*"([^"]+)"/.exec(text)?.[1]);
    if (name === 'DESCRIPTION') add('cran', /^Package:\s*(\S+)/m.exec(text)?.[1]);
    if (name === 'Cargo.toml') add('crates', /^\[package\][^[]*?^name\s*=\s*"([^"]+)"/ms.exec(text)?.[1]);
  }
  return found;
}
