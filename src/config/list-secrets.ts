import { HedgebotError } from '../errors.ts'
import type { LoadedConfig } from './loaded-config.ts'
import type { Secret } from './secret.ts'

/** The text of every secret of the configuration, for the redactor; those of disabled parts that cannot be read are left out. */
export function listSecretTexts(config: LoadedConfig): string[] {
  const { email, telegram, webhooks } = config.notification
  const secrets: (Secret | undefined)[] = [
    ...config.accounts.map((account) => account.apiKey),
    ...config.disabledAccounts.map((account) => account.apiKey),
    ...config.proxyPool.map((proxy) => proxy.password),
    ...webhooks.map((webhook) => webhook.url),
    email?.password,
    telegram?.botToken,
  ]
  return secrets.flatMap((secret) => (secret === undefined ? [] : revealIfReadable(secret)))
}

function revealIfReadable(secret: Secret): string[] {
  try {
    return [secret.reveal()]
  } catch (error) {
    if (error instanceof HedgebotError) return []
    throw error
  }
}
