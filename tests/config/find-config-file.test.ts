import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findConfigFile } from '../../src/config/find-config-file.ts'

async function places(): Promise<{ cwd: string; home: string }> {
  const root = await mkdtemp(join(tmpdir(), 'hedgebot-find-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const [cwd, home] = [join(root, 'cwd'), join(root, 'home')]
  await mkdir(cwd)
  await mkdir(join(home, '.config', 'hedgebot'), { recursive: true })
  return { cwd, home }
}

describe('the configuration file', () => {
  it('is looked for in the order of the contract', async () => {
    const { cwd, home } = await places()
    const find = (explicit?: string, fromEnv?: string): Promise<string> =>
      findConfigFile({ explicit, env: { HEDGEBOT_CONFIG: fromEnv }, cwd, home })
    await expect(find()).rejects.toMatchObject({
      kind: 'config',
      code: 'config_not_found',
      exit: 2,
    })
    await writeFile(join(home, '.config', 'hedgebot', 'config.yaml'), '')
    expect(await find()).toBe(join(home, '.config', 'hedgebot', 'config.yaml'))
    await writeFile(join(cwd, 'config.yaml'), '')
    expect(await find()).toBe(join(cwd, 'config.yaml'))
    await writeFile(join(cwd, 'env.yaml'), '')
    expect(await find(undefined, 'env.yaml')).toBe(join(cwd, 'env.yaml'))
    await writeFile(join(cwd, 'own.yaml'), '')
    expect(await find('own.yaml', 'env.yaml')).toBe(join(cwd, 'own.yaml'))
  })

  it('that is named must exist: nothing else is taken instead', async () => {
    const { cwd, home } = await places()
    await writeFile(join(cwd, 'config.yaml'), '')
    await expect(findConfigFile({ explicit: 'none.yaml', env: {}, cwd, home })).rejects.toThrow(
      '--config',
    )
    await expect(
      findConfigFile({ explicit: undefined, env: { HEDGEBOT_CONFIG: 'none.yaml' }, cwd, home }),
    ).rejects.toThrow('$HEDGEBOT_CONFIG')
  })
})
