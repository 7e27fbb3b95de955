/**
 * Everything that can be done to a running simulator from outside, in one place: tests call it directly, the control
 * server over HTTP. It works on every clock.
 * @module
 */
import type { WireObject } from '../gateway/wire-json.ts'
import type { Stage } from '../stage/stage.ts'
import { ACCOUNT_OPERATIONS } from './account-operations.ts'
import { accountView, nameOf } from './account-view.ts'
import { readControlInput } from './control-input.ts'
import {
  type ControlOperations,
  type ControlScene,
  isClientAccount,
  notFound,
} from './control-operation.ts'
import { FAULT_OPERATIONS, faultViews } from './fault-operations.ts'
import { MARKET_OPERATIONS, priceView } from './market-operations.ts'
import { SOCKET_OPERATIONS } from './socket-operations.ts'
import { VENUE_OPERATIONS } from './venue-operations.ts'

/** Every operation by its name. */
export const CONTROL_OPERATIONS: ControlOperations = {
  ...MARKET_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...VENUE_OPERATIONS,
  ...FAULT_OPERATIONS,
  ...SOCKET_OPERATIONS,
}

export interface ControlDesk {
  /** Clock, markets, accounts, sockets and faults as they are now. */
  state(): WireObject
  /**
   * Carries out one operation and says what is the case afterwards. When it throws, nothing has changed.
   * @throws HedgebotError kind `usage` for input that cannot be read; kind `refused`, code `control_not_found` for what
   * does not exist, and with another code for what cannot be done now
   */
  run(operation: string, input: unknown): WireObject
}

/** Creates the desk of a stage. */
export function createControlDesk(stage: Stage): ControlDesk {
  const scene: ControlScene = {
    stage,
    emptyBooks: new Set(),
    nowMs: () => Math.trunc(stage.gateway.clock.now()),
  }
  return {
    state: () => stateOf(scene),
    run(name, body) {
      const operation = Object.hasOwn(CONTROL_OPERATIONS, name)
        ? CONTROL_OPERATIONS[name]
        : undefined
      if (operation === undefined) {
        const names = Object.keys(CONTROL_OPERATIONS).join(', ')
        throw notFound('there is no such operation', `Operations: ${names}.`)
      }
      const { keys, examples } = operation
      const example = `POST /${name} ${examples[0]}`
      return operation.run(scene, readControlInput(body, { operation: name, keys, example }))
    },
  }
}

function stateOf(scene: ControlScene): WireObject {
  const { core, gateway } = scene.stage
  return {
    clock: {
      now_ms: scene.nowMs(),
      running_ms: Math.trunc(gateway.faults.elapsedMs()),
      skew_ms: gateway.faults.clockSkewMs(),
    },
    maintenance: gateway.faults.activeFaults('maintenance').length > 0,
    markets: [...core.markets.values()].map((market) => priceView(scene, market)),
    accounts: [...core.accounts()]
      .filter((account) => isClientAccount(scene, account))
      .map((account) => accountView(scene, account)),
    sockets: gateway.sessions.list().map(({ id, session }) => ({
      id,
      session_id: session.sessionId,
      ip: session.ip,
      readonly: session.isReadOnly,
      state: session.condition(),
      opened_at_ms: session.openedAtMs,
      accounts: Array.from(session.accounts, (accountIndex) => nameOf(scene, accountIndex)),
      channels: session.subscriptions().map(({ key, isFed }) => ({ channel: key, fed: isFed })),
    })),
    faults: faultViews(scene),
  }
}
