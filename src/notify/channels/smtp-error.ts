/**
 * What an error of nodemailer says, read out of a thing that may be anything. The error itself goes no further: it may
 * carry what a server sent back.
 * @module
 */

/** One mail server, and what must never be shown of it. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly isSecure: boolean
  readonly hasLogin: boolean
  /** Texts that no message may contain a piece of. */
  readonly secrets: readonly string[]
}

/** The facts of an error. */
export interface SmtpError {
  /** nodemailer's: `EAUTH`, `ESOCKET`, ...; empty when there is none. */
  readonly code: string
  /** Of the operating system or the TLS library: `ECONNRESET`, `CERT_HAS_EXPIRED`, ...; empty when there is none. */
  readonly systemCode: string
  /** The command that was answered: `MAIL FROM`, `RCPT TO`, `DATA`, `STARTTLS`, `AUTH PLAIN`, `CONN`, ... */
  readonly command: string
  /** The server's answer, all lines. */
  readonly response: string
  /** Its three digits, 0 without. */
  readonly status: number
  /** Which limit ended it: `CONNECT_TIMEOUT`, `GREETING_TIMEOUT`, `UPGRADE_TIMEOUT`, `SOCKET_TIMEOUT`. */
  readonly limit: string
  /** nodemailer's own words with the server's answer: to look into, not to show. */
  readonly text: string
  /** Names that the certificate is for, as `node:tls` lists them. */
  readonly certificateNames: readonly string[]
  /** Answers about recipients, one for each that was refused. */
  readonly refusals: readonly SmtpRefusal[]
}

/** One recipient that the server did not take. */
export interface SmtpRefusal {
  readonly recipient: string
  readonly status: number
  readonly response: string
}

type Fields = Readonly<Record<string, unknown>>

/** Reads an error; whatever is not there is empty. */
export function readSmtpError(error: unknown): SmtpError {
  const fields = fieldsOf(error)
  const response = textAt(fields, 'response')
  return {
    code: nameAt(fields, 'code'),
    systemCode: nameAt(fields, 'originalCode'),
    command: textAt(fields, 'command').toUpperCase(),
    response,
    status: statusOf(fields, response),
    limit: nameAt(fields, 'timeoutType'),
    text: textAt(fields, 'message'),
    certificateNames: namesOf(fieldsOf(fields['cert'])),
    refusals: readRefusals(fields['rejectedErrors']),
  }
}

/** The refused recipients of an error, or of a mail that others took. */
export function readRefusals(errors: unknown): readonly SmtpRefusal[] {
  if (!Array.isArray(errors)) return []
  return errors.map(fieldsOf).map((fields) => {
    const response = textAt(fields, 'response')
    return {
      recipient: textAt(fields, 'recipient'),
      status: statusOf(fields, response),
      response,
    }
  })
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textAt(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

/** Names in capitals only: nothing else can be a code. */
function nameAt(fields: Fields, name: string): string {
  const value = textAt(fields, name)
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(value) ? value : ''
}

function statusOf(fields: Fields, response: string): number {
  const told = fields['responseCode']
  if (typeof told === 'number' && Number.isInteger(told)) return told
  return Number(/^\d{3}(?=\D|$)/.exec(response)?.[0] ?? 0)
}

/** `DNS:a.example, DNS:*.b.example, IP Address:192.0.2.1`, or the common name. */
function namesOf(certificate: Fields): readonly string[] {
  const listed = textAt(certificate, 'subjectaltname')
    .split(', ')
    .map((entry) => /^(?:DNS|IP Address):([\w.*:-]{1,255})$/.exec(entry)?.[1])
    .filter((name) => name !== undefined)
  if (listed.length > 0) return listed
  const common = textAt(fieldsOf(certificate['subject']), 'CN')
  return /^[\w.* -]{1,64}$/.test(common) ? [common] : []
}
