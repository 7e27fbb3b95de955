import { HedgebotError } from '../errors.ts'
import type { LoadedConfig } from './loaded-config.ts'
import type { Secret } from './secret.ts'

/**
 * The texts that must not appear anywhere, for the redactor: every secret of the configuration, what is secret inside it
 * (path and login of a webhook's address), and what it is sent as together with its user name. Those of disabled parts
 * that cannot be read are left out.
 */
export function listSecretTexts(config: LoadedConfig): readonly string[] {
  const { email, telegram, webhooks } = config.notification
  const keys = [...config.accounts, ...config.disabledAccounts].map(({ apiKey }) => apiKey)
  const logins = [...config.proxyPool, ...(email === undefined ? [] : [email])]
  const texts = [
    ...keys.flatMap(revealIfReadable),
    ...logins.flatMap(({ username, password }) =>
      revealIfReadable(password).flatMap((text) => loginTexts(username ?? '', text)),
    ),
    ...revealIfReadable(telegram?.botToken).flatMap(botTexts),
    ...webhooks.flatMap(({ url }) => revealIfReadable(url)).flatMap(addressTexts),
  ]
  return [...new Set(texts)]
}

/** The text, or nothing where there is none: something disabled may name a file that is not there. */
export function revealIfReadable(secret: Secret | undefined): readonly string[] {
  try {
    return secret === undefined ? [] : [secret.reveal()]
  } catch (error) {
    if (error instanceof HedgebotError) return []
    throw error
  }
}

/**
 * A password alone, and with its user name as HTTP (RFC 7617) and SMTP (RFC 4616) send it: in base64, where a short one
 * would not be found by itself.
 */
function loginTexts(username: string, password: string): readonly string[] {
  return [
    password,
    `${username}:${password}`,
    `\0${username}\0${password}`,
    `${username}\0${username}\0${password}`,
  ]
}

/** The number before the colon is the bot's public name. */
function botTexts(token: string): readonly string[] {
  const at = token.indexOf(':')
  return at < 0 ? [token] : [token, token.slice(at + 1)]
}

/** A part of an address that nobody could guess: a word such as `hooks` or `services` in it is not secret. */
const SECRET_PART = /^(?=.*[^a-z]).{8,}$|^.{16,}$/

/** The whole address, its login, and every part of its path and query that is secret, as written and decoded. */
function addressTexts(address: string): readonly string[] {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) return [address]
  const [username = '', password = ''] = [url.username, url.password].map(decoded)
  const parts = url.pathname
    .split('/')
    .map(decoded)
    .filter((part) => SECRET_PART.test(part))
  const values = [...url.searchParams.values()].filter((value) => value.length >= 6)
  const path = url.pathname + url.search
  return [
    address,
    url.href,
    ...(password === '' ? [username] : [password, `${username}:${password}`]),
    ...(parts.length + values.length === 0 ? [] : [path, decoded(path), ...parts, ...values]),
    ...(url.hash.length > 8 ? [decoded(url.hash.slice(1))] : []),
  ].filter((text) => text !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
