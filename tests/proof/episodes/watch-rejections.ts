/** What a process that was killed in the middle of a promise leaves behind is no mistake of the program. */
const OF_THE_DEAD: readonly string[] = ['killed', 'the process is dead']

/** Collects rejections and errors that nobody caught from now on. */
export function watchRejections(): string[] {
  const texts: string[] = []
  const note = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error)
    if (OF_THE_DEAD.includes(message)) return
    texts.push(error instanceof Error ? (error.stack ?? message).slice(0, 500) : message)
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  return texts
}
