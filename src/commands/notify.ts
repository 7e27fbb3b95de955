import type { Context } from '../context.ts'
import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Sender } from '../notify/sender.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { ChannelView } from '../ui/render-channels.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

/** `hedgebot notify test`: a test message through every enabled channel, all at once; nothing else is told. */
export async function runNotifyTest(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'notify', async (context) => {
    const sender = await context.telling.sender()
    if (sender.channels.length === 0) throw noChannel()
    const progress = io.progress(`sending to ${sender.channels.join(', ')}`)
    let channels: readonly ChannelView[]
    try {
      channels = await Promise.all(
        sender.channels.map((channel) => testChannel(context, sender, channel)),
      )
    } finally {
      progress.stop()
    }
    const exit = exitOf(channels)
    const [{ renderChannels }, { channelsDocument }] = await Promise.all([
      import('../ui/render-channels.ts'),
      import('../ui/notify-documents.ts'),
    ])
    io.out.line(renderChannels(channels, io.style))
    io.out.json(channelsDocument(resultContext(context, 'notify', exit), channels))
    return exit
  })
}

function noChannel(): HedgebotError {
  return new HedgebotError('config', 'no channel is enabled', {
    code: 'no_channel',
    hint: 'fill in notification.email (or telegram, webhook) and set enabled: true',
  })
}

async function testChannel(
  context: Context,
  sender: Sender,
  channel: string,
): Promise<ChannelView> {
  const [{ composeTest }, { renderDuration }] = await Promise.all([
    import('../notify/compose/compose-test.ts'),
    import('../config/duration.ts'),
  ])
  const { clock, config, rng } = context
  const { minLevel, reportEveryMs } = config.notification
  const message = composeTest(
    { network: config.network, nowMs: clock.now() },
    {
      channel,
      configFile: config.file,
      accounts: config.accounts.length,
      minLevel,
      reports: reportEveryMs === undefined ? 'off' : `every ${renderDuration(reportEveryMs)}`,
    },
  )
  const startMs = clock.monotonicMs()
  const id = `test-${Buffer.from(rng.nextBytes(8)).toString('hex')}`
  const result = await sender.send(channel, { id, message })
  const isSent = result.outcome === 'sent'
  return {
    channel,
    to: destinationOf(context, channel),
    isSent,
    tookMs: clock.monotonicMs() - startMs,
    code: isSent ? undefined : result.code,
    message: isSent ? undefined : result.message,
    hint: isSent ? undefined : result.hint,
  }
}

/** Where it leads, as far as that is no secret: the address of a webhook is one. */
function destinationOf({ config }: Context, channel: string): string {
  const { email, telegram, webhooks } = config.notification
  if (channel === 'email' && email !== undefined) {
    return `${email.recipients.join(', ')} by ${email.smtpServer}:${email.smtpPort}`
  }
  if (channel === 'telegram' && telegram !== undefined) return `chat ${telegram.chatId}`
  return webhooks.find(({ name }) => name === channel)?.format ?? 'webhook'
}

function exitOf(channels: readonly ChannelView[]): ExitCode {
  const sent = channels.filter(({ isSent }) => isSent).length
  if (sent === channels.length) return EXIT.done
  return sent === 0 ? EXIT.unknown : EXIT.incomplete
}

/** `hedgebot notify check`: for cron: what waits is sent, and a run that did not happen is told. */
export async function runNotifyCheck(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'notify', async (context) => {
    const missed: string[] = []
    const dispatcher = await context.telling.dispatcher(({ level, message }) => {
      if (level !== 'info') io.out.warn(message)
    })
    if (dispatcher === undefined) throw noChannel()
    const progress = io.progress('sending what waits')
    try {
      // A line in crontab must not try a wrong password every few minutes; a person has changed something.
      if (io.isTerminal) dispatcher.hurry()
      const end = await dispatcher.flush(FLUSH_MS)
      missed.push(...dispatcher.missedRuns())
      return await conclude(io, context, { ...end, missed })
    } finally {
      progress.stop()
    }
  })
}

const FLUSH_MS = 30_000

async function conclude(
  io: CommandIo,
  context: Context,
  view: {
    readonly waiting: number
    readonly failing: readonly string[]
    readonly areAllFailing: boolean
    readonly missed: readonly string[]
  },
): Promise<ExitCode> {
  const { waiting, missed, areAllFailing } = view
  const isWell = waiting === 0 && missed.length === 0
  const exit = isWell ? EXIT.done : areAllFailing ? EXIT.unknown : EXIT.incomplete
  for (const text of missed) io.out.line(text)
  if (waiting > 0) io.out.line(`${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'}`)
  if (isWell) io.out.line('every expected run happened, and no message waits')
  const { notifyCheckDocument } = await import('../ui/notify-documents.ts')
  io.out.json(notifyCheckDocument(resultContext(context, 'notify', exit), view))
  return exit
}
