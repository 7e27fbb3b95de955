import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Rng } from '../ports.ts'
import type { MailSink } from '../sim/stage/mail-sink.ts'
import type { ReadMail } from '../sim/stage/read-mail.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Somebody who reads mail. */
export interface DemoInbox {
  /** The part of the configuration that leads to it. */
  readonly yaml: string
  readonly sink: MailSink
}

/** The last mails may be on their way. */
const WAIT_MS = 5_000
const LOOK_MS = 100

/** A mail server on this machine with a login of its own. */
export async function startInbox(io: CommandIo, rng: Rng): Promise<DemoInbox> {
  const { startMailSink } = await import('../sim/stage/mail-sink.ts')
  const password = Buffer.from(rng.nextBytes(9)).toString('hex')
  const login = { username: 'demo', password }
  const sink = await startMailSink({ clock: io.clock, login })
  const lines = [
    'notification:',
    '  email:',
    '    enabled: true',
    `    smtp_server: "${sink.host}"`,
    `    smtp_port: ${sink.port}`,
    '    sender: "hedgebot@demo.example"',
    '    recipient: "you@demo.example"',
    `    username: "${login.username}"`,
    `    password: "${login.password}"`,
  ]
  return { sink, yaml: `${lines.join('\n')}\n` }
}

/** Shows what arrived: every subject, and the mail about the stop as it is read. Exit 3 when that one is missing. */
export async function showInbox(io: CommandIo, { sink }: DemoInbox): Promise<ExitCode> {
  const mails = await readInbox(io, sink)
  const { bold, dim } = io.style.chalk
  io.out.line('')
  io.out.line(bold("The owner's inbox (a mail server on this machine)"))
  for (const { subject } of mails) io.out.line(`  ${subject}`)
  const stop = mails.find(isStop)
  if (stop === undefined) {
    io.out.warn('the mail about the stop did not arrive')
    return EXIT.incomplete
  }
  io.out.line('')
  io.out.line(dim(`  From: ${stop.from}   To: ${stop.to.join(', ')}`))
  io.out.line(dim(`  Subject: ${stop.subject}`))
  io.out.line('')
  for (const line of stop.text.trimEnd().split('\n')) io.out.line(`  ${line}`)
  return EXIT.done
}

async function readInbox(io: CommandIo, sink: MailSink): Promise<readonly ReadMail[]> {
  const { readMail } = await import('../sim/stage/read-mail.ts')
  const untilMs = io.clock.monotonicMs() + WAIT_MS
  for (;;) {
    const mails = await Promise.all(sink.mails().map(({ raw }) => readMail(raw)))
    if (mails.some(isStop) || io.signal.aborted || io.clock.monotonicMs() >= untilMs) return mails
    await io.clock.sleep(LOOK_MS)
  }
}

function isStop({ subject }: ReadMail): boolean {
  return subject.includes(' STOP: ')
}
