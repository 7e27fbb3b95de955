import type { SubscriptionBlow } from './session-registry.ts'

/** What an outside hand does to the frames of one subscription. */
export interface Disturbance {
  isMute: boolean
  /** Frames still to be lost, or to be sent twice. */
  dropping: number
  doubling: number
}

/** A blow that frames feel and the subscription survives. */
export type FrameBlow = Exclude<SubscriptionBlow, { readonly kind: 'forget' | 'refuse' }>

/** Lets a blow fall. */
export function disturb(disturbance: Disturbance, blow: FrameBlow): void {
  if (blow.kind === 'drop') disturbance.dropping += blow.times
  else if (blow.kind === 'duplicate') disturbance.doubling += blow.times
  else disturbance.isMute = true
}

/** How many copies of the next frame go out. */
export function copiesOf(disturbance: Disturbance): 0 | 1 | 2 {
  if (disturbance.isMute) return 0
  if (disturbance.dropping > 0) {
    disturbance.dropping -= 1
    return 0
  }
  if (disturbance.doubling === 0) return 1
  disturbance.doubling -= 1
  return 2
}
