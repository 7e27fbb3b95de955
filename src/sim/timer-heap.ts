/** A callback and its moment; `order` keeps timers of one moment in the order of their making. */
export interface VirtualTimer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** Timers by time. A binary heap: a day of one-second ticks over many sockets must stay cheap. */
export interface TimerHeap {
  add(timer: VirtualTimer): void
  remove(timer: VirtualTimer): void
  /** Takes out the next timer that is due by `untilMs`. */
  takeDue(untilMs: number): VirtualTimer | undefined
  size(): number
}

/** Creates an empty heap. */
export function createTimerHeap(): TimerHeap {
  const heap: VirtualTimer[] = []
  return {
    add: (timer) => push(heap, timer),
    remove(timer) {
      const at = heap.indexOf(timer)
      if (at >= 0) removeAt(heap, at)
    },
    takeDue(untilMs) {
      const next = heap[0]
      if (next === undefined || next.atMs > untilMs) return undefined
      removeAt(heap, 0)
      return next
    },
    size: () => heap.length,
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: VirtualTimer[], timer: VirtualTimer): void {
  heap.push(timer)
  siftUp(heap, heap.length - 1)
}

function removeAt(heap: VirtualTimer[], at: number): void {
  const last = heap.pop()
  if (last === undefined || at >= heap.length) return
  heap[at] = last
  siftUp(heap, at)
  siftDown(heap, at)
}

function siftUp(heap: VirtualTimer[], start: number): void {
  let at = start
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!swapIfBefore(heap, at, above)) return
    at = above
  }
}

function siftDown(heap: VirtualTimer[], start: number): void {
  let at = start
  for (;;) {
    const left = 2 * at + 1
    const a = heap[left]
    if (a === undefined) return
    const b = heap[left + 1]
    const child = b !== undefined && isBefore(b, a) ? left + 1 : left
    if (!swapIfBefore(heap, child, at)) return
    at = child
  }
}

/** Swaps the timers at `first` and `second` when the first comes earlier; says whether it did. */
function swapIfBefore(heap: VirtualTimer[], first: number, second: number): boolean {
  const a = heap[first]
  const b = heap[second]
  if (a === undefined || b === undefined || !isBefore(a, b)) return false
  heap[first] = b
  heap[second] = a
  return true
}
