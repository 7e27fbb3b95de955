import { readFileSync, readdirSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** One import of a source file. */
export interface ImportLine {
  /** `src/...` for a file of ours, else the package or `node:` module. */
  readonly target: string
  readonly isType: boolean
  readonly isDynamic: boolean
}

export interface SourceFile {
  /** From the repository's folder, with `/`. */
  readonly path: string
  readonly text: string
  /** The text without comments. */
  readonly code: string
  readonly imports: readonly ImportLine[]
}

/** Every TypeScript file of the program; the signing kernel is another language. */
export function readSources(): readonly SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('src/lighter/signer/kernel/'))
    .sort()
    .map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')))
}

/** One file as the rules see it. */
export function readSource(path: string, text: string): SourceFile {
  const code = withoutComments(text)
  return {
    path,
    text,
    code,
    imports: [...staticImports(path, code), ...dynamicImports(path, code)],
  }
}

/** Folder below `src`, or the file's name for a file right in it: the unit of the import table. */
export function roomOf(path: string): string {
  const [, room = ''] = path.split('/')
  return room.replace(/\.ts$/, '')
}

/** Whole-line and trailing comments; a `//` inside a text (a URL) stays. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '')
}

function staticImports(path: string, code: string): readonly ImportLine[] {
  const pattern = /^(?:import|export)\s+(?:(type)\s+)?(?:([\w*{][^'";]*?)\s+from\s+)?'([^']+)'/gm
  return [...code.matchAll(pattern)].map(([, type, names = '', target = '']) => ({
    target: resolve(path, target),
    isType: type !== undefined || hasOnlyTypes(names),
    isDynamic: false,
  }))
}

/** `{ type A, type B }` imports nothing at run time. */
function hasOnlyTypes(names: string): boolean {
  const list = /^\{([^}]*)\}$/.exec(names.trim())?.[1]
  if (list === undefined) return false
  const parts = list.split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '').every((part) => part.startsWith('type '))
}

function dynamicImports(path: string, code: string): readonly ImportLine[] {
  return [...code.matchAll(/(typeof\s+)?\bimport\('([^']+)'\)/g)].map(([, type, target = '']) => ({
    target: resolve(path, target),
    isType: type !== undefined,
    isDynamic: true,
  }))
}

function resolve(path: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(path), target) : packageOf(target)
}

function packageOf(target: string): string {
  if (target.startsWith('node:')) return target
  const parts = target.split('/')
  return parts.slice(0, target.startsWith('@') ? 2 : 1).join('/')
}

/** Everything that is loaded together with a file: its static imports, theirs, and so on; packages too. */
export function loadedWith(path: string, sources: readonly SourceFile[]): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const seen = new Set<string>()
  const queue = [path]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const lines = byPath.get(next)?.imports ?? []
    queue.push(
      ...lines.filter((line) => !line.isType && !line.isDynamic).map((line) => line.target),
    )
  }
  seen.delete(path)
  return seen
}
