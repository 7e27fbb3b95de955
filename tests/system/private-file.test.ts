import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writePrivateFile } from '../../src/system/private-file.ts'
import { prepareStateDirectory, statePathsOf } from '../../src/system/state-directory.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('a private file', () => {
  it('has mode 0600 and leaves nothing else behind, folders included', async () => {
    const folder = join(await newFolder(), 'a', 'b')
    const path = join(folder, 'config.yaml')
    await writePrivateFile(path, 'content', { canReplace: false })
    expect(await readFile(path, 'utf8')).toBe('content')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['config.yaml'])
  })

  it('is never overwritten unless that is asked for', async () => {
    const folder = await newFolder()
    const path = join(folder, 'config.yaml')
    await writeFile(path, 'old', { mode: 0o644 })
    await expect(writePrivateFile(path, 'new', { canReplace: false })).rejects.toMatchObject({
      kind: 'refused',
      code: 'file_exists',
    })
    expect(await readFile(path, 'utf8')).toBe('old')
    await writePrivateFile(path, 'new', { canReplace: true })
    expect(await readFile(path, 'utf8')).toBe('new')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['config.yaml'])
  })

  it('is seen whole by a reader while it is replaced', async () => {
    const path = join(await newFolder(), 'x')
    const contents = ['a'.repeat(100_000), 'b'.repeat(100_000)]
    await writePrivateFile(path, contents[0] ?? '', { canReplace: false })
    const writes = contents.map((content) => writePrivateFile(path, content, { canReplace: true }))
    for (let count = 0; count < 20; count += 1) {
      expect(contents).toContain(await readFile(path, 'utf8'))
    }
    await Promise.all(writes)
  })
})

describe('the state directory', () => {
  it('separates venues, shares logs and is private', async () => {
    const paths = statePathsOf(join(await newFolder(), 'state'), 'testnet')
    await prepareStateDirectory(paths)
    await prepareStateDirectory(paths)
    expect(paths.journal).toBe(join(paths.network, 'journal.db'))
    for (const folder of [paths.network, paths.logs, paths.reports]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700)
    }
  })

  it('that cannot be made is an error with a hint', async () => {
    const file = join(await newFolder(), 'file')
    await writeFile(file, '')
    await expect(prepareStateDirectory(statePathsOf(file, 'sim'))).rejects.toMatchObject({
      kind: 'journal',
      code: 'state_dir_unusable',
    })
  })
})
