/**
 * What every transaction has to fulfil at the moment in which it leaves: recorded before, by the owner of its hedge, within
 * its deadline, and never with a new nonce while another one of its key is in doubt.
 * @module
 */
import type { SimCore } from '../../../src/sim/core/core-model.ts'
import type { Clock } from '../../../src/ports.ts'
import type { LedgerFile } from './ledger-file.ts'

export interface SendRuleOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly ledger: LedgerFile
  readonly find: (text: string) => void
}

interface SentFields {
  readonly AccountIndex?: number
  readonly FromAccountIndex?: number
  readonly ApiKeyIndex: number
  readonly Nonce: number
}

const ADDING: ReadonlySet<string> = new Set(['open', 'complete'])
/** From the decision to the wire. */
const SLACK_MS = 50

/** Returns what hears the sends of one process. */
export function createSendRules(options: SendRuleOptions): (bot: number, txInfo: string) => void {
  const { core, clock, ledger, find } = options
  return (bot, txInfo) => {
    const fields = JSON.parse(txInfo) as SentFields
    const accountIndex = fields.AccountIndex ?? fields.FromAccountIndex ?? -1
    const { ApiKeyIndex: keyIndex, Nonce: nonce } = fields
    const expected = core.account(accountIndex)?.apiKeys.get(keyIndex)?.nonce ?? 0n
    const who = `bot-${bot}, account ${accountIndex}`
    if (BigInt(nonce) > expected) {
      find(`${who}: sent nonce ${nonce} while the exchange waits for ${expected}`)
    }
    const record = ledger.sent(accountIndex, nonce, txInfo)
    if (record === undefined) {
      find(`${who}: nonce ${nonce} was sent and is in no journal`)
      return
    }
    if (record.holder !== null && record.holder !== `bot-${bot}`) {
      find(`${who}: sent a ${record.purpose} for ${record.hedgeId}, which ${record.holder} owns`)
    }
    const deadlineMs = record.openDeadlineMs ?? Infinity
    if (ADDING.has(record.purpose) && clock.now() > deadlineMs + SLACK_MS) {
      find(`${who}: sent a ${record.purpose} for ${record.hedgeId} after its deadline`)
    }
  }
}
