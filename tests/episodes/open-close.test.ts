import { afterEach, describe, expect, it } from 'vitest'
import { reportHedges } from '../../src/engine/hedge-report.ts'
import type { World } from './world.ts'
import { closeAll, createWorld, openAll } from './world.ts'

let world: World | undefined

afterEach(() => {
  world?.close()
  world = undefined
})

function positionOf(at: World, index: number): bigint {
  return at.stage.core.account(index)?.positions.get(1)?.sizeTicks ?? 0n
}

describe('a round on a quiet exchange', () => {
  it('opens a hedge on two accounts, protects it, and closes it flat', async () => {
    world = createWorld({ seed: 7 })
    const bot = world.startBot()
    const opened = await world.clock.runUntil(openAll(world, bot), 60_000)
    expect(bot.complaints).toEqual([])
    expect(opened.map((hedge) => hedge.state)).toEqual(['open'])
    const [long, short] = world.accounts
    expect(positionOf(world, long?.accountIndex ?? 0)).toBe(1000n)
    expect(positionOf(world, short?.accountIndex ?? 0)).toBe(-1000n)
    const [report] = reportHedges(bot.engine, opened)
    expect(report?.netExposureBase?.toString()).toBe('0')
    expect(report?.stopState).toBe('RESTING')

    const closed = await world.clock.runUntil(closeAll(bot), 60_000)
    expect(closed.map((hedge) => hedge.state)).toEqual(['closed'])
    expect(positionOf(world, long?.accountIndex ?? 0)).toBe(0n)
    expect(positionOf(world, short?.accountIndex ?? 0)).toBe(0n)
  })
})
