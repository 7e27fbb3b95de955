/**
 * Finds the golden data: the reduced set of this repository always, the full set when it is there.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const shared = process.env['HEDGEBOT_SHARED'] ?? join(root, '..', 'shared')
const full = join(shared, 'lighter', 'vectors')

/** One set of vectors. */
export interface VectorSet {
  readonly name: string
  readonly folder: string
}

export const VECTOR_SETS: readonly VectorSet[] = [
  { name: 'reduced vectors', folder: join(root, 'tests', 'vectors') },
  ...(existsSync(full) ? [{ name: 'full vectors', folder: full }] : []),
]

/** Reads one file of a set; the caller names the sections it expects. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller states the file's shape
export function readVectors<T>(set: VectorSet, file: string): T {
  return JSON.parse(readFileSync(join(set.folder, file), 'utf8')) as T
}

/** A case as the files have it: words as decimal strings, bytes as hex. */
export type Words = readonly string[]

/** 64 bytes that start with the given hex. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
