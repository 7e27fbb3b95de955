import { describe, expect, it } from 'vitest'
import { noteUnwatched, refuseAfterStops } from '../../src/commands/watch-marks.ts'
import type { LoadedConfig } from '../../src/config/loaded-config.ts'
import type { Owner } from '../../src/ports.ts'
import { NO_STOP_MEMORY, countStops, stopMemoryToJson } from '../../src/hedge/stop-memory.ts'

const NOON = Date.UTC(2026, 10, 3, 12)

/** What `open` would do after so many stops at noon. */
function openAt(nowMs: number, stops: number, dailyStopLimit: number | undefined) {
  const names = Array.from({ length: stops }, (_, at) => [`h${at + 1}`])
  const text = stopMemoryToJson(countStops(NO_STOP_MEMORY, names, NOON))
  return refuseAfterStops({ dailyStopLimit, nowMs, stopMemory: () => text })
}

describe('the limit of stops a day', () => {
  it('refuses to open when it is reached, and says until when', async () => {
    await expect(openAt(NOON, 3, 3)).rejects.toMatchObject({
      kind: 'refused',
      code: 'daily_stop_limit',
      exit: 1,
      hint: expect.stringContaining('2026-11-04T00:00:00.000Z') as string,
    })
  })

  it('lets open before it is reached, on the next day, and without a limit', async () => {
    await expect(openAt(NOON, 2, 3)).resolves.toBe(undefined)
    await expect(openAt(NOON + 86_400_000, 3, 3)).resolves.toBe(undefined)
    await expect(openAt(NOON, 9, undefined)).resolves.toBe(undefined)
  })

  it('lets open when nothing was ever stopped', async () => {
    const day = { dailyStopLimit: 1, nowMs: NOON, stopMemory: () => undefined }
    await expect(refuseAfterStops(day)).resolves.toBe(undefined)
  })

  it('guesses nothing when its memory cannot be read', async () => {
    const day = { dailyStopLimit: 1, nowMs: NOON, stopMemory: () => '{' }
    await expect(refuseAfterStops(day)).rejects.toMatchObject({ code: 'stop_memory_unreadable' })
  })
})

describe('limits that need a watch', () => {
  const OFF = { onStop: 'hedge', onFatal: 'protect', hasExchangeStop: true }
  const noteOf = (risk: object, owner?: Owner): string => {
    const notes: string[] = []
    const silent = () => {}
    const out = { line: silent, json: silent, warn: silent, detail: silent, log: silent }
    const riskPolicy = { ...OFF, ...risk } as LoadedConfig['riskPolicy']
    noteUnwatched(
      { out: { ...out, markSaid: silent, note: (text) => notes.push(text) } },
      { riskPolicy },
      () => owner,
    )
    return notes.join('\n')
  }

  it('are named when nobody watches', () => {
    expect(noteOf({ takeProfitUsd: '5', onFatal: 'close' })).toContain(
      'nobody watches: risk.take_profit_usd, risk.on_fatal: close work only while hedgebot watch runs',
    )
  })

  it('count the loss limit of a leg when nothing rests on the exchange', () => {
    expect(noteOf({ hasExchangeStop: false })).toBe(
      'nobody watches: stop_loss_threshold works only while hedgebot watch runs; until then there is no limit at all',
    )
  })

  it('are no news while a watch lives, or when none is set', () => {
    expect(noteOf({ takeProfitUsd: '5' }, { ownerId: 'w1', pid: 7, command: 'watch' })).toBe('')
    expect(noteOf({})).toBe('')
  })
})
