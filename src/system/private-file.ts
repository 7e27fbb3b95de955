import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HedgebotError } from '../errors.ts'

/** How a file is written. */
export interface PrivateFileOptions {
  /** Replace an existing file; otherwise that is an error. */
  readonly canReplace: boolean
}

/**
 * Writes a file that only its owner can read (mode 0600), all or nothing: a reader or a crash sees the old content
 * or the new one. Missing folders are made with mode 0700.
 * @throws HedgebotError kind `refused`, code `file_exists`, when the file is there and may not be replaced
 */
export async function writePrivateFile(
  path: string,
  content: string,
  options: PrivateFileOptions,
): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeDurably(temporary, content)
    if (options.canReplace) await rename(temporary, path)
    else await linkNew(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(folder)
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A hard link fails when the name is taken, where a rename would silently replace. */
async function linkNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new HedgebotError('refused', `${path} exists already`, {
        code: 'file_exists',
        hint: 'choose another file, or say that this one may be replaced',
        cause: error,
      })
    }
    throw error
  }
}

/** Makes the new name itself survive a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
