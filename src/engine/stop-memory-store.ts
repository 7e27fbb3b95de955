import { messageOf } from '../errors.ts'
import type { StopMemory } from '../hedge/stop-memory.ts'
import { NO_STOP_MEMORY, stopMemoryFromJson, stopMemoryToJson } from '../hedge/stop-memory.ts'
import type { Engine } from './engine-context.ts'

/** What the stop rules remember, kept in the journal. */
export interface StopMemoryStore {
  get(): StopMemory
  /** Writes only what is new; a failure loosens nothing while this process lives. */
  set(memory: StopMemory): void
  /** The transaction that wrote it was undone: the next `set` writes it again. */
  undone(): void
}

/** Starts with what the journal has; what cannot be read is told, and the stops by loss work without it. */
export function createStopMemoryStore(engine: Engine): StopMemoryStore {
  let memory = load(engine)
  let saved: StopMemory | undefined = memory
  return {
    get: () => memory,
    undone() {
      saved = undefined
    },
    set(next) {
      memory = next
      if (next === saved) return
      try {
        engine.journal.saveStopMemory(stopMemoryToJson(memory))
        saved = next
      } catch (error) {
        engine.logger.error('the memory of the stops could not be written', {
          error: messageOf(error),
        })
      }
    },
  }
}

function load(engine: Engine): StopMemory {
  try {
    const text = engine.journal.stopMemory()
    return text === undefined ? NO_STOP_MEMORY : stopMemoryFromJson(text)
  } catch (error) {
    engine.note({ level: 'alert', kind: 'stop_memory_unreadable', message: messageOf(error) })
    return NO_STOP_MEMORY
  }
}
