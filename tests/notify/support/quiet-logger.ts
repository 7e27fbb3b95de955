import type { Logger } from '../../../src/ports.ts'

/** Keeps warnings and errors. */
export function createQuietLogger(): Logger & { readonly complaints: readonly string[] } {
  const complaints: string[] = []
  const nothing = (): void => undefined
  const keep = (message: string): void => void complaints.push(message)
  return { debug: nothing, info: nothing, warn: keep, error: keep, complaints }
}
