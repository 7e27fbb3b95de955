/**
 * Orders by the time they expire: a heap that may hold orders that have ended meanwhile, cleaned when they outnumber
 * the living.
 * @module
 */
import type { OrderState } from './core-state.ts'

export interface ExpiryQueue {
  add(order: OrderState): void
  /** Takes out the live orders due at `nowMs`, earliest first. */
  takeDue(nowMs: number): OrderState[]
  size(): number
}

/** Creates an empty queue. */
export function createExpiryQueue(): ExpiryQueue {
  let heap: OrderState[] = []
  let cleanAt = 256
  return {
    add(order) {
      heap.push(order)
      siftUp(heap, heap.length - 1)
      if (heap.length >= cleanAt) {
        heap = heap.filter(isLive).sort(byExpiry)
        cleanAt = Math.max(256, heap.length * 2)
      }
    },
    takeDue(nowMs) {
      const due: OrderState[] = []
      for (let next = heap[0]; next !== undefined && next.expiryMs <= nowMs; next = heap[0]) {
        removeFirst(heap)
        if (isLive(next)) due.push(next)
      }
      return due
    },
    size: () => heap.length,
  }
}

function isLive(order: OrderState): boolean {
  return order.place !== 'none'
}

function byExpiry(a: OrderState, b: OrderState): number {
  return a.expiryMs - b.expiryMs || a.sequence - b.sequence
}

function removeFirst(heap: OrderState[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  heap[0] = last
  siftDown(heap)
}

function siftUp(heap: OrderState[], start: number): void {
  let at = start
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!swapIfEarlier(heap, at, above)) return
    at = above
  }
}

function siftDown(heap: OrderState[]): void {
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    if (left === undefined) return
    const right = heap[2 * at + 2]
    const child = right !== undefined && byExpiry(right, left) < 0 ? 2 * at + 2 : 2 * at + 1
    if (!swapIfEarlier(heap, child, at)) return
    at = child
  }
}

function swapIfEarlier(heap: OrderState[], first: number, second: number): boolean {
  const a = heap[first]
  const b = heap[second]
  if (a === undefined || b === undefined || byExpiry(a, b) >= 0) return false
  heap[first] = b
  heap[second] = a
  return true
}
