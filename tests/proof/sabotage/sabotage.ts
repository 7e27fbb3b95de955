/**
 * Plays episodes on a copy of the sources with a deliberate bug, until the rules have caught it.
 * @module
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SeedResult } from '../episodes/run-seeds.ts'
import { isBad, runSeeds } from '../episodes/run-seeds.ts'
import type { Edit, Saboteur } from './saboteurs.ts'

/** What became of one. */
export interface Caught {
  readonly saboteur: string
  /** Undefined: no seed has caught it. */
  readonly seed: number | undefined
  /** Seeds that were played. */
  readonly played: number
  readonly finding: string
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))
/** What the episodes need of the project. */
const PARTS = ['src', 'tests', 'package.json', 'tsconfig.json'] as const

/** Plays at most so many seeds, from 1 on. @throws Error when an edit does not fit the sources any more */
export async function sabotage(
  saboteur: Saboteur,
  { seeds, processes }: { readonly seeds: number; readonly processes?: number },
): Promise<Caught> {
  const root = await mkdtemp(join(tmpdir(), 'hedgebot-sabotage-'))
  try {
    await copyProject(root)
    await applyEdits(root, saboteur.edits)
    const bad: SeedResult[] = []
    let played = 0
    await runSeeds({
      root,
      seeds: Array.from({ length: seeds }, (_, at) => at + 1),
      ...(processes === undefined ? {} : { processes }),
      onResult(result) {
        played += 1
        if (isBad(result)) bad.push(result)
      },
      isOver: () => bad.length > 0,
    })
    const first = bad.toSorted((a, b) => a.seed - b.seed)[0]
    return { saboteur: saboteur.name, seed: first?.seed, played, finding: findingOf(first) }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function findingOf(result: SeedResult | undefined): string {
  if (result === undefined) return ''
  const text = result.error ?? result.end?.findings[0] ?? ''
  return text.split('\n')[0] ?? ''
}

async function copyProject(root: string): Promise<void> {
  for (const part of PARTS) {
    await cp(join(PROJECT, part), join(root, part), { recursive: true })
  }
  await symlink(join(PROJECT, 'node_modules'), join(root, 'node_modules'))
}

async function applyEdits(root: string, edits: readonly Edit[]): Promise<void> {
  for (const edit of edits) {
    const file = join(root, edit.file)
    await writeFile(file, applyEdit(await readFile(file, 'utf8'), edit))
  }
}

/** @throws Error unless the text is there exactly once */
export function applyEdit(source: string, { file, find, replace }: Edit): string {
  const parts = source.split(find)
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times what is to be sabotaged: ${find}`)
  }
  return parts.join(replace)
}
