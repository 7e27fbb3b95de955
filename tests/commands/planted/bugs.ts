/** Commands with a mistake in them: an error of a foreign package that has secrets wherever an error can have them. */
import { withContext } from '../../../src/commands/with-context.ts'
import type { ExitCode } from '../../../src/errors.ts'
import type { CliIo, CommandIo } from '../../../src/ui/command-io.ts'
import type { Runners } from '../../../src/ui/program.ts'
import type { Plants } from './secrets.ts'

/** A command during which something fails that nobody waits for. */
export function uncaughtRun(plants: Plants): {
  readonly runners: Runners
  readonly io: Pick<CliIo, 'onUncaught'>
} {
  let tell = (_error: unknown): void => undefined
  return {
    io: {
      onUncaught(listener) {
        tell = listener
        return () => undefined
      },
    },
    runners: onlyStatus((io) =>
      withContext(io, 'status', async (context) => {
        await context.logger()
        tell(foreignError(plants))
        tell(plants.all.map(({ text }) => text))
        return 0
      }),
    ),
  }
}

/** What `status` does instead: throws with a log and without one, logs what it should not, throws no error at all. */
export function throwingRunners(plants: Plants): readonly Runners[] {
  const text = plants.all.map((secret) => secret.text).join(' | ')
  return [
    (io: CommandIo) => {
      io.out.detail('before anything is known')
      return withContext(io, 'status', () => Promise.reject(foreignError(plants)))
    },
    (io: CommandIo) =>
      withContext(io, 'status', async (context) => {
        await context.logger()
        throw foreignError(plants)
      }),
    (io: CommandIo) =>
      withContext(io, 'status', async (context) => {
        const log = await context.logger()
        log.error(text, {
          error: foreignError(plants),
          text,
          [text]: text,
          nested: { list: [text] },
        })
        log.warn('by their names', { password: text, headers: { authorization: text } })
        log.info('foreign', { agent: new Map([[text, text]]), raw: Buffer.from(text) })
        io.out.line(text)
        io.out.json({ text, list: [text] })
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- some packages do
        throw `no error but ${text}`
      }),
  ].map(onlyStatus)
}

function onlyStatus(status: (io: CommandIo) => Promise<ExitCode>): Runners {
  return { status } as unknown as Runners
}

function foreignError(plants: Plants): Error {
  const secrets = plants.all.map(({ text }) => text)
  const [text = ''] = secrets
  const cause = Object.assign(new Error(`inner: ${secrets.join(', ')}`), { password: text })
  const error = Object.assign(new TypeError(`outer: ${JSON.stringify(secrets)}`, { cause }), {
    config: { headers: { Authorization: `Basic ${Buffer.from(`x:${text}`).toString('base64')}` } },
    request: secrets,
  })
  error.stack = `${error.stack ?? ''}\n    at ${secrets.map(encodeURIComponent).join('\n    at ')}`
  return error
}
