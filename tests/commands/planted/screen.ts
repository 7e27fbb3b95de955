/** A live screen that shows nothing and remembers everything that it was to show. */
import type { CliIo } from '../../../src/ui/command-io.ts'

export interface SpiedScreen {
  readonly io: Partial<CliIo>
  drawn(): string
}

export function createSpiedScreen(): SpiedScreen {
  const drawn: string[] = []
  const nothing = (): void => undefined
  const listens = () => nothing
  return {
    drawn: () => drawn.join('\n'),
    io: {
      isTerminal: true,
      screenParts: () =>
        Promise.resolve({
          terminal: {
            size: () => ({ columns: 160, rows: 40 }),
            onResize: listens,
            readKeys: listens,
            onJobControl: listens,
            onEnding: listens,
            isForeground: () => true,
            write: (text) => void drawn.push(text),
            interrupt: nothing,
            suspend: nothing,
          },
          draw: () => ({
            isBehind: () => false,
            post: (message) => void drawn.push(JSON.stringify(message)),
            take: nothing,
            give: nothing,
            end: () => Promise.resolve(),
          }),
        }),
    },
  }
}
