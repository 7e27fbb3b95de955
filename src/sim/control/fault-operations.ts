/**
 * Planned mishaps while the simulator runs: faults by their grammar, and maintenance (DESIGN.md section 6).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import { EVERYWHERE, type Fault } from '../faults/fault-plan.ts'
import { parseFault } from '../faults/parse-fault.ts'
import { SERVICE_RESTART } from '../gateway/session-link.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import type { ControlInput } from './control-input.ts'
import { type ControlOperations, type ControlScene, notFound } from './control-operation.ts'
import { formatFault } from './format-fault.ts'

/** Operations on faults. */
export const FAULT_OPERATIONS: ControlOperations = {
  maintenance: {
    summary:
      'starts or stops maintenance: REST answers 503, sockets are closed and refused, markets go on',
    keys: ['on'],
    examples: ['{"on":true}', '{"on":false}'],
    run: switchMaintenance,
  },
  faults: {
    summary:
      'adds a fault (grammar of --fault; times count from now), removes one by number, or clears all',
    keys: ['add', 'remove', 'clear'],
    examples: ['{"add":"reject:21739@account=3,times=1"}', '{"remove":2}', '{"clear":true}'],
    run: changeFaults,
  },
}

/** PROTOCOL.md does not say what trading does meanwhile; that markets go on unseen is the harsher choice. */
function switchMaintenance({ stage }: ControlScene, input: ControlInput): WireObject {
  const { faults, sessions } = stage.gateway
  if (input.flag('on')) {
    if (faults.activeFaults('maintenance').length === 0) {
      faults.add({ effect: { kind: 'maintenance' }, scope: EVERYWHERE })
    }
    const open = sessions.list()
    for (const { session } of open) session.close(...SERVICE_RESTART)
    return { maintenance: true, closed_sockets: open.length }
  }
  const active = new Set(faults.activeFaults('maintenance'))
  for (const { id, fault } of faults.list()) if (active.has(fault)) faults.remove(id)
  return { maintenance: false, ended_faults: active.size }
}

function changeFaults(scene: ControlScene, input: ControlInput): WireObject {
  const { faults } = scene.stage.gateway
  const asked = ['add', 'remove', 'clear'].filter((key) => input.has(key))
  if (asked.length !== 1) throw input.refuse('one of "add", "remove" and "clear" is needed')
  if (input.has('add')) {
    const fault = fromNow(readFault(scene, input), Math.trunc(faults.elapsedMs()))
    faults.add(fault)
  } else if (input.has('remove')) {
    const id = input.integer('remove', { min: 1, max: Number.MAX_SAFE_INTEGER })
    if (!faults.remove(id))
      throw notFound(`there is no fault ${id}`, 'GET /state lists the faults.')
  } else {
    if (!input.flag('clear')) throw input.refuse('"clear" must be: true')
    faults.clear()
  }
  return { faults: faultViews(scene) }
}

function readFault({ stage }: ControlScene, input: ControlInput): Fault {
  const fault = parseFault(input.text('add'))
  const { effect, scope } = fault
  if (effect.kind === 'drain' || effect.kind === 'thin-book') {
    throw new HedgebotError('refused', `the fault ${effect.kind} is planned at the start only`, {
      code: 'control_fault_not_now',
      hint:
        effect.kind === 'drain'
          ? 'POST /drain takes collateral now.'
          : 'POST /depth thins the books now.',
    })
  }
  const { accountIndex } = scope
  if (accountIndex !== undefined && stage.core.account(accountIndex) === undefined) {
    throw notFound(`there is no account ${accountIndex}`, 'GET /state lists names and indices.')
  }
  return fault
}

/** A person counts from now, the plan from its beginning. */
function fromNow({ effect, scope }: Fault, elapsedMs: number): Fault {
  const { fromMs, untilMs } = scope
  return {
    effect,
    scope: { ...scope, fromMs: fromMs + elapsedMs, untilMs: untilMs + elapsedMs },
  }
}

/** Every planned fault as `GET /state` shows it; times count from the start of the simulator. */
export function faultViews({ stage }: ControlScene): readonly WireObject[] {
  const { faults } = stage.gateway
  const elapsedMs = faults.elapsedMs()
  return faults.list().map(({ id, fault, times }) => {
    const { fromMs, untilMs, maxTimes } = fault.scope
    const isActive = elapsedMs >= fromMs && elapsedMs < untilMs && times < maxTimes
    return { id, fault: formatFault(fault), times, active: isActive }
  })
}
