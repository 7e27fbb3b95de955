import { messageOf } from '../errors.ts'
import type {
  AccountRef,
  Clock,
  Logger,
  SendAnswer,
  SendOptions,
  SignedTransaction,
} from '../ports.ts'
import type { AuthTokens } from './auth-tokens.ts'
import type { Budget } from './budget.ts'
import {
  classifyFailure,
  classifyHttpAnswer,
  inDoubt,
  localLimitAnswer,
} from './classify-answer.ts'
import { createPendingAnswers, type PendingAnswers } from './pending-answers.ts'
import type { RestClient } from './rest-client.ts'
import type { SocketSession } from './socket-session.ts'

/** What a sender needs. */
export interface TransactionSenderOptions {
  readonly ref: AccountRef
  readonly clock: Clock
  readonly budget: Budget
  readonly logger: Logger
  readonly tokens: AuthTokens
  readonly rest: RestClient
  /** The open session, undefined when there is none. */
  readonly session: () => SocketSession | undefined
  /** How long an answer over the socket is waited for. */
  readonly answerTimeoutMs: number
  /** The same for what closes or protects. */
  readonly closingAnswerTimeoutMs: number
  /** The same over REST, connection included. */
  readonly restTimeoutMs: number
}

/** Sends signed transactions of one account. */
export interface TransactionSender {
  /** Sends once, over the socket when it is open, else over REST. Never rejects. */
  send(transaction: SignedTransaction, options: SendOptions): Promise<SendAnswer>
  readonly pending: PendingAnswers
}

/** Creates the sender of one account. */
export function createTransactionSender(options: TransactionSenderOptions): TransactionSender {
  const pending = createPendingAnswers(options.clock)
  let sendCount = 0
  return {
    pending,
    async send(transaction, sendOptions) {
      try {
        const session = sendOptions.via === 'auto' ? options.session() : undefined
        if (
          session !== undefined &&
          trySpend(options, transaction, { ...sendOptions, egress: session.egress() }) === undefined
        ) {
          sendCount++
          const id = `${options.ref.accountIndex}-${session.id}-${sendCount}`
          if (session.send(frameOf(transaction, id))) {
            const { txHash } = transaction
            const timeoutMs = answerTimeoutMs(options, sendOptions)
            const answer = await pending.wait({ id, txHash, sessionId: session.id, timeoutMs })
            noteSocketAnswer(options, session, answer)
            return answer
          }
        }
        return await sendOverRest(options, transaction, sendOptions)
      } catch (error) {
        // A mistake of ours after something may have left: the only honest answer.
        options.logger.error('sending failed unexpectedly', { error })
        return inDoubt(messageOf(error))
      }
    },
  }
}

/** An answer that did not come makes its egress doubtful; a limit that was reached empties the buckets. */
function noteSocketAnswer(
  { ref, budget }: TransactionSenderOptions,
  session: SocketSession,
  answer: SendAnswer,
): void {
  if (answer.outcome === 'in_doubt') session.blame()
  if (answer.outcome !== 'refused' || answer.code !== 'rate_limited') return
  const counted = {
    account: ref.name,
    egress: session.egress(),
    isAuthenticated: false,
    isSend: true,
  }
  budget.noteLimited(counted, 'too_many')
}

/** A leg may be naked behind what closes: a copy is sent early, which can do nothing twice (DESIGN.md 3, rule 1). */
function answerTimeoutMs(options: TransactionSenderOptions, { priority }: SendOptions): number {
  return priority === 'close' ? options.closingAnswerTimeoutMs : options.answerTimeoutMs
}

/** The signed text goes out as it is: parsing and writing it again could change a digit. */
function frameOf(transaction: SignedTransaction, id: string): string {
  const { txType, txInfo } = transaction
  return `{"type":"jsonapi/sendtx","data":{"id":"${id}","tx_type":${txType},"tx_info":${txInfo}}}`
}

async function sendOverRest(
  options: TransactionSenderOptions,
  transaction: SignedTransaction,
  sendOptions: SendOptions,
): Promise<SendAnswer> {
  const full = trySpend(options, transaction, sendOptions)
  if (full !== undefined) return localLimitAnswer(full)
  const form = { tx_type: String(transaction.txType), tx_info: transaction.txInfo }
  try {
    const response = await options.rest.postTransaction(form, options.restTimeoutMs)
    const answer = classifyHttpAnswer(response, transaction.txHash)
    if (answer.outcome === 'refused' && answer.code === 'auth_token_refused') {
      options.tokens.discard()
    }
    return answer
  } catch (error) {
    return classifyFailure(error)
  }
}

/** Over the socket its egress counts beside the owner, over REST with a token only the owner. */
function trySpend(
  { ref, budget }: TransactionSenderOptions,
  { txType }: SignedTransaction,
  { priority, egress }: SendOptions & { readonly egress?: string },
): string | undefined {
  return budget.trySpend({
    account: ref.name,
    egress: egress ?? ref.egress,
    isAuthenticated: egress === undefined,
    isSend: true,
    txType,
    priority,
  })
}
