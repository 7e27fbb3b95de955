/**
 * A message as a mail: what nodemailer is given, header by header. Pure.
 * @module
 */
import { createHash } from 'node:crypto'
import type { SendMailOptions } from 'nodemailer'
import { cleanLine, cutText } from '../render/clean-line.ts'
import { mailSubject } from '../render/mail-subject.ts'
import type { Message } from '../message.ts'
import { isoTime } from '../render/message-words.ts'
import type { Envelope } from '../notifier.ts'
import { renderMailHtml } from '../render/render-mail-html.ts'
import { renderMailText } from '../render/render-mail-text.ts'

/** Who writes to whom; each `name@host` or `Name <name@host>`. */
export interface MailParties {
  readonly sender: string
  readonly recipients: readonly string[]
}

/** The mail of an envelope, the same at every attempt: a mailbox that gets it twice can tell by its Message-ID. */
export function mailOf({ id, message }: Envelope, parties: MailParties): SendMailOptions {
  const from = readAddress(parties.sender)
  const domain = domainOf(from.address)
  const thread = message.thread === undefined ? undefined : threadId(message, domain)
  return {
    from,
    to: parties.recipients.map(readAddress),
    subject: mailSubject(message),
    text: renderMailText(message),
    html: renderMailHtml(message),
    date: new Date(isoTime(message.atMs)),
    messageId: `<${idText(id)}@${domain}>`,
    ...(thread === undefined ? {} : { references: thread, inReplyTo: thread }),
    ...(message.severity === 'critical' ? { priority: 'high' } : {}),
    // Which program writes is nobody's business.
    xMailer: false,
    headers: {
      // Nobody's "out of office" may answer (RFC 3834, and Exchange's own).
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Hedgebot-Kind': headerWord(message.kind),
      'X-Hedgebot-Level': headerWord(message.severity),
      'X-Hedgebot-Network': headerWord(message.network),
    },
  }
}

interface MailAddress {
  readonly name: string
  readonly address: string
}

function readAddress(text: string): MailAddress {
  const match = /^([^<>]*)<([^<>]+)>\s*$/.exec(text)
  const name = cleanLine(match?.[1] ?? '').replace(/^"(.*)"$/, '$1')
  return { name, address: cleanLine(match?.[2] ?? text) }
}

function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return /^[\w.-]+$/.test(domain) ? domain.toLowerCase() : 'hedgebot.invalid'
}

/** What may stand in a Message-ID (RFC 5322 section 3.2.3), else a digest. */
function idText(id: string): string {
  return /^[\w-]+(?:\.[\w-]+)*$/.test(id) && id.length <= 100 ? id : digest(id)
}

/** The mail at the head of a conversation, which never was sent: programs gather by its id all the same. */
function threadId({ network, thread }: Message, domain: string): string {
  return `<thread.${digest(JSON.stringify([network, thread]))}@${domain}>`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function headerWord(text: string): string {
  return cutText(cleanLine(text).replace(/[^\x20-\x7e]/g, '?'), 40)
}
