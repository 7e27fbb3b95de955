import type { Context } from '../context.ts'
import type { OpeningRequest } from '../engine/prepare-opening.ts'
import type { OpenOptions } from '../ui/command-options.ts'
import { CONNECT_TIMEOUT_MS } from './with-context.ts'

/** What the configuration and the options of `open` ask for, in the engine's words. */
export async function openingRequest(
  context: Context,
  options: Pick<OpenOptions, 'selection' | 'isFlipped' | 'sizeBase' | 'leverage'>,
): Promise<OpeningRequest> {
  const { Dec } = await import('../hedge/decimal.ts')
  const { config } = context
  const { selection } = options
  const journal = await context.journal()
  const { lastUsedAtMs } = await import('../engine/account-rotation.ts')
  return {
    tradingPair: config.tradingPair,
    leverage: new Dec(options.leverage ?? config.leverage),
    accounts: await context.accounts(),
    pairing:
      config.hedge.pairing === 'groups'
        ? {
            kind: 'groups',
            groups: config.hedge.groups.map((group) => ({
              ...group,
              positionSizeBase:
                group.positionSizeBase === undefined ? undefined : new Dec(group.positionSizeBase),
            })),
          }
        : { kind: 'config_order' },
    selection:
      selection.kind === 'next' ? { ...selection, lastUsedAtMs: lastUsedAtMs(journal) } : selection,
    isFlipped: options.isFlipped,
    isFlippedEachRound: config.hedge.flipEachRound,
    sizeOverrideBase: options.sizeBase === undefined ? undefined : new Dec(options.sizeBase),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  }
}
