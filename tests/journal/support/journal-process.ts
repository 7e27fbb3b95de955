import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Another process that has the journal open. */
export interface JournalProcess {
  /** Runs a job of `journal-child.ts`; rejects with kind and code of what it threw. */
  run(job: string, ...args: unknown[]): Promise<unknown>
  /** Starts a job that never answers; resolves when it says on its output that it stands. */
  runForEver(job: string, ...args: unknown[]): Promise<void>
  /** SIGSTOP and SIGCONT: a process that lives and does nothing. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** SIGKILL; resolves when the kernel has cleared it away. */
  kill(): Promise<void>
}

/** Starts a process on a journal; it ends with the test. */
export async function startJournalProcess(
  file: string,
  ownerId: string,
  leaseMs = 60_000,
): Promise<JournalProcess> {
  const script = fileURLToPath(new URL('journal-child.ts', import.meta.url))
  const child = fork(script, [file, ownerId, String(leaseMs)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await answerOf(child)
  return {
    run: (job, ...args) => {
      const answer = answerOf(child)
      child.send([job, ...args])
      return answer
    },
    runForEver: async (job, ...args) => {
      child.send([job, ...args])
      if (child.stdout !== null) await once(child.stdout, 'data')
    },
    signal: (signal) => child.kill(signal),
    kill: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const died = once(child, 'exit').then((): never => {
    throw new Error('the child process ended')
  })
  const [answer] = (await Promise.race([once(child, 'message'), died])) as [
    { readonly value?: unknown; readonly failure?: string },
  ]
  if (answer.failure !== undefined) throw new Error(answer.failure)
  return answer.value
}
