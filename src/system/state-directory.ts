import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HedgebotError, messageOf } from '../errors.ts'

/** Places inside the state directory of one venue. */
export interface StatePaths {
  /** Folder of the venue. */
  readonly network: string
  readonly journal: string
  /** Daily log files, shared by all venues. */
  readonly logs: string
  readonly reports: string
}

/** Where the files of one venue lie. */
export function statePathsOf(stateDir: string, network: string): StatePaths {
  const folder = join(stateDir, network)
  return {
    network: folder,
    journal: join(folder, 'journal.db'),
    logs: join(stateDir, 'logs'),
    reports: join(folder, 'reports'),
  }
}

/**
 * Makes the folders of one venue, readable only by their owner.
 * @throws HedgebotError kind `journal`, code `state_dir_unusable`
 */
export async function prepareStateDirectory(paths: StatePaths): Promise<void> {
  try {
    for (const folder of [paths.network, paths.logs, paths.reports]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
  } catch (error) {
    throw new HedgebotError('journal', `cannot use the state directory: ${messageOf(error)}`, {
      code: 'state_dir_unusable',
      hint: 'set state_dir in the configuration to a folder that you can write to',
      cause: error,
    })
  }
}
