/**
 * A mail server that does not let us in. Trying a wrong password often gets accounts locked, so that these are tried
 * again later, not soon.
 * @module
 */
import { type Failure, failure } from './failure.ts'
import { quoteAnswer } from './quote-answer.ts'
import type { SmtpError, SmtpServer } from './smtp-error.ts'
import { mailServer } from './smtp-tls-failure.ts'

/** Providers that take no account password over SMTP, but one made for this program. */
const WANTS_APP_PASSWORD =
  /(?:^|\.)(?:gmail\.com|googlemail\.com|google\.com|yahoo\.\w+|yahoodns\.net|aol\.com|me\.com|icloud\.com|fastmail\.com|zoho\.\w+)$/i
const MICROSOFT = /(?:^|\.)(?:office365\.com|outlook\.com|hotmail\.com|live\.com)$/i

/** The failure when it is one of the login, else undefined. */
export function smtpLoginFailure(error: SmtpError, server: SmtpServer): Failure | undefined {
  if (error.code !== 'EAUTH') return undefined
  const { status, response } = error
  const quote = quoteAnswer(response, server.secrets)
  const said = quote === undefined ? '' : `: ${quote}`
  const who = mailServer(server)
  if (status >= 400 && status < 500) {
    return failure('mail_login_busy', `${who} cannot check the login now${said}`, { retry: 'soon' })
  }
  if (status === 534) {
    return failure('mail_app_password', `${who} wants an app password${said}`, {
      retry: 'later',
      hint: APP_PASSWORD,
    })
  }
  if (status === 504 || error.text.startsWith('Unknown authentication method')) {
    return failure('mail_login_method', `${who} offers no way to log in that we have${said}`, {
      retry: 'later',
      hint: 'It must offer PLAIN, LOGIN or CRAM-MD5.',
    })
  }
  return failure('mail_login_refused', `${who} does not accept the user name or password${said}`, {
    retry: 'later',
    hint: loginHint(server.host),
  })
}

const APP_PASSWORD =
  'The password of the account is not taken here: create an app password at the provider and set it as password.'

function loginHint(host: string): string {
  if (WANTS_APP_PASSWORD.test(host)) return APP_PASSWORD
  if (MICROSOFT.test(host)) {
    return 'Microsoft takes passwords only where SMTP AUTH is switched on for the mailbox, or an app password.'
  }
  return 'Check username and password under notification.email; some providers want an app password.'
}
