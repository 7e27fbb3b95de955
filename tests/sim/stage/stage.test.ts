import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/load-config.ts'
import { ethereumAddressOf } from '../../../src/lighter/signer/l1-signature.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { writeStageConfig } from '../../../src/sim/stage/stage-config.ts'
import { createStage, type StageOptions } from '../../../src/sim/stage/stage.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

function stageOf(options: Partial<StageOptions> = {}) {
  const clock = createVirtualClock()
  return { clock, stage: createStage({ clock, rng: createSeededRng(1), ...options }) }
}

describe('a stage', () => {
  it('has 20 accounts of 4 owners: a master and four sub-accounts each, funded, with a key', () => {
    const { stage } = stageOf()
    expect(stage.accounts).toHaveLength(20)
    const owners = new Set(stage.accounts.map(({ l1Address }) => l1Address))
    expect(owners.size).toBe(4)
    for (const l1Address of owners) {
      const [master, ...subs] = stage.core.accountsByL1(l1Address)
      expect(master?.accountIndex).toBeLessThan(2 ** 47)
      expect(subs).toHaveLength(4)
      for (const sub of subs) expect(sub.accountIndex).toBeGreaterThan(2 ** 47)
    }
    for (const { accountIndex, publicKeyHex } of stage.accounts) {
      const account = stage.core.account(accountIndex)
      expect(account?.collateralE12).toBe(1_000n * 10n ** 12n)
      expect(account?.apiKeys.get(5)?.publicKeyHex).toBe(publicKeyHex)
      expect(account?.tier).toBe('standard')
    }
  })

  it('has live books and moving prices, and stops when it is closed', async () => {
    const { stage, clock } = stageOf()
    const before = stage.core.markets.get(1)?.markTicks
    expect(stage.core.book(1, 1).asks).toHaveLength(1)
    await clock.advance(60_000)
    expect(stage.core.markets.get(1)?.markTicks).not.toBe(before)
    stage.close()
    await clock.advance(2_000)
    expect(clock.pendingCount()).toBe(0)
  })

  it('moves as its shapes say', async () => {
    const jump = { kind: 'jump', atMs: 10_000, moveBps: -500 } as const
    const { stage, clock } = stageOf({ noiseBps: 0, shapes: new Map([[1, [jump]]]) })
    await clock.advance(11_000)
    expect(stage.core.markets.get(1)?.markTicks).toBe(950_000n)
    expect(stage.core.markets.get(0)?.markTicks).toBe(300_000n)
  })

  it('has owners with Ethereum keys of their own, fresh with every generator', () => {
    const { stage } = stageOf()
    expect(stage.owners).toHaveLength(4)
    for (const [at, owner] of stage.owners.entries()) {
      expect(ethereumAddressOf(owner.revealEthereumKey())).toBe(owner.l1Address)
      const names = stage.accounts.slice(at * 5, at * 5 + 5)
      expect(names.every(({ l1Address }) => l1Address === owner.l1Address)).toBe(true)
    }
    const other = stageOf({ rng: createSeededRng(2) }).stage
    expect(other.owners[0]?.l1Address).not.toBe(stage.owners[0]?.l1Address)
    expect(stageOf({ accounts: 2 }).stage.owners).toHaveLength(2)
  })

  it('does not show its keys when it is printed', () => {
    const { stage } = stageOf({ accounts: 1 })
    const key = stage.accounts[0]?.revealPrivateKey() ?? ''
    expect(key).toMatch(/^[0-9a-f]{80}$/)
    expect(inspect(stage.accounts, { depth: 9, showHidden: true })).not.toContain(key)
    expect(JSON.stringify(stage.accounts)).not.toContain(key)
    const ethereumKey = stage.owners[0]?.revealEthereumKey() ?? ''
    expect(ethereumKey).toMatch(/^0x[0-9a-f]{64}$/)
    expect(inspect(stage, { depth: 9, showHidden: true })).not.toContain(ethereumKey.slice(2))
    expect(JSON.stringify(stage.owners)).not.toContain(ethereumKey.slice(2))
  })
})

describe('the configuration of a stage', () => {
  async function write(more: Partial<Parameters<typeof writeStageConfig>[0]> = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'stage-config-'))
    folders.push(folder)
    const { stage } = stageOf()
    const file = join(folder, 'config.yaml')
    await writeStageConfig({ stage, file, simUrl: 'http://127.0.0.1:4001', ...more })
    return { stage, file, folder }
  }

  it('loads, with every account, its key and the simulator', async () => {
    const proxies = [
      { name: 'proxy_1', host: '127.0.0.1', port: 5001 },
      { name: 'proxy_2', host: '127.0.0.1', port: 5002, username: 'u', password: 'p"w: #' },
    ]
    const { stage, file, folder } = await write({ proxies })
    const config = await loadConfig({ file, env: {} })
    expect(config.network).toBe('sim')
    expect(config.chainId).toBe(300)
    expect(config.restUrl).toBe('http://127.0.0.1:4001')
    expect(config.stateDir).toBe(join(folder, `state-${stage.owners[0]?.l1Address.slice(2, 10)}`))
    expect(config.positionSizeBase).toBe('0.01')
    expect(config.leverage).toBe(10)
    expect(config.accounts).toHaveLength(20)
    for (const [at, account] of config.accounts.entries()) {
      const expected = stage.accounts[at]
      expect(account.accountIndex).toBe(expected?.accountIndex)
      expect(account.apiKeyIndex).toBe(5)
      expect(account.apiKey.reveal()).toBe(expected?.revealPrivateKey())
    }
    expect(config.accounts.filter(({ egress }) => egress === 'proxy_1')).toHaveLength(10)
    expect(config.proxyPool[1]?.password?.reveal()).toBe('p"w: #')
  })

  it('is readable by its owner only and never overwritten', async () => {
    const { stage, file } = await write()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const before = await readFile(file, 'utf8')
    const again = writeStageConfig({ stage, file, simUrl: 'http://127.0.0.1:1' })
    await expect(again).rejects.toMatchObject({ kind: 'refused', code: 'config_exists' })
    expect(await readFile(file, 'utf8')).toBe(before)
  })
})
