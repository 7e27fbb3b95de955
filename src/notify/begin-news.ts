import type { NotifyStore } from '../ports.ts'
import { newNotifyState, parseNotifyState } from './memory/notify-state.ts'

/**
 * From here on what happens is worth telling. To be called before anything happens. The first time, and when the memory
 * cannot be read, it begins where the journal is now: old stories are not told.
 */
export function beginNews(store: NotifyStore): void {
  const memory = store.notifyMemory()
  if (memory !== undefined && parseNotifyState(memory.text) !== undefined) return
  const text = JSON.stringify(newNotifyState(store.lastEventId()))
  store.saveNotifyMemory({ revision: (memory?.revision ?? 0) + 1, text }, [])
}

/** Where nobody is told, nothing waits to be told later, when a channel may be enabled again. */
export function forgetNews(store: NotifyStore): void {
  const memory = store.notifyMemory()
  const cursor = store.lastEventId()
  if (memory === undefined || parseNotifyState(memory.text)?.cursor === cursor) return
  const text = JSON.stringify(newNotifyState(cursor))
  store.saveNotifyMemory({ revision: memory.revision + 1, text }, [])
}
