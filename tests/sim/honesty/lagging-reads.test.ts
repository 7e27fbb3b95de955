/**
 * The simulator's `account` is up to date; how far the real one is behind its sequencer is not documented. The product
 * must not depend on it: here every answer of `account` is as old as said, whatever the streams have told meanwhile.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { accountJson } from '../../../src/sim/gateway/account-json.ts'
import { toWireJson } from '../../../src/sim/gateway/wire-json.ts'
import type { Stage } from '../../../src/sim/stage/stage.ts'
import type { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { aim, createScene, type Scene } from '../../engine/scenario.ts'
import { closeAll, openAll } from '../../episodes/world.ts'
import { marketOrder } from '../gateway/stage-fixture.ts'
import { createHonestStage, type HonestStage } from './hand-client.ts'

const LAG_MS = 2_000

let scene: Scene | undefined
let stage: HonestStage | undefined

afterEach(() => {
  scene?.close()
  stage?.close()
  scene = stage = undefined
})

/** From now on `account` shows each account as it was `LAG_MS` ago; returns how many answers were outdated. */
function lag({ core, gateway, accounts }: Stage, clock: VirtualClock): () => number {
  const history = new Map<number, { readonly atMs: number; readonly text: string }[]>()
  let outdated = 0
  const note = (accountIndex: number) => {
    const account = core.account(accountIndex)
    const entries = history.get(accountIndex)
    if (account === undefined || entries === undefined) return
    const content = accountJson(core, account, { isActiveOnly: false })
    const text = toWireJson({ code: 200, total: 1, accounts: [content] })
    entries.push({ atMs: clock.monotonicMs(), text })
  }
  for (const { accountIndex } of accounts) {
    history.set(accountIndex, [])
    note(accountIndex)
  }
  core.subscribe((event) => {
    if (event.type === 'account') note(event.account.accountIndex)
    else if (event.type === 'position') note(event.accountIndex)
    else if (event.type === 'order') note(event.order.accountIndex)
  })
  const request = gateway.request.bind(gateway)
  Object.assign(gateway, {
    async request(asked: Parameters<typeof request>[0]) {
      const answer = await request(asked)
      const entries = history.get(Number(asked.query['value']))
      if (asked.path !== '/api/v1/account' || entries === undefined) return answer
      if ('lost' in answer || answer.status !== 200) return answer
      const seenMs = clock.monotonicMs() - LAG_MS
      const shown = entries.findLast(({ atMs }) => atMs <= seenMs) ?? entries[0]
      if (shown !== entries.at(-1)) outdated += 1
      return { ...answer, body: shown?.text ?? answer.body }
    },
  })
  return () => outdated
}

describe('account reads behind the sequencer', () => {
  it('double who waits out the taker delay, reads the position and tries again', async () => {
    stage = createHonestStage({ accounts: 2 })
    const at = stage
    lag(at.stage, at.clock)
    const client = at.client(0)
    await at.run(client.order(marketOrder(0, 1_000)))
    await at.clock.advance(600)
    expect(at.positionTicks(0)).toBe(1_000n)
    expect(await at.run(client.readPosition())).toBe(0)
    await at.run(client.order(marketOrder(0, 1_000)))
    await at.clock.advance(1_000)
    expect(at.positionTicks(0)).toBe(2_000n)
  })

  const lateRows = aim(
    { kind: 'delay-frames', minMs: 2_000, maxMs: 9_000 },
    { channel: 'account_all_positions', ratio: 0.8, fromMs: 300, untilMs: 20_000 },
  )
  it.each([
    ['its rows come late, so that it has to read', [lateRows]],
    [
      'rows come late and answers get lost',
      [lateRows, aim({ kind: 'lost-answer' }, { ratio: 0.3, untilMs: 20_000 })],
    ],
    [
      'rows come late and the sequencer refuses',
      [
        lateRows,
        aim(
          { kind: 'sequencer-refusal', code: 21739 },
          { ratio: 0.3, fromMs: 350, untilMs: 20_000 },
        ),
      ],
    ],
  ] as const)('leave the engine hedged and then flat when %s', async (_, faults) => {
    let outdated = 0
    for (const seed of [31, 32, 33, 34]) {
      scene = createScene({ seed, faults: () => faults })
      const { world, auditor } = scene
      const outdatedSoFar = lag(world.stage, world.clock)
      const opener = world.startBot()
      await world.clock.runUntil(
        openAll(world, opener).catch(() => []),
        600_000,
      )
      opener.close()
      expect(auditor.isHedged()).toBe(true)
      await world.clock.advance(Math.max(0, 25_000 - world.clock.monotonicMs()))
      auditor.expectOnlyReductions()
      const closer = world.startBot({ command: 'close' })
      await world.clock.runUntil(closeAll(closer), 600_000)
      await world.clock.advance(5_000)
      expect(auditor.findings).toEqual([])
      expect(auditor.isFlat()).toBe(true)
      expect(closer.journal.unsettledOrders()).toEqual([])
      outdated += outdatedSoFar()
      scene.close()
      scene = undefined
    }
    // Else nothing was tried.
    expect(outdated).toBeGreaterThan(0)
  })
})
